"""Derived models (law 12): the same file each time, a signed lineage, and nothing loaded that is not as signed."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from pipeline.domain.digests import canonical_json, digest_bytes
from pipeline.domain.errors import ModelLockError, UsageError
from pipeline.index.signing import Signer, Verifier, create_keypair, revoke_key
from pipeline.models import derivation, derived, parity
from pipeline.models.conversion import converted
from pipeline.models.derived import RECIPE, Lineage
from pipeline.models.lock import ModelLock
from pipeline.settings.places import HomeFiles
from tests.support.models import LOCK_FILE, MODEL, derived_model, lock


class Place:
    """A home with keys and a lock, and an installation of its own."""

    def __init__(self, folder: Path) -> None:
        self.files = HomeFiles(folder / "home")
        self.files.configs.mkdir(parents=True)
        shutil.copyfile(LOCK_FILE, self.files.models_lock)
        create_keypair(self.files.keys)
        self.signer, self.verifier = Signer.load(self.files.keys), Verifier.load(self.files.keys)
        self.base = lock().digest(MODEL)
        self.installation = folder / "installation"
        self.installation.mkdir()
        file, lineage = derived_model()
        self.file = self.installation / file.name
        try:
            self.file.hardlink_to(file)
        except OSError:  # on another file system
            shutil.copyfile(file, self.file)
        note = canonical_json(lineage.model_dump(mode="json"))
        (self.installation / f"{derived.stem(self.base)}.json").write_bytes(note)

    def ensure(self) -> Lineage:
        return derivation.ensure(self.files, MODEL, self.signer.sign, self.verifier.verify)

    def load(self) -> Path:
        return derivation.model_file(self.files, ModelLock.load(self.files.models_lock), MODEL, self.verifier.verify)

    def spoil(self, change: bytes) -> None:
        """Replace the file, not its content: the tests share that with the real installation."""
        data = bytearray(self.file.read_bytes())
        data[-len(change) :] = change
        self.file.unlink()
        self.file.write_bytes(data)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = Place(tmp_path)
    monkeypatch.setattr(derived, "installation", lambda: made.installation)
    return made


def test_law_12_the_file_is_the_same_each_time_and_the_one_the_lock_names() -> None:
    base = lock().verified(MODEL)
    first = digest_bytes(converted(base))
    assert first == digest_bytes(converted(base)) == lock().model(MODEL).derived[RECIPE] == derived_model()[1].sha256


def test_a_home_takes_over_what_the_installation_derived_and_signs_it(place: Place) -> None:
    lineage = place.ensure()
    envelope = json.loads(derived.lineage_file(place.files, place.base).read_bytes())
    assert list(envelope["signatures"][0]) == ["keyid", "sig"]
    assert lineage.base_digest == place.base
    assert lineage.parity.lowest_cosine >= 0.9999
    assert {"onnx", "onnxruntime", "tokenizers", "sentence-transformers", "torch", "corpusgate"} <= set(
        lineage.versions
    )
    assert place.load() == place.file
    assert place.ensure() == lineage


def test_law_12_a_derived_file_that_is_not_as_signed_is_refused(place: Place) -> None:
    place.ensure()
    place.spoil(b"\xff")
    with pytest.raises(ModelLockError, match="has SHA-256"):
        place.load()
    place.file.write_bytes(b"short")
    with pytest.raises(ModelLockError, match="has 5 bytes"):
        place.load()
    place.file.unlink()
    place.file.symlink_to(derived_model()[0])
    with pytest.raises(ModelLockError, match="is a link"):
        place.load()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"sha256": "0" * 64}, "the lock says"),
        ({"base_digest": "0" * 64}, "other files than the lock names"),
        ({"model": "another"}, "other files than the lock names"),
        ({"recipe": "bert-mean-fp32-0"}, "recipe bert-mean-fp32-0"),
    ],
)
def test_law_12_a_lineage_of_something_else_is_refused_though_it_is_signed(
    place: Place, change: dict[str, str], match: str
) -> None:
    lineage = place.ensure().model_copy(update=change)
    envelope = place.signer.sign(canonical_json(lineage.model_dump(mode="json")), derived.LINEAGE_TYPE)
    derived.lineage_file(place.files, place.base).write_bytes(canonical_json(envelope))
    with pytest.raises(ModelLockError, match=match):
        place.load()


def test_law_12_a_lineage_without_a_trusted_signature_is_refused(place: Place, tmp_path: Path) -> None:
    """Changed by hand, signed by a key of another home, of another type, cut short, or gone."""
    lineage = place.ensure()
    file = derived.lineage_file(place.files, place.base)
    good = json.loads(file.read_bytes())
    create_keypair(tmp_path / "other")
    payload = canonical_json(lineage.model_dump(mode="json"))
    forged = Signer.load(tmp_path / "other").sign(payload, derived.LINEAGE_TYPE)
    other_type = place.signer.sign(payload, "application/vnd.corpusgate.audit-checkpoint+json")
    unsigned = {**good, "signatures": []}
    for envelope in (forged, other_type, unsigned, {**good, "payload": forged["payload"][:-8]}, ["x"]):
        file.write_bytes(canonical_json(envelope))
        with pytest.raises(ModelLockError, match="not trusted"):
            place.load()
        with pytest.raises(ModelLockError, match="not trusted"):
            place.ensure()
    file.write_bytes(b"{")
    with pytest.raises(ModelLockError, match="not trusted"):
        place.load()
    file.unlink()
    with pytest.raises(ModelLockError, match="no derived model"):
        place.load()


def test_a_lineage_survives_the_revocation_of_the_key_that_signed_it(place: Place) -> None:
    place.ensure()
    old = place.signer.key_id
    create_keypair(place.files.keys)
    place.signer = Signer.load(place.files.keys)
    derived.sign_lineages_again(place.files, place.signer.sign, place.verifier.verify)
    revoke_key(place.files.keys, old)
    assert place.load() == place.file


def test_law_12_a_file_that_is_lost_is_converted_again_and_must_come_out_the_same(place: Place) -> None:
    place.ensure()
    place.file.unlink()
    assert place.load() == place.file
    assert digest_bytes(place.file.read_bytes()) == derived_model()[1].sha256
    place.file.unlink()
    unpinned = place.files.models_lock.read_text().replace(f"{RECIPE}: {derived_model()[1].sha256}", "{}")
    place.files.models_lock.write_text(unpinned)
    lineage = derived_model()[1].model_copy(update={"sha256": "1" * 64})
    derived.write_lineage(place.files, lineage, place.signer.sign)
    with pytest.raises(ModelLockError, match="gives another file"):
        place.load()
    assert not place.file.exists()


def test_law_12_an_installation_is_believed_only_where_the_lock_or_a_conversion_agrees(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock of a home made before names no derived file: then the base is converted again, and decides."""
    note = place.installation / f"{derived.stem(place.base)}.json"
    forged = json.loads(note.read_bytes()) | {"sha256": "2" * 64}
    note.write_bytes(canonical_json(forged))
    asked: list[str] = []
    monkeypatch.setattr(derivation, "derive", lambda lock, name, folder: asked.append(name) or derived_model()[1])
    assert place.ensure().sha256 == derived_model()[1].sha256
    derived.lineage_file(place.files, place.base).unlink()
    unpinned = place.files.models_lock.read_text().replace(f"{RECIPE}: {derived_model()[1].sha256}", "{}")
    place.files.models_lock.write_text(unpinned)
    assert place.ensure().sha256 == derived_model()[1].sha256
    assert asked == [MODEL, MODEL]
    note.write_bytes(canonical_json(derived_model()[1].model_dump(mode="json")))
    derived.lineage_file(place.files, place.base).unlink()
    assert place.ensure().sha256 == derived_model()[1].sha256
    assert asked == [MODEL, MODEL]


