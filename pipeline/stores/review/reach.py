"""Review items that grants reach, and people with a part in an item.

Invariants: default deny; no grants reach nothing. An item is reached if its source and both classifications are: of
the served version and of the new one.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, or_, select, true

from pipeline.domain.identity.persons import person
from pipeline.domain.identity.roles import Grant
from pipeline.domain.review.items import ReviewItem
from pipeline.stores.tables import documents, review_items, sources, versions

_i, _v, _d = review_items.c, versions.c, documents.c


def within(grants: Sequence[Grant]) -> ColumnElement[bool]:
    """Items that `grants` reach; for queries over `review_items`."""
    served = or_(_i.served_classification.is_(None), _reach(grants, _i.served_classification))
    return and_(_reach(grants, _i.classification), served)


def involved(connection: Connection, item: ReviewItem) -> dict[str, str]:
    """Everybody who had a part in the version an item is about, each with which; names in their one spelling."""
    return involved_in_version(connection, item.version_id) | {person(item.submitter): "submitted this change"}


def involved_in_version(connection: Connection, version_id: str) -> dict[str, str]:
    """Everybody who had a part in a version, each with which; names in their one spelling."""
    row = connection.execute(
        select(
            _v.doc_id, _v.content_digest, _v.submitter, _v.owner, sources.c.registered_by,
            sources.c.owner.label("source_owner"),
        )
        .select_from(versions.join(documents, _d.doc_id == _v.doc_id))
        .outerjoin(sources, sources.c.name == _d.source)
        .where(_v.version_id == version_id)
    ).one()  # fmt: skip
    # Who brought this content in, under whatever tags: a change of tags alone does not hide the editor.
    editors = select(_v.submitter).where(_v.doc_id == row.doc_id, _v.content_digest == row.content_digest).distinct()
    people = [
        *((name, "owns the source of this document") for name in (row.source_owner, row.registered_by) if name),
        (row.owner, "owns this document"),
        *((name, "edited this document last") for name in connection.execute(editors).scalars()),
        (row.submitter, "submitted this change"),
    ]
    return {person(name): why for name, why in people}


def _reach(grants: Sequence[Grant], classification: Any) -> ColumnElement[bool]:
    return or_(false(), *(_reaches(grant, classification) for grant in grants))


def _reaches(grant: Grant, classification: Any) -> ColumnElement[bool]:
    by_source = _i.source.in_(grant.sources) if grant.sources else true()
    named = [one.value for one in grant.classifications]
    return and_(by_source, classification.in_(named) if named else true())
