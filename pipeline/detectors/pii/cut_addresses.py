"""E-mail addresses that a line end cuts in two, as mail programs and narrow columns do.

Invariants: the line end stands next to the at sign, or behind a hyphen of the host; the host ends in a public suffix.
Every pattern reads a bounded stretch, so time is linear in the text.
"""

import re
from collections.abc import Iterator

from pipeline.detectors.pii import quiet
from pipeline.detectors.pii.recognisers import is_host
from pipeline.detectors.pii.spans import PiiMatch
from pipeline.domain.findings.findings import Severity

_LINE_END = r"[ \t]{0,3}\r?\n[ \t>|*#]{0,8}"
_HOST = r"(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w@(-])"
_AFTER_AT = re.compile(
    rf"(?<![\w.%+@/-])(?P<local>[A-Za-z0-9][\w.+-]{{0,63}})@(?P<head>[A-Za-z0-9.-]{{1,63}}-)?{_LINE_END}(?P<host>{_HOST})"
)
_BEFORE_AT = re.compile(
    rf"(?<![\w.%+@/-])(?P<local>[A-Za-z0-9]{{1,32}}(?:[._][A-Za-z0-9]{{1,32}}){{1,4}}){_LINE_END}@(?P<host>{_HOST})"
)
"""Only with two words before the line end: decorators of programs begin with an at sign, too."""
_CONFIDENCE = 0.8


def cut_addresses(text: str) -> Iterator[PiiMatch]:
    """Every e-mail address in `text` with a line end in it."""
    for pattern in (_AFTER_AT, _BEFORE_AT):
        for found in pattern.finditer(text):
            host = (found.groupdict().get("head") or "") + found["host"]
            if not is_host(host):
                continue
            lowered = quiet.mailbox_of_nobody(f"{found['local']}@{host}")
            reason = "Matched by shape, across a line end."
            yield PiiMatch("email", "EMAIL_ADDRESS", Severity.MEDIUM, *found.span(), _CONFIDENCE, reason, lowered)
