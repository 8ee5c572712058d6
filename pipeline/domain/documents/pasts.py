"""What a document's content was before it came under this name: renamed, moved, added again, or copied.

A restriction is lost by a new name as it is lost in place, and what was taken back comes back under no other name
(laws 8 and 10). The ledger finds versions with the same or nearly the same content; this says what they mean.

Invariants: pure. A version that a name serves already is not judged by other names again. An older version counts for
a change of text only if the change brings the document nearer to it. Reasons name documents and dates, never text.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from pipeline.domain.digests import digest_json
from pipeline.domain.documents.documents import Action
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import AccessChange, AccessRule

RETURNED = "returned"
"""The built-in rule that keeps content out that was kept out under another name."""
MOST_NAMES = 3
"""Older names that a reason lists."""


class Barrier(StrEnum):
    """Kinds of decision that keep an older version out."""

    DOCUMENT = "document"
    SOURCE = "source"
    OWNER = "owner"
    PRINCIPAL = "principal"
    RUN = "run"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    ROLLED_BACK = "rolled-back"
    WITHDRAWN = "withdrawn"


_OF_PERSONS = frozenset({Barrier.OWNER, Barrier.PRINCIPAL, Barrier.WITHDRAWN})
"""Barriers whose subject is a person or a service."""


class Arrival(Frozen):
    """A document that a run is about to serve, or to ask people about."""

    doc_id: str
    version_id: str
    compared: bool
    """Something is served under its name, and the gate compared it with that."""
    content_digest: str
    sketch: str | None
    words: str | None = None
    passages: str | None = None
    source: str
    source_owner: str
    owner: str
    submitter: str
    access: AccessRule


class Kept(Frozen):
    """Why an older version is kept out."""

    barrier: Barrier
    subject: str
    """The name that the barrier is about."""
    since: datetime | None = None
    generations: tuple[int, int] | None = None
    """Of a rollback: from which generation to which."""


class Older(Frozen):
    """A version on record with the same or nearly the same content as an arrival, or an earlier one of its name."""

    doc_id: str
    version_id: str
    source: str
    source_owner: str
    owner: str
    access: AccessRule
    share: float
    """Of its passages in common with the arrival: 1.0 for equal content, 0.0 for an earlier version of the name."""
    equal: bool
    by_words: bool = False
    """Only the words of two short texts are nearly the same, so both could be forms filled in alike."""
    numbers: bool = False
    """Nothing but words with digits differs."""
    part: bool = False
    """Only a large part of one text stands in the other. Counts only where the older version is kept out."""
    current: bool = False
    """It is what its name serves, or served last."""
    serving_share: float = 0.0
    """The same with what is served under the arrival's name now."""
    served_at: datetime | None = None
    """The last decision that let it be served; None if it never was."""
    served_digest: str | None = None
    live: bool = False
    gone: bool = False
    """Its name is gone from its source, or goes in this run."""
    until: int | None = None
    """The last generation that served it, if it is known."""
    kept: tuple[Kept, ...] = ()


class ServedAs(Frozen):
    """An older name of the content."""

    doc_id: str
    access: AccessRule
    served_digest: str | None
    until: int | None
    equal: bool

    @property
    def sentence(self) -> str:
        """The older name, in words."""
        until = "" if self.until is None else f" until generation {self.until}"
        return f"{_what(self.equal)} was served as {self.doc_id}{until}."


class KeptOut(Frozen):
    """An older name under which the content is kept out."""

    doc_id: str
    equal: bool
    part: bool = False
    kept: Kept

    @property
    def sentence(self) -> str:
        """The barrier, in words."""
        day = "" if self.kept.since is None else f" since {self.kept.since:%Y-%m-%d}"
        match self.kept.barrier:
            case Barrier.QUARANTINED:
                why = f"a reviewer put it into quarantine{day}"
            case Barrier.REJECTED:
                why = f"a reviewer rejected it{day}"
            case Barrier.ROLLED_BACK:
                before, after = self.kept.generations or (0, 0)
                why = f"it was rolled back from generation {before} to generation {after}"
            case Barrier.DOCUMENT:
                why = f"it is revoked{day}"
            case Barrier.WITHDRAWN:
                why = f"it is withdrawn{day} by those who submitted it"
            case barrier:
                why = f"{barrier.value} {self.kept.subject} is revoked{day}"
        what = "A large part of this text" if self.part else _what(self.equal)
        return f"{what} is kept out as {self.doc_id}: {why}."


