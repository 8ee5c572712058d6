from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.domain.digests import digest_text
from pipeline.domain.errors import IntegrityError
from pipeline.files.texts import TextStore


@pytest.fixture
def texts(tmp_path: Path) -> TextStore:
    return TextStore(tmp_path / "texts")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=[])))
def test_a_text_comes_back_by_its_digest(texts: TextStore, text: str) -> None:
    digest = texts.put(text)
    assert digest == digest_text(text)
    assert texts.get(digest) == text
    assert texts.has(digest)


def test_equal_texts_are_one_private_file(texts: TextStore, tmp_path: Path) -> None:
    assert texts.put("the same words") == texts.put("the same words")
    (file,) = files(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o077 == 0
    assert "same" not in str(file)


def test_a_deleted_text_is_gone(texts: TextStore, tmp_path: Path) -> None:
    digest = texts.put("to be forgotten")
    assert texts.delete(digest)
    assert not texts.delete(digest)
    assert not texts.has(digest)
    assert files(tmp_path) == []
    with pytest.raises(IntegrityError, match=digest):
        texts.get(digest)


def test_a_damaged_text_is_refused_and_not_shown(texts: TextStore, tmp_path: Path) -> None:
    digest = texts.put("the original words")
    files(tmp_path)[0].write_text("a forged sentence.")
    with pytest.raises(IntegrityError) as caught:
        texts.get(digest)
    assert "forged" not in str(caught.value)


def test_a_file_cut_short_is_written_again(texts: TextStore, tmp_path: Path) -> None:
    digest = texts.put("some words that a power cut lost")
    files(tmp_path)[0].write_bytes(b"")
    assert texts.put("some words that a power cut lost") == digest
    assert texts.get(digest) == "some words that a power cut lost"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_only_digests_name_texts(texts: TextStore, name: str) -> None:
    for use in (texts.get, texts.delete, texts.has):
        with pytest.raises(ValueError, match="64"):
            use(name)
