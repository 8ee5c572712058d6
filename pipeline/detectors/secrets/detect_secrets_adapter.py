"""detect-secrets behind one function. The only module that imports `detect_secrets`.

Invariants: pinned plugin instances are called directly, so its process-global settings, its filters (the inline
allowlist among them) and its network verification never run. Lines are cut into overlapping windows because its
patterns are not linear-time. A line reaches a plugin only if it holds one of the strings without which that
plugin's patterns cannot match; `prefilter=False` switches this off, and a property test compares the two.
"""

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

from pipeline.detectors.linear import Literals

VERSION: str = version("detect-secrets")
WINDOW = 1_000
SHORTEST = 8
"""No pinned pattern matches fewer characters."""
OVERLAP = 250
"""Longest value the pinned patterns bound is 88 characters with its name; 250 leaves room for both."""

# For each plugin strings of which a text must hold one before any of its patterns can match (in any case of
# letters). The entropy plugins are not pinned: they judge every quoted string, hashes included (12 % false alarms),
# and our own rules cover what they are good for.
_NAMES = ("key", "pwd", "pw", "pass", "token")
_PLUGINS: Final[tuple[tuple[str, tuple[str, ...], Any], ...]] = (
    ("artifactory", ("akc", *(f"ap{c}" for c in "0123456789abcdef")), ArtifactoryDetector()),
    ("aws", ("a3t", "abia", "acca", "akia", "asia", "aws"), AWSKeyDetector()),
    ("azure-storage", ("accountkey=",), AzureStorageKeyDetector()),
    ("basic-auth", ("://",), BasicAuthDetector()),
    ("cloudant", (*(f"{a}{b}{c}" for a in ("cl", "clou", "cloudant") for b in ("", "-", "_")
                    for c in (*_NAMES, "api")), "cloudant.com"), CloudantDetector()),
    ("discord", ("m", "n", "o"), DiscordBotTokenDetector()),
    ("github", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), GitHubTokenDetector()),
    ("gitlab", ("glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "gr1348941", "glcbt-", "glimt-", "glptt-", "glagent-",
                "gloas-"), GitLabTokenDetector()),
    ("ibm-iam", ("key", "pwd", "pass", "token"), IbmCloudIamDetector()),
    ("ibm-cos", ("secret",), IbmCosHmacDetector()),
    ("jwt", ("eyj",), JwtTokenDetector()),
    ("keyword", ("key", "pass", "pwd", "secret", "contrase"), KeywordDetector()),
    ("mailchimp", ("-us",), MailchimpDetector()),
    ("npm", ("_authtoken",), NpmDetector()),
    ("openai", ("t3blbkfj",), OpenAIDetector()),
    ("private-key", ("private key", "putty-user-key-file-2"), PrivateKeyDetector()),
    ("pypi", ("pypi-",), PypiTokenDetector()),
    ("sendgrid", ("sg.",), SendGridDetector()),
    ("slack", ("xox", "hooks.slack.com"), SlackDetector()),
    ("softlayer", (*(f"{a}{b}{c}" for a in ("sl", "softlayer") for b in ("", "-", "_")
                     for c in (*_NAMES, "api")), "api.softlayer.com"), SoftlayerDetector()),
    ("square", ("sq0csp-",), SquareOAuthDetector()),
    ("stripe", ("rk_live_", "sk_live_"), StripeDetector()),
    ("telegram", (":",), TelegramBotTokenDetector()),
    ("twilio", ("ac", "sk"), TwilioKeyDetector()),
)  # fmt: skip


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
        self._needed = Literals(needed for _, needed, _ in _PLUGINS)

    def scan(self, text: str, *, prefilter: bool = True) -> Iterator[DetectSecretsHit]:
        """Every value any plugin yields, at every place it stands in its line."""
        for start, window in windows(text):
            numbers = self._needed.present(window.encode("utf-8", "replace")) if prefilter else range(len(_PLUGINS))
            for number in sorted(numbers):
                name, _, plugin = _PLUGINS[number]
                for value in sorted({value for value in plugin.analyze_string(window) if value}):
                    found = window.find(value)
                    while found >= 0:
                        yield DetectSecretsHit(name, start + found, start + found + len(value), value)
                        found = window.find(value, found + len(value))


def windows(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text that are not blank, long ones in overlapping windows, each with its place."""
    at = 0
    for line in text.split("\n"):
        if len(line) >= SHORTEST:
            for offset in range(0, max(1, len(line) - OVERLAP), WINDOW - OVERLAP):
                yield at + offset, line[offset : offset + WINDOW]
        at += len(line) + 1
