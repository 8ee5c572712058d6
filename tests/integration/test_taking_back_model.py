"""Random histories of publishing, revoking, lifting, deleting, rolling back, compacting and erasing.

After each step law 10 holds, the pages of what is served are those that its documents alone give (law 7), and a new
generation holds nothing that the ledger did not call live when it was built, but what its own run brought in.
"""

import itertools
import tempfile
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from pipeline.domain.errors import Conflict, CorpusgateError, UsageError
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.index.generations import Generation
from pipeline.publishing.compact import compact
from pipeline.reports.served import verified_documents
from pipeline.stores.takedown.revocations import Revocations
from pipeline.takedown.erase import allow_again, erase
from pipeline.takedown.revoke import lift, revoke
from pipeline.takedown.rollback import rollback
from tests.support.index_samples import Doc
from tests.support.served_home import OPERATOR, REVIEWER, ServedHome

NAMES = ["a.md", "b.md", "c.md"]
OTHER = "other.md"
DOCS = {(name, text): Doc(name, (f"{name} says {text}.",)) for name in (*NAMES, OTHER) for text in "xyz"}
numbers = itertools.count()


class TakingBack(RuleBasedStateMachine):
    folder: Path

    @initialize()
    def begin(self) -> None:
        self.home = ServedHome(self.folder / f"home-{next(numbers)}")
        self.revoked: set[str] = set()
        self.deleted: set[str] = set()
        self.ever: set[str] = set()
        self.erased: set[str] = set()

    def leaves_out(self, step: Callable[[], object], coming: Collection[str] = ()) -> None:
        """A step that publishes, and what its generation may hold."""
        ledger = self.home.workspace.ledger
        before, live = ledger.current_generation(), self.home.live()
        step()
        after = ledger.current_generation()
        if after is not None and after != before:
            held = self.home.held()
            assert {doc: version for doc, version in held.items() if doc not in coming}.items() <= live.items()

    @rule(chosen=st.dictionaries(st.sampled_from(NAMES), st.sampled_from("xyz"), min_size=1))
    def publish(self, chosen: dict[str, str]) -> None:
        docs = [DOCS[name, text] for name, text in chosen.items() if f"hand:{name}" not in self.erased]
        if docs:
            self.leaves_out(lambda: self.home.refresh(*docs), {doc.doc_id for doc in docs})
        self.ever |= {doc.doc_id for doc in docs}
        self.deleted -= {doc.doc_id for doc in docs}

    @rule(text=st.sampled_from("xyz"))
    def publish_another(self, text: str) -> None:
        """A document that no other step touches: whatever was taken back before leaves with it."""
        self.leaves_out(lambda: self.home.refresh(DOCS[OTHER, text]), {f"hand:{OTHER}"})

    @rule(rewrite=st.booleans())
    def compact(self, rewrite: bool) -> None:
        current = self.home.workspace.ledger.current_generation()
        if current is not None:
            opened = Generation.open(self.home.workspace.index, current, self.home.workspace.verifier)
            names = opened.statement.segments[:1] if rewrite else ()
            self.leaves_out(lambda: compact(self.home.workspace, "operator:test", names))

    @rule(name=st.sampled_from(NAMES), again=st.booleans())
    def erase(self, name: str, again: bool) -> None:
        doc_id = f"hand:{name}"
        if doc_id not in self.ever or doc_id in self.erased:
            return
        with suppress(CorpusgateError):
            erase(self.home.workspace, doc_id, OPERATOR, "because")
        self.erased.add(doc_id)
        if again:
            allow_again(self.home.workspace, doc_id, OPERATOR, "because")
            self.erased.discard(doc_id)

    @rule(of_owner=st.booleans())
    def revoke_all(self, of_owner: bool) -> None:
        """A revocation that names more than single documents, lifted after the next publication."""
        kind, subject = (RevocationKind.OWNER, "user:owner") if of_owner else (RevocationKind.SOURCE, "hand")
        revocations = Revocations(self.home.workspace.database)
        if self.ever and "hand:a.md" not in self.erased:
            revocations.revoke(kind, subject, "operator:test", "because")
            assert self.home.live() == {}
            self.publish({"a.md": "x"})
            revocations.lift(kind, subject, "reviewer:test", "because")

    @rule(name=st.sampled_from(NAMES))
    def delete(self, name: str) -> None:
        doc = DOCS[name, "x"]
        if doc.doc_id in self.ever - self.deleted:
            self.leaves_out(lambda: self.home.refresh(gone=[doc]))
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
        run_state_machine_as_test(machine, settings=settings(max_examples=14, stateful_step_count=12, deadline=None))
