"""Settles the outcomes of closed windows: publish, leave as it is, or judge again.

Invariants: a verdict is published only if its basis still holds at this moment, under the publisher's lock: the known
state of the document, older names of its content, and the controls of its source (laws 1, 8 and 10). Otherwise the
document is judged again. If several windows hold one document, the latest counts. A version older than the decided one
is superseded (law 13), like a file that was overwritten before it was read.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from pipeline.domain.documents.documents import ChangeKind, DocumentRef, LastSeen, Outcome
from pipeline.domain.documents.provenance import split_doc_id


@dataclass(frozen=True)
class Settled:
    """The outcomes of some windows, sorted by what becomes of them."""

    publish: list[Outcome] = field(default_factory=list)
    unchanged: list[Outcome] = field(default_factory=list)
    superseded: list[Outcome] = field(default_factory=list)
    again: list[Outcome] = field(default_factory=list)

    @property
    def documents(self) -> set[str]:
        """All of them."""
        return {o.doc_id for group in (self.publish, self.unchanged, self.superseded, self.again) for o in group}

    def judging_again(self, doc_ids: Collection[str]) -> "Settled":
        """The same, with these documents judged again instead of published."""
        if not doc_ids:
            return self
        wrong = [outcome for outcome in self.publish if outcome.doc_id in doc_ids]
        right = [outcome for outcome in self.publish if outcome.doc_id not in doc_ids]
        return replace(self, publish=right, again=[*self.again, *wrong])


def latest(windows: Iterable[Iterable[Outcome]]) -> dict[str, Outcome]:
    """Of windows in order, the outcome that counts for each document."""
    found: dict[str, Outcome] = {}
    for outcomes in windows:
        for outcome in outcomes:
            before = found.get(outcome.doc_id)
            if before is None or not _is_older(outcome.order, before.order):
                found[outcome.doc_id] = outcome
    return found


def settle(
    outcomes: Mapping[str, Outcome],
    seen: Mapping[str, LastSeen],
    holds: Callable[[Outcome], bool],
) -> Settled:
    """Sort outcomes. `seen` is what is known now; `holds` says whether the controls an outcome rests on still hold."""
    settled = Settled()
    for doc_id, outcome in sorted(outcomes.items()):
        now = seen.get(doc_id, LastSeen())
        based_on_now = outcome.basis == ("" if now.known is None else now.known.digest)
        if _is_older(outcome.order, now.order):
            settled.superseded.append(outcome)
        elif not based_on_now or not holds(outcome):
            settled.again.append(outcome)
        elif outcome.kind is ChangeKind.UNCHANGED and outcome.verdict is None:
            settled.unchanged.append(outcome)
        else:
            settled.publish.append(outcome)
    return settled


def reference(outcome: Outcome) -> DocumentRef:
    """Where to look at the document of an outcome again."""
    if outcome.tagged is not None:
        return outcome.tagged.ref
    source, uri = split_doc_id(outcome.doc_id)
    return DocumentRef(source=source, uri=uri, location="", gone=True, order=outcome.order)


def _is_older(order: int | None, than: int | None) -> bool:
    return order is not None and than is not None and order < than
