"""The identity provider: discovery, keys, and logging in with a browser (authorization code with PKCE).

Invariants: the provider's metadata is trusted only from its issuer's address, which must name itself. Keys are
fetched again after ten minutes, and for an unknown key id at most once a minute, so that rotation works and a caller
cannot make us flood the provider. Answers are bounded in size and time; no redirect is followed.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from pipeline.domain.errors import Busy
from pipeline.domain.identity.permissions import Classification, Principal
from pipeline.domain.identity.roles import Caller
from pipeline.settings.application import ProviderSettings
from pipeline.settings.environment import provider_secret
from pipeline.settings.principals import Identities
from pipeline.web.security.jwts import Claims, Key, access_claims, identity_claims, key_id, readable_keys, refusal

SECONDS_BETWEEN_FETCHES = 60.0
KEYS_LAST_SECONDS = 600.0
TIMEOUT_SECONDS = 5.0
LARGEST_ANSWER = 1_000_000
MOST_GROUPS = 1_000
_LONGEST_NAME = 200


class Provider:
    """One OpenID Connect provider. Safe to use from many threads."""

    def __init__(self, settings: ProviderSettings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._document: Mapping[str, Any] = {}
        self._keys: dict[str, Key] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")

    def by_access_token(self, token: str) -> Claims:
        """The verified claims of an access token. Raises `NotIdentified`, or `Busy` when the provider is away."""
        return access_claims(token, self._key(key_id(token)), self.settings)

    def log_in_address(self, login: "Login", redirect_uri: str) -> str:
        """Where to send a browser to log in."""
        parameters = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.settings.scopes),
            "state": login.state,
            "nonce": login.nonce,
            "code_challenge": login.challenge,
            "code_challenge_method": "S256",
        }
        address = self._endpoint("authorization_endpoint")
        return f"{address}{'&' if '?' in address else '?'}{urlencode(parameters)}"

    def by_code(self, code: str, login: "Login", redirect_uri: str) -> Claims:
        """The verified claims of the person who logged in. Raises `NotIdentified` or `Busy`."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self.settings.client_id or "",
            "code_verifier": login.verifier,
        }
        secret = provider_secret()
        answer = _fetch(
            "POST",
            self._endpoint("token_endpoint"),
            data=form,
            auth=httpx.BasicAuth(self.settings.client_id or "", secret) if secret else None,
        )
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise refusal()
        return identity_claims(token, self._key(key_id(token)), self.settings, login.nonce)

    def _key(self, wanted: str) -> Key:
        with self._lock:
            now = time.monotonic()
            old = now - self._fetched_at > KEYS_LAST_SECONDS
            if (old or wanted not in self._keys) and now - self._tried_at > SECONDS_BETWEEN_FETCHES:
                self._tried_at = now
                self._fetch_keys()
                self._fetched_at = now
            if now - self._fetched_at > KEYS_LAST_SECONDS:
                raise _away()  # what is that old may have been withdrawn
            found = self._keys.get(wanted)
        if found is None:
            raise refusal()
        return found

    def _fetch_keys(self) -> None:
        self._document = self._discover()
        self._keys = readable_keys(_fetch("GET", self._endpoint("jwks_uri")))

    def _discover(self) -> Mapping[str, Any]:
        found = _fetch("GET", f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.settings.issuer:
            raise _away()
        return found

    def _endpoint(self, name: str) -> str:
        if not self._document:
            self._document = self._discover()
        address = self._document.get(name)
        if not isinstance(address, str):
            raise _away()
        parts, issuer = urlsplit(address), urlsplit(self.settings.issuer)
        if parts.scheme != "https" and (parts.scheme, parts.hostname) != (issuer.scheme, issuer.hostname):
            raise _away()
        return address


class Login:
    """One log-in under way. All its values come from a secret that only the browser holds, in a cookie."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    @property
    def state(self) -> str:
        """Ties the answer to the browser that asked."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """Ties the ID token to this log-in."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """Proves to the provider that the code is redeemed by the party that asked for it (PKCE)."""
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier beforehand."""
        return _base64(hashlib.sha256(self.verifier.encode()).digest())

    def _derived(self, purpose: str) -> str:
        return _base64(hmac.new(self._secret, f"corpusgate login {purpose}".encode(), hashlib.sha256).digest())


def caller(claims: Claims, settings: ProviderSettings, identities: Identities, means: str) -> Caller:
    """Who the claims speak of, as the settings map their groups; without a mapped group they hold no role.

    Raises `NotIdentified` for claims that name no user.
    """
    user, groups = claims.get(settings.user_claim), claims.get(settings.groups_claim, ())
    if not isinstance(user, str) or not user or len(user) > _LONGEST_NAME or any(map(str.isspace, user)):
        raise refusal()
    if not isinstance(groups, list | tuple) or len(groups) > MOST_GROUPS:
        groups = ()
    mapped = [settings.groups[group] for group in groups if isinstance(group, str) and group in settings.groups]
    principal = Principal(
        name=f"user:{user}",
        tenant=settings.tenant,
        groups=identities.all_groups(name for one in mapped for name in one.groups),
        clearance=max((one.clearance for one in mapped), key=lambda level: level.rank, default=Classification.PUBLIC),
    )
    grants = tuple(dict.fromkeys(grant for one in mapped for grant in one.roles))
    return Caller(principal=principal, grants=grants, means=means)


def kept(claims: Claims, settings: ProviderSettings) -> dict[str, Any]:
    """What a session keeps of claims: who, and in which groups."""
    names = (settings.user_claim, settings.groups_claim)
    return {name: claims[name] for name in names if name in claims}


def _fetch(method: str, address: str, **more: Any) -> Mapping[str, Any]:
    try:
        with (
            httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client,
            client.stream(method, address, headers={"Accept": "application/json"}, **more) as answer,
        ):
            body = b""
            for block in answer.iter_bytes():
                body += block
                if len(body) > LARGEST_ANSWER:
                    raise _away()
            if 400 <= answer.status_code < 500 and method == "POST":
                raise refusal()
            found = json.loads(body) if answer.status_code == httpx.codes.OK else None
    except (httpx.HTTPError, ValueError, RecursionError):
        raise _away() from None
    if not isinstance(found, dict):
        raise _away()
    return found


def _away() -> Busy:
    return Busy(
        "The identity provider does not answer as it should.",
        done="Nobody was identified.",
        fix="Try again in a minute, or use a Corpusgate token.",
    )


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
