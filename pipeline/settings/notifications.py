"""What can be set about messages to people: the shape of `notifications` in `corpusgate.yaml`.

Invariants: frozen, and an unknown key is an error. A secret stands in a file or a variable, never in the settings.
"""

import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Role
from pipeline.domain.telemetry.notifications import FOR_ROLE, EventKind


class SecretSettings(Frozen):
    """Where a secret stands: a file (relative to the home) or an environment variable, never this file."""

    file: str | None = None
    variable: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.file is None) is (self.variable is None):
            raise ValueError("give either `file` or `variable`")
        return self


class WebhookSettings(Frozen):
    """Where a channel's messages are posted, signed."""

    url: str
    secret: SecretSettings
    allow_loopback: bool = False
    """Let the address be this machine, and the scheme http there."""
    allow_private: bool = False
    """Let the address be one of a private network."""
    timeout_seconds: float = Field(default=10, gt=0, le=60)

    @field_validator("url")
    @classmethod
    def _is_web_address(cls, url: str) -> str:
        if not re.fullmatch(r"https?://[^\s/@]+(?:/[^\s]*)?", url):
            raise ValueError("a web address without user and password, such as https://hooks.example/corpusgate")
        return url


class SmtpSettings(Frozen):
    """The mail server for channels with addresses."""

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` is for a mail server on this machine."""
    sender: str
    username: str | None = None
    password: SecretSettings | None = None
    timeout_seconds: float = Field(default=20, gt=0, le=120)

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("`security: none` is for a mail server on this machine")
        return self


class ChannelSettings(Frozen):
    """Who is told what: a role, for some sources or all, by webhook or e-mail."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")
    role: Role
    sources: tuple[str, ...] = ()
    """Empty: every source."""
    events: tuple[EventKind, ...] = ()
    """Empty: what the role is told by default."""
    digest_minutes: float = Field(default=5, ge=0)
    """What happens within so many minutes becomes one message."""
    webhook: WebhookSettings | None = None
    email: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.webhook is None) is (not self.email):
            raise ValueError("give either `webhook` or `email`")
        return self

    @property
    def kinds(self) -> tuple[EventKind, ...]:
        """What this channel is told."""
        return self.events or FOR_ROLE[self.role]


class NotificationSettings(Frozen):
    """Channels, and how hard a message is tried."""

    channels: tuple[ChannelSettings, ...] = ()
    smtp: SmtpSettings | None = None
    max_attempts: int = Field(default=10, ge=1)
    first_retry_seconds: float = Field(default=30, gt=0)
    longest_retry_seconds: float = Field(default=21_600, gt=0)
    expiring_hours: float = Field(default=24, gt=0)
    """An approval that ends within so many hours, unused, is told of."""
    keep_days: int = Field(default=30, ge=2)
    """How long delivered messages stay on record."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        names = [channel.name for channel in self.channels]
        if len(names) != len(set(names)):
            raise ValueError("two channels have one name")
        if self.smtp is None and any(channel.email for channel in self.channels):
            raise ValueError("channels with addresses need `smtp`")
        return self
