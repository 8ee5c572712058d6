import pytest

from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.errors import NotAllowed, UsageError
from pipeline.stores.audit.verification import AuditLog
from pipeline.stores.database import Database
from pipeline.stores.ledger.source_registry import SourceRegistry
from tests.support.ledger_samples import make_source


@pytest.fixture
def registry(database: Database) -> SourceRegistry:
    made = SourceRegistry(database)
    made.add_source(make_source(), by="user:rita")
    return made


def test_a_new_source_is_pending_whatever_it_says(database: Database) -> None:
    boastful = make_source().model_copy(update={"state": SourceState.APPROVED, "approved_by": "user:adam"})
    registry = SourceRegistry(database)
    added = registry.add_source(boastful, by="user:rita")
    assert added.state is SourceState.PENDING
    assert added.approved_by is None
    assert registry.source("handbook") == added
    assert registry.sources() == [added]


@pytest.mark.parametrize("name", ["user:rita", "rita", " User:Rita "])
def test_law_08_a_registrant_never_approves_under_any_spelling(registry: SourceRegistry, name: str) -> None:
    with pytest.raises(NotAllowed, match="somebody else"):
        registry.approve_source("handbook", by=name)
    assert registry.source("handbook").state is SourceState.PENDING


def test_somebody_else_approves(registry: SourceRegistry) -> None:
    approved = registry.approve_source("handbook", by="user:adam")
    assert (approved.state, approved.approved_by) == (SourceState.APPROVED, "user:adam")
    assert registry.source("handbook") == approved
    with pytest.raises(UsageError, match="not pending"):
        registry.approve_source("handbook", by="user:adam")


def test_narrow_and_release(registry: SourceRegistry) -> None:
    with pytest.raises(UsageError, match="only an approved source"):
        registry.narrow_source("handbook", by="user:adam", reason="Odd rate.")
    registry.approve_source("handbook", by="user:adam")
    assert registry.narrow_source("handbook", by="user:eve", reason="Odd rate.").state is SourceState.NARROWED
    with pytest.raises(NotAllowed):
        registry.release_source("handbook", by="rita", reason="It is fine.")
    assert registry.release_source("handbook", by="user:adam", reason="Looked at.").state is SourceState.APPROVED


def test_release_of_a_source_nobody_approved_leaves_it_pending(registry: SourceRegistry) -> None:
    registry.revoke_source("handbook", by="user:adam", reason="Unknown owner.")
    released = registry.release_source("handbook", by="user:adam", reason="Owner found.")
    assert released.state is SourceState.PENDING


def test_an_unknown_source_is_answered_with_the_known_ones(registry: SourceRegistry) -> None:
    for act in (
        lambda: registry.source("wiki"),
        lambda: registry.approve_source("wiki", by="user:adam"),
        lambda: registry.revoke_source("wiki", by="user:adam", reason="Gone."),
    ):
        with pytest.raises(UsageError, match=r"no source named wiki.*handbook"):
            act()


def test_one_name_one_source(registry: SourceRegistry) -> None:
    with pytest.raises(UsageError, match="already"):
        registry.add_source(make_source(), by="user:adam")


def test_every_change_is_audited_without_the_words_of_people(database: Database, registry: SourceRegistry) -> None:
    registry.approve_source("handbook", by="user:adam")
    registry.revoke_source("handbook", by="user:eve", reason="Swordfish was in it.")
    events = list(AuditLog(database).events("handbook"))
    assert [(one.actor, one.action) for one in events] == [
        ("user:rita", "source.added"),
        ("user:adam", "source.approved"),
        ("user:eve", "source.revoked"),
    ]
    assert not any("ordfish" in one.details for one in events)


def test_a_refused_change_leaves_no_audit_entry(database: Database, registry: SourceRegistry) -> None:
    with pytest.raises(NotAllowed):
        registry.approve_source("handbook", by="user:rita")
    with pytest.raises(UsageError, match="reason"):
        registry.revoke_source("handbook", by="user:eve", reason="  ")
    assert [one.action for one in AuditLog(database).events("handbook")] == ["source.added"]