class Past(Frozen):
    """The older names that count for one arrival."""

    doc_id: str
    version_id: str
    narrower: tuple[ServedAs, ...] = ()
    """Names under which fewer people could read it."""
    replaced: ServedAs | None = None
    """The document that it replaces with other text."""
    kept_out: tuple[KeptOut, ...] = ()

    @property
    def digest(self) -> str:
        """One digest over all of it: what a verdict was based on."""
        return digest_json(self.model_dump(mode="json"))

    @property
    def action(self) -> Action | None:
        """The least severe action for the document, whatever policy says; None if policy alone decides."""
        if not self.kept_out:
            return None
        final = any(one.equal and one.kept.barrier is Barrier.QUARANTINED for one in self.kept_out)
        return Action.QUARANTINE if final else Action.REVIEW

    @property
    def reasons(self) -> tuple[str, ...]:
        """The older names in words, those that keep it out first."""
        sentences = [one.sentence for one in self.kept_out] + [one.sentence for one in self.narrower]
        return tuple(sentences[:MOST_NAMES])

    def with_names(self, shown: Callable[[str], str], words: Callable[[str], str]) -> "Past":
        """The same, with every name in it as it may be shown.

        Args:
            shown: Gives the form of a document's id.
            words: Gives the form of the name of an owner or another person.

        """

        def named(one: ServedAs) -> ServedAs:
            return one.model_copy(update={"doc_id": shown(one.doc_id)})

        def barred(one: KeptOut) -> KeptOut:
            subject = one.kept.subject
            if subject == one.doc_id:
                subject = shown(subject)
            elif one.kept.barrier in _OF_PERSONS:
                subject = words(subject)
            kept = one.kept.model_copy(update={"subject": subject})
            return one.model_copy(update={"doc_id": shown(one.doc_id), "kept": kept})

        return self.model_copy(
            update={
                "narrower": tuple(map(named, self.narrower)),
                "replaced": self.replaced and named(self.replaced),
                "kept_out": tuple(map(barred, self.kept_out)),
            }
        )


class Pasts:
    """The pasts that count in a run."""

    def __init__(self, pasts: Iterable[Past] = ()) -> None:
        self._by_version = {(past.doc_id, past.version_id): past for past in pasts}

    def find(self, doc_id: str, version_id: str) -> Past | None:
        """The older names that count for this version."""
        return self._by_version.get((doc_id, version_id))


def past_of(arrival: Arrival, older: Sequence[Older]) -> Past | None:
    """The older names that count for an arrival, of the versions found for it; None if there are none."""
    older = [one for one in older if not _is_form(arrival, one, older)]
    nearer = [one for one in older if _comes_nearer(arrival, one)]
    older, edits = ([one for one in each if not one.part] for each in (older, nearer))
    past = Past(
        doc_id=arrival.doc_id,
        version_id=arrival.version_id,
        narrower=_narrower(arrival, older, edits),
        replaced=_replaced(arrival, edits),
        kept_out=_kept_out(arrival, nearer),
    )
    return past if past.narrower or past.replaced or past.kept_out else None


def _is_form(arrival: Arrival, one: Older, older: Iterable[Older]) -> bool:
    """Whether two short texts are rather two forms: filled in with other numbers, or one of several that are served."""
    if not one.by_words or one.share == 1.0 or one.doc_id == arrival.doc_id:
        return False
    return (one.numbers and not one.gone) or any(
        other.by_words
        and other.live
        and not other.kept
        and other.doc_id not in (arrival.doc_id, one.doc_id)
        and not _loses(arrival, other)
        for other in older
    )


def former_names(arrival: Arrival, older: Sequence[Older]) -> tuple[ServedAs, ...]:
    """The names under which the content of an arrival was served and is no longer, the last one first."""
    before = [
        (one.served_at, one.doc_id, one)
        for one in older
        if one.doc_id != arrival.doc_id
        and one.served_at
        and not one.live
        and not one.part
        and not _is_form(arrival, one, older)
    ]
    last: dict[str, Older] = {}
    for _, doc_id, one in sorted(before, key=lambda found: found[:2], reverse=True):
        if doc_id not in last or (one.equal and not last[doc_id].equal):
            last[doc_id] = one
    return tuple(map(_served_as, last.values()))


