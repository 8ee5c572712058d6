"""Checkpoints given away: posted to webhooks, and cosigned by witnesses (C2SP tlog-witness).

Invariants: a receiver that fails stops nothing and is named each time. A cosignature counts only if the key in the
settings made it over this checkpoint. A witness is asked with the size it cosigned last. If that is more than the log
has, or its log is another one, the answer is a failure in words: the home is an older copy, or its log was rewritten.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.domain.checkpoints import LogCheckpoint, consistency_text
from pipeline.domain.cosignatures import Cosigner, cosignature, cosigner_of
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.frozen import Frozen
from pipeline.domain.log_tree import LogTree
from pipeline.outbound.posting import NotDelivered, PostAnswer, post_bytes
from pipeline.outbound.webhook import post
from pipeline.settings.audit import AuditSettings, WitnessSettings
from pipeline.settings.notifications import SecretSettings, WebhookSettings
from pipeline.stores.audit.checkpoints import SignedCheckpoint

_PATH = "/add-checkpoint"
_LARGEST = 10_000
"""Bytes of an answer that are read. A cosignature has about 130."""
_CONFLICT, _PROOF_REFUSED = 409, 422
_WHY = {400: "it calls the request wrong", 403: "it does not know the key", 404: "it does not know the log"}


@dataclass
class GivenAway:
    """A checkpoint that was offered to the receivers outside."""

    note: str
    """With the cosignatures."""
    witnesses: list[str] = field(default_factory=list)
    """Names of those that cosigned it."""
    failures: list[str] = field(default_factory=list)


class WitnessStanding(Frozen):
    """One witness, next to this log."""

    name: str
    size: int | None = None
    """Entries that it cosigned last; None if it did not say."""
    ahead: bool = False
    """It cosigned more entries, or others, than this log has: the home is an older copy, or its log was rewritten."""
    problem: str = ""
    """Why it is ahead, behind or of no use now, in words; empty if it cosigned the newest checkpoint."""


def standing(witness: WitnessSettings, newest: SignedCheckpoint) -> WitnessStanding:
    """Where a witness stands: it is asked to cosign the newest checkpoint again, from the size of that one.

    A witness that cosigned it answers with a cosignature, and nothing changes. Any other names its own size.
    """
    name = cosigner_of(witness.key).name
    try:
        answer = _add(witness, newest, newest.note, _no_tree, newest.size)
    except NotDelivered as failure:
        return WitnessStanding(name=name, problem=f"it was not reached: {failure.reason}")
    size = _size(answer)
    if answer.status == 200:
        return WitnessStanding(name=name, size=newest.size)
    if size is not None and size < newest.size:
        lacks = f"it is behind: it cosigned {size:,} entries of {newest.size:,}"
        return WitnessStanding(name=name, size=size, problem=lacks)
    ahead = answer.status in (_CONFLICT, _PROOF_REFUSED)
    why = _refusal(answer, newest) or f"status {answer.status}"
    return WitnessStanding(name=name, size=size, ahead=ahead, problem=why)


def _no_tree() -> LogTree:
    raise AssertionError("no proof is needed from a size to the same size")


def give_away(
    settings: AuditSettings,
    checkpoint: LogCheckpoint,
    note: str,
    tree: Callable[[], LogTree],
    secret: Callable[[SecretSettings], bytes],
    last_sizes: Callable[[Cosigner], int],
) -> GivenAway:
    """Have a new checkpoint cosigned, then post it to the webhooks.

    Args:
        settings: Name the receivers.
        checkpoint: The new checkpoint.
        note: Signs it.
        tree: The tree over its entries; it is computed if a proof is needed.
        secret: Reads the secret of a webhook.
        last_sizes: The size that a witness cosigned last, 0 if unknown.

    """
    from pipeline.index.signing import signs

    given = GivenAway(note)
    for witness in settings.witnesses:
        by = cosigner_of(witness.key)
        try:
            answer = _asked(witness, checkpoint, note, tree, last_sizes(by))
        except NotDelivered as failure:
            given.failures.append(f"The witness {by.name} was not reached: {failure.reason}.")
            continue
        if (why := _refusal(answer, checkpoint)) or answer.status != 200:
            given.failures.append(f"The witness {by.name} did not cosign it: {why or f'status {answer.status}'}.")
            continue
        found = cosignature(answer.body.decode("utf-8", "replace"), checkpoint, by, signs)
        if found is None:
            given.failures.append(f"The witness {by.name} answered without a cosignature of the key in the settings.")
            continue
        given.note += f"{found.line}\n"
        given.witnesses.append(by.name)
    given.failures += _posted(settings.webhooks, checkpoint, given.note, secret)
    return given


def _asked(
    witness: WitnessSettings, checkpoint: LogCheckpoint, note: str, tree: Callable[[], LogTree], older: int
) -> PostAnswer:
    """The answer of a witness. If it cosigned another size last, it says so, and is asked again from there."""
    answer = _add(witness, checkpoint, note, tree, older)
    size = _size(answer)
    if size is not None and size != older and size <= checkpoint.size:
        answer = _add(witness, checkpoint, note, tree, size)
    return answer


def _add(
    witness: WitnessSettings, checkpoint: LogCheckpoint, note: str, tree: Callable[[], LogTree], older: int
) -> PostAnswer:
    proof: Sequence[bytes] = tree().consistency(older, checkpoint.size) if 0 < older < checkpoint.size else ()
    body = consistency_text(older, proof, note).encode()
    return post_bytes(witness, body, {"content-type": "text/plain; charset=utf-8"}, _PATH, _LARGEST)


def _size(answer: PostAnswer) -> int | None:
    """The size that a witness cosigned last, if that is why it refused."""
    text = answer.body.decode("ascii", "replace").strip()
    return int(text) if answer.status == _CONFLICT and text.isdecimal() and len(text) < 19 else None


def _refusal(answer: PostAnswer, checkpoint: LogCheckpoint) -> str:
    """Why a witness refused; empty for an answer that needs no words."""
    size = _size(answer)
    if size is not None and size > checkpoint.size:
        return (
            f"it cosigned {size:,} entries of this log, which now has {checkpoint.size:,}: this home is an older copy"
        )
    if answer.status in (_CONFLICT, _PROOF_REFUSED):
        return "this log does not continue the one it cosigned: an older copy went on, or the log was rewritten"
    return _WHY.get(answer.status, "")


def _posted(
    webhooks: Iterable[WebhookSettings],
    checkpoint: LogCheckpoint,
    note: str,
    secret: Callable[[SecretSettings], bytes],
) -> Iterator[str]:
    """Post a checkpoint to each webhook; gives a sentence for each that failed."""
    message = {"type": "checkpoint", "origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root}
    body = json.dumps(message | {"note": note}, sort_keys=True).encode()
    for number, webhook in enumerate(webhooks, 1):
        try:
            post(webhook, secret(webhook.secret), f"checkpoint-{checkpoint.size}-{checkpoint.root[:12]}", body)
        except NotDelivered as failure:
            yield f"Webhook {number} for checkpoints did not take it: {failure.reason}."
        except CorpusgateError as error:
            yield f"Webhook {number} for checkpoints has no secret: {error.what}"
