"""The difference between a version in review and the version that is served, in words.

Invariant: pure. Names and titles come in the form in which their records keep them.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from pipeline.domain.documents.provenance import Provenance
from pipeline.domain.frozen import Frozen


class FieldChange(Frozen):
    """One field of a document that changed."""

    field: str
    before: str
    after: str
    """Both empty for nothing given."""


def changed_fields(before: Provenance, after: Provenance) -> tuple[FieldChange, ...]:
    """Title, people, tags and licence that differ, the ones that decide who may read it first."""
    return tuple(_changes(before, after))


def _changes(before: Provenance, after: Provenance) -> Iterator[FieldChange]:
    old, new = before.access, after.access
    fields = (
        ("Classification", old.classification.value, new.classification.value),
        ("Tenant", old.tenant, new.tenant),
        ("Allowed", _names(old.allow), _names(new.allow)),
        ("Never allowed", _names(old.deny), _names(new.deny)),
        ("Access ends", _moment(old.until), _moment(new.until)),
        ("Owner", before.owner, after.owner),
        ("Submitter", before.submitter, after.submitter),
        ("Title", before.title or "", after.title or ""),
        ("Licence", before.licence or "", after.licence or ""),
    )
    for field, was, now in fields:
        if was != now:
            yield FieldChange(field=field, before=was, after=now)


def _names(names: Iterable[str]) -> str:
    return ", ".join(names)


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
