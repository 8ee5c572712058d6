"""One generated file of each kind in the table of kinds by ending, through the real child process."""

import bz2
import gzip
import io
import json
import lzma
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from pipeline.extraction.extractor import Extractor
from pipeline.settings.application import ExtractionSettings
from tests.support.compound_files import attachment, compound, message
from tests.support.office_files import archive
from tests.support.programs import ROOT
from tests.support.scans import without_ocr

SENTENCE = "The depot closes at nine in the evening."
PAGE = Path(ROOT) / "docs" / "concepts" / "extraction.md"
AS_IT_STANDS = "as it stands"
CAPTION = f"00:00:01.000 --> 00:00:04.000\n{SENTENCE}\n"
CALENDAR = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:{SENTENCE}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
SAVED_PAGE = (
    "Snapshot-Content-Location: https://depot.example/\nSubject: Hours\nMIME-Version: 1.0\n"
    'Content-Type: multipart/related; type="text/html"; boundary="part"\n\n--part\n'
    "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
    "<html><body><p>The depot closes at =\nnine in the evening.</p></body></html>\n--part--\n"
)


def book(more: str = "") -> bytes:
    """A book of one chapter with a style sheet."""
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
        '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">1</dc:identifier>'
        "<dc:title>Hours</dc:title><dc:language>en</dc:language></metadata>"
        '<manifest><item id="one" href="one.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="one"/></spine></package>'
    )
    chapter = (
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><link rel="stylesheet" href="look.css"/></head>'
        f"<body><p>{SENTENCE}</p>{more}</body></html>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("mimetype", "application/epub+zip")
        packed.writestr("META-INF/container.xml", container)
        packed.writestr("book.opf", package)
        packed.writestr("look.css", ".k{display:none}")
        packed.writestr("one.xhtml", chapter)
    return buffer.getvalue()


def notebook(version: int) -> bytes:
    """A notebook with a cell of text, one of code and its outputs, in the form of a version."""
    words = {"cell_type": "markdown", "metadata": {}, "source": [SENTENCE]}
    if version == 4:
        output = {"output_type": "stream", "name": "stdout", "text": ["shown_by_code\n"]}
        code = {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": ["run = 1"], "outputs": [output]}
        return json.dumps({"cells": [words, code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
    outputs = [
        {"output_type": "stream", "stream": "stdout", "text": ["shown_by_code\n"]},
        {"output_type": "pyout", "text": ["result_of_code"], "prompt_number": 1},
        {"output_type": "pyerr", "ename": "Fault", "evalue": "fault_of_code", "traceback": []},
    ]
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Opening hours"]},
        words,
        {"cell_type": "code", "input": ["run = 1"], "outputs": outputs, "language": "python"},
        {"cell_type": "raw", "source": "kept_raw"},
    ]
    return json.dumps({"worksheets": [{"cells": cells}], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}).encode()


def page(hidden: str = "") -> str:
    """A page with a passage that is not shown."""
    return f"<html><body><p>{SENTENCE}</p><p style='display:none'>{hidden}</p></body></html>"


def book_of(hidden: str) -> bytes:
    """A book whose style sheet hides a passage."""
    return book(f"<p class='k'>{hidden}</p>")


def notebook_of(hidden: str) -> bytes:
    """A notebook with an output in HTML."""
    form = {"output_type": "display_data", "metadata": {}, "data": {"text/html": page(hidden)}}
    code = {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": "", "outputs": [form]}
    return json.dumps({"cells": [code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def letter_of(hidden: str) -> bytes:
    """A mail of Outlook."""
    return compound(message({"0037": "Hours", "1013": page(hidden).encode()}))


def tarred(name: str, content: bytes) -> bytes:
    """A tar archive of one file, compressed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        packed.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


SAMPLES: dict[str, str | bytes] = {
    ".vtt": f"WEBVTT\n\n{CAPTION}",
    ".srt": f"1\n{CAPTION}",
    ".ics": CALENDAR,
    ".vcf": f"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Depot\r\nNOTE:{SENTENCE}\r\nEND:VCARD\r\n",
    ".rst": f"Hours\n=====\n\n.. note:: {SENTENCE}\n",
    ".adoc": f"= Hours\n\nNOTE: {SENTENCE}\n",
    ".tex": f"\\documentclass{{article}}\n\\begin{{document}}\n{SENTENCE} % seen\n\\end{{document}}\n",
    ".org": f"* Hours\n:PROPERTIES:\n:ID: 1\n:END:\n{SENTENCE}\n",
    ".svg": f'<svg xmlns="http://www.w3.org/2000/svg"><text>{SENTENCE}</text></svg>',
    ".ini": f"[depot]\nhours = {SENTENCE}\n",
    ".toml": f'[depot]\nhours = "{SENTENCE}"\n',
    ".log": f"2027-03-01T09:00:00Z INFO depot: {SENTENCE}\n",
    ".py": f'"""{SENTENCE}"""\n\nprint(1)\n',
    ".sql": f"-- {SENTENCE}\nSELECT 1;\n",
    ".sh": f"#!/bin/sh\n# {SENTENCE}\n",
    ".js": f"// {SENTENCE}\nlet run = 1;\n",
    ".java": f"/* {SENTENCE} */ class Depot {{}}\n",
    ".ipynb": notebook(4),
    ".mht": SAVED_PAGE,
    ".mhtml": SAVED_PAGE,
    ".epub": book(),
    ".html": page(),
    ".eml": f"From: ann@example.org\nSubject: Hours\nContent-Type: text/html\n\n{page()}",
    ".msg": letter_of(""),
    ".zip": archive({"hours.html": page().encode()}),
    ".tar": gzip.decompress(tarred("hours.html", page().encode())),
    ".gz": tarred("hours.html", page().encode()),
    ".bz2": bz2.compress(page().encode()),
    ".xz": lzma.compress(page().encode()),
}

HIDING: dict[str, Callable[[str], str | bytes]] = {
    ".html": page,
    ".eml": lambda hidden: f"From: ann@example.org\nSubject: Hours\nContent-Type: text/html\n\n{page(hidden)}",
    ".mht": lambda hidden: SAVED_PAGE.replace("<body>", f"<body><i hidden>{hidden}</i>"),
    ".mhtml": lambda hidden: SAVED_PAGE.replace("<body>", f"<body><i hidden>{hidden}</i>"),
    ".msg": letter_of,
    ".svg": lambda hidden: (
        f'<svg xmlns="http://www.w3.org/2000/svg"><text>{SENTENCE}</text><text opacity="0">{hidden}</text></svg>'
    ),
    ".epub": book_of,
    ".ipynb": notebook_of,
    ".zip": lambda hidden: archive({"hours.html": page(hidden).encode()}),
    ".tar": lambda hidden: gzip.decompress(tarred("hours.html", page(hidden).encode())),
    ".gz": lambda hidden: tarred("hours.html", page(hidden).encode()),
    ".bz2": lambda hidden: bz2.compress(page(hidden).encode()),
    ".xz": lambda hidden: lzma.compress(page(hidden).encode()),
    ".md": lambda hidden: f"{SENTENCE}\n\n<p style='display:none'>{hidden}</p>\n",
}
"""Kinds whose hidden text is searched, and a file of each with a hidden passage. A detector searches plain text."""


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor(without_ocr()) as one:
        yield one


def rows(column: int = 0) -> dict[str, str]:
    """Ending to the way it is read, as the table of the page has it, or to a later column."""
    text = PAGE.read_text(encoding="utf-8")
    table = text.split("## Kinds by ending", 1)[1].split("\n## ", 1)[0]
    lines = re.findall(r"^\| ((?:`\.\w+`(?:, )?)+) \| (.+) \|$", table, re.MULTILINE)
    return {ending: cells.split(" | ")[column] for endings, cells in lines for ending in re.findall(r"\.\w+", endings)}


def test_the_table_of_the_page_and_the_samples_name_the_same_kinds() -> None:
    assert set(rows()) == set(SAMPLES)


@pytest.mark.parametrize("ending", SAMPLES)
def test_a_kind_is_read_as_the_page_says(extractor: Extractor, ending: str) -> None:
    sample = SAMPLES[ending]
    data = sample.encode() if isinstance(sample, str) else sample
    extracted = extractor.extract(data, f"hours{ending}")
    assert extracted.failure is None
    assert SENTENCE in extracted.text
    if rows()[ending] == AS_IT_STANDS:
        assert extracted.text == data.decode().replace("\r\n", "\n")
    else:
        assert extracted.text != data.decode(errors="replace")


def test_the_page_says_of_which_kinds_hidden_text_is_searched() -> None:
    said = {ending for ending, words in rows(2).items() if words != "the source is the text"}
    assert said == HIDING.keys() - {".md"}


@pytest.mark.parametrize("ending", sorted(HIDING.keys() - {".md"}))
def test_hidden_text_is_found_in_a_kind(extractor: Extractor, ending: str) -> None:
    sample = HIDING[ending]("words that nobody sees")
    data = sample.encode() if isinstance(sample, str) else sample
    extracted = extractor.extract(data, f"hours{ending}")
    assert extracted.failure is None
    assert SENTENCE in extracted.text
    assert [run.text for run in extracted.hidden] == ["words that nobody sees"]


TAGGED = b"---\nclassification: restricted\n---\nThe gate opens at six."


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.zip", archive({"plan.md": TAGGED})),
        ("a.tgz", tarred("plan.md", TAGGED)),
        ("a.zip", archive({"plan.html": b"<html><meta name=classification content=restricted>" + page().encode()})),
        ("a.zip", archive({"in.zip": archive({"plan.md": TAGGED})})),
        ("a.msg", compound(message({"0037": "Hours", "1000": SENTENCE}, [attachment("plan.md", TAGGED)]))),
        ("a.msg", compound(message({"0037": "Hours", "1000": SENTENCE, "007D": "X-Classification: restricted\n"}))),
        ("a.ipynb", notebook(4).replace(b'{}, "nbformat"', b'{"classification": "restricted"}, "nbformat"')),
    ],
)  # fmt: skip
def test_law_02_a_file_inside_restricts_the_whole(extractor: Extractor, name: str, data: bytes) -> None:
    extracted = extractor.extract(data, name)
    assert extracted.failure is None
    assert ("classification", "restricted") in {(tag.key, tag.level) for tag in extracted.stated}


@pytest.mark.parametrize("ending", [".zip", ".tar", ".gz", ".bz2", ".xz"])
def test_archives_are_not_read_if_the_setting_says_so(ending: str) -> None:
    sample = SAMPLES[ending]
    assert isinstance(sample, bytes)
    letter = EmailMessage()
    letter["From"], letter["Subject"] = "ann@example.org", "Hours"
    letter.set_content(SENTENCE)
    letter.add_attachment(sample, maintype="application", subtype="octet-stream", filename=f"hours{ending}")
    with Extractor(ExtractionSettings(read_archives=False)) as closed:
        assert closed.extract(sample, f"hours{ending}").failure == "unsupported"
        (run,) = closed.extract(letter.as_bytes(), "a.eml").hidden
    assert (run.technique, run.text, run.place) == (
        "mail-embedded", f"hours{ending}", "embedded file, unsupported",
    )  # fmt: skip


@pytest.mark.parametrize("version", [3, 4])
def test_a_notebook_keeps_its_cells_and_outputs_in_order(extractor: Extractor, version: int) -> None:
    text = extractor.extract(notebook(version), "hours.ipynb").text
    older = ["result_of_code", "fault_of_code", "kept_raw"] if version == 3 else []
    wanted = [*(["## Opening hours"] if version == 3 else []), SENTENCE, "run = 1", "shown_by_code", *older]
    places = [text.find(words) for words in wanted]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(
    "broken",
    [
        notebook(3)[:-20],
        notebook(4)[:-20],
        b'{"worksheets": 3, "nbformat": 3}',
        b'{"worksheets": [{"cells": [1]}], "nbformat": 3}',
        b'{"worksheets": ' + b"[" * 100_000,
    ],
)
def test_law_03_a_broken_notebook_is_a_failure(extractor: Extractor, broken: bytes) -> None:
    extracted = extractor.extract(broken, "hours.ipynb")
    assert extracted.failure is not None
    assert extracted.text == ""
