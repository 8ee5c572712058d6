"""Messages of Outlook become mails: headers, both bodies, files, messages inside; broken ones are refused."""

import email
from email import policy
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extraction import mail_parts, mail_text, outlook
from pipeline.extraction.containers import Refused
from pipeline.extraction.office import ole_objects, packed_rtf
from pipeline.extraction.office.compound import Compound
from tests.support.compound_files import attachment, compound, message, packaged

HEAD = {"0037": "Hours", "0C1A": "Ann", "5D01": "ann@example.org", "0E04": "Bob; Größe"}
SAID = "The depot closes at nine."


def read(data: bytes) -> str:
    return mail_text.read(mail_parts.split(outlook.as_mail(data)).body).text


def test_headers_and_body_are_read() -> None:
    text = read(compound(message(HEAD | {"1000": SAID})))
    assert text == f"Subject: Hours\nFrom: Ann <ann@example.org>\nTo: Bob; Größe\n\n{SAID}"


def test_the_page_of_a_message_is_shown_and_searched() -> None:
    page = f"<p>{SAID} All gates stay open for every visitor.</p><p style='display:none'>nobody sees this</p>"
    mail = mail_text.read(outlook.as_mail(compound(message(HEAD | {"1000": SAID, "1013": page.encode()}))))
    assert "All gates stay open" in mail.text
    assert [(run.technique, run.text) for run in mail.hidden] == [("html-display-none", "nobody sees this")]


def test_files_and_messages_inside_are_attached() -> None:
    inner = message({"0037": "Inner", "1000": "inner words"}, [attachment("deep.txt", b"deep words")])
    data = compound(message(HEAD, [attachment("plan.txt", b"words " * 2000), attachment("mail", inner)]))
    files = mail_parts.split(outlook.as_mail(data)).files
    assert [name for name, _ in files] == ["plan.txt", "mail.eml"]
    assert files[0][1] == b"words " * 2000
    deep = mail_parts.split(files[1][1])
    assert "inner words" in mail_text.read(deep.body).text
    assert deep.files == [("deep.txt", b"deep words")]


def test_an_object_of_a_program_is_attached_and_no_text() -> None:
    data = compound(message(HEAD, [attachment("sheet", {"CONTENTS": b"raw words"})]))
    ((name, content),) = mail_parts.split(outlook.as_mail(data)).files
    assert (name, content) == ("sheet", b"\x00raw words")


def test_rich_text_that_says_more_than_the_plain_body_is_attached() -> None:
    rich = rb"{\rtf1\ansi The depot closes at nine. Only rich.}"
    stored = (len(rich) + 12).to_bytes(4, "little") + len(rich).to_bytes(4, "little") + b"MELA" + bytes(4) + rich
    ((_, content),) = mail_parts.split(outlook.as_mail(compound(message(HEAD | {"1000": SAID, "1009": stored})))).files
    assert content == rich


def test_compressed_rich_text_is_unpacked() -> None:
    """The first example of [MS-OXRTFCP] 4.1."""
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert packed_rtf.unpacked(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


@pytest.mark.parametrize("sizes", [[1], [63, 64, 65], [4095, 4096, 4097], [100_000], [0, 70_000, 10]])
def test_streams_of_any_size_are_read(sizes: list[int]) -> None:
    contents = {f"s{at}": Random(at).randbytes(size) for at, size in enumerate(sizes)}
    file = Compound(compound({"inner": contents, **contents}))
    assert {path: file.content(entry) for path, entry in file.walk()} == {
        **contents,
        **{f"inner/{name}": content for name, content in contents.items()},
    }


def test_a_file_in_an_object_has_its_name_and_content() -> None:
    assert ole_objects.files(packaged("plan.txt", b"words")) == [("plan.txt", b"words")]
    assert ole_objects.files(compound({"Package": b"PK words"})) == [("package", b"PK words")]


@pytest.mark.parametrize("tree", [{"Other": b"x"}, {"\x01Ole10Native": b"\x01\x00"}, {"\x01Ole10Native": bytes(90)}])
def test_an_object_without_a_file_is_refused(tree: dict[str, bytes]) -> None:
    with pytest.raises(Refused):
        ole_objects.files(compound(tree))


WHOLE = compound(message(HEAD | {"1000": SAID, "1013": b"<p>x" * 2000}, [attachment("a", b"b")]))


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8))
def test_law_15_a_damaged_message_is_read_or_refused(at: int, noise: bytes) -> None:
    broken = WHOLE[:at] + noise + WHOLE[at + len(noise) :]
    try:
        email.message_from_bytes(outlook.as_mail(broken), policy=policy.compat32)
    except Refused:
        return


def test_law_15_a_loop_of_sectors_is_refused() -> None:
    looped = bytearray(compound({"a": bytes(9000)}))
    place = looped.index(b"\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00")
    looped[place : place + 4] = bytes(4)
    file = Compound(bytes(looped))
    with pytest.raises(Refused):
        file.content(file.inside(file.root)["a"])
