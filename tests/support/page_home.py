"""A home for tests of pages: two inboxes and a folder, real refreshes, and the people who work there."""

import io
import threading
from pathlib import Path
from typing import Any

import docx
from reportlab.pdfgen import canvas

from pipeline.domain.documents.provenance import Source, inbox_uri
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.domain.review.items import ReviewItem
from pipeline.domain.review.queue import QueueFilter
from pipeline.domain.submissions.submissions import Draft
from pipeline.runs.refresh import refresh
from pipeline.search.answers import search_as
from pipeline.submissions.receipts import Receipt
from pipeline.workspace import Workspace
from tests.support.callers import token
from tests.support.ledger_samples import NOON

# Joined at run time: a scanner that reads this file must not take it for the real thing.
SECRET = "-".join(["sk", "live", "9fK2mQ7xV4pL8sT3wZ6bN1cR5dY0hJ2e"])

BANDS = """# Salary bands

The bands apply to everybody with a contract of more than a year.

## Bands

Band A begins at 31,000 and ends at 38,500.
Band B begins at 38,500 and ends at 47,000.
Band C begins at 47,000 and ends at 61,000.

## Review

Managers look at every salary once a year, in March.
A raise of more than eight per cent needs the consent of the finance office.

## Questions

Write to the people team. They answer within three working days.
They keep what you write for one year and show it to nobody else.
The works council may see the bands, and never a single salary.

## History

The bands were agreed with the works council on 3 May 2024.
"""
BANDS_EDITED = (
    BANDS.replace("ends at 47,000", "ends at 49,500")
    .replace("begins at 47,000", "begins at 49,500")
    .replace("more than eight per cent", "more than ten per cent")
    .replace("once a year, in March", "twice a year, in March and in October")
)


class PageHome:
    """The home and its people."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = Workspace(folder / "home")
        self.workspace.create()
        self.papers = folder / "papers"
        self.papers.mkdir()
        self._source("desk", inbox_uri("desk"))
        self._source("other", inbox_uri("other"))
        self._source("papers", str(self.papers))
        mine = ("desk", "papers")
        self.tokens = {
            name: token(self.workspace, f"user:{name}", *roles, groups=groups)
            for name, groups, roles in (
                ("olga", ("staff", "people"), [Grant(role=Role.OWNER, sources=mine), Role.READER]),
                ("otto", ("staff",), [Grant(role=Role.OWNER, sources=("other",))]),
                ("rosa", ("staff",), [Grant(role=Role.REVIEWER, sources=mine)]),
                ("ravi", ("staff",), [Grant(role=Role.REVIEWER, sources=mine)]),
                ("rita", ("staff",), [Grant(role=Role.REVIEWER, sources=("other",))]),
                ("ola", ("staff",), [Role.OWNER, Role.REVIEWER]),
                ("oscar", (), [Role.OPERATOR]),
                ("ana", (), [Role.AUDITOR]),
                ("ada", ("staff",), [Role.READER]),
                ("pia", ("people",), [Role.READER]),
                ("eve", ("strangers",), [Role.READER]),
            )
        }

    def _source(self, name: str, uri: str) -> None:
        source = Source(
            name=name,
            uri=uri,
            owner="people-team",
            classification=Classification.INTERNAL,
            tenant="default",
            allow=("group:staff", "group:people"),
            registered_by="user:someone",
            registered_at=NOON,
        )
        self.workspace.sources.add_source(source, "user:someone")
        self.workspace.sources.approve_source(name, "user:somebody-else")

    def caller(self, name: str) -> Caller:
        return self.workspace.tokens.identify(self.tokens[name])

    def submit(
        self, name: str, content: str | bytes, *, by: str = "olga", source: str = "desk", **more: Any
    ) -> Receipt:
        data = content.encode() if isinstance(content, str) else content
        draft = Draft(source=source, name=name, **more)
        return self.workspace.submissions.submit(self.caller(by), draft, io.BytesIO(data)).receipt

    def refresh(self, *sources: str) -> None:
        """In a thread of its own: Playwright's event loop has the main one."""
        failed: list[BaseException] = []

        def run() -> None:
            try:
                refresh(self.workspace, sources)
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=run, name="refresh")
        thread.start()
        thread.join(300)
        if failed:
            raise failed[0]
        assert not thread.is_alive()
        self.workspace.searcher.prepare()

    def waiting(self, part: str) -> ReviewItem:
        """The newest item that waits about a document with `part` in its name."""
        found = self.workspace.reviews.list_items(self.caller("ola"), QueueFilter(text=part))
        return found[-1]

    def found(self, name: str, question: str) -> set[str]:
        """Documents that somebody's search finds."""
        self.workspace.searcher.prepare()  # a server opens a new generation a moment after it was published
        return {answer.document for answer in search_as(self.workspace, f"user:{name}", question, 50)}

    def close(self) -> None:
        self.workspace.close()


def pdf(*pages: str) -> bytes:
    """A PDF with a few lines on each page."""
    made = io.BytesIO()
    drawing = canvas.Canvas(made, pagesize=(420, 300))
    for text in pages:
        drawing.setFont("Helvetica", 12)
        for number, line in enumerate(text.splitlines()):
            drawing.drawString(40, 260 - 18 * number, line)
        drawing.showPage()
    drawing.save()
    return made.getvalue()


def word(*paragraphs: str, hidden: str = "", heading: str = "") -> bytes:
    """A Word document, with a run that its reader does not see."""
    document = docx.Document()
    if heading:
        document.add_heading(heading, 1)
    for text in paragraphs:
        document.add_paragraph(text)
    if hidden:
        document.add_paragraph().add_run(hidden).font.hidden = True
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()
