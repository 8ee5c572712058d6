"""Certificates and public keys in armour are public; the same armour around anything else hides nothing (law 5)."""

import base64
import random
import textwrap

from hypothesis import given, settings
from hypothesis import strategies as st
from test_forms import action

from pipeline.detectors.secrets.published import published
from pipeline.domain.documents.documents import Action

KINDS = ("CERTIFICATE", "PUBLIC KEY", "CERTIFICATE REQUEST", "X509 CRL")


def armoured(kind: str, content: bytes, end: str = "\n") -> str:
    lines = textwrap.wrap(base64.b64encode(content).decode(), 64)
    return end.join((f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"))


def sequence(seed: int, size: int) -> bytes:
    return b"\x30\x82" + size.to_bytes(2) + random.Random(seed).randbytes(size)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.sampled_from(KINDS), st.integers(0, 1_000_000), st.integers(300, 2000), st.sampled_from(["\n", "\\n"]))
def test_a_certificate_keeps_nothing_out(kind: str, seed: int, size: int, end: str) -> None:
    text = f'Trust this key:\n"{armoured(kind, sequence(seed, size), end)}"\n'
    assert len(list(published(text))) == 1
    assert action(text) is Action.ADMIT


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(KINDS), st.integers(0, 1_000_000))
def test_law_5_armour_around_a_secret_hides_nothing(kind: str, seed: int) -> None:
    letters = "".join(random.Random(seed).choices("ABCDEFGHJKLMNPQRSTUVWXYZ234567", k=16))
    secret = f"aws_access_key_id = AKIA{letters}\npassword: k7Q{letters[:6].lower()}!4z"
    around = f"-----BEGIN {kind}-----\n{secret}\n-----END {kind}-----"
    assert list(published(around)) == []
    assert action(around) is Action.QUARANTINE
    inside = f"-----BEGIN {kind}-----\nAKIA{letters}\n{'A' * 64}\n-----END {kind}-----"
    assert list(published(inside)) == []
    assert action(inside) is Action.QUARANTINE
