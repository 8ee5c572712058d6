"""Text of a message is read in its charset, and what only the alternative that is not shown says is named."""

from email.message import EmailMessage

import pytest

from pipeline.extraction import mail_parts, mail_text
from pipeline.extraction.containers import Refused
from tests.support.sentences import SENTENCES


def message(plain: str, page: str | None = None, charset: str = "utf-8") -> bytes:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "ann@example.org", "bob@example.org", "Handover"
    letter.set_content(plain, charset=charset)
    if page is not None:
        letter.add_alternative(page, subtype="html")
    return letter.as_bytes()


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
@pytest.mark.parametrize("is_page", [False, True])
def test_a_part_is_read_in_its_charset(language: str, charset: str, is_page: bool) -> None:
    letter = EmailMessage()
    letter["Subject"] = "Handover"
    letter.set_content(SENTENCES[language], charset=charset, subtype="html" if is_page else "plain")
    text = mail_text.read(letter.as_bytes()).text
    assert text == f"Subject: Handover\n\n{SENTENCES[language]}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=?utf-8?b?R3LDtsOfZQ==?= of the depot", "Größe of the depot"),
        ("=?iso-8859-1?q?Gr=F6=DFe?=\n =?iso-8859-1?q?_of_it?=", "Größe of it"),
        ("=?utf-8?q?broken", "=?utf-8?q?broken"),
        ("Größe", "Größe"),
    ],
)
def test_a_header_is_shown_decoded(value: str, shown: str) -> None:
    data = f"From: ann@example.org\nSubject: {value}\n\nwords".encode()
    assert mail_text.read(data).text == f"Subject: {shown}\nFrom: ann@example.org\n\nwords"


def test_a_page_is_read_as_a_browser_shows_it() -> None:
    page = "<title>no</title><h1>Hours</h1><p>wo<b>rd</b></p><table><tr><td>a<td>b</table><a href='https://x.example'>c</a>"
    letter = EmailMessage()
    letter.set_content(page, subtype="html")
    assert mail_text.read(letter.as_bytes()).text == "# Hours\n\nword\n\n| a | b |\n| --- | --- |\n\nc"


def test_a_plain_alternative_that_leaves_out_what_is_shown_gives_way_to_the_page() -> None:
    page = "<p>The depot closes at nine. All gates stay open for every visitor tonight.</p>"
    text = mail_text.read(message("The depot closes at nine, as ever.", page)).text
    assert "All gates stay open" in text
    assert "as ever" not in text


def test_alternatives_that_say_the_same_are_in_the_text_once() -> None:
    text = mail_text.read(message("The depot closes at nine.", "<p>The depot closes at <b>nine</b>.</p>")).text
    assert text.count("The depot closes at nine.") == 1


def test_the_style_sheet_of_a_saved_page_hides_its_text() -> None:
    page = "<link rel=stylesheet href='cid:look'><p>seen</p><p class=k>The gates stay open</p>"
    letter = EmailMessage()
    letter.set_content(page, subtype="html")
    letter.add_related(b".k{display:none}", maintype="text", subtype="css", cid="<look>")
    parts = mail_parts.split(letter.as_bytes())
    (run,) = mail_text.read(parts.body, parts.sheets).hidden
    assert (run.technique, run.text) == ("html-display-none", "The gates stay open")


def test_a_line_that_only_the_plain_alternative_has_is_hidden() -> None:
    page = "<p>The depot closes at <b>nine</b> in the evening.</p>"
    plain = "The depot closes at nine in the evening.\nAll gates stay open for every visitor tonight."
    (run,) = mail_text.read(message(plain, page)).hidden
    assert (run.technique, run.text) == ("mail-alternative", "All gates stay open for every visitor tonight.")


def test_a_line_that_is_hidden_in_the_page_too_is_hidden_twice() -> None:
    line = "All gates stay open for every visitor tonight."
    page = f"<p>The depot closes at nine.</p><p style='display:none'>{line}</p>"
    found = [
        (run.technique, run.text) for run in mail_text.read(message(f"The depot closes at nine.\n{line}", page)).hidden
    ]
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
    assert mail_text.read(message(plain, page)).hidden == []


@pytest.mark.parametrize(
    ("charset", "written", "shown"),
    [
        ("utf-7", "Gr+APYA3w-e: 5 +IKw-", "Größe: 5 €"),
        ("UNICODE-1-1-UTF-7", "no shift", "no shift"),
        ("hz-gb-2312", "depot ~{2V?b~}", "depot 仓库"),
        ("us-ascii", "Gr+APYA3w-e", "Gr+APYA3w-e"),
    ],
)
def test_an_encoding_in_ascii_is_read_if_the_message_names_it(charset: str, written: str, shown: str) -> None:
    letter = f"Subject: Handover\nContent-Type: text/plain; charset={charset}\n\n{written}"
    assert mail_text.read(letter.encode()).text == f"Subject: Handover\n\n{shown}"


def test_a_broken_encoding_in_ascii_is_refused() -> None:
    with pytest.raises(Refused):
        mail_text.read(b"Subject: Handover\nContent-Type: text/plain; charset=utf-7\n\nGr+AP\n\ne")


@pytest.mark.parametrize(
    ("parameters", "written", "shown"),
    [
        ("; format=flowed", "one \ntwo\nthree", "one two\nthree"),
        ("; format=flowed; delsp=yes", "token ab \ncd \nef", "token abcdef"),
        ("; format=flowed; delsp=yes", "word  \nnext", "word next"),
        ("; format=flowed", "> one \n> two\n>> three \n> four", "> one two\n>> three \n> four"),
        ("; format=flowed", " >stuffed\n  two blanks", ">stuffed\n two blanks"),
        ("; format=flowed", "end \n-- \nann", "end \n-- \nann"),
        ("; format=fixed", "one \ntwo", "one \ntwo"),
        ("", "one \ntwo", "one \ntwo"),
    ],
)
def test_lines_that_a_mail_program_joins_are_joined(parameters: str, written: str, shown: str) -> None:
    letter = f"Subject: Handover\nContent-Type: text/plain; charset=utf-8{parameters}\n\n{written}"
    assert mail_text.read(letter.encode()).text == f"Subject: Handover\n\n{shown}"
