"""The ledger against a model small enough to be seen to be right."""

import itertools
from dataclasses import dataclass, field, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import Action, ChangeKind, Outcome
from pipeline.review.service import ReviewService
from pipeline.stores.audit.verification import AuditLog
from pipeline.stores.database import Database
from pipeline.stores.ledger.ledger import Ledger
from tests.support.callers import person
from tests.support.ledger_samples import BINDING, NOON, approved_source, deletion, outcome, publication

URIS = ["a.md", "b.md", "c.md"]
BINDINGS = [BINDING, BINDING.model_copy(update={"policy_digest": digest_text("next policy")})]
names = itertools.count()


@dataclass(frozen=True)
class Expected:
    """What must be known of one document."""

    latest: Outcome
    live: str | None
    deleted: bool = False
    waits: bool = False
    deletion_waits: bool = False
    approvals: frozenset[str] = field(default=frozenset())
    deletion_approvals: frozenset[str] = field(default=frozenset())


def decided(old: Expected | None, new: Outcome) -> Expected:
    """The model of one commit for one decided document."""
    assert new.verdict is not None
    live = new.version_id if new.served_digest else (old.live if old else None)
    waits = new.verdict.action is Action.REVIEW
    same = (
        old is not None
        and old.waits
        and old.latest.verdict is not None
        and (old.latest.version_id, old.latest.verdict.binding) == (new.version_id, new.verdict.binding)
    )
    return Expected(new, live, waits=waits, approvals=old.approvals if waits and same and old else frozenset())


class LedgerMachine(RuleBasedStateMachine):
    database: Database

    @initialize()
    def begin(self) -> None:
        # Examples share a database, so each has a source of its own.
        self.source = f"source-{next(names)}"
        approved_source(self.database, self.source)
        self.ledger = Ledger(self.database)
        self.service = ReviewService(self.database, words=str)
        self.model: dict[str, Expected] = {}
        self.versions: set[str] = set()

    def commit(self, *outcomes: Outcome) -> None:
        run_id = f"run-{next(names)}"
        self.ledger.start_run(run_id, [self.source], NOON)
        work = publication(*outcomes, run_id=run_id)
        first = self.ledger.commit_publication(work, {}, NOON)
        assert self.ledger.commit_publication(work, {}, NOON) == first
        # A run that did not find a document missing has found it.
        missing = {one.doc_id for one in outcomes if one.kind is ChangeKind.DELETED}
        for uri, known in self.model.items():
            if known.latest.doc_id not in missing:
                self.model[uri] = replace(known, deletion_waits=False, deletion_approvals=frozenset())

    @rule(
        chosen=st.dictionaries(
            st.sampled_from(URIS),
            st.tuples(st.sampled_from("xyz"), st.sampled_from(Action), st.sampled_from(BINDINGS)),
            min_size=1,
        )
    )
    def documents_are_decided(self, chosen) -> None:
        outcomes = []
        for uri, (content, action, binding) in chosen.items():
            old = self.model.get(uri)
            kind = ChangeKind.NEW if old is None or old.deleted else ChangeKind.MODIFIED
            new = outcome(uri, content, action=action, kind=kind, source=self.source, binding=binding)
            self.versions.add(new.version_id)
            self.model[uri] = decided(old, new)
            outcomes.append(new)
        self.commit(*outcomes)

    @rule(uri=st.sampled_from(URIS), held=st.booleans())
    def a_document_is_missing(self, uri: str, held: bool) -> None:
        known = self.model.get(uri)
        if known is None or known.deleted:
            return
        if held:
            self.model[uri] = replace(known, deletion_waits=True)
        else:
            self.model[uri] = Expected(known.latest, None, deleted=True)
        self.commit(deletion(known.latest, held=held))

    @rule(by=st.sampled_from(["user:adam", "user:eve"]))
    def somebody_approves_everything(self, by: str) -> None:
        for item in self.service.list_items(person(by)):
            if item.doc_id.partition(":")[0] != self.source:
                continue
            uri = item.doc_id.partition(":")[2]
            known = self.model[uri]
            mine = "approvals" if item.kind.value == "version" else "deletion_approvals"
            assert item.version_id == known.latest.version_id
            self.service.approve(item.item_id, person(by), "It is fine.")
            self.model[uri] = replace(known, **{mine: getattr(known, mine) | {by}})

    @invariant()
    def the_ledger_knows_what_the_model_knows(self) -> None:
        expected = {
            known.latest.doc_id: (
                known.latest.version_id,
                known.latest.verdict.action,
                known.latest.verdict.binding.digest,
                known.live == known.latest.version_id,
                known.live,
                bool(known.waits and known.approvals),
                bool(known.deletion_waits and known.deletion_approvals),
            )
            for known in self.model.values()
            if not known.deleted and known.latest.verdict is not None
        }
        assert expected == {
            one.doc_id: (
                one.version_id,
                one.action,
                one.binding,
                one.live,
                one.serving.version_id if one.serving else None,
                one.approved,
                one.deletion_approved,
            )
            for one in self.ledger.known_versions(self.source)
        }
        live = {known.live for known in self.model.values() if known.live is not None}
        assert self.ledger.live_versions(self.versions) == live

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            assert AuditLog(self.database).verify().ok


def test_the_ledger_does_what_the_model_does(database: Database) -> None:
    machine = type("Machine", (LedgerMachine,), {"database": database})
    examples = 25 if database.is_sqlite else 12
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=12, deadline=None))
