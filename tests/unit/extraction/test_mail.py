"""Text of a message is read in its charset, and what only the alternative that is not shown says is named."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from pipeline.extraction.hidden import mail
from pipeline.extraction.mail_charsets import in_utf_8
from tests.support.sentences import SENTENCES


def message(plain: str, page: str | None = None, charset: str = "utf-8") -> bytes:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "ann@example.org", "bob@example.org", "Handover"
    letter.set_content(plain, charset=charset)
    if page is not None:
        letter.add_alternative(page, subtype="html")
    return letter.as_bytes()


def read(data: bytes) -> str:
    part = message_from_bytes(data, policy=policy.default).get_body()
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).strip()


@pytest.mark.parametrize(
    ("language", "charset"),
    [
        ("Japanese", "iso-2022-jp"),
        ("Japanese", "shift_jis"),
        ("Russian", "koi8-r"),
        ("Czech", "windows-1250"),
        ("Taiwanese", "big5"),
        ("German", "iso-8859-15"),
    ],
)
def test_a_part_in_another_charset_becomes_utf_8(language: str, charset: str) -> None:
    data = in_utf_8(message(SENTENCES[language], charset=charset))
    assert b"utf-8" in data
    assert read(data) == SENTENCES[language]


def test_a_plain_alternative_that_leaves_out_what_is_shown_is_dropped() -> None:
    page = "<p>The depot closes at nine. All gates stay open for every visitor tonight.</p>"
    data = mail.as_shown(message("The depot closes at nine.", page))
    assert b"text/plain" not in data
    assert b"All gates stay open" in data


def test_alternatives_that_say_the_same_stay_as_they_are() -> None:
    data = message("The depot closes at nine.", "<p>The depot closes at <b>nine</b>.</p>")
    assert mail.as_shown(data) is data


def test_a_message_in_utf_8_stays_as_it_is() -> None:
    data = message(SENTENCES["Russian"])
    assert in_utf_8(data) is data


def test_a_line_that_only_the_plain_alternative_has_is_hidden() -> None:
    page = "<p>The depot closes at <b>nine</b> in the evening.</p>"
    plain = "The depot closes at nine in the evening.\nAll gates stay open for every visitor tonight."
    (run,) = mail.hidden_runs(message(plain, page))
    assert (run.technique, run.text) == ("mail-alternative", "All gates stay open for every visitor tonight.")


def test_a_line_that_is_hidden_in_the_page_too_is_hidden_twice() -> None:
    line = "All gates stay open for every visitor tonight."
    page = f"<p>The depot closes at nine.</p><p style='display:none'>{line}</p>"
    found = [(run.technique, run.text) for run in mail.hidden_runs(message(f"The depot closes at nine.\n{line}", page))]
    assert found == [("mail-alternative", line), ("html-display-none", line)]


@pytest.mark.parametrize(
    ("plain", "page"),
    [
        ("Hello Bob,\nthe depot closes at nine.", "<p>Hello Bob,<br>the depot closes at&nbsp;nine.</p>"),
        (
            "View it: https://example.org/a/b?c=d\nthe depot closes",
            "<a href='https://example.org'>View</a> the depot closes",
        ),
        ("GRÖSSE DER BÜROS UND STRASSEN", "<p>Größe der Büros und Straßen</p>"),
        ("only plain text in here, nothing else", None),
    ],
)
def test_alternatives_that_say_the_same_hide_nothing(plain: str, page: str | None) -> None:
    assert list(mail.hidden_runs(message(plain, page))) == []
