"""Posting a message to a webhook: signed, guarded, bounded.

The signature is that of Standard Webhooks: `webhook-id`, `webhook-timestamp` and `webhook-signature`, an HMAC-SHA256
over `id.timestamp.body`. A receiver checks it with any of that project's libraries. The answer is not read.
"""

import base64
import binascii
import http.client
import time
from datetime import UTC, datetime

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from pipeline.outbound.posting import NotDelivered, post_bytes
from pipeline.settings.notifications import WebhookSettings

_SECRET_PREFIX = b"whsec_"


def post(settings: WebhookSettings, secret: bytes, message_id: str, body: bytes) -> None:
    """Deliver `body`. Raises `NotDelivered`."""
    status = post_bytes(settings, body, signed_headers(secret, message_id, int(time.time()), body)).status
    if not 200 <= status < 300:
        raise NotDelivered(f"status-{status}", final=status == http.client.GONE)


def signed_headers(secret: bytes, message_id: str, moment: int, body: bytes) -> dict[str, str]:
    """Headers that prove who sent `body`, and when."""
    try:
        signature = Webhook(_key(secret)).sign(message_id, datetime.fromtimestamp(moment, UTC), body.decode())
    except EmptyWebhookSecretError as error:
        raise NotDelivered("secret", final=True) from error
    return {
        "content-type": "application/json",
        "user-agent": "corpusgate",
        "webhook-id": message_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": signature,
    }


def _key(secret: bytes) -> bytes:
    """`whsec_` and base64 as Standard Webhooks writes secrets, or the bytes as they are.

    Decoded here: the library skips characters that are not base64, and would sign with another key.
    """
    if secret.startswith(_SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
        except binascii.Error as error:
            raise NotDelivered("secret", final=True) from error
    return secret
