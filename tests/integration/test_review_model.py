"""Approvals against a model small enough to be seen to be right: what may be let in, and by whom (law 8)."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import Action, ChangeKind, Outcome
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.findings.redaction import redaction_digest
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.review.service import ReviewService
from pipeline.stores import tables
from pipeline.stores.database import Database
from pipeline.stores.ledger.ledger import Ledger
from tests.support.callers import person
from tests.support.ledger_samples import BINDING, FINDING, NOON, RESTRICTED, RULE, approved_source, outcome, publication

BINDINGS = [BINDING, BINDING.model_copy(update={"policy_digest": digest_text("next policy")})]
REDACTED = redaction_digest([FINDING])
names = itertools.count()
LOW = Grant(role=Role.REVIEWER, classifications=(Classification.PUBLIC, Classification.INTERNAL))
PEOPLE: dict[str, tuple[Role | Grant, ...]] = {
    "user:adam": (Role.REVIEWER,),
    "user:eve": (Role.REVIEWER, Role.OPERATOR),
    "user:low": (LOW,),
    "user:sam": (Role.REVIEWER, Role.OPERATOR),  # submits
    "user:olga": (Role.REVIEWER,),  # owns
    "user:ops": (Role.OPERATOR,),
}
INVOLVED = {"user:sam", "user:olga", "user:rita"}


@dataclass
class Version:
    """What the model remembers of the one document: what waits, who said what about exactly that."""

    latest: Outcome
    restricted: bool
    closed: bool = False
    approvals: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """Person to (redaction, still valid)."""
    glass: bool = False

    def may_go_in(self) -> bool:
        """Whether the law lets this version in: enough people who may, for one text, all still valid."""
        needed = 2 if self.restricted else 1
        valid = [redaction for redaction, good in self.approvals.values() if good]
        return not self.closed and (self.glass or any(valid.count(choice) >= needed for choice in ("", REDACTED)))


class ApprovalMachine(RuleBasedStateMachine):
    database: Database

    @initialize()
    def begin(self) -> None:
        self.source = f"source-{next(names)}"
        approved_source(self.database, self.source)
        self.ledger, self.service = Ledger(self.database), ReviewService(self.database, words=str)
        self.now: Version | None = None

    def caller(self, name: str) -> Caller:
        return person(name, *PEOPLE[name])

    def commit(self, one: Outcome) -> None:
        run_id = f"review-{next(names)}"
        self.ledger.start_run(run_id, [self.source], NOON)
        self.ledger.commit_publication(publication(one, run_id=run_id), {}, NOON)

    @rule(content=st.sampled_from("xyz"), restricted=st.booleans(), binding=st.sampled_from(BINDINGS))
    def something_is_asked(self, content: str, restricted: bool, binding) -> None:
        kind = ChangeKind.NEW if self.now is None else ChangeKind.MODIFIED
        access = RESTRICTED if restricted else RULE
        one = outcome(
            "a.md", content, action=Action.REVIEW, kind=kind, source=self.source, access=access, binding=binding,
            findings=(FINDING,),
        )  # fmt: skip
        self.commit(one)
        old = self.now
        same = old is not None and old.latest.version_id == one.version_id and old.latest.verdict == one.verdict
        if old is None or not same or old.closed:
            self.now = Version(one, restricted)
        else:
            old.latest = one

    @rule(name=st.sampled_from(sorted(PEOPLE)), redacted=st.booleans(), reject=st.integers(0, 5))
    def somebody_decides(self, name: str, redacted: bool, reject: int) -> None:
        if self.now is None:
            return
        item, caller, model = self.item(), self.caller(name), self.now
        try:
            if reject == 0:
                self.service.reject(item, caller, "No.")
            else:
                self.service.approve(item, caller, "It is fine.", redacted=redacted)
        except CorpusgateError:
            return
        assert Role.REVIEWER in {g.role for g in caller.grants}
        assert not (model.restricted and name == "user:low"), "decided outside their grant"
        assert not model.closed
        if reject == 0:
            model.closed = True
        else:
            assert name not in INVOLVED, "somebody with a part in it approved"
            model.approvals[name] = (REDACTED if redacted else "", True)

    @rule(name=st.sampled_from(sorted(PEOPLE)))
    def somebody_breaks_the_glass(self, name: str) -> None:
        if self.now is None:
            return
        try:
            self.service.break_glass(self.item(), self.caller(name), "It burns.")
        except CorpusgateError:
            return
        assert name in {"user:eve", "user:ops"}, "only operators without a part in it"
        assert not self.now.closed
        self.now.glass = True

    @rule(name=st.sampled_from(sorted(PEOPLE)))
    def an_approval_expires(self, name: str) -> None:
        if self.now is None or name not in self.now.approvals:
            return
        decided = tables.review_decisions
        self.spoil(sa.update(decided).where(decided.c.item_id == self.item(), decided.c.person == name), NOON)
        self.now.approvals[name] = (self.now.approvals[name][0], False)

    @rule()
    def the_glass_expires(self) -> None:
        if self.now is None or not self.now.glass:
            return
        self.spoil(sa.update(tables.break_glass).where(tables.break_glass.c.item_id == self.item()), NOON)
        self.now.glass = False

    def spoil(self, statement: sa.Update, at: datetime) -> None:
        with self.database.begin() as connection:
            connection.execute(statement.values(expires_at=at))

    def item(self) -> str:
        """The item the model is about: the pending one, else the one that was closed."""
        items = tables.review_items
        query = sa.select(items.c.item_id).where(items.c.source == self.source, items.c.state != "stale")
        with self.database.read() as connection:
            pending = connection.execute(query.where(items.c.closed_at.is_(None))).scalars().all()
            assert len(pending) <= 1
            return (
                pending[0]
                if pending
                else connection.execute(query.order_by(items.c.closed_at.desc())).scalars().first()
            )

    @invariant()
    def only_what_people_let_in_may_go_in(self) -> None:
        if not hasattr(self, "ledger"):
            return
        known = list(self.ledger.known_versions(self.source))
        assert [one.approved for one in known] == ([] if self.now is None else [self.now.may_go_in()])
        for one in known:
            if one.redaction:
                assert self.now is not None
                assert REDACTED in {choice for choice, _ in self.now.approvals.values()}


def test_law_08_nothing_goes_in_that_not_enough_of_the_right_people_let_in(database: Database) -> None:
    machine = type("Machine", (ApprovalMachine,), {"database": database})
    examples = 40 if database.is_sqlite else 15
    limits = settings(max_examples=examples, stateful_step_count=14, deadline=None, print_blob=False)
    run_state_machine_as_test(machine, settings=limits)
