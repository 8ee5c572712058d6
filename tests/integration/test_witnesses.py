"""Checkpoints that are cosigned by a witness over HTTP and posted to a webhook (law 11)."""

import json
import shutil
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks.webhooks import Webhook

from pipeline.checks.doctor import examine
from pipeline.domain.checkpoints import LogCheckpoint
from pipeline.domain.cosignatures import cosigner_of
from pipeline.domain.log_tree import LogTree
from pipeline.evidence.witnesses import give_away
from pipeline.reports.evidence_bundle import EvidenceRequest, export_evidence
from pipeline.stores.audit.checkpoints import Checkpoints
from pipeline.stores.audit.log import AuditEntry
from scripts.verify_evidence import read_keys
from tests.support.evidence import EvidentHome, verify
from tests.support.receivers import running
from tests.support.served_home import OPERATOR
from tests.support.witness import NOW, RealWitness, witnessing

SECRET = "a secret of the keeper of checkpoints"


@pytest.fixture
def witness() -> Iterator[RealWitness]:
    with witnessing([]) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, witness: RealWitness) -> Iterator[EvidentHome]:
    """A home whose settings name the witness."""
    made = EvidentHome(tmp_path)
    witness.log_keys += read_keys([made.given / "keys"])
    set_audit(made, "witnesses", {"url": witness.url, "key": witness.verifier_key, "allow_loopback": True})
    yield made
    made.workspace.close()


def set_audit(home: EvidentHome, name: str, receiver: dict[str, object]) -> None:
    for folder in (home.folder, home.given / "older-home"):
        settings = folder / "configs" / "corpusgate.yaml"
        settings.write_text(settings.read_text().replace(f"  {name}: []", f"  {name}: [{json.dumps(receiver)}]"))
    home.reopen()


def happen(home: EvidentHome, times: int = 1) -> None:
    for number in range(times):
        home.workspace.audit.record(AuditEntry("user:ana", "test.happened", f"thing {number}"))


def test_a_witness_cosigns_each_checkpoint_and_gets_proofs_that_the_log_only_grew(
    home: EvidentHome, witness: RealWitness
) -> None:
    sizes = []
    for _ in range(2):
        happen(home)
        made = home.workspace.checkpoints.make()
        assert (made.failures, len(made.files)) == ((), 2)
        sizes.append(made.checkpoint.size)
        given = ("--key", home.given / "keys", "--witness", witness.verifier_key)
        for file in made.files:
            code, said = verify("checkpoint", file, *given)
            assert (code, f"Cosigned by witness.example/w1, {NOW} seconds" in said) == (0, True), said
    assert witness.asked == [(0, 200), (sizes[0], 200)]
    assert home.workspace.checkpoints.verify().ok
    assert not home.workspace.checkpoints.make().failures
    assert len(witness.asked) == 2  # nothing was added, so the witness is not asked


def test_a_home_that_forgot_the_last_cosigned_size_learns_it_from_the_witness(
    home: EvidentHome, witness: RealWitness
) -> None:
    happen(home)
    size = home.workspace.checkpoints.make().checkpoint.size
    shutil.rmtree(home.folder / "checkpoints")
    happen(home)
    assert home.workspace.checkpoints.make().failures == ()
    assert witness.asked == [(0, 200), (0, 409), (size, 200)]


def test_doctor_names_a_witness_that_is_behind_gone_or_ahead(home: EvidentHome, witness: RealWitness) -> None:
    def says() -> tuple[str, str]:
        (check,) = (one for one in examine(home.workspace) if one.name == "checkpoints")
        return check.state, f"{check.says} {check.fix}"

    happen(home)
    size = home.workspace.checkpoints.make().checkpoint.size
    assert "cosigned by witness.example/w1" in says()[1]
    (origin,) = witness.latest
    kept = witness.latest[origin]
    witness.latest[origin] = size - 1, b"x" * 32
    assert f"The witness witness.example/w1: it is behind: it cosigned {size - 1:,} entries of {size:,}." in says()[1]
    witness.latest[origin] = size + 5, b"x" * 32
    state, sentence = says()
    assert f"it cosigned {size + 5:,} entries of this log, which now has {size:,}" in sentence
    assert "put the newest copy back" in sentence
    witness.latest[origin] = size, b"x" * 32
    assert "does not continue the one it cosigned" in says()[1]
    witness.latest[origin] = kept
    assert "cosigned by" in says()[1]
    witness.log_keys.clear()
    assert "it does not know the key" in says()[1]
    assert state == "problem"


