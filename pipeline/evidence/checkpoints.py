"""Checkpoints of a home: made, written to every anchor, and compared with the audit log.

Anchors are the folder `checkpoints` of the home and the folders that `audit.anchors` names. Invariants: no checkpoint
is signed, no generation published and no search answered while an anchor holds a checkpoint that this home signed over
other entries than its audit log has: the home is then an older copy, or its log was rewritten. Only an operator gets
past that, in the audit log. A failed anchor stops nothing and is reported each time.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.domain.audit import AuditEvent, AuditReport
from pipeline.domain.checkpoints import LogCheckpoint, LogMark, consistency_text, inclusion_text, parse_note
from pipeline.domain.cosignatures import Cosigner
from pipeline.domain.digests import digest_text
from pipeline.domain.errors import IntegrityError, OlderCopy, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.evidence.anchored import AnchoredNotes, AnchorState
from pipeline.evidence.marked import MarkedManifests
from pipeline.files.anchors import Anchor
from pipeline.settings.home import Home
from pipeline.stores.audit.checkpoints import Checkpoints, SignedCheckpoint
from pipeline.stores.audit.log import AuditEntry, Detail
from pipeline.stores.audit.verification import CHECKPOINT_TYPE, AuditLog, Envelope
from pipeline.stores.database import Database

if TYPE_CHECKING:
    from pipeline.evidence.witnesses import GivenAway, WitnessStanding
    from pipeline.index.signing import Signer, Verifier

SUBJECT, ACCEPTED = "checkpoints", "audit.older_copy_accepted"
RESTORED_SUBJECT, RESTORED = "home", "backup.restored"
_AN_ENTRY = 100
"""Digests in one entry of the audit log."""
_log = logging.getLogger("corpusgate.checkpoints")


class Made(Frozen):
    """A checkpoint and where it is."""

    checkpoint: SignedCheckpoint
    files: tuple[Path, ...]
    failures: tuple[str, ...]
    """Anchors that do not hold it, and why."""


class CheckpointService:
    """The checkpoints of one home."""

    def __init__(
        self, home: Home, database: Database, signer: "Callable[[], Signer]", verifier: "Callable[[], Verifier]"
    ) -> None:
        self._home, self._signer, self._verifier = home, signer, verifier
        self.in_drill = False
        """Set by a drill, which may search and change a rehearsal copy that is held for everyone else."""
        self.stored = Checkpoints(database)
        self.log = AuditLog(
            database,
            lambda note: verifier().open_note(note),
            lambda envelope: verifier().verify(envelope, CHECKPOINT_TYPE),
        )

    @cached_property
    def anchors(self) -> list[Anchor]:
        """The folders that get every checkpoint; the first is in the home."""
        folders = [self._home.checkpoints, *map(self._home.path, self._home.settings.audit.anchors)]
        return [Anchor(folder) for folder in folders]

    def make(self, *, again: bool = False, also: Path | None = None) -> Made:
        """Sign the log as it is and write the checkpoint to every anchor.

        Args:
            again: Sign even where nothing was added, because another key signs now.
            also: One more folder that gets it.

        Raises:
            OlderCopy: An anchor holds a checkpoint over other entries.
            IntegrityError: The log does not continue what was signed before.

        """
        self.require_newest()
        signer = self._signer()
        checkpoint = self.stored.make(signer.sign_note, again=again)
        self._home.checkpoints.mkdir(mode=0o700, exist_ok=True)
        files, failures, note = [], [], checkpoint.note
        if again or not self.anchors[0].holds(checkpoint):
            given = self._give_away(checkpoint)
            note, failures = given.note, given.failures
        for anchor in [*self.anchors, *([] if also is None else [Anchor(also)])]:
            try:
                files.append(anchor.add(checkpoint, note))
            except OSError as error:
                failures.append(f"{anchor.folder} did not take the checkpoint: {error.strerror}.")
        for failure in failures:
            _log.warning("the checkpoint of %d entries: %s", checkpoint.size, failure)
        return Made(checkpoint=checkpoint, files=tuple(files), failures=tuple(failures))

    def _give_away(self, checkpoint: SignedCheckpoint) -> "GivenAway":
        """Offer a new checkpoint to witnesses and webhooks; it loads nothing if there are none."""
        settings = self._home.settings.audit
        from pipeline.evidence.witnesses import GivenAway, give_away

        if not settings.witnesses and not settings.webhooks:
            return GivenAway(checkpoint.note)
        tree = lru_cache(1)(lambda: self.stored.tree(checkpoint))
        return give_away(settings, checkpoint, checkpoint.note, tree, self._home.secret, self._cosigned_size)

    def _cosigned_size(self, by: Cosigner) -> int:
        """The size in the newest checkpoint of the home that has a line of that witness; 0 without one."""
        if self.anchors[0].folder.is_dir():
            for log in self.anchors[0].logs():
                for text in self.anchors[0].newest_first(log):
                    if self.anchors[0].is_of(log, self.stored.origin) and f"\n\N{EM DASH} {by.name} " in text:
                        return parse_note(text)[0].size
        return 0

    def make_if_possible(self) -> None:
        """Make a checkpoint after something that stays done whether or not there is one."""
        try:
            self.make()
        except Exception as error:
            _log.warning("no checkpoint was made: %s", type(error).__name__)

    def cosigned_note(self, checkpoint: SignedCheckpoint) -> str:
        """The note of a checkpoint with the lines of witnesses, as the home keeps it; else that of the database."""
        try:
            note = self.anchors[0].note_of(checkpoint)
        except OSError:
            return checkpoint.note
        # The database and the file hold the same signature; the file has lines of witnesses after it.
        return note if note is not None and note.startswith(checkpoint.note) else checkpoint.note

    def witnesses(self) -> list["WitnessStanding"]:
        """Each witness, asked with the newest checkpoint; none before there is one, or if the settings name none."""
        settings, newest = self._home.settings.audit, self.stored.newest()
        if not settings.witnesses or newest is None:
            return []
        from pipeline.evidence.witnesses import standing

        return [standing(witness, newest) for witness in settings.witnesses]

    def mark(self) -> LogMark | None:
        """How far the audit log is, for what is signed now."""
        return self.stored.mark()

    def examine(self) -> list[AnchorState]:
        """Each anchor, compared with this home; and the manifests of the index, if these do not fit."""
        accepted = self._accepted
        marked = self._manifests(accepted).state()
        return [*(notes.state() for notes in self._notes(accepted)), *([marked] if marked.clash else [])]

    def require_newest(self) -> None:
        """Raise `OlderCopy` if an anchor holds a checkpoint over other entries than the audit log has.

        A home that was restored without knowing what was taken back since is refused, too, until that was accepted.
        """
        self._require_accepted()
        for state in self.examine():
            if state.clash:
                raise _refusal(state.folder, state.clash)

    def guarded(self, current: Callable[[], GenerationRecord | None]) -> Callable[[], GenerationRecord | None]:
        """The same, but a generation is served only after the anchors were asked and its attestations were read."""
        asked: list[GenerationRecord] = []

        def served() -> GenerationRecord | None:
            record = current()
            if record is not None and asked != [record]:
                self.require_newest()
                self._require_attestations(record)
                asked[:] = [record]
            return record

        return served

    def _require_attestations(self, record: GenerationRecord) -> None:
        if needed := self._home.settings.serving.require:
            from pipeline.evidence.attestations import require  # loads the index, which few commands need

            require(self._home.path(self._home.settings.index.folder), record, self._verifier(), needed)

    def verify(self, kept: str | Envelope | None = None) -> AuditReport:
        """Check the whole audit log against `kept` and every checkpoint in the database and in the anchors."""
        anchored: list[LogCheckpoint] = []
        accepted = refused = 0
        for notes in self._notes(self._accepted):
            found = notes.everything()
            anchored += found.checkpoints
            accepted, refused = accepted + found.accepted, refused + found.refused
        marks = tuple(self._manifests(self._accepted).marks())
        return self.log.verify(kept, anchored, refused, marks).model_copy(update={"accepted_checkpoints": accepted})

    def prove_entry(self, entry: int) -> str:
        """A tlog-proof that an entry, by its number, is in the log of the newest checkpoint."""
        checkpoint = self.make().checkpoint
        if entry > checkpoint.size:
            raise UsageError(f"The audit log has {checkpoint.size:,} entries.", fix="Give a smaller number.")
        proof = self.stored.tree(checkpoint).inclusion(entry - 1, checkpoint.size)
        return inclusion_text(entry - 1, proof, checkpoint.note)

    def prove_growth(self, kept: str) -> str:
        """A proof that the log of a checkpoint somebody kept is the beginning of this one. Raises `IntegrityError`."""
        older, checkpoint = self._verifier().open_note(kept), self.make().checkpoint
        if older.origin != checkpoint.origin or not 0 < older.size <= checkpoint.size:
            raise IntegrityError(
                f"That checkpoint is not of an earlier state of this log: {older.origin}, {older.size:,} entries.",
                done="Nothing was proven.",
                fix="Run `corpusgate audit verify --from` with it.",
            )
        tree = self.stored.tree(checkpoint)
        if tree.root(older.size).hex() != older.root:
            raise OlderCopy(
                f"The first {older.size:,} entries of the audit log are not those that checkpoint was signed over.",
                done="Nothing was proven.",
                fix="The log was rewritten: keep the checkpoint, and tell who answers for this home.",
            )
        return consistency_text(older.size, tree.consistency(older.size, checkpoint.size), checkpoint.note)

    def accept_older_copy(self, by: Caller, reason_digest: str) -> int:
        """Go on with this home although anchors hold checkpoints over entries it does not have; returns how many.

        Everything that happened after this copy was made is lost, takedowns and revocations of keys among it.
        """
        by.require(Role.OPERATOR)
        held = self._held() is not None
        lost = self.give_up(by, lambda _: True, reason_digest, self._manifests(self._accepted).clashing())
        if not lost and not held:
            raise UsageError(
                "No anchor holds a checkpoint that this home lacks.",
                done="Nothing was accepted.",
                fix="There is nothing to accept: `corpusgate audit verify` shows whether the log is whole.",
            )
        if not lost:
            details: dict[str, Detail] = {"checkpoints": (), "reason_digest": reason_digest}
            self.log.record(AuditEntry(by.name, ACCEPTED, SUBJECT, details))
        self.make()
        return lost

    def give_up(
        self, by: Caller, which: Callable[[LogCheckpoint], bool], reason_digest: str, marks: Iterable[LogMark] = ()
    ) -> int:
        """Accept that this home lacks some checkpoints of anchors, and some entries that manifests name.

        Returns how many these are.
        """
        lost = {digest_text(mark.text) for mark in marks}
        lost |= {
            digest_text(one.text) for notes in self._notes(self._accepted) for one in notes.clashing() if which(one)
        }
        digests = sorted(lost)
        for first in range(0, len(digests), _AN_ENTRY):
            some = tuple(digests[first : first + _AN_ENTRY])
            details: dict[str, Detail] = {"checkpoints": some, "reason_digest": reason_digest}
            self.log.record(AuditEntry(by.name, ACCEPTED, SUBJECT, details))
        return len(digests)

    def anchored_outside(self, size: int) -> bool:
        """Whether an anchor outside the home can be read and holds a checkpoint of this log over so many entries."""
        outside = (notes for notes in self._notes(self._accepted) if notes.folder != self._home.checkpoints)
        return any(checkpoint.size >= size for notes in outside for checkpoint in notes.everything().checkpoints)

    def _require_accepted(self) -> None:
        if (held := self._held()) is None or (self.in_drill and held.fields.get("alone")):
            return
        copy = "This rehearsal copy (--alone)" if held.fields.get("alone") else "This home"
        raise OlderCopy(
            f"{copy} was restored from a backup on {held.at:%Y-%m-%d}, and nothing shows whether something was "
            "taken back after the backup.",
            done="Nothing was served, signed or published.",
            fix="Restore it again with --newer-from. If that is lost, apply the takedowns since then again and run "
            "`corpusgate audit accept-older-copy`. See docs/guides/backup.md.",
        )

    def _held(self) -> AuditEvent | None:
        return held_restore([*self.log.events(RESTORED_SUBJECT), *self.log.events(SUBJECT)])

    def _manifests(self, accepted: frozenset[str]) -> MarkedManifests:
        index = self._home.path(self._home.settings.index.folder)
        return MarkedManifests(index, self.stored, self._verifier, accepted)

    def _notes(self, accepted: frozenset[str]) -> Iterator[AnchoredNotes]:
        made_one = self.anchors[0].folder.is_dir()
        anchors = self.anchors if made_one else self.anchors[1:]
        origin = self.stored.origin if anchors else ""
        for anchor in anchors:
            yield AnchoredNotes(anchor, self.stored, origin, self._verifier, accepted)

    @property
    def _accepted(self) -> frozenset[str]:
        """Digests of the checkpoints that an operator accepted to have lost."""
        found = (event for event in self.log.events(SUBJECT) if event.action == ACCEPTED)
        return frozenset(digest for event in found for digest in event.fields.get("checkpoints", ()))


def held_restore(events: Iterable[AuditEvent]) -> AuditEvent | None:
    """The entry of the newest restore, if that did not know what was taken back since and no operator accepted it."""
    restored: AuditEvent | None = None
    accepted = 0
    for event in events:
        if event.action == RESTORED and (restored is None or event.seq > restored.seq):
            restored = event
        elif event.action == ACCEPTED:
            accepted = max(accepted, event.seq)
    if restored is None or not restored.fields.get("held") or accepted > restored.seq:
        return None
    return restored


def _refusal(folder: Path, clash: str) -> IntegrityError:
    return OlderCopy(
        f"{clash} It is in {folder}.",
        done="Nothing was served, signed or published.",
        fix="This home is an older copy of itself, or its audit log was changed: put the newest copy back. If that is "
        "lost, apply the takedowns since then again and run `corpusgate audit accept-older-copy`. See "
        "docs/guides/evidence.md.",
    )