def _comes_nearer(arrival: Arrival, one: Older) -> bool:
    if one.doc_id == arrival.doc_id and one.current:
        return not arrival.compared or bool(one.kept)
    return one.share > one.serving_share


def _kept_out(arrival: Arrival, older: Iterable[Older]) -> tuple[KeptOut, ...]:
    found: dict[tuple[str, Barrier, str], KeptOut] = {}
    for one in sorted(older, key=lambda one: (-one.share, one.doc_id, one.version_id)):
        for kept in one.kept:
            if _still_names(arrival, kept) or (one.doc_id == arrival.doc_id and not _left_by(one, kept)):
                continue
            key = one.doc_id, kept.barrier, kept.subject
            found.setdefault(key, KeptOut(doc_id=one.doc_id, equal=one.equal, part=one.part, kept=kept))
    return tuple(found.values())


def _left_by(one: Older, kept: Kept) -> bool:
    """Whether a new version of the same document would leave the barrier; others name the document itself."""
    match kept.barrier:
        case Barrier.OWNER | Barrier.PRINCIPAL:
            return one.current
        case Barrier.QUARANTINED:
            return one.share > 0
        case Barrier.ROLLED_BACK:
            return one.share > 0 and not one.equal  # equal content under its name is held by the rollback itself
        case _:
            return False


def _still_names(arrival: Arrival, kept: Kept) -> bool:
    """Whether the barrier names the arrival itself, so that the ledger keeps it out at each question anyway.

    A revoked model needs no barrier: it judged the arrival too and the ledger keeps that out, or another model did.
    """
    named = {
        Barrier.DOCUMENT: arrival.doc_id,
        Barrier.SOURCE: arrival.source,
        Barrier.OWNER: arrival.owner,
        Barrier.PRINCIPAL: arrival.submitter,
    }
    if kept.barrier is Barrier.WITHDRAWN:  # its submitter may change their mind under any name
        return kept.subject in (arrival.submitter, arrival.owner)
    return named.get(kept.barrier) == kept.subject


def _related(arrival: Arrival, one: Older) -> bool:
    """Whether both have one owner: the same source, sources of the same owner, or the owner they declare."""
    return one.source == arrival.source or one.source_owner == arrival.source_owner or one.owner == arrival.owner


def _narrower(arrival: Arrival, older: Iterable[Older], nearer: Iterable[Older]) -> tuple[ServedAs, ...]:
    """The names that lose a restriction, unless the same content is served as widely under another name now."""
    covered = any(
        one.live and one.equal and one.doc_id != arrival.doc_id and not _loses(arrival, one) and not one.kept
        for one in older
    )
    if covered:
        return ()
    latest: dict[str, Older] = {}
    for one in nearer:
        if one.served_at is None or not _related(arrival, one):
            continue
        if one.doc_id == arrival.doc_id and arrival.compared:
            continue
        before = latest.get(one.doc_id)
        if before is None or before.served_at is None or before.served_at < one.served_at:
            latest[one.doc_id] = one
    losing = [one for one in latest.values() if _loses(arrival, one)]
    return tuple(_served_as(one) for one in sorted(losing, key=lambda one: (-one.share, one.doc_id)))


def _loses(arrival: Arrival, one: Older) -> bool:
    return AccessChange.between(one.access, arrival.access).widened


def _replaced(arrival: Arrival, older: Iterable[Older]) -> ServedAs | None:
    """The served document whose name is gone and that this one continues with other text."""
    if arrival.compared:
        return None
    gone = [
        one
        for one in older
        if one.gone and not one.equal and one.served_at is not None and one.served_digest and _related(arrival, one)
    ]
    best = max(gone, key=lambda one: (one.share, one.served_at, one.version_id), default=None)
    if best is None or any(one.equal and one.served_at is not None for one in older):
        return None
    return _served_as(best)


def _served_as(one: Older) -> ServedAs:
    return ServedAs(
        doc_id=one.doc_id, access=one.access, served_digest=one.served_digest, until=one.until, equal=one.equal
    )


def _what(equal: bool) -> str:
    return "This content" if equal else "Nearly the same text"
