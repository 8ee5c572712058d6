"""One error tree.

Invariants: every error says what happened, what Corpusgate did about it and what the user can do next;
no error carries document text or the value of a finding, so any error may be logged or shown.
"""

import re
from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What the command line returns."""

    FINE = 0
    FAILED = 1
    USAGE = 2
    WAITING = 3
    """Done, but something waits for review or is quarantined."""


class CorpusgateError(Exception):
    """Base of everything Corpusgate raises on purpose.

    `what` happened, what was `done` about it, and how to `fix` it: three sentences for a person.
    """

    exit_code: ExitCode = ExitCode.FAILED
    usual_fix: ClassVar[str] = "Try again. If it fails again, an operator runs `corpusgate doctor`."
    """What to do where an error of this kind does not say more."""

    def __init__(self, what: str, *, done: str = "Nothing was changed.", fix: str = "") -> None:
        self.what, self.done, self.fix = what, done, fix or self.usual_fix
        super().__init__(" ".join(part for part in (what, done, self.fix) if part))


class ConfigError(CorpusgateError):
    """A configuration file is missing, malformed or contradicts itself."""

    exit_code = ExitCode.USAGE


class PolicyError(ConfigError):
    """A policy rule does not compile or does not evaluate to a boolean."""


class UsageError(CorpusgateError):
    """The request makes no sense as given: unknown source, unknown principal, bad argument."""

    exit_code = ExitCode.USAGE


class NotFound(UsageError):
    """What was asked for does not exist, or the caller may not know that it does."""


class Conflict(UsageError):
    """What was asked for cannot be done in the state things are in: done already, or decided otherwise."""


class NotIdentified(CorpusgateError):
    """No verified identity: no token, or one that is unknown, expired or revoked."""


class TooManyAttempts(NotIdentified):
    """Too many failed attempts to log in. `seconds` says how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"Too many failed attempts. Wait {seconds} seconds.",
            done="The token was not looked at.",
            fix="Check the token; an operator makes a new one with `corpusgate tokens create`.",
        )
        self.seconds = seconds


class InvalidFields(UsageError):
    """A form was filled in wrongly. `fields` says what is wrong with each field, in words for a person."""

    def __init__(
        self, fields: Mapping[str, str], *, done: str = "Nothing was submitted.", fix: str = "Correct these fields."
    ) -> None:
        super().__init__(" ".join(f"{field}: {problem}" for field, problem in fields.items()), done=done, fix=fix)
        self.fields = dict(fields)


class TooLarge(UsageError):
    """More bytes than may come in at once."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(
            f"It is larger than {max_bytes:,} bytes.",
            done="Reading stopped there, and nothing was kept.",
            fix="Submit it in parts, or ask for a higher limit of its source.",
        )
        self.max_bytes = max_bytes


class RateLimited(CorpusgateError):
    """Too much at once. `seconds` says when to try again."""

    def __init__(self, what: str, seconds: int) -> None:
        super().__init__(what, done="Nothing was kept.", fix=f"Try again in {seconds:,} seconds.")
        self.seconds = seconds


class NotAllowed(CorpusgateError):
    """The person may not do this: wrong role, or submitter and approver are the same."""


class IntegrityError(CorpusgateError):
    """Stored bytes, a signature or a hash chain do not say what they must: tampering or disk damage."""

    usual_fix = (
        "Change no file by hand. An operator runs `corpusgate doctor`, and restores a backup if files are damaged: "
        "`corpusgate backup restore`."
    )


class RevokedKey(IntegrityError):
    """A statement is signed with a key that is no longer accepted."""


class OlderCopy(IntegrityError):
    """A checkpoint outside the database was signed over other entries than the audit log has, or over more."""


class ModelLockError(IntegrityError):
    """A model file is missing, unlisted or differs from `configs/models.lock.yaml`."""

    usual_fix = "`corpusgate models list` names the models of this home. Bring the files that the lock names."


class LedgerError(CorpusgateError):
    """The database refused, is from another version, or disagrees with itself."""


class VectorStoreError(CorpusgateError):
    """The database that serves a copy of a generation refused, or does not hold the generation it should.

    `missing` says that the copy asked for is not there.
    """

    def __init__(self, what: str, *, done: str = "Nothing was changed.", fix: str = "", missing: bool = False) -> None:
        super().__init__(what, done=done, fix=fix)
        self.missing = missing


class Busy(CorpusgateError):
    """There is more to do than can be done at once; a moment later it may be fine."""


class LockHeld(CorpusgateError):
    """Another run holds the publisher's lock."""


class SourceError(CorpusgateError):
    """A source could not be listed or read. Nothing of it is deleted (law 9)."""


class DeliveryFailed(CorpusgateError):
    """Figures could not be handed to the monitoring system."""


class ChildFailure(CorpusgateError):
    """A sandboxed child process died, ran out of time or memory, or answered nonsense.

    `reason` is one of a closed set of words, safe to store: `crashed`, `timeout`, `memory`, `protocol`,
    `output-size`, or the child's own error class name.
    """

    def __init__(self, reason: str, what: str, *, done: str = "The child process was replaced.", fix: str = "") -> None:
        super().__init__(what, done=done, fix=fix)
        self.reason = reason


class CanaryMissed(CorpusgateError):
    """A detector did not find what was planted for it, so nothing it says can be trusted (law 3)."""


class CanaryForbidden(CorpusgateError):
    """A generation would answer a canary question with a document that must not be there."""


class GenerationHeld(CorpusgateError):
    """A generation waits for a person, because it changes the answers to canary questions."""

    exit_code = ExitCode.WAITING

    def __init__(self, what: str, held_id: str, *, fix: str) -> None:
        super().__init__(what, done="Nothing was published; the last generation keeps serving.", fix=fix)
        self.held_id = held_id


class UnaccountedDocuments(CorpusgateError):
    """Documents in did not equal documents out (law 13)."""


def code_of(error: BaseException) -> str:
    """The name of an error in answers, runs and the audit log, such as `canary-missed`."""
    return name_of(type(error))


def name_of(kind: type[BaseException]) -> str:
    """The name of a class of errors."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind.__name__).lower()
