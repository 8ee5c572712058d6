"""The question about documents in the parameters of a request: filters, an order, and a place in it.

Invariant: an empty parameter is one that was not given, as forms send them.
"""

import json
from datetime import datetime
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from fastapi import Depends, Query

from pipeline.domain.documents.catalogue import (
    CatalogueFilter,
    CatalogueKey,
    CatalogueOrder,
    CatalogueRow,
    DocumentStanding,
    key_of,
)
from pipeline.domain.errors import UsageError
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.identity.permissions import Classification
from pipeline.web.rest.pagination import cursor, read_cursor

_BY_TIME = (CatalogueOrder.NEWEST, CatalogueOrder.OLDEST)
_LIST = "documents-by-{}"
After = Annotated[str, Query(max_length=6_000)]


class DocumentQuestion(NamedTuple):
    """Documents that were asked for."""

    wanted: CatalogueFilter
    order: CatalogueOrder
    given: dict[str, str]
    """Every parameter as it was given, to fill in the form."""

    def address(self, path: str, last: CatalogueRow | None = None) -> str:
        """The same question at `path`; with `last`, from the document after that one on."""
        asked = {name: value for name, value in self.given.items() if value}
        if last is not None:
            value, doc_id = key_of(last, self.order)
            written = value.isoformat() if isinstance(value, datetime) else value
            asked["after"] = cursor(_LIST.format(self.order), json.dumps([written, doc_id]))
        return f"{path}?{urlencode(asked)}" if asked else path

    def place(self, after: str) -> CatalogueKey | None:
        """The place in the list of a cursor; None for the beginning. Raises `UsageError` for another list's."""
        if not after:
            return None
        try:
            value, doc_id = json.loads(read_cursor(_LIST.format(self.order), after, str))
            return (datetime.fromisoformat(value) if self.order in _BY_TIME else str(value)), str(doc_id)
        except (TypeError, ValueError):
            raise UsageError("That is not a place in this list.", fix="Begin at the first page.") from None


def _words(words: type[DocumentStanding | FindingKind | Classification | CatalogueOrder]) -> object:
    return Query(pattern=f"^(|{'|'.join(words)})$")


async def _question(
    text: Annotated[str, Query(max_length=500)] = "",
    source: Annotated[str, Query(max_length=63)] = "",
    standing: Annotated[str, _words(DocumentStanding)] = "",
    holds: Annotated[str, _words(FindingKind)] = "",
    owner: Annotated[str, Query(max_length=200)] = "",
    classification: Annotated[str, _words(Classification)] = "",
    order: Annotated[str, _words(CatalogueOrder)] = "",
) -> DocumentQuestion:
    given = {
        "text": text.strip(), "source": source, "standing": standing, "holds": holds, "owner": owner.strip(),
        "classification": classification,
    }  # fmt: skip
    wanted = CatalogueFilter.model_validate({name: value for name, value in given.items() if value})
    return DocumentQuestion(wanted, CatalogueOrder(order or CatalogueOrder.NAME), {**given, "order": order})


Asked = Annotated[DocumentQuestion, Depends(_question)]
