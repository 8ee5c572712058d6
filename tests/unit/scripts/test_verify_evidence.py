"""The verifier that needs nothing of Corpusgate, next to independent implementations."""

import ast
import base64
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.checkpoints import LogCheckpoint
from pipeline.domain.log_tree import LogTree, leaf_hash
from pipeline.index.signing import Signer, create_keypair
from scripts import verify_evidence as verifier

SCRIPT = Path(verifier.__file__)
# RFC 8032, section 7.1: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_signatures_of_rfc_8032_hold_and_changed_ones_do_not(key: str, message: str, signature: str) -> None:
    public, text, signed = map(bytes.fromhex, (key, message, signature))
    assert verifier.ed25519(public, signed, text)
    assert not verifier.ed25519(public, signed, text + b"x")
    for place in (0, 31, 32, 63):
        changed = bytearray(signed)
        changed[place] ^= 1
        assert not verifier.ed25519(public, bytes(changed), text)
    order = 2**252 + 27742317777372353535851937790883648493
    larger = int.from_bytes(signed[32:], "little") + order  # the same point, and a second signature of the text
    assert not verifier.ed25519(public, signed[:32] + larger.to_bytes(32, "little"), text)
    assert not verifier.ed25519(b"\xff" * 32, signed, text)
    assert not verifier.ed25519(public, signed[:63], text)


@given(st.integers(1, 70), st.data())
def test_proofs_of_the_tree_hold_and_no_other_does(size: int, data: st.DataObject) -> None:
    tree = LogTree([leaf_hash(str(number).encode()) for number in range(size)])
    index = data.draw(st.integers(0, size - 1))
    proof, leaf = tree.inclusion(index, size), verifier.leaf(str(index).encode())
    assert verifier.check_inclusion(leaf, index, size, proof, tree.root())
    assert not verifier.check_inclusion(verifier.leaf(b"other"), index, size, proof, tree.root())
    assert not verifier.check_inclusion(leaf, index, size, [*proof, leaf], tree.root())
    if proof:
        assert not verifier.check_inclusion(leaf, index, size, proof[:-1], tree.root())
    if size > 1:
        assert not verifier.check_inclusion(leaf, (index + 1) % size, size, proof, tree.root())
    older = data.draw(st.integers(1, size))
    grown = tree.consistency(older, size)
    assert verifier.check_consistency(older, size, grown, tree.root(older), tree.root())
    assert not verifier.check_consistency(older, size, grown, leaf_hash(b"other"), tree.root())
    assert not verifier.check_consistency(older, size, [*grown, leaf], tree.root(older), tree.root())
    if grown:
        assert not verifier.check_consistency(older, size, grown[1:], tree.root(older), tree.root())
        assert not verifier.check_consistency(older, size, grown, tree.root(older), leaf_hash(b"other"))


@given(st.integers(0, 70))
def test_the_tree_is_that_of_corpusgate(size: int) -> None:
    tree = verifier.Tree()
    for number in range(size):
        tree.add(verifier.leaf(str(number).encode()))
    assert tree.root == LogTree([leaf_hash(str(number).encode()) for number in range(size)]).root()


def test_it_imports_the_standard_library_only() -> None:
    imported = set()
    for node in ast.walk(ast.parse(SCRIPT.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module).split(".")[0])
    assert imported <= set(sys.stdlib_module_names)


def test_openssl_agrees_about_the_signature_of_a_checkpoint(tmp_path: Path) -> None:
    """An implementation of somebody else on the same bytes."""
    openssl = shutil.which("openssl")
    assert openssl, "openssl is needed"
    key_id = create_keypair(tmp_path)
    key = tmp_path / "trusted" / f"{key_id}.pem"
    note = Signer.load(tmp_path).sign_note(LogCheckpoint(origin="example.com/log", size=7, root="ab" * 32))
    text, _, line = note.partition("\n\n")
    encoded = re.fullmatch("\N{EM DASH} example\\.com/log (.*)\n", line)
    assert encoded
    (tmp_path / "signature").write_bytes(base64.b64decode(encoded[1])[4:])
    for body, expected in ((f"{text}\n", 0), (f"{text}0\n", 1)):
        (tmp_path / "text").write_text(body)
        files = ["-in", str(tmp_path / "text"), "-sigfile", str(tmp_path / "signature")]
        command = [openssl, "pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-rawin", *files]
        assert subprocess.run(command, capture_output=True, check=False).returncode == expected
    checkpoint = verifier.open_note(note, verifier.read_keys([key]), "it")
    assert (checkpoint.origin, checkpoint.size, checkpoint.root.hex()) == ("example.com/log", 7, "ab" * 32)


def test_unusable_arguments_have_an_exit_code_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.pem").write_text("no key")
    for key in ("empty", "bad.pem", "missing.pem"):
        found = subprocess.run(
            [sys.executable, "-I", str(SCRIPT), "checkpoint", "nothing.note", "--key", str(tmp_path / key)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (found.returncode, found.stderr.startswith("UNUSABLE: ")) == (2, True)
