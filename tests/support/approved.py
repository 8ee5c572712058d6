"""A source that a test may take documents from: registered by one person, approved by another."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.domain.documents.provenance import Source
from pipeline.domain.identity.permissions import Classification
from pipeline.workspace import Workspace


def approve_source(workspace: Workspace, name: str, uri: Path | str, **more: Any) -> Source:
    """Register and approve a source of internal documents for staff; `more` is what should differ."""
    given = {
        "name": name,
        "uri": str(uri),
        "owner": f"{name}-team",
        "classification": Classification.INTERNAL,
        "tenant": "default",
        "allow": ("group:staff",),
        "registered_by": "olga",
        "registered_at": datetime.now(UTC),
    }
    source = Source.model_validate(given | more)
    workspace.sources.add_source(source, source.registered_by)
    workspace.sources.approve_source(name, "paul")
    return source
