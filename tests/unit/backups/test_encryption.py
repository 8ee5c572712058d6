"""Encrypted files of backups: every byte comes back from any place, and no change of the file goes unnoticed."""

import base64
import io
import os
import shlex
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.backups import encryption
from pipeline.backups.encryption import (
    BackupKey,
    DecryptingFile,
    EncryptingFile,
    key_id_of,
    referenced_key,
    require_key,
)
from pipeline.domain.errors import ConfigError, IntegrityError, UsageError

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
CHUNK, TAG, HEADER = encryption.CHUNK, 16, 70
"""The format as the module describes it: header of 30 + 8 + 32 bytes."""


def encrypted(data: bytes, *pieces: int) -> bytes:
    """The bytes of an encrypted file, written in pieces."""
    file = io.BytesIO()
    writer = EncryptingFile(file, BackupKey(KEY))
    start = 0
    for piece in (*pieces, len(data)):
        writer.write(data[start : start + piece])
        start += piece
    assert writer.tell() == len(data)
    writer.finish()
    return file.getvalue()


def decrypted(data: bytes, key: bytes = KEY) -> bytes:
    return io.BufferedReader(DecryptingFile(io.BytesIO(data), BackupKey(key))).read()


@pytest.mark.parametrize("size", [1, 2, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7])
def test_every_byte_comes_back_and_none_is_in_the_file(size: int) -> None:
    data = os.urandom(size)
    file = encrypted(data, 1, CHUNK)
    assert decrypted(file) == data
    assert len(file) == HEADER + size + TAG * -(-size // CHUNK)
    assert size < 16 or data[:16] not in file
    assert encrypted(data) != file, "each file has a salt of its own"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3 * CHUNK), st.integers(0, CHUNK + 9)), min_size=1, max_size=5))
def test_reading_from_any_place_gives_what_is_there(reads: list[tuple[int, int]]) -> None:
    reader = io.BufferedReader(DecryptingFile(io.BytesIO(SEALED), BackupKey(KEY)))
    for place, size in reads:
        reader.seek(place)
        assert reader.read(size) == DATA[place : place + size]


DATA = bytes(range(251)) * (3 * CHUNK // 251)
SEALED = encrypted(DATA)


def chunks(file: bytes) -> list[bytes]:
    body = file[HEADER:]
    return [body[start : start + CHUNK + TAG] for start in range(0, len(body), CHUNK + TAG)]


def rebuilt(*parts: bytes) -> bytes:
    return SEALED[:HEADER] + b"".join(parts)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_any_changed_byte_is_noticed(place: int, by: int) -> None:
    changed = bytearray(SEALED)
    changed[place] ^= by
    if key_id_of(io.BytesIO(bytes(changed))) == BackupKey(KEY).id:
        with pytest.raises(IntegrityError, match="damaged or incomplete"):
            decrypted(bytes(changed))


@settings(max_examples=80, deadline=None)
@given(st.integers(HEADER, len(SEALED) - 1))
def test_an_end_that_is_cut_anywhere_is_noticed_before_anything_is_read(end: int) -> None:
    with pytest.raises(IntegrityError, match="damaged or incomplete"):
        DecryptingFile(io.BytesIO(SEALED[:end]), BackupKey(KEY))


def test_chunks_that_are_missing_moved_repeated_or_of_another_file_are_noticed() -> None:
    first, second, third = chunks(SEALED)
    foreign = chunks(encrypted(DATA))[1]
    for parts in (
        (first, second), (second, first, third), (first, first, third), (first, third), (third,),
        (first, second, third, third), (first, second, third, b"x"), (first, foreign, third),
    ):  # fmt: skip
        with pytest.raises(IntegrityError):
            decrypted(rebuilt(*parts))


def test_the_id_of_a_key_names_it_and_the_wrong_one_is_refused_in_words() -> None:
    needed, other = BackupKey(KEY).id, BackupKey(OTHER)
    assert key_id_of(io.BytesIO(SEALED)) == needed != other.id
    assert KEY.hex()[:16] != needed
    assert key_id_of(io.BytesIO(b"index first")) == ""
    with pytest.raises(ConfigError, match=f"encrypted with the key {needed}, and the given key is {other.id}"):
        require_key(Path("b.enc"), needed, other)
    with pytest.raises(ConfigError, match=f"encrypted with the key {needed}"):
        require_key(Path("b.enc"), needed, None)
    with pytest.raises(ConfigError, match="is not encrypted"):
        require_key(Path("b.tar"), "", other)
    require_key(Path("b.enc"), needed, BackupKey(KEY))
    require_key(Path("b.tar"), "", None)


@pytest.mark.parametrize("form", [KEY, KEY.hex().encode() + b"\n", base64.b64encode(KEY) + b"\n"])
def test_a_key_is_read_from_a_file_a_variable_or_a_command(
    form: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a key"
    file.write_bytes(form)
    assert referenced_key(f"file:{file}").id == BackupKey(KEY).id
    program = f"import sys; sys.stdout.buffer.write({form!r})"
    assert referenced_key(f"command:{shlex.join([sys.executable, '-c', program])}").id == BackupKey(KEY).id
    if form != KEY:  # a variable holds no zero byte
        monkeypatch.setenv("A_BACKUP_KEY", form.decode())
        assert referenced_key("env:A_BACKUP_KEY").id == BackupKey(KEY).id


def test_a_place_without_a_key_is_refused_and_its_content_never_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "short"
    file.write_text("correct horse battery staple")
    monkeypatch.setenv("A_BACKUP_KEY", "correct horse battery staple")
    failing = shlex.join([sys.executable, "-c", "import sys; sys.exit('correct horse')"])
    for reference in (
        f"file:{file}",
        f"file:{tmp_path / 'none'}",
        "env:A_BACKUP_KEY",
        f"command:{failing}",
        "command:no-such",
    ):
        with pytest.raises(ConfigError) as refused:
            referenced_key(reference)
        assert "horse" not in str(refused.value)
    for reference in ("correct horse battery staple", "file:", "http://keys", KEY.hex()):
        with pytest.raises(UsageError) as wrong:
            referenced_key(reference)
        assert KEY.hex() not in str(wrong.value)
