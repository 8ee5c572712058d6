"""An inbox with an approved source, and people who submit to it."""

import io
from pathlib import Path

from pipeline.domain.documents.provenance import Source, inbox_uri
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.domain.submissions.submissions import Draft
from pipeline.settings.application import SubmissionSettings
from pipeline.settings.files import load_policy
from pipeline.settings.home import default_configs
from pipeline.stores.database import Database
from pipeline.stores.ledger.source_registry import SourceRegistry
from pipeline.submissions.service import SubmissionService, TakenSubmission
from tests.support.callers import person
from tests.support.ledger_samples import NOON

POLICY = load_policy(default_configs() / "policy.yaml")


def owner(name: str = "user:olga", source: str = "inbox") -> Caller:
    return person(name, Grant(role=Role.OWNER, sources=(source,)))


def make_inbox(database: Database, name: str = "inbox", **changes: object) -> Source:
    registry = SourceRegistry(database)
    source = Source.model_validate(
        {
            "name": name,
            "uri": inbox_uri(name),
            "owner": "people-team",
            "classification": Classification.INTERNAL,
            "tenant": "default",
            "allow": ("group:staff", "group:people"),
            "registered_by": "user:rita",
            "registered_at": NOON,
            **changes,
        }
    )
    registry.add_source(source, by="user:rita")
    return registry.approve_source(name, by="user:adam")


def service(database: Database, folder: Path, settings: SubmissionSettings | None = None) -> SubmissionService:
    return SubmissionService(database, folder, settings or SubmissionSettings(), lambda: POLICY, words=str)


def hand_in(
    submissions: SubmissionService,
    text: str = "Two weeks of notice.",
    *,
    by: Caller | None = None,
    key: str | None = None,
    **fields: object,
) -> TakenSubmission:
    draft = Draft.model_validate({"source": "inbox", "name": "Notice periods.md", **fields})
    return submissions.submit(by or owner(), draft, io.BytesIO(text.encode()), key)


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
