"""Titles of document versions, in the form in which they are kept now (law 14)."""

from collections.abc import Iterable

from pipeline.domain.documents.provenance import source_of
from pipeline.reports.older_forms import PresentIds
from pipeline.workspace import Workspace


def titles(workspace: Workspace, version_ids: Iterable[str]) -> dict[str, str]:
    """By version, the titles of those that have one. The caller may read each of the versions."""
    present, found = PresentIds(workspace), dict[str, str]()
    for version_id in dict.fromkeys(version_ids):
        version = workspace.ledger.version(version_id)
        title = version.provenance.title
        if title and (shown := present.forms(source_of(version.doc_id)).title(title)):
            found[version_id] = shown
    return found
