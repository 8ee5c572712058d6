"""Hidden text in the HTML parts of a message, and of the messages attached to it."""

import email
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction.hidden import html


def hidden_runs(data: bytes) -> Iterator[HiddenRun]:
    """The hidden runs of every HTML part, in order."""
    message = email.message_from_bytes(data, _class=EmailMessage, policy=policy.compat32)
    for number, part in enumerate(message.walk(), start=1):
        content = part.get_payload(decode=True) if part.get_content_type() == "text/html" else None
        if isinstance(content, bytes):
            for run in html.hidden_runs(content):
                yield run.model_copy(update={"place": f"part {number}, {run.place}"})
