"""Models of the settings under `audit` in `corpusgate.yaml`.

Invariants: frozen, and an unknown key is an error. A secret stands in a file or a variable, never in the settings.
"""

from pydantic import Field, field_validator

from pipeline.domain.cosignatures import cosigner_of
from pipeline.domain.frozen import Frozen
from pipeline.settings.notifications import ReceiverSettings, WebhookSettings


class WitnessSettings(ReceiverSettings):
    """A witness: its submission prefix is the address, and checkpoints are posted to `add-checkpoint` below it."""

    key: str
    """Verifier key of the witness for Ed25519 cosignatures: `NAME+HASH+KEY`, as C2SP signed-note writes it."""

    @field_validator("key")
    @classmethod
    def _is_cosigner(cls, key: str) -> str:
        cosigner_of(key)
        return key


class AuditSettings(Frozen):
    """Checkpoints of the audit log, and where they are kept outside the database."""

    anchors: tuple[str, ...] = ()
    """Folders that get every checkpoint, next to `checkpoints` in the home. Each must exist: a share, or a disk that
    the owner of the database cannot change."""
    webhooks: tuple[WebhookSettings, ...] = ()
    """Receivers that every checkpoint is posted to, signed. Anyone who keeps them can compare."""
    witnesses: tuple[WitnessSettings, ...] = ()
    """Witnesses (C2SP tlog-witness) that cosign every checkpoint, if it continues the last one they cosigned."""
    checkpoint_minutes: float = Field(default=60, gt=0)
    """Minutes after which `corpusgate serve` makes a checkpoint, if the log has grown. Each publication makes one."""
