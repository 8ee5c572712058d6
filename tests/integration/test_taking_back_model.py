"""Random histories of publishing, revoking, lifting, deleting and rolling back: law 10 holds after each step."""

import itertools
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from pipeline.domain.errors import Conflict, UsageError
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.reports.served import verified_documents
from pipeline.stores.takedown.revocations import Revocations
from pipeline.takedown.revoke import lift, revoke
from pipeline.takedown.rollback import rollback
from tests.support.index_samples import Doc
from tests.support.served_home import OPERATOR, REVIEWER, ServedHome

NAMES = ["a.md", "b.md", "c.md"]
DOCS = {(name, text): Doc(name, (f"{name} says {text}.",)) for name in NAMES for text in "xyz"}
numbers = itertools.count()


class TakingBack(RuleBasedStateMachine):
    folder: Path

    @initialize()
    def begin(self) -> None:
        self.home = ServedHome(self.folder / f"home-{next(numbers)}")
        self.revoked: set[str] = set()
        self.deleted: set[str] = set()
        self.ever: set[str] = set()

    @rule(chosen=st.dictionaries(st.sampled_from(NAMES), st.sampled_from("xyz"), min_size=1))
    def publish(self, chosen: dict[str, str]) -> None:
        docs = [DOCS[name, text] for name, text in chosen.items()]
        self.home.refresh(*docs)
        self.ever |= {doc.doc_id for doc in docs}
        self.deleted -= {doc.doc_id for doc in docs}

    @rule(name=st.sampled_from(NAMES))
    def delete(self, name: str) -> None:
        doc = DOCS[name, "x"]
        if doc.doc_id in self.ever - self.deleted:
            self.home.refresh(gone=[doc])
            self.deleted.add(doc.doc_id)

    @rule(name=st.sampled_from(NAMES))
    def revoke(self, name: str) -> None:
        doc_id = f"hand:{name}"
        if doc_id in self.ever:
            revoke(self.home.workspace, RevocationKind.DOCUMENT, doc_id, OPERATOR, "because")
            self.revoked.add(doc_id)

    @rule(name=st.sampled_from(NAMES))
    def lift(self, name: str) -> None:
        doc_id = f"hand:{name}"
        if doc_id in self.revoked:
            lift(self.home.workspace, RevocationKind.DOCUMENT, doc_id, REVIEWER, "because")
            self.revoked.discard(doc_id)

    @rule(number=st.integers(1, 8))
    def roll_back(self, number: int) -> None:
        workspace = self.home.workspace
        try:
            told = rollback(workspace, number, OPERATOR, "because")
        except (Conflict, UsageError):
            return
        assert set(told.withheld) >= {one for one in self.home_held(number) if one in self.revoked | self.deleted}
        assert self.home.held() == self.home.live()  # a rollback leaves nothing live that it does not hold

    def home_held(self, number: int) -> set[str]:
        record = self.home.workspace.ledger.generation(number)
        return {document.doc_id for document in verified_documents(self.home.workspace, record)}

    @invariant()
    def nothing_taken_back_is_served(self) -> None:
        workspace = self.home.workspace
        if workspace.ledger.current_generation() is None:
            return
        held, live = self.home.held(), self.home.live()
        served = {doc for doc, version in held.items() if live.get(doc) == version}
        assert not served & self.revoked
        assert not served & self.deleted
        assert not live.keys() & self.revoked
        assert not live.keys() & self.deleted
        texts = {DOCS[key].version_id: DOCS[key].texts[0] for key in DOCS}
        assert self.home.found() == {texts[held[doc]] for doc in served}
        active = {one.subject for one in Revocations(workspace.database).active()}
        assert active == self.revoked

    def teardown(self) -> None:
        if hasattr(self, "home"):
            assert self.home.workspace.audit.verify().ok
            self.home.close()


def test_law_10_no_history_serves_what_was_taken_back() -> None:
    with tempfile.TemporaryDirectory() as folder:
        machine = type("Machine", (TakingBack,), {"folder": Path(folder)})
        run_state_machine_as_test(machine, settings=settings(max_examples=8, stateful_step_count=10, deadline=None))
