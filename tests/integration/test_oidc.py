"""OpenID Connect against a real issuer on this machine: access tokens for REST, and logging in with a browser."""

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Grant, Role
from pipeline.settings.application import ProviderGroup, ProviderSettings
from pipeline.settings.principals import GroupSettings
from pipeline.web.app import create_app
from pipeline.web.security import provider as provider_module
from pipeline.web.security.identity import csrf_token
from pipeline.web.security.provider import caller
from tests.support.issuer import AUDIENCE, CLIENT, Issuer, jwk_of, rsa_key
from tests.support.web_home import BROWSER, ORIGIN, WebHome

ANYWHERE = "/openapi.json"
GROUPS = {
    "staff": ProviderGroup(
        groups=("group:engineering",), clearance=Classification.INTERNAL, roles=(Grant(role=Role.READER),)
    ),
    "wards": ProviderGroup(clearance=Classification.RESTRICTED, roles=(Grant(role=Role.AUDITOR),)),
    "guests": ProviderGroup(),
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def home(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHome]:
    settings = ProviderSettings(
        issuer=issuer.url, audience=AUDIENCE, client_id=CLIENT, name="Lanternfold", groups=GROUPS
    )
    made = WebHome(tmp_path_factory.mktemp("oidc") / "home", identity={"provider": settings, "free_attempts": 10_000})
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _afresh(home: WebHome, issuer: Issuer) -> None:
    """An issuer in order, and a server that has asked it nothing yet."""
    issuer.broken, issuer.published, issuer.user = None, {}, {"sub": "ada", "groups": ["staff"]}
    issuer.rotate()
    issuer.requests.clear()
    home.app = create_app(home.workspace)


def status(home: WebHome, token: str, path: str = ANYWHERE) -> int:
    code: int = home.client(token).get(path).status_code
    return code


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_an_access_token_of_the_provider_identifies(home: WebHome, issuer: Issuer, algorithm: str) -> None:
    issuer.rotate(algorithm)
    assert status(home, issuer.token()) == 200
    assert status(home, issuer.token({"typ": "JWT"})) == 200
    assert status(home, issuer.token({"typ": None})) == 200
    assert status(home, issuer.token(), "/v1/audit") == 403, "staff are readers, not auditors"
    assert status(home, issuer.token(groups=["staff", "wards"]), "/v1/audit") == 200


def hmac_with_public_key(issuer: Issuer) -> str:
    """The classic confusion: the public key, which everybody has, as the secret of an HMAC."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    kid, (_, key) = next(iter(issuer.keys.items()))
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    unsigned = issuer.token({"alg": "RS256"}).rpartition(".")[0].split(".")[1]
    head = base64url(f'{{"alg":"HS256","kid":"{kid}","typ":"at+jwt"}}'.encode())
    signature = hmac.new(pem, f"{head}.{unsigned}".encode(), hashlib.sha256).digest()
    return f"{head}.{unsigned}.{base64url(signature)}"


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unsigned(issuer: Issuer) -> str:
    kid = next(iter(issuer.keys))
    head = base64url(f'{{"alg":"none","kid":"{kid}","typ":"at+jwt"}}'.encode())
    return f"{head}.{issuer.token().split('.')[1]}."


def with_own_key(issuer: Issuer) -> str:
    """Signed with a key of the attacker's, which the header brings along."""
    key = rsa_key(99)
    own = jwk_of(key).as_dict(private=False)
    return issuer.token({"jwk": own, "jku": "http://127.0.0.1:1/keys"}, key=key)


BAD: dict[str, Any] = {
    "expired": lambda i: i.token(exp=int(time.time()) - 60),
    "not yet valid": lambda i: i.token(nbf=int(time.time()) + 120),
    "issued in the future": lambda i: i.token(iat=int(time.time()) + 120),
    "without expiry": lambda i: i.token(exp=None),
    "without issue time": lambda i: i.token(iat=None),
    "without subject": lambda i: i.token(sub=None),
    "subject no text": lambda i: i.token(sub=7),
    "subject with white space": lambda i: i.token(sub="ada lovelace"),
    "another issuer": lambda i: i.token(iss="https://login.evil.example"),
    "the issuer with a slash": lambda i: i.token(iss=f"{i.url}/"),
    "another audience": lambda i: i.token(aud="another-service"),
    "without audience": lambda i: i.token(aud=None),
    "an ID token": lambda i: i.token({"typ": "JWT"}, aud=CLIENT, nonce="n"),
    "an ID token for this audience": lambda i: i.token({"typ": "JWT"}, nonce="n"),
    "another type": lambda i: i.token({"typ": "logout+jwt"}),
    "unknown key": lambda i: i.token({"kid": "nobody"}),
    "without key id": lambda i: i.token({"kid": None}),
    "another algorithm of the key": lambda i: i.token({"alg": "RS384"}),
    "key brought along": with_own_key,
    "HMAC with the public key": hmac_with_public_key,
    "unsigned": unsigned,
    "changed": lambda i: ".".join([i.token().split(".")[0], i.token(sub="eve").split(".")[1], i.token().split(".")[2]]),
    "no token": lambda _: "a.b.c",
    "an extension it must understand": lambda i: i.token({"crit": ["http://example.org/own"]}),
    "no numbers for times": lambda i: i.token(exp="in an hour"),
    "header nested too deep": lambda i: f"{base64url(b'[' * 9_000)}.{i.token().split('.', 1)[1]}",
    "header that is a list": lambda i: f"{base64url(b'[]')}.{i.token().split('.', 1)[1]}",
    "far too long": lambda i: i.token(padding="x" * 20_000),
}


@pytest.mark.parametrize("kind", BAD)
def test_law_02_a_token_that_is_not_right_in_every_way_identifies_nobody(
    home: WebHome, issuer: Issuer, kind: str
) -> None:
    assert status(home, issuer.token()) == 200
    bad = BAD[kind](issuer)
    answer = home.client(bad).get(ANYWHERE)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="corpusgate"')
    assert answer.json()["detail"] == "The identity provider's token is not valid here."


def test_a_token_of_corpusgate_still_identifies(home: WebHome) -> None:
    assert status(home, home.tokens[Role.AUDITOR], "/v1/audit") == 200


@pytest.mark.parametrize(
    "groups", [None, [], ["guests"], ["strangers"], "staff", {"staff": 1}, [["staff"]], ["staff"] * 1001]
)
def test_law_02_who_is_in_no_mapped_group_may_nothing(home: WebHome, issuer: Issuer, groups: Any) -> None:
    answer = home.client(issuer.token(groups=groups)).get(ANYWHERE)
    assert (answer.status_code, "none of these roles" in answer.json()["detail"]) == (403, True)


def test_groups_become_groups_roles_and_the_highest_clearance(home: WebHome, issuer: Issuer) -> None:
    settings = home.workspace.home.settings.identity.provider
    assert settings is not None
    identities = home.workspace.home.identities.model_copy(
        update={"groups": {"group:engineering": GroupSettings(member_of=("group:staff",))}}
    )
    found = caller({"sub": "ada", "groups": ["staff", "unknown", "wards"]}, settings, identities, "oidc")
    assert (found.name, found.principal.tenant) == ("user:ada", "default")
    assert found.principal.groups == {"group:engineering", "group:staff"}
    assert found.principal.clearance is Classification.RESTRICTED
    assert {grant.role for grant in found.grants} == {Role.READER, Role.AUDITOR}


def test_a_user_of_the_provider_is_in_the_history_as_it_asked(home: WebHome, issuer: Issuer) -> None:
    for groups in (["staff"], ["wards"], ["staff"]):
        assert home.client(issuer.token(sub="mary", groups=groups)).get(ANYWHERE).status_code in (200, 403)
    states = home.workspace.principals.history.states(names=["user:mary"]).states
    assert [(one.origin, one.principal.clearance, one.known_before) for one in states] == [
        ("oidc", GROUPS["staff"].clearance, False),
        ("oidc", GROUPS["wards"].clearance, False),
    ]


def test_keys_rotate_and_the_old_ones_are_worth_nothing(
    home: WebHome, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(provider_module.time, "monotonic", lambda: clock[0])
    old = issuer.token()
    assert status(home, old) == 200
    issuer.rotate(keep=True)
    clock[0] += 61
    assert [status(home, issuer.token()), status(home, old)] == [200, 200], "both while both are published"
    issuer.rotate()
    clock[0] += 61
    assert [status(home, issuer.token()), status(home, old)] == [200, 401]
    withdrawn = issuer.token()
    issuer.rotate()
    assert status(home, withdrawn) == 200, "nobody has asked for the keys since"
    clock[0] += 601
    assert status(home, withdrawn) == 401, "keys grow old by themselves"


def test_unknown_keys_have_the_provider_asked_once_a_minute_at_most(
    home: WebHome, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(provider_module.time, "monotonic", lambda: clock[0])
    assert status(home, issuer.token()) == 200
    for number in range(5):
        assert status(home, issuer.token({"kid": f"made-up-{number}"})) == 401
    assert issuer.requests["/keys"] == 1
    clock[0] += 61
    for number in range(5):
        assert status(home, issuer.token({"kid": f"made-up-{number}"})) == 401
    assert issuer.requests["/keys"] == 2
    assert status(home, issuer.token()) == 200


@pytest.mark.parametrize("broken", ["/.well-known/openid-configuration", "/keys"])
def test_law_03_a_provider_that_does_not_answer_identifies_nobody(home: WebHome, issuer: Issuer, broken: str) -> None:
    issuer.broken = broken
    answer = home.client(issuer.token()).get(ANYWHERE)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert status(home, home.tokens[Role.AUDITOR]) == 200, "tokens of Corpusgate do not need it"


def test_law_03_keys_that_are_too_old_to_be_trusted_are_not(
    home: WebHome, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(provider_module.time, "monotonic", lambda: clock[0])
    assert status(home, issuer.token()) == 200
    issuer.broken = "/keys"
    clock[0] += 601
    assert [status(home, issuer.token()), status(home, issuer.token())] == [503, 503]


@pytest.mark.parametrize(
    "published",
    [{"issuer": "https://login.evil.example"}, {"jwks_uri": "http://169.254.169.254/keys"}, {"jwks_uri": "file:///etc/passwd"},
     {"jwks_uri": None}, {"jwks_uri": 7}],
    ids=str,
)  # fmt: skip
def test_a_provider_that_publishes_something_odd_is_not_believed(home: WebHome, issuer: Issuer, published: Any) -> None:
    issuer.published = published
    assert status(home, issuer.token()) == 503


def test_settings_refuse_what_would_not_be_safe() -> None:
    fine = {"issuer": "https://login.example", "audience": "a", "client_id": "c"}
    assert ProviderSettings(**fine)
    for change in ({"issuer": "http://login.example"}, {"client_id": "a"}, {"leeway_seconds": 3600}, {"audience": ""}):
        with pytest.raises(ValidationError):
            ProviderSettings(**fine | change)


def begun(home: WebHome, wanted: str = "/") -> tuple[TestClient, str]:
    """A browser that was sent to the provider, and came back with this address."""
    browser = TestClient(home.app, base_url=ORIGIN, headers=BROWSER, follow_redirects=False)
    sent = browser.get("/login/provider", params={"next": wanted})
    assert sent.status_code == 303
    assert "HttpOnly; Max-Age=600; Path=/; SameSite=lax" in sent.headers["set-cookie"]
    back = httpx.get(sent.headers["location"], trust_env=False)
    return browser, back.headers["location"]


def test_somebody_logs_in_with_a_browser(home: WebHome, issuer: Issuer) -> None:
    assert "Log in with Lanternfold" in home.client().get("/login", headers=BROWSER).text
    browser, back = begun(home, "/reviews?state=open")
    page = browser.get(back)
    assert page.status_code == 200
    assert 'content="0;url=/reviews?state=open"' in page.text
    assert "SameSite=strict" in page.headers["set-cookie"]
    assert browser.get(ANYWHERE).status_code == 200
    secret = browser.cookies["corpusgate"]
    assert browser.post("/logout", data={"csrf": csrf_token(secret)}).status_code == 303
    opened = [e for e in home.workspace.audit.events("user:ada") if e.action == "session.opened"]
    assert '"means":"oidc"' in opened[-1].details


def test_a_session_is_mapped_anew_at_every_request(home: WebHome, issuer: Issuer) -> None:
    browser, back = begun(home)
    browser.get(back)
    assert browser.get(ANYWHERE).status_code == 200
    provider = home.app.state.authenticator.provider
    provider.settings = provider.settings.model_copy(update={"groups": {}})
    assert browser.get(ANYWHERE).status_code == 403


def test_an_answer_is_only_for_the_browser_that_asked(home: WebHome) -> None:
    """Log-in CSRF: an attacker's answer, opened in somebody else's browser, logs nobody in."""
    _, back = begun(home)
    for stranger in (TestClient(home.app, base_url=ORIGIN, headers=BROWSER, follow_redirects=False), begun(home)[0]):
        answer = stranger.get(back)
        assert (answer.status_code, "corpusgate" in stranger.cookies) == (403, False)


def test_an_answer_is_taken_once(home: WebHome) -> None:
    browser, back = begun(home)
    assert browser.get(back).status_code == 200
    assert browser.get(back).status_code == 403, "the cookie of the log-in is gone"


def spoiled(back: str, **changes: str) -> str:
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()} | changes
    return f"{urlsplit(back).path}?{httpx.QueryParams(query)}"


@pytest.mark.parametrize(
    "changes",
    [{"code": "made-up"}, {"code": ""}, {"state": "made-up"}, {"iss": "https://evil.example"}, {"error": "denied"}],
    ids=str,
)  # fmt: skip
def test_an_answer_that_is_not_right_logs_nobody_in(home: WebHome, changes: dict[str, str]) -> None:
    browser, back = begun(home)
    assert browser.get(spoiled(back, **changes)).status_code == 403
    assert "corpusgate" not in browser.cookies


@pytest.mark.parametrize(
    "claims",
    [{"nonce": "another"}, {"nonce": None}, {"aud": AUDIENCE}, {"aud": [CLIENT, "other"]}, {"exp": 1}, {"iss": "https://x"}],
    ids=str,
)  # fmt: skip
def test_an_id_token_that_is_not_for_this_log_in_logs_nobody_in(
    home: WebHome, issuer: Issuer, claims: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, back = begun(home)
    sign = issuer.token
    monkeypatch.setattr(issuer, "token", lambda headers, **own: sign(headers, **own | claims))
    assert browser.get(back).status_code == 403
    assert "corpusgate" not in browser.cookies


def test_without_a_provider_there_is_no_such_log_in(tmp_path_factory: pytest.TempPathFactory) -> None:
    plain = WebHome(tmp_path_factory.mktemp("plain") / "home")
    assert plain.client().get("/login/provider").status_code == 404
    assert plain.client().get("/login/callback?code=a&state=b").status_code == 404
    assert "Log in with" not in plain.client().get("/login").text.replace("Log in with a token", "")
    plain.close()
