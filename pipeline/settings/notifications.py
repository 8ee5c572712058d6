"""Models of the settings under `notifications` in `corpusgate.yaml`.

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
    """File with the secret, relative to the home."""
    variable: str | None = None
    """Environment variable with the secret. Give either `file` or `variable`."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.file is None) is (self.variable is None):
            raise ValueError("give either `file` or `variable`")
        return self


class ReceiverSettings(Frozen):
    """A receiver outside that requests are posted to."""

    url: str
    """Address to post to, without user and password."""
    allow_loopback: bool = False
    """Allow this machine as the receiver, and http there."""
    allow_private: bool = False
    """Allow an address of a private network as the receiver."""
    timeout_seconds: float = Field(default=10, gt=0, le=60)
    """Seconds that the receiver may take."""

    @field_validator("url")
    @classmethod
    def _is_web_address(cls, url: str) -> str:
        if not re.fullmatch(r"https?://[^\s/@]+(?:/[^\s]*)?", url):
            raise ValueError("a web address without user and password, such as https://hooks.example/corpusgate")
        return url


class WebhookSettings(ReceiverSettings):
    """Where a channel's messages are posted, signed."""

    secret: SecretSettings
    """Secret that signs the messages."""


class SmtpSettings(Frozen):
    """The mail server for channels with addresses."""

    host: str
    """Mail server."""
    port: int = Field(default=587, ge=1, le=65535)
    """Port of the mail server."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """Encryption of the connection. `none` is allowed only for a mail server on this machine."""
    sender: str
    """Sender address."""
    username: str | None = None
    """User name at the mail server."""
    password: SecretSettings | None = None
    """Password at the mail server, from a file or an environment variable."""
    timeout_seconds: float = Field(default=20, gt=0, le=120)
    """Seconds that the mail server may take."""

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("`security: none` is for a mail server on this machine")
        return self


class ChannelSettings(Frozen):
    """Who is told what: a role, for some sources or all, by webhook or e-mail."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")
    """Name of the channel, for commands and the audit log."""
    role: Role
    """Role of the receivers. It decides which events they get, unless `events` lists them."""
    sources: tuple[str, ...] = ()
    """Sources to tell about. Empty: every source."""
    events: tuple[EventKind, ...] = ()
    """Events to tell. Empty: the default events of the role."""
    digest_minutes: float = Field(default=5, ge=0)
    """Minutes of events that become one message."""
    webhook: WebhookSettings | None = None
    """Send by webhook. Give either `webhook` or `email`."""
    email: tuple[str, ...] = ()
    """Send to these addresses. Give either `webhook` or `email`."""

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
    """Receivers. A channel is a role, for all sources or some, by webhook or e-mail."""
    smtp: SmtpSettings | None = None
    """Mail server for channels with e-mail addresses."""
    max_attempts: int = Field(default=10, ge=1)
    """Attempts before a message is put aside."""
    first_retry_seconds: float = Field(default=30, gt=0)
    """Seconds before the first retry. Each further retry waits twice as long."""
    longest_retry_seconds: float = Field(default=21_600, gt=0)
    """Longest wait between two retries, in seconds."""
    expiring_hours: float = Field(default=24, gt=0)
    """Hours before its expiry at which an unused approval is reported."""
    keep_days: int = Field(default=30, ge=2)
    """Days for which delivered messages stay on record."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        names = [channel.name for channel in self.channels]
        if len(names) != len(set(names)):
            raise ValueError("two channels have one name")
        if self.smtp is None and any(channel.email for channel in self.channels):
            raise ValueError("channels with addresses need `smtp`")
        return self
