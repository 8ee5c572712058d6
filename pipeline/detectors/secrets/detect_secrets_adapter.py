"""detect-secrets behind one function. The only module that imports `detect_secrets`.

Invariants: pinned plugin instances are called directly, so its process-global settings, its filters (the inline
allowlist among them) and its network verification never run. Lines are cut into overlapping windows because its
patterns are not linear-time. A line reaches a plugin only if it holds one of the strings without which that
plugin's patterns cannot match; `prefilter=False` switches this off, and a property test compares the two.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Final

from detect_secrets.plugins.artifactory import ArtifactoryDetector
from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.cloudant import CloudantDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.ibm_cloud_iam import IbmCloudIamDetector
from detect_secrets.plugins.ibm_cos_hmac import IbmCosHmacDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.keyword import KeywordDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.softlayer import SoftlayerDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

VERSION: str = version("detect-secrets")
WINDOW = 1_000
OVERLAP = 250
"""Longest value the pinned patterns bound is 88 characters with its name; 250 leaves room for both."""

_CREDENTIAL_NAMES = r"(?i:key|pwd|pass|token|pw)"
# For each plugin what a line must hold before any of its patterns can match. The entropy plugins are not pinned:
# they judge every quoted string, hashes included (12 % false alarms), and our own rules cover what they are good for.
_PLUGINS: Final[tuple[tuple[str, str, Any], ...]] = (
    ("artifactory", r"AKC|AP[0-9A-F]", ArtifactoryDetector()),
    ("aws", r"A3T|ABIA|ACCA|AKIA|ASIA|(?i:aws)", AWSKeyDetector()),
    ("azure-storage", r"AccountKey=", AzureStorageKeyDetector()),
    ("basic-auth", r"://[^\s]{0,900}@", BasicAuthDetector()),
    ("cloudant", r"(?i:clou?[^\n]{0,20}(?:key|pw|pass|token)|cloudant\.com)", CloudantDetector()),
    ("discord", r"[MNO][\w-]{23,25}\.", DiscordBotTokenDetector()),
    ("github", r"gh[pousr]_", GitHubTokenDetector()),
    ("gitlab", r"gl[a-z]{2,5}-|GR1348941", GitLabTokenDetector()),
    ("ibm-iam", _CREDENTIAL_NAMES + r"[^\n]{0,20}[a-zA-Z0-9_-]{44}", IbmCloudIamDetector()),
    ("ibm-cos", r"(?i:secret[-_]?(?:access)?[-_]?key)", IbmCosHmacDetector()),
    ("jwt", r"eyJ", JwtTokenDetector()),
    (
        "keyword",
        r"(?i:_?key|pass|pwd|secret|contrase)[^\n]*[\"'`]|[\"'`][^\n]*(?i:_?key|pass|pwd|secret|contrase)",
        KeywordDetector(),
    ),
    ("mailchimp", r"-us[0-9]", MailchimpDetector()),
    ("npm", r"_authToken", NpmDetector()),
    ("openai", r"T3BlbkFJ", OpenAIDetector()),
    ("private-key", r"PRIVATE KEY|PuTTY", PrivateKeyDetector()),
    ("pypi", r"pypi-", PypiTokenDetector()),
    ("sendgrid", r"SG\.", SendGridDetector()),
    ("slack", r"(?i:xox|hooks\.slack)", SlackDetector()),
    ("softlayer", r"(?i:sl|softlayer)[^\n]*[a-zA-Z0-9]{64}", SoftlayerDetector()),
    ("square", r"sq0csp-", SquareOAuthDetector()),
    ("stripe", r"[rs]k_live_", StripeDetector()),
    ("telegram", r"[0-9]{8}:", TelegramBotTokenDetector()),
    ("twilio", r"(?:AC|SK)[a-z0-9]{32}", TwilioKeyDetector()),
)
PLUGIN_NAMES: Final = tuple(name for name, _, _ in _PLUGINS)


@dataclass(frozen=True, slots=True)
class DetectSecretsHit:
    """One match: code point offsets in what was scanned and the plugin that fired."""

    plugin: str
    start: int
    end: int
    value: str = field(repr=False)


class DetectSecrets:
    """The pinned plugins over a text, line by line."""

    def __init__(self) -> None:
        self._plugins = [(name, re.compile(needed), plugin) for name, needed, plugin in _PLUGINS]

    def scan(self, text: str, *, prefilter: bool = True) -> Iterator[DetectSecretsHit]:
        """Every value any plugin yields, at every place it stands in its line."""
        at = 0
        for line in text.split("\n"):
            for offset in range(0, max(1, len(line) - OVERLAP), WINDOW - OVERLAP):
                window = line[offset : offset + WINDOW]
                if window.strip():
                    yield from self._window(window, at + offset, prefilter)
            at += len(line) + 1

    def _window(self, window: str, at: int, prefilter: bool) -> Iterator[DetectSecretsHit]:
        for name, needed, plugin in self._plugins:
            if prefilter and not needed.search(window):
                continue
            for value in sorted({value for value in plugin.analyze_string(window) if value}):
                found = window.find(value)
                while found >= 0:
                    yield DetectSecretsHit(name, at + found, at + found + len(value), value)
                    found = window.find(value, found + len(value))
