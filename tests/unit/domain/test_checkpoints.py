import pytest

from pipeline.domain.checkpoints import LogCheckpoint, key_hash, parse_note, signed_note

CHECKPOINT = LogCheckpoint(origin="example.com/log", size=7, root="ab" * 32)
KEY, SIGNATURE = bytes(range(32)), bytes(range(64))


def test_a_note_says_what_was_signed_and_by_which_key() -> None:
    note = signed_note(CHECKPOINT, KEY, SIGNATURE)
    assert note.startswith("example.com/log\n7\n")
    checkpoint, (signature,) = parse_note(note)
    assert checkpoint == CHECKPOINT
    assert signature == ("example.com/log", key_hash("example.com/log", KEY), SIGNATURE)


def test_a_key_hash_is_that_of_the_published_example() -> None:
    # The verifier key in the documentation of Go's golang.org/x/mod/sumdb/note.
    import base64

    name, printed, encoded = ["PeterNeumann", "c74f20a3", "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"]
    algorithm_and_key = base64.b64decode(encoded)
    assert algorithm_and_key[0] == 1
    assert key_hash(name, algorithm_and_key[1:]).hex() == printed


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note.replace("\n7\n", "\n07\n"),
        lambda note: note.replace("\n7\n", "\n-7\n"),
        lambda note: note.replace("example.com/log\n7", "example.com/log \n7"),
        lambda note: note.replace("\n\n", "\nan extension\n\n"),
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.rstrip("\n"),
        lambda note: note.replace("\N{EM DASH}", "-"),
        lambda note: note[: note.index("\n\n") + 2],
        lambda note: note.replace("q6ur", "qqq"),
        lambda _: "",
    ],
)
def test_another_text_is_not_a_checkpoint(spoil) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"checkpoint|base64|padding|Incorrect"):
        parse_note(spoil(signed_note(CHECKPOINT, KEY, SIGNATURE)))
