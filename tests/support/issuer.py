"""A real OpenID Connect issuer on this machine: discovery, keys that rotate, and a log-in that always works."""

import base64
import hashlib
import itertools
import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Mapping
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwk, jwt
from joserfc.jws import JWSRegistry

CLIENT, AUDIENCE = "corpusgate-pages", "corpusgate"


@cache
def rsa_key(number: int) -> rsa.RSAPrivateKey:
    """One of a few: making them takes long."""
    return rsa.generate_private_key(65537, 2048)


_numbers = itertools.cycle(range(4))
_MAKERS: dict[str, Any] = {
    "RS256": (lambda: rsa_key(next(_numbers)), jwk.RSAKey),
    "ES256": (lambda: ec.generate_private_key(ec.SECP256R1()), jwk.ECKey),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate, jwk.OKPKey),
}


class _Anything(JWSRegistry):
    """Signs tokens of any size, for tests of what refuses them."""

    max_header_length = max_payload_length = 100_000

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]

    def check_header(self, header: Any) -> None:
        pass


def jwk_of(key: Any) -> Any:
    """A private key as the library has it."""
    kind = next(kind for kind in (jwk.RSAKey, jwk.ECKey, jwk.OKPKey) if type(key).__name__.startswith(_NAMES[kind]))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return kind.import_key(pem)


_NAMES: dict[Any, tuple[str, ...]] = {
    jwk.RSAKey: ("RSA",), jwk.ECKey: ("EC", "EllipticCurve"), jwk.OKPKey: ("Ed25519",)
}  # fmt: skip


class Issuer:
    """Signs what it is asked to sign; answers over HTTP."""

    def __init__(self) -> None:
        self.keys: dict[str, tuple[str, Any]] = {}
        self.requests: Counter[str] = Counter()
        self.broken: str | None = None
        self.published: dict[str, Any] = {}
        self.user: dict[str, Any] = {"sub": "ada", "groups": ["staff"]}
        self._codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.rotate("RS256")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def rotate(self, algorithm: str = "RS256", *, keep: bool = False) -> str:
        """Sign with a new key from now on; the old ones are not published any more, unless kept."""
        if not keep:
            self.keys.clear()
        kid = secrets.token_hex(4)
        self.keys[kid] = (algorithm, _MAKERS[algorithm][0]())
        return kid

    def token(self, headers: Mapping[str, Any] | None = None, key: Any = None, **claims: Any) -> str:
        """An access token for `AUDIENCE`; a claim of None is left out."""
        kid, (algorithm, own) = list(self.keys.items())[-1]
        now = int(time.time())
        said = {"iss": self.url, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 300, **self.user, **claims}
        sent = {"kid": kid, "typ": "at+jwt", **(headers or {})}
        algorithm = str(sent.pop("alg", algorithm))
        return jwt.encode(
            {"alg": algorithm, **{name: value for name, value in sent.items() if value is not None}},
            {name: value for name, value in said.items() if value is not None},
            jwk_of(own if key is None else key),
            registry=_Anything(algorithms=[algorithm], strict_check_header=False),
        )

    def answer(self, path: str, query: dict[str, str], form: dict[str, str]) -> tuple[int, Any]:
        self.requests[path] += 1
        if self.broken == path:
            return 500, {}
        match path:
            case "/.well-known/openid-configuration":
                endpoints = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
                return 200, {"issuer": self.url, **{n: self.url + p for n, p in endpoints.items()}, **self.published}
            case "/keys":
                return 200, {"keys": [self._public(kid) for kid in self.keys]}
            case "/authorize":
                code = secrets.token_hex(8)
                self._codes[code] = query
                back = urlencode({"code": code, "state": query["state"], "iss": self.url})
                return 303, f"{query['redirect_uri']}?{back}"
            case "/token":
                return self._redeem(form)
        return 404, {}

    def _redeem(self, form: dict[str, str]) -> tuple[int, Any]:
        asked = self._codes.pop(form["code"], None)
        if asked is None or asked["redirect_uri"] != form["redirect_uri"] or asked["code_challenge_method"] != "S256":
            return 400, {"error": "invalid_grant"}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
        if challenge.rstrip("=") != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"id_token": self.token({"typ": "JWT"}, aud=asked["client_id"], nonce=asked["nonce"])}

    def _public(self, kid: str) -> dict[str, Any]:
        algorithm, key = self.keys[kid]
        described = jwk_of(key).as_dict(private=False)
        return {**described, "kid": kid, "use": "sig", "alg": algorithm}


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._respond({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._respond({name: values[0] for name, values in parse_qs(body).items()})

        def _respond(self, form: dict[str, str]) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, content = issuer.answer(parts.path, query, form)
            body = b"" if status == 303 else json.dumps(content).encode()
            self.send_response(status)
            if status == 303:
                self.send_header("location", content)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
