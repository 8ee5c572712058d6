"""JSON Web Tokens of the identity provider, verified.

Invariants: only RS256, ES256 and EdDSA, and each only with a key of its kind, so that no header chooses the algorithm.
Issuer, audience, expiry and issue time must be there and right. An ID token is never taken for an access token.
"""

from collections.abc import Mapping
from typing import Any

from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError

from pipeline.domain.errors import NotIdentified
from pipeline.settings.application import ProviderSettings

_BY_KIND = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}
_CURVES = {"EC": "P-256", "OKP": "Ed25519"}
SMALLEST_RSA_BITS = 2048
LONGEST_TOKEN = 16_384
_UNREADABLE = (JoseError, ValueError, TypeError, KeyError, RecursionError)
"""What the library raises for tokens and keys that somebody made up."""
_ACCESS_TYPES = {None, "jwt", "at+jwt", "application/at+jwt"}

Claims = Mapping[str, Any]


class _Registry(jws.JWSRegistry):
    """Tokens of providers: `LONGEST_TOKEN` bounds the whole, and header parameters unknown here say nothing."""

    max_header_length = LONGEST_TOKEN
    max_payload_length = LONGEST_TOKEN

    def get_alg(self, name: str) -> Any:
        """The algorithm of that name if it is the allowed one.

        Not the library's: it warns of EdDSA, the name providers still use for what RFC 9864 calls Ed25519.
        """
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


class Key:
    """A public key of the provider, and the one algorithm it is used with."""

    def __init__(self, algorithm: str, key: jwk.Key) -> None:
        self.key = key
        self.registry = _Registry(algorithms=[algorithm], strict_check_header=False)


def readable_keys(key_set: object) -> dict[str, Key]:
    """The signing keys of a JWKS by their id; those of other kinds, or too weak, are left out."""
    listed = key_set.get("keys") if isinstance(key_set, dict) else None
    found: dict[str, Key] = {}
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("kid"), str) and (key := _key(entry)):
            found[entry["kid"]] = key
    return found


def key_id(token: str) -> str:
    """The id of the key a token says it was signed with. Raises `NotIdentified` for what is no such token."""
    header = _header(token)
    found = header.get("kid")
    if not isinstance(found, str) or header.get("alg") not in _BY_KIND.values():
        raise refusal()
    return found


def access_claims(token: str, key: Key, settings: ProviderSettings) -> Claims:
    """The claims of an access token for this service. Raises `NotIdentified`."""
    kind = _header(token).get("typ")
    if (kind.lower() if isinstance(kind, str) else kind) not in _ACCESS_TYPES:
        raise refusal()
    claims = _decode(token, key, settings, settings.audience)
    if "nonce" in claims:
        raise refusal()  # an ID token
    return claims


def identity_claims(token: str, key: Key, settings: ProviderSettings, nonce: str) -> Claims:
    """The claims of an ID token for this client's log-in. Raises `NotIdentified`."""
    assert settings.client_id is not None
    claims = _decode(token, key, settings, settings.client_id)
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if claims.get("nonce") != nonce or (len(audiences) > 1 and claims.get("azp") != settings.client_id):
        raise refusal()
    return claims


def refusal() -> NotIdentified:
    """One answer for everything that is wrong with a token, so that a forger learns nothing."""
    return NotIdentified(
        "The identity provider's token is not valid here.",
        done="Nothing was done.",
        fix="Log in again. If that does not help, an operator can check issuer, audience and clock.",
    )


def _header(token: str) -> Mapping[str, Any]:
    """The header of a token, not verified yet."""
    if len(token) > LONGEST_TOKEN or token.count(".") != 2:
        raise refusal()
    try:
        header: Mapping[str, Any] = jws.extract_compact(token.encode(), registry=_READ).headers()
    except _UNREADABLE:
        raise refusal() from None
    return header


_READ = _Registry(strict_check_header=False)


def _decode(token: str, key: Key, settings: ProviderSettings, audience: str) -> Claims:
    rules = jwt.JWTClaimsRegistry(
        leeway=settings.leeway_seconds,
        iss={"essential": True, "value": settings.issuer},
        aud={"essential": True, "value": audience},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        claims = jwt.decode(token, key.key, registry=key.registry).claims
        rules.validate(claims)
    except _UNREADABLE:
        raise refusal() from None
    return claims


def _key(entry: dict[str, Any]) -> Key | None:
    kind = entry.get("kty")
    algorithm = _BY_KIND.get(kind) if isinstance(kind, str) else None
    if algorithm is None or entry.get("use", "sig") != "sig" or entry.get("alg", algorithm) != algorithm:
        return None
    if kind in _CURVES and entry.get("crv") != _CURVES[kind]:
        return None
    public = {name: value for name, value in entry.items() if name != "d"}
    try:
        key = jwk.import_key(public)
    except _UNREADABLE:
        return None
    weak = isinstance(key, jwk.RSAKey) and key.public_key.key_size < SMALLEST_RSA_BITS
    return None if weak else Key(algorithm, key)
