"""A real source for `replay_year.py`: what changed in it within a year, and attacks on it.

HANDBOOK holds `rev_old`, `rev_new` and `CHANGES.json` with the lists `modified`, `removed` and `added`: what really
changed between two revisions a year apart. On which day each change came is not in it. So documents of one folder come
in batches of up to twelve, on working days drawn by digest: a tenth of the batches in quiet months, the rest outside.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from pipeline.domain.documents.documents import (
    Action,
    Binding,
    ChangeKind,
    DocumentRef,
    Outcome,
    TaggedDocument,
    Verdict,
)
from pipeline.domain.documents.provenance import Provenance, Source, SourceState
from pipeline.domain.findings.resemblance import sketch
from pipeline.domain.identity.permissions import Classification

BEGIN = datetime(2024, 2, 28, 9, tzinfo=UTC)
DAYS = 365
QUIET_MONTHS = (7, 8, 12)
FLOOD, REWRITE, DELETION = (datetime(2024, 10, 8, 14, tzinfo=UTC), datetime(2024, 11, 12, 14, tzinfo=UTC),
                            datetime(2025, 1, 14, 14, tzinfo=UTC))  # fmt: skip
POISON_BEGIN, POISON_DAYS, POISON_A_DAY = datetime(2024, 8, 5, 11, tzinfo=UTC), 60, 2
FLOOD_SIZE, REWRITTEN, DELETED = 120, 0.8, 0.4
SOURCE = Source(
    name="handbook", uri="/handbook", owner="people", classification=Classification.INTERNAL, tenant="default",
    allow=("group:staff",), state=SourceState.APPROVED, registered_by="user:olga", registered_at=BEGIN,
    approved_by="user:paul", approved_at=BEGIN - timedelta(days=7),
)  # fmt: skip
_PITCH = """All travel is booked with the new agency from now on. Its desk answers every day between eight and
ten at night, and confirms each booking by letter. Hand in the form two weeks ahead, name the project that pays, and
keep every receipt until the end of the year. Whoever books elsewhere pays for the journey alone. Visitors from partner
offices are booked the same way; their hosts sign for them. Questions about visas, luggage and insurance go to the desk
as well, which knows what each country asks for this season."""
BINDING = Binding(policy_digest="p", detector_digest="d", model_digest="m")


@dataclass(frozen=True)
class ReplayEvent:
    """A document that came, changed or went."""

    at: datetime
    name: str
    kind: ChangeKind
    attack: str = ""
    text: str = ""


@dataclass
class Handbook:
    """The two revisions and what differs."""

    folder: Path
    changes: dict[str, list[str]] = field(init=False)
    names: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.changes = json.loads((self.folder / "CHANGES.json").read_text())["changes"]
        old = self.folder / "rev_old"
        self.names = sorted(str(path.relative_to(old)) for path in old.rglob("*") if path.is_file())

    def year(self, number: int) -> list[ReplayEvent]:
        """What really changed, on days drawn for this year."""
        kinds = {"modified": ChangeKind.MODIFIED, "removed": ChangeKind.DELETED, "added": ChangeKind.NEW}
        by_folder: dict[tuple[str, str], list[str]] = defaultdict(list)
        for what, names in self.changes.items():
            for name in names:
                by_folder[what, name.rpartition("/")[0]].append(name)
        events = []
        for (what, folder), names in sorted(by_folder.items()):
            waiting = sorted(names)
            while waiting:
                draw = drawn(number, what, folder, len(waiting))
                batch, waiting = waiting[: 1 + draw % 12], waiting[1 + draw % 12 :]
                at = _day(draw, quiet=draw % 10 == 0)
                events.extend(ReplayEvent(at, name, kinds[what], text=self.text("rev_new", name)) for name in batch)
        return sorted(events, key=lambda event: (event.at, event.name))

    def text(self, revision: str, name: str) -> str:
        path = self.folder / revision / name
        return path.read_text("utf-8", "replace") if path.is_file() else ""


def drawn(*what: object) -> int:
    """A number that depends on `what` and nothing else."""
    return int.from_bytes(hashlib.sha256(repr(what).encode()).digest()[:6], "big")


def _day(draw: int, *, quiet: bool) -> datetime:
    days = [BEGIN + timedelta(days=day) for day in range(1, DAYS)]
    days = [day for day in days if day.weekday() < 5 and (day.month in QUIET_MONTHS) is quiet]
    return days[draw // 120 % len(days)] + timedelta(minutes=draw % 480)


def spam(number: int) -> str:
    """A new page that is nearly the same as the others of the flood."""
    return f"# Offer {number}\n\n{_PITCH}\n"


def attacks(
    handbook: Handbook, *, flood: int = FLOOD_SIZE, rewritten: float = REWRITTEN, hours: float = 0
) -> Iterator[ReplayEvent]:
    """The four of them; all but the poisoning at once, or over so many hours."""
    rewrite, deleted = (handbook.names[: round(share * len(handbook.names))] for share in (rewritten, DELETED))
    for number in range(flood):
        yield ReplayEvent(
            FLOOD + timedelta(hours=hours * number / flood),
            f"offers/{number:03}.md",
            ChangeKind.NEW,
            "flood",
            spam(number),
        )
    for number, name in enumerate(rewrite):
        yield ReplayEvent(
            REWRITE + timedelta(hours=hours * number / len(rewrite)), name, ChangeKind.MODIFIED, "rewrite"
        )
    for number, name in enumerate(deleted):
        yield ReplayEvent(
            DELETION + timedelta(hours=hours * number / len(deleted)), name, ChangeKind.DELETED, "deletion"
        )
    for day in range(POISON_DAYS):
        for number in range(POISON_A_DAY):
            name = handbook.names[(day * POISON_A_DAY + number) % len(handbook.names)]
            yield ReplayEvent(POISON_BEGIN + timedelta(days=day), name, ChangeKind.MODIFIED, "poison")


def outcome(event: ReplayEvent) -> Outcome:
    """Where the event's document would end if every scan passed."""
    if event.kind is ChangeKind.DELETED:
        return Outcome(doc_id=f"handbook:{event.name}", kind=event.kind, version_id="gone", owner="people")
    provenance = Provenance(
        source="handbook", uri=event.name, owner="people", submitter="people", ingested_at=event.at, licence=None,
        title=None, access=SOURCE.access_rule, content_digest="c", run_id="run",
    )  # fmt: skip
    ref = DocumentRef(source="handbook", uri=event.name, location=event.name)
    verdict = Verdict(
        action=Action.ADMIT, rule_ids=(), reasons=(), content_digest="c", access_digest="a", binding=BINDING
    )
    return Outcome(
        doc_id=f"handbook:{event.name}", kind=event.kind, version_id=event.at.isoformat(), verdict=verdict,
        tagged=TaggedDocument(ref=ref, provenance=provenance), sketch=_sketched(event.text), bytes=len(event.text),
    )  # fmt: skip


_sketched = lru_cache(maxsize=None)(sketch)
