"""Random histories of files, sidecars, takedowns and decisions: no one reads what the laws forbid (laws 2, 8 and 10).

Files come and go in two sources of one owner; sources are narrowed and released, documents are revoked, rolled back and
erased, people change their groups.

The oracle knows files, people and dates, and nothing of how the product compares contents.
"""

import itertools
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pipeline.domain.errors import Conflict, UsageError
from pipeline.stores.takedown.revocations import RevocationKind
from pipeline.takedown.erase import allow_again as permit
from pipeline.takedown.erase import erase
from pipeline.takedown.revoke import lift, revoke
from pipeline.takedown.rollback import rollback
from tests.support.callers import person as reviewer
from tests.support.gated_home import NARROW, READERS, WIDE, File, GatedHome
from tests.support.served_home import OPERATOR, REVIEWER

SOURCES = ("crew", "shore")
NAMES = ["crew:bands.md", "crew:notes.md", "shore:bands.md"]
OWNERS = ("user:bertha", "user:paul")
_TOPICS = ("ferry crew", "lamp keepers")
_TEXT = (
    "Rules for the {0}. Every member of the {0} signs the book at dawn and hands the key to the next watch at dusk. "
    "A watch of the {0} that misses its relief waits on the {1} quay until the {2} bell, and writes to the office "
    "about it before the {3} day of the month. Pay of the {0} follows the {1} table, which the {3} council reads out "
    "each spring; appeals of the {0} go to the {2} clerk in writing, and are heard by the {1} council within a month."
)
_WORDS = (
    ("northern", "harbour", "seventh"),
    ("eastern", "chapel", "twelfth"),
)
_SHORT = (
    "The key of the old lantern room hangs behind the clock.",
    "THE KEY of the old lantern room\nhangs behind the tall clock",
    "The key of the old lantern room hangs beside the clock.",
)
"""Too short to be compared by passages: the words count."""
TEXTS = {
    (topic, edit): _TEXT.format(name, *words) + ("", " Signed by the board.", " Signed by the old board.")[edit]
    for topic, (name, words) in enumerate(zip(_TOPICS, _WORDS, strict=True))
    for edit in range(3)
} | {(len(_TOPICS), edit): _SHORT[edit] for edit in range(3)}
TOPIC_OF = {text: topic for (topic, _), text in TEXTS.items()}
numbers = itertools.count()
names, topics, edits = st.sampled_from(NAMES), st.sampled_from(range(3)), st.sampled_from(range(3))
refreshes = st.sampled_from([True, True, False])
evaded = st.sampled_from(["narrow", "document", "owner", "source", "rollback"])


@dataclass
class Oracle:
    """What people said, by topic of a text: any edit of it is the same matter."""

    seen: dict[str, File] = field(default_factory=dict)
    """Files as the last refresh found them."""
    wide: dict[int, bool] = field(default_factory=dict)
    """Whether bob was allowed to read the topic when it was last served at all."""
    approvals: dict[tuple[str, File], int] = field(default_factory=dict)
    """How many people approved exactly this file under this name."""
    barred: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    """By takedown and topic, the names that served the topic then: they are other documents, and stay."""
    revoked: dict[str, str] = field(default_factory=dict)
    """Revoked names, sources and owners, by kind."""
    members: set[str] = field(default_factory=lambda: {"bob"})
    """Who of the readers without a right to everything is in the group of the staff now."""
    ever: dict[str, set[str]] = field(default_factory=dict)
    """By name, every text that a refresh found under it."""
    erased: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    """By erased name, each text that it ever had, with the other names that had that text before."""
    narrowed: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    """By narrowed source, what it served then: names and texts."""

    def may_read(self, who: str, doc_id: str, file: File) -> bool:
        """Whether somebody may read a file under this name."""
        topic, source = TOPIC_OF[file.text], doc_id.partition(":")[0]
        if who == "out" or (who == "bob" and "bob" not in self.members):
            return False
        if who in ("bob", "low") and file.access == NARROW:
            return False
        if doc_id in self.erased or any(
            file.text in texts and doc_id not in texts[file.text] for texts in self.erased.values()
        ):
            return False
        if source in self.narrowed and (doc_id, file.text) not in self.narrowed[source]:
            return self.approvals.get((doc_id, file), 0) > 0
        if {doc_id, source, file.owner} & self.revoked.keys():
            return False
        approvals = self.approvals.get((doc_id, file), 0)
        if who == "bob" and self.wide.get(topic) is False and approvals < 2:
            return False
        return approvals > 0 or not any(
            about == topic and doc_id not in others for (_, about), others in self.barred.items()
        )


