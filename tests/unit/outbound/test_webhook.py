"""Webhooks against real servers that answer, fail, hang, drip and redirect; and addresses that must not be reached."""

import base64
import hashlib
import hmac
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.outbound.posting import NotDelivered
from pipeline.outbound.webhook import post
from pipeline.settings.notifications import SecretSettings, WebhookSettings
from tests.support.receivers import Receiver, running

SECRET = b"whsec_" + base64.b64encode(b"a secret of thirty-two characters")
PLACE = SecretSettings(variable="HOOK")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running() as server:
        yield server


def hook(receiver: Receiver, path: str, **changes: Any) -> WebhookSettings:
    given = {"url": f"http://127.0.0.1:{receiver.port}{path}", "secret": PLACE, "allow_loopback": True}
    return WebhookSettings.model_validate({**given, "timeout_seconds": 0.6, **changes})


def test_a_message_arrives_signed_as_standard_webhooks_says(receiver: Receiver) -> None:
    post(hook(receiver, "/204"), SECRET, "msg1", b'{"count":1}')
    ((path, headers, body),) = receiver.seen
    assert (path, headers["webhook-id"], body) == ("/204", "msg1", b'{"count":1}')
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 5
    signed = f"msg1.{headers['webhook-timestamp']}.".encode() + body
    expected = hmac.new(b"a secret of thirty-two characters", signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"


@pytest.mark.parametrize(
    ("path", "reason", "final"),
    [("/500", "status-500", False), ("/404", "status-404", False), ("/410", "status-410", True)],
)
def test_an_answer_other_than_success_is_a_failure(receiver: Receiver, path: str, reason: str, final: bool) -> None:
    with pytest.raises(NotDelivered) as failed:
        post(hook(receiver, path), SECRET, "m", b"{}")
    assert (failed.value.reason, failed.value.final) == (reason, final)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(receiver: Receiver, status: int) -> None:
    with pytest.raises(NotDelivered, match="redirect"):
        post(hook(receiver, f"/{status}"), SECRET, "m", b"{}")
    assert [path for path, _, _ in receiver.seen] == [f"/{status}"]


@pytest.mark.parametrize("path", ["/hang", "/drip"])
def test_a_server_that_hangs_or_drips_is_left(receiver: Receiver, path: str) -> None:
    with pytest.raises(NotDelivered, match="timeout"):
        post(hook(receiver, path), SECRET, "m", b"{}")


def test_a_closed_port_is_a_failure() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = WebhookSettings(url=f"http://127.0.0.1:{port}/", secret=PLACE, allow_loopback=True)
    with pytest.raises(NotDelivered, match="connection"):
        post(settings, SECRET, "m", b"{}")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://127.0.0.1/", {}),
        ("https://localhost/", {}),
        ("https://127.0.0.1/", {"allow_private": True}),
        ("https://[::1]/", {}),
        ("https://[::ffff:127.0.0.1]/", {}),
        ("https://10.0.0.8/", {}),
        ("https://192.168.1.1/", {"allow_loopback": True}),
        ("http://10.0.0.8/", {"allow_private": True}),
        ("http://93.184.216.34/", {"allow_private": True, "allow_loopback": True}),
        ("https://169.254.169.254/latest/meta-data", {"allow_private": True, "allow_loopback": True}),
        ("https://[fe80::1]/", {"allow_private": True}),
        ("https://0.0.0.0/", {"allow_private": True, "allow_loopback": True}),
        ("https://224.0.0.1/", {"allow_private": True}),
        ("https://2130706433/", {}),
        ("https://100.64.0.1/", {}),
    ],
)
def test_addresses_inside_are_refused_before_anything_is_sent(
    url: str, allowed: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("it connected"))
    settings = WebhookSettings.model_validate({"url": url, "secret": PLACE, **allowed})
    with pytest.raises(NotDelivered, match="refused-address"):
        post(settings, SECRET, "m", b"{}")


def test_a_name_with_one_address_inside_is_refused_and_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = []

    def answers(*asked: Any, **_: Any) -> list[Any]:
        looked_up.append(asked[0])
        return [(None, None, None, "", ("93.184.216.34", 443)), (None, None, None, "", ("10.0.0.8", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    with pytest.raises(NotDelivered, match="refused-address"):
        post(WebhookSettings(url="https://hooks.example/", secret=PLACE), SECRET, "m", b"{}")
    assert looked_up == ["hooks.example"]


def test_the_connection_goes_to_the_address_that_was_judged(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = iter([("127.0.0.1", receiver.port), ("10.0.0.8", receiver.port)])
    real = socket.getaddrinfo

    def rebinding(host: str, *rest: Any, **named: Any) -> Any:
        if host == "hooks.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", next(turns))]
        return real(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    post(hook(receiver, "/204", url=f"http://hooks.example:{receiver.port}/204"), SECRET, "m", b"{}")
    ((_, headers, _),) = receiver.seen
    assert headers["host"] == f"hooks.example:{receiver.port}"


@pytest.mark.parametrize(
    "url", ["ftp://x/", "https://user:pw@x/", "file:///etc/passwd", "https://x /", "https://x/\r\nhost: y", "x"]
)
def test_another_text_than_a_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        WebhookSettings(url=url, secret=PLACE)