def test_an_installation_is_open_to_every_account_and_a_home_to_its_own(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Derived by root under a strict umask, read by the account of a service; and not writable for that account."""
    monkeypatch.setattr(derived, "installation", lambda: place.installation / "share" / "models")
    monkeypatch.setattr(parity, "compared", lambda *_: derived_model()[1].parity)
    before = os.umask(0o077)
    try:
        derivation.derive(lock(), MODEL, derived.installation())
        assert derivation.writable(place.files) == derived.installation()
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (place.installation / "share").rglob("*")}
    assert modes.pop("models") == (place.installation / "share").stat().st_mode & 0o777 == 0o755
    assert set(modes.values()) == {0o644}
    assert len(modes) == 2

    blocked = place.installation / "file"
    blocked.write_bytes(b"")
    monkeypatch.setattr(derived, "installation", lambda: blocked / "models")
    assert derivation.writable(place.files) == place.files.models
    place.ensure()
    assert place.load().parent == place.files.models
    assert place.files.models.stat().st_mode & 0o077 == 0


def test_a_model_that_differs_from_the_reference_is_not_kept() -> None:
    generator = np.random.default_rng(5)
    exact = generator.normal(size=(len(parity.PROBES), 384)).astype(np.float32)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    assert parity.compared(lambda _: exact, lambda _: exact).lowest_cosine >= parity.LOWEST_COSINE
    other, broken = exact.copy(), exact.copy()
    other[7] = np.roll(other[7], 1)
    broken[3, 0] = np.nan
    for wrong in (other, broken, -exact):
        with pytest.raises(ModelLockError, match="a cosine of"):
            parity.compared(lambda _: exact, lambda _, wrong=wrong: wrong)


def test_rankings_are_compared_where_a_collection_is_given(tmp_path: Path) -> None:
    """Two documents, one question: swapping their vectors swaps their ranks, and 1 becomes 1 / log2(3)."""
    (tmp_path / "corpus.jsonl").write_text('{"_id": "a", "text": "soup"}\n{"_id": "b", "title": "T", "text": "keys"}\n')
    (tmp_path / "queries.jsonl").write_text('{"_id": "q", "text": "lunch"}\n{"_id": "unjudged", "text": "x"}\n')
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\ta\t1\nq\tb\t0\n")

    def embed(near: str) -> parity.Embed:
        def vectors(texts: object) -> np.ndarray:
            rows = np.zeros((len(texts), 384), np.float32)  # type: ignore[arg-type]
            for row, text in zip(rows, texts, strict=True):  # type: ignore[call-overload]
                row[0 if text in ("lunch", near) or text in parity.PROBES else 1] = 1
            return rows

        return vectors

    same = parity.compared(embed("soup"), embed("soup"), tmp_path).ranking
    assert same is not None
    assert (same.questions, same.reference_ndcg, same.derived_ndcg) == (1, 1.0, 1.0)
    with pytest.raises(ModelLockError, match=r"nDCG@10 of 0\.6309, the reference has 1\.0"):
        parity.compared(embed("soup"), embed("T keys"), tmp_path)
    with pytest.raises(UsageError, match="holds no collection"):
        parity.compared(embed("soup"), embed("soup"), tmp_path / "missing")


def test_a_model_that_is_built_in_another_way_is_not_derived(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(lock().folder(MODEL), folder)
    config = json.loads((folder / "config.json").read_bytes())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_act": "relu"}))
    with pytest.raises(ModelLockError, match="differs in: hidden_act"):
        converted(folder)