class Returns(RuleBasedStateMachine):
    folder: Path

    @initialize()
    def begin(self) -> None:
        self.home = GatedHome(self.folder / f"home-{next(numbers)}", *SOURCES)
        self.oracle = Oracle()

    # What happens at the sources

    @rule(name=names, topic=topics, edit=edits, narrow=st.booleans(), then=refreshes)
    def write(self, name: str, topic: int, edit: int, narrow: bool, then: bool) -> None:
        self.home.files[name] = File(TEXTS[topic, edit], NARROW if narrow else WIDE)
        self.refresh_if(then)

    @precondition(lambda self: self.home.files)
    @rule(data=st.data(), to=names, edit=edits, keep=st.booleans(), then=refreshes)
    def move(self, data: st.DataObject, to: str, edit: int, keep: bool, then: bool) -> None:
        """Rename or move, with or without the sidecar, perhaps with a small edit."""
        name = data.draw(st.sampled_from(sorted(self.home.files)))
        file = self.home.files.pop(name)
        text = TEXTS[TOPIC_OF[file.text], edit]
        self.home.files[to] = replace(file, text=text) if keep else File(text)
        self.refresh_if(then)

    @rule(name=names, to=names, topic=topics, edit=edits, how=evaded)
    def evade(self, name: str, to: str, topic: int, edit: int, how: str) -> None:
        """Have something served, take it back, and offer it again under another name and owner, perhaps edited."""
        file = self.home.files[name] = File(TEXTS[topic, 0])
        self.refresh()
        if how == "narrow":
            self.home.files[name] = replace(file, access=NARROW)
            self.refresh()
        elif how == "rollback":
            self.roll_back(1)
        else:
            self.revoke((how, {"document": name, "owner": file.owner, "source": name.partition(":")[0]}[how]))
        del self.home.files[name]
        self.home.files[to] = File(TEXTS[topic, edit], WIDE, OWNERS[1])
        self.refresh()

    @rule(name=names, to=names, topic=topics, edit=edits, how=evaded)
    def evade_again(self, name: str, to: str, topic: int, edit: int, how: str) -> None:
        """The same: what the laws are about comes twice as often as anything else."""
        self.evade(name, to, topic, edit, how)

    @precondition(lambda self: self.home.files)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        del self.home.files[data.draw(st.sampled_from(sorted(self.home.files)))]

    @precondition(lambda self: self.home.files)
    @rule(data=st.data(), narrow=st.booleans(), owner=st.sampled_from(OWNERS), then=refreshes)
    def change_sidecar(self, data: st.DataObject, narrow: bool, owner: str, then: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.home.files)))
        self.home.files[name] = replace(self.home.files[name], access=NARROW if narrow else WIDE, owner=owner)
        self.refresh_if(then)

    def refresh_if(self, then: bool) -> None:
        if then:
            self.refresh()

    # What people do

    @rule(
        what=st.one_of(
            st.tuples(st.just("document"), names),
            st.tuples(st.just("owner"), st.sampled_from(OWNERS)),
            st.tuples(st.just("source"), st.sampled_from(SOURCES)),
        )
    )
    def revoke(self, what: tuple[str, str]) -> None:
        kind, subject = what
        before = self.served()
        try:
            revoke(self.home.workspace, RevocationKind(kind), subject, OPERATOR, "because")
        except (Conflict, UsageError):
            return
        if subject in self.oracle.revoked:
            return
        self.oracle.revoked[subject] = kind
        for doc_id, file in self.oracle.seen.items():
            named = {"document": doc_id, "source": doc_id.partition(":")[0], "owner": file.owner}[kind]
            if named == subject and before.get(doc_id) == file.text:
                self.bar(subject, TOPIC_OF[file.text])

    @precondition(lambda self: self.oracle.revoked)
    @rule(data=st.data())
    def lift(self, data: st.DataObject) -> None:
        subject = data.draw(st.sampled_from(sorted(self.oracle.revoked)))
        lift(self.home.workspace, RevocationKind(self.oracle.revoked.pop(subject)), subject, REVIEWER, "because")
        self.oracle.barred = {key: others for key, others in self.oracle.barred.items() if key[0] != subject}

    @rule(name=names, allow_again=st.booleans())
    def erase(self, name: str, allow_again: bool) -> None:
        """Erase a document for good, or let an erased one in again."""
        oracle, workspace = self.oracle, self.home.workspace
        if name in oracle.erased:
            if allow_again:
                permit(workspace, name, OPERATOR, "because")
                del oracle.erased[name]
            return
        if name not in oracle.ever:
            return
        erase(workspace, name, OPERATOR, "because")
        oracle.erased[name] = {
            text: {other for other, texts in oracle.ever.items() if text in texts and other != name}
            for text in oracle.ever[name]
        }
        oracle.approvals = {key: people for key, people in oracle.approvals.items() if key[0] != name}
        # Nothing is left to compare with, so what was said of its matter holds for equal texts only from now on.
        gone = {TOPIC_OF[text] for text in oracle.ever[name]}
        oracle.barred = {key: others for key, others in oracle.barred.items() if key[1] not in gone}
        oracle.wide = {topic: wide for topic, wide in oracle.wide.items() if topic not in gone}
        assert name not in self.served()
        self.forget_what_is_not_served()

    @rule(source=st.sampled_from(SOURCES))
    def narrow_or_release(self, source: str) -> None:
        """Send everything new of a source to review, or trust it again."""
        registrations, rosa = self.home.workspace.registrations, reviewer("user:rosa")
        if source in self.oracle.narrowed:
            try:
                registrations.release(rosa, source, "because")
            except (Conflict, UsageError):
                return
            del self.oracle.narrowed[source]
            return
        before = {pair for pair in self.served().items() if pair[0].startswith(f"{source}:")}
        try:
            registrations.narrow(rosa, source, "because")
        except (Conflict, UsageError):
            return
        self.oracle.narrowed[source] = before

    @rule()
    def change_groups(self) -> None:
        """Bob leaves the staff, or comes back."""
        self.oracle.members ^= {"bob"}

    @rule(back=st.integers(1, 3))
    def roll_back(self, back: int) -> None:
        workspace = self.home.workspace
        current, before = workspace.ledger.current_generation(), self.served()
        if current is None or current.number <= back:
            return
        try:
            rollback(workspace, current.number - back, OPERATOR, "because")
        except (Conflict, UsageError):
            return
        after = self.served()
        # What went away with a rollback and comes back with another one is no longer gone.
        back_again = {TOPIC_OF[text] for doc_id, text in after.items() if before.get(doc_id) != text}
        for takedown, topic in list(self.oracle.barred):
            if takedown.startswith("rollback") and topic in back_again:
                del self.oracle.barred[takedown, topic]
        for doc_id, text in before.items():
            if after.get(doc_id) != text and TOPIC_OF[text] not in {TOPIC_OF[one] for one in after.values()}:
                self.bar(f"rollback {next(numbers)}", TOPIC_OF[text])
        self.forget_what_is_not_served()

    @rule(data=st.data(), decision=st.sampled_from(["approve", "approve", "quarantine"]))
    def decide(self, data: st.DataObject, decision: str) -> None:
        reviews = self.home.workspace.reviews
        waiting = [one for one in reviews.list_items(reviewer("user:rosa")) if one.doc_id in self.oracle.seen]
        waiting = [one for one in waiting if one.kind == "version"]
        if not waiting:
            return
        item = data.draw(st.sampled_from(waiting))
        file = self.oracle.seen[item.doc_id]
        if decision == "quarantine":
            reviews.quarantine(item.item_id, reviewer("user:rosa"), "because")
            if item.doc_id not in self.served():
                self.bar(f"quarantine {item.item_id}", TOPIC_OF[file.text])
            self.oracle.approvals.pop((item.doc_id, file), None)
            return
        people = ("user:rosa", "user:remo")[: item.required_approvals]
        for name in people:
            reviews.approve(item.item_id, reviewer(name), "because")
        self.oracle.approvals[item.doc_id, file] = len(people)

    @rule()
    def refresh(self) -> None:
        self.home.refresh()
        self.oracle.seen = dict(self.home.files)
        for name, file in self.oracle.seen.items():
            self.oracle.ever.setdefault(name, set()).add(file.text)
        listed = set(self.oracle.seen.items())
        self.oracle.approvals = {key: people for key, people in self.oracle.approvals.items() if key in listed}
        self.nobody_reads_what_is_forbidden()
        self.forget_what_is_not_served()
        served = self.served()
        for topic in range(3):
            of_topic = [
                file.access
                for doc_id, file in self.oracle.seen.items()
                if TOPIC_OF[file.text] == topic and served.get(doc_id) == file.text
            ]
            if of_topic:
                self.oracle.wide[topic] = WIDE in of_topic

    # What must hold

    def served(self) -> dict[str, str]:
        """Document to text of everything served: ada may read everything."""
        return self.home.read("ada")

    def bar(self, takedown: str, topic: int) -> None:
        others = {doc_id for doc_id, text in self.served().items() if TOPIC_OF[text] == topic}
        self.oracle.barred[takedown, topic] = others

    def forget_what_is_not_served(self) -> None:
        """A document that stopped serving a topic is no longer the other document it was."""
        served = {(doc_id, TOPIC_OF[text]) for doc_id, text in self.served().items()}
        for (_, topic), others in self.oracle.barred.items():
            others &= {doc_id for doc_id, about in served if about == topic}

    @invariant()
    def nobody_reads_what_is_forbidden(self) -> None:
        if not hasattr(self, "home"):
            return
        for who in READERS:
            groups = () if who == "bob" and "bob" not in self.oracle.members else None
            for doc_id, text in self.home.read(who, groups).items():
                file = self.oracle.seen.get(doc_id)
                if file is not None and file.text == text:
                    assert self.oracle.may_read(who, doc_id, file), f"{who} reads {doc_id}"

    def teardown(self) -> None:
        if hasattr(self, "home"):
            assert self.home.workspace.audit.verify().ok
            self.home.close()


def test_laws_08_and_10_no_history_of_files_and_takedowns_lets_anybody_read_what_they_forbid() -> None:
    with tempfile.TemporaryDirectory() as folder:
        machine = type("Machine", (Returns,), {"folder": Path(folder)})
        bounds = settings(
            max_examples=12, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
        )
        run_state_machine_as_test(machine, settings=bounds)
