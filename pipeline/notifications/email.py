"""Sending a message by e-mail.

Invariants: no line end or control character from outside reaches a header. A password is sent over an encrypted
connection only. A message has one Message-ID, however often it is tried.
"""

import smtplib
import ssl
import unicodedata
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP

from pipeline.outbound.posting import NotDelivered
from pipeline.settings.notifications import SmtpSettings

_LONGEST_SUBJECT = 150


def send(
    settings: SmtpSettings, password: bytes | None, to: Sequence[str], message_id: str, subject: str, text: str
) -> None:
    """Deliver one message. Raises `NotDelivered`."""
    message = composed(settings.sender, to, message_id, subject, text)
    tls = ssl.create_default_context()
    try:
        if settings.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=settings.timeout_seconds, context=tls
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
        with server:
            if settings.security == "starttls":
                server.starttls(context=tls)
            if settings.username and password:
                if settings.security == "none":
                    raise NotDelivered("unencrypted-password", final=True)
                server.login(settings.username, password.decode())
            refused = server.send_message(message)
    except (smtplib.SMTPNotSupportedError, ssl.SSLError) as error:
        raise NotDelivered("tls") from error
    except smtplib.SMTPAuthenticationError as error:
        raise NotDelivered("login") from error
    except smtplib.SMTPRecipientsRefused as error:
        raise NotDelivered("recipients") from error
    except smtplib.SMTPResponseException as error:
        raise NotDelivered(f"status-{error.smtp_code}") from error
    except TimeoutError as error:
        raise NotDelivered("timeout") from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotDelivered("connection") from error
    if refused:
        raise NotDelivered("recipients")


def composed(sender: str, to: Sequence[str], message_id: str, subject: str, text: str) -> EmailMessage:
    """The message, with headers nothing can break out of."""
    message = EmailMessage(policy=SMTP)
    message["From"] = one_line(sender)
    message["To"] = ", ".join(map(one_line, to))
    message["Subject"] = one_line(subject)[:_LONGEST_SUBJECT]
    message["Message-ID"] = f"<{message_id}@corpusgate>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def one_line(text: str) -> str:
    """Without line ends, controls and marks that reorder text."""
    plain = (" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    return " ".join("".join(plain).split())
