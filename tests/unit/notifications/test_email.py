"""E-mail through a real server that asks for encryption and a login; and subjects that try to become headers."""

import socket
import ssl
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from hypothesis import given
from hypothesis import strategies as st

from pipeline.notifications.email import composed, send
from pipeline.outbound.posting import NotDelivered
from pipeline.settings.notifications import SecretSettings, SmtpSettings
from tests.support.certificates import self_signed


class Mailbox:
    """Keeps what it is sent; refuses one address."""

    def __init__(self) -> None:
        self.kept: list[Any] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.startswith("gone@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.kept.append((envelope, message_from_bytes(envelope.content, policy=default)))
        return "250 OK"


def _login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"corpusgate", b"right")
    return AuthResult(success=good, handled=False)


@pytest.fixture
def mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Mailbox, int]]:
    certificate, key = self_signed(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(
        box, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True, authenticator=_login,
        auth_required=True,
    )  # fmt: skip
    controller.start()
    yield box, port
    controller.stop()


def settings(**changes: Any) -> SmtpSettings:
    given = {"host": "localhost", "sender": "gate@corp.example", "username": "corpusgate"}
    return SmtpSettings.model_validate(
        {**given, "password": SecretSettings(variable="P"), "timeout_seconds": 5, **changes}
    )


def test_a_message_arrives_encrypted_and_logged_in(mail: tuple[Mailbox, int]) -> None:
    box, port = mail
    send(
        settings(port=port),
        b"right",
        ["a@corp.example", "b@corp.example"],
        "m1",
        "Corpusgate: 2 quarantined",
        "Text.\n",
    )
    ((envelope, message),) = box.kept
    assert envelope.rcpt_tos == ["a@corp.example", "b@corp.example"]
    assert (message["subject"], message["message-id"]) == ("Corpusgate: 2 quarantined", "<m1@corpusgate>")
    assert message.get_content().strip() == "Text."


@pytest.mark.parametrize(
    ("changes", "password", "to", "reason"),
    [
        ({}, b"wrong", "a@corp.example", "login"),
        ({}, b"right", "gone@corp.example", "recipients"),
        ({"security": "none"}, b"right", "a@corp.example", "unencrypted-password"),
        ({"security": "tls"}, b"right", "a@corp.example", "tls"),
        ({"host": "127.0.0.1"}, b"right", "a@corp.example", "tls"),
        ({"port": 1}, b"right", "a@corp.example", "connection"),
    ],
)
def test_failures_have_a_reason_and_nothing_arrives(
    mail: tuple[Mailbox, int], changes: dict[str, Any], password: bytes, to: str, reason: str
) -> None:
    box, port = mail
    with pytest.raises(NotDelivered) as failed:
        send(settings(**{"port": port, **changes}), password, [to], "m", "s", "t")
    assert failed.value.reason == reason
    assert not box.kept


@given(st.text(max_size=80))
def test_a_subject_never_becomes_a_header(noise: str) -> None:
    subject = f"quarantined: desk:x{noise}\r\nBcc: evil@corp.example\nX-Evil: 1\x0b\x85\u2028z.md"
    message = composed("gate@corp.example", ["a@corp.example"], "m", subject, "text")
    parsed = message_from_bytes(message.as_bytes(), policy=default)
    assert parsed["bcc"] is None
    assert parsed["x-evil"] is None
    assert set(parsed.keys()) == {
        "From", "To", "Subject", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding",
        "MIME-Version",
    }  # fmt: skip
