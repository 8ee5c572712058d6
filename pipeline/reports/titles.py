"""Titles of document versions, in the form in which they are kept now (law 14)."""

from collections.abc import Collection

from pipeline.reports.older_forms import PresentIds
from pipeline.workspace import Workspace


def titles(workspace: Workspace, version_ids: Collection[str]) -> dict[str, str]:
    """By version, the titles of those that have one. The caller may read each of the versions."""
    present, found = PresentIds(workspace), dict[str, str]()
    for version_id, provenance in workspace.ledger.provenances(version_ids).items():
        title = provenance.title
        if title and (shown := present.forms(provenance.source).title(title)):
            found[version_id] = shown
    return found