def test_a_bundle_carries_the_cosignature_of_its_checkpoint(
    home: EvidentHome, witness: RealWitness, tmp_path: Path
) -> None:
    happen(home)
    home.workspace.checkpoints.make()
    since = datetime.now(UTC) - timedelta(days=1)
    wanted = EvidenceRequest(since=since, until=since + timedelta(days=2))
    export_evidence(home.workspace, OPERATOR, wanted, tmp_path / "b.tar")
    with tarfile.open(tmp_path / "b.tar") as archive:
        member = archive.extractfile("checkpoint.note")
        assert member is not None
        note = member.read().decode()
    assert "\n\N{EM DASH} witness.example/w1 " in note
    (tmp_path / "out.note").write_text(note)
    given = ("--key", home.given / "keys", "--witness", witness.verifier_key)
    code, said = verify("checkpoint", tmp_path / "out.note", *given)
    assert (code, "Cosigned by witness.example/w1" in said) == (0, True), said


def test_two_witnesses_that_need_a_proof_read_the_log_once(
    home: EvidentHome, witness: RealWitness, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(home)
    home.workspace.checkpoints.make()
    reads: list[int] = []
    whole = Checkpoints.tree

    def tree(self: Checkpoints, checkpoint: LogCheckpoint) -> LogTree:
        reads.append(checkpoint.size)
        return whole(self, checkpoint)

    monkeypatch.setattr(Checkpoints, "tree", tree)
    settings = home.workspace.home.settings.audit
    twice = settings.model_copy(update={"witnesses": settings.witnesses * 2})
    happen(home)
    checkpoint = home.workspace.checkpoints.stored.make(home.workspace.signer.sign_note)
    service = home.workspace.checkpoints
    given = give_away(
        twice, checkpoint, checkpoint.note, lru_cache(1)(lambda: service.stored.tree(checkpoint)),
        home.workspace.home.secret, service._cosigned_size,
    )  # fmt: skip
    assert (len(given.witnesses), reads) == (2, [checkpoint.size])


def test_law_11_a_witness_shows_an_older_copy_if_every_other_anchor_is_gone(
    home: EvidentHome, witness: RealWitness
) -> None:
    happen(home, 20)
    size = home.workspace.checkpoints.make().checkpoint.size
    shutil.rmtree(home.anchor)
    home.put_back()
    home.anchor.mkdir()
    happen(home)
    (failure,) = home.workspace.checkpoints.make().failures
    assert f"cosigned {size:,} entries" in failure
    assert "older copy" in failure
    happen(home, 40)  # until the log of the copy is longer
    (failure,) = home.workspace.checkpoints.make().failures
    assert "does not continue" in failure


def test_a_cosignature_of_another_key_does_not_count(home: EvidentHome, witness: RealWitness) -> None:
    witness.key = Ed25519PrivateKey.generate()
    happen(home)
    made = home.workspace.checkpoints.make()
    assert made.failures == (
        "The witness witness.example/w1 answered without a cosignature of the key in the settings.",
    )
    code, said = verify("checkpoint", made.files[0], "--key", home.given / "keys", "--witness", witness.verifier_key)
    assert (code, "not cosigned" in said) == (1, True)


def test_a_cosignature_that_was_changed_is_named(home: EvidentHome, witness: RealWitness, tmp_path: Path) -> None:
    happen(home)
    note = home.workspace.checkpoints.make().files[0].read_text()
    at = note.rindex(" ") + 30  # within the signature
    changed = tmp_path / "changed.note"
    changed.write_text(note[:at] + ("A" if note[at] != "A" else "B") + note[at + 1 :])
    code, said = verify("checkpoint", changed, "--key", home.given / "keys", "--witness", witness.verifier_key)
    assert (code, "does not match its text" in said) == (1, True), said


def test_a_witness_that_knows_no_key_or_is_gone_stops_nothing(home: EvidentHome, witness: RealWitness) -> None:
    witness.log_keys.clear()
    happen(home)
    assert "does not know the key" in home.workspace.checkpoints.make().failures[0]
    witness.shutdown()
    witness.server_close()
    happen(home)
    made = home.workspace.checkpoints.make()
    assert ("was not reached" in made.failures[0], len(made.files)) == (True, 2)
    assert home.gated.read("ada")


def test_each_checkpoint_is_posted_to_a_webhook_that_can_check_who_sent_it(home: EvidentHome) -> None:
    (home.folder / "keeper.secret").write_text(SECRET)
    (home.folder / "keeper.secret").chmod(0o600)
    with running() as receiver:
        url = f"http://127.0.0.1:{receiver.port}/204"
        set_audit(home, "webhooks", {"url": url, "secret": {"file": "keeper.secret"}, "allow_loopback": True})
        happen(home)
        made = home.workspace.checkpoints.make()
        assert made.failures == ()
    ((_, headers, body),) = receiver.seen
    told = json.loads(body)
    assert (told["size"], told["root"]) == (made.checkpoint.size, made.checkpoint.root)
    assert told["note"] == made.files[0].read_text()
    signed = {name: headers[name] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
    Webhook(SECRET.encode()).verify(body, signed)
    happen(home)
    assert "did not take it: connection" in home.workspace.checkpoints.make().failures[-1]


@pytest.mark.parametrize("key", ["", "w", "w+00000000+AAAA", "w+00000000+BA==", "a b+12+BA"])
def test_a_key_that_is_not_of_a_witness_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="verifier key"):
        cosigner_of(key)
