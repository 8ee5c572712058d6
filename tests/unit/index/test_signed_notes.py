from pathlib import Path

import pytest

from pipeline.domain.checkpoints import LogCheckpoint
from pipeline.domain.errors import IntegrityError, RevokedKey
from pipeline.index.signing import Signer, Verifier, create_keypair, revoke_key

CHECKPOINT = LogCheckpoint(origin="example.com/log", size=7, root="ab" * 32)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    create_keypair(tmp_path)
    return tmp_path


def test_a_signed_note_opens_with_the_key_that_signed_it(keys: Path) -> None:
    note = Signer.load(keys).sign_note(CHECKPOINT)
    assert Verifier.load(keys).open_note(note) == CHECKPOINT


def test_after_a_rotation_older_notes_stay_good_until_their_key_is_revoked(keys: Path) -> None:
    old = Signer.load(keys)
    note, verifier = old.sign_note(CHECKPOINT), Verifier.load(keys)
    create_keypair(keys)
    assert verifier.open_note(note) == CHECKPOINT
    revoke_key(keys, old.key_id)
    with pytest.raises(RevokedKey):
        verifier.open_note(note)


def test_a_note_of_an_unknown_key_is_refused_unless_a_known_one_signed_it_too(keys: Path, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    create_keypair(stranger)
    note, foreign = (Signer.load(folder).sign_note(CHECKPOINT) for folder in (keys, stranger))
    with pytest.raises(IntegrityError, match="unknown key"):
        Verifier.load(keys).open_note(foreign)
    line = note.split("\n\n")[1]
    assert Verifier.load(keys).open_note(foreign + line) == CHECKPOINT


@pytest.mark.parametrize("spoil", [("\n7\n", "\n8\n"), ("example.com/log\n7", "example.com/lag\n7"), ("q6ur", "q6us")])
def test_a_changed_note_is_refused(keys: Path, spoil: tuple[str, str]) -> None:
    note = Signer.load(keys).sign_note(CHECKPOINT).replace(*spoil, 1)
    with pytest.raises(IntegrityError):
        Verifier.load(keys).open_note(note)
