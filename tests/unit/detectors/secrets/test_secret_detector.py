"""What is found, what is left alone and why, and what no author can hide."""

import base64
import urllib.parse
from collections.abc import Callable

import pytest
from generated import generated

from pipeline.detectors.secrets import SecretDetector
from pipeline.detectors.secrets.detector import SecretScanFailed
from pipeline.detectors.secrets.suppressions import Suppression
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.findings.findings import Detection, FindingKind, Lowering, Severity

TOKEN = generated("ghp_{alnum 36}")
PASSWORD = generated("{alnum 14}")


def document(text: str) -> ExtractedText:
    return ExtractedText(text=text, media_type="text/plain", extractor="test")


def looks_live(detection: Detection) -> bool:
    return detection.confidence >= 0.5 and detection.severity.rank >= Severity.HIGH.rank


@pytest.mark.parametrize(
    "template",
    [
        'db_password = "{value}"',
        "DB_PASSWORD={value}",
        "export API_TOKEN={value}",
        "redis:\n  password: {value}\n",
        '{{"client_secret": "{value}"}}',
        "<password>{value}</password>",
        '<add key="SmtpPassword" value="{value}" />',
        "postgres://app:{value}@db.acme.test/app",
        "Server=db.acme.test;Database=app;User Id=app;Password={value};",
        "curl -u ann:{value} https://acme.test/",
        "CREATE USER app IDENTIFIED BY '{value}';",
        "ALTER ROLE app WITH PASSWORD '{value}';",
        "| user | app |\n| password | {value} |\n",
        "The password for the staging server is {value}.",
        "Das Passwort für den Testserver lautet {value}.",
        "Le mot de passe est « {value} ».",
        "La contraseña es {value}.",
        "A senha é {value}",
        "Hasło: {value}",
        "Пароль: {value}",
        "密码是{value}",
        "パスワードは{value}",
        "비밀번호: {value}",
        "รหัสผ่าน: {value}",
        'password = "{value:.7}" + "{value:.7}"',
    ],
)
def test_a_password_is_found_whatever_it_stands_in(secrets: SecretDetector, template: str) -> None:
    text = template.format(value=PASSWORD)
    live = [text[found.start : found.end] for found in secrets.scan(document(text)) if looks_live(found)]
    assert any(PASSWORD[:7] in covered for covered in live), template


def test_one_value_is_one_finding_and_its_span_is_the_value(secrets: SecretDetector) -> None:
    text = f'github_token = "{TOKEN}"'
    (found,) = secrets.scan(document(text))
    assert found.kind is FindingKind.SECRET
    assert text[found.start : found.end] == TOKEN
    assert found.value is None
    assert found.detector == "secrets.github-token"


def test_a_private_key_is_found_whole_and_split_over_string_literals(secrets: SecretDetector) -> None:
    body = [generated(f"{{alnum 64}}{i}")[:64] for i in range(6)]
    kind = "RSA PRIVATE" + " KEY"
    plain = "\n".join([f"-----BEGIN {kind}-----", *body, f"-----END {kind}-----"])
    literal = " +\n".join(f'    "{line}\\n"' for line in plain.split("\n"))
    for text in (plain, literal, plain.replace("\n", "\\n"), f"key: |\n{plain}"):
        found = secrets.scan(document(text))
        assert [d.entity for d in found] == ["PRIVATE_KEY"], text[:80]
        assert found[0].end - found[0].start >= len("".join(body))
    assert not secrets.scan(document(f"-----BEGIN {kind}-----...-----END {kind}-----"))
    public = secrets.scan(document(plain.replace("PRIVATE", "PUBLIC").replace("RSA ", "")))
    assert all(one.lowered is Lowering.PUBLIC for one in public)


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


ENCODINGS: dict[str, Callable[[str], str]] = {
    "base64": b64,
    "base64 twice": lambda s: b64(b64(s)),
    "hexadecimal": lambda s: s.encode().hex(),
    "percent": lambda s: "".join(f"%{byte:02X}" for byte in s.encode()),
    "percent twice": lambda s: urllib.parse.quote("".join(f"%{byte:02X}" for byte in s.encode())),
    "base64 of hexadecimal": lambda s: b64(s.encode().hex()),
    "HTML entities": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "Unicode escapes": lambda s: "".join(f"\\u{ord(c):04x}" for c in s),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_encoded_secret_is_found_where_it_is_encoded(secrets: SecretDetector, encoding: str) -> None:
    encoded = ENCODINGS[encoding](f"token {TOKEN} end")
    text = f"data: {encoded} ."
    (found,) = secrets.scan(document(text))
    assert TOKEN in (found.value or "")
    assert found.start >= len("data: ") - 1
    assert found.end <= len(text)


DISGUISES: dict[str, Callable[[str], str]] = {
    "zero width": lambda s: "\u200b".join((s[:6], s[6:12], s[12:])),
    "soft hyphens": lambda s: "\u00ad".join((s[:9], s[9:])),
    "tag characters": lambda s: s[:5] + "\U000e0041" + s[5:],
    "bidi override": lambda s: "\u202e" + s[:5] + "\u202c" + s[5:],
    "Cyrillic": lambda s: s.replace("a", "а").replace("p", "р").replace("e", "е"),
    "full width": lambda s: "".join(chr(ord(c) + 0xFEE0) for c in s),
    "terminal colours": lambda s: f"\x1b[93m{s}\x1b[0m",
    "line break": lambda s: f"{s[:12]}\n    {s[12:]}",
    "quoted lines": lambda s: f"{s[:12]}\n> {s[12:]}",
    "concatenation": lambda s: f'"{s[:9]}" + "{s[9:21]}" + "{s[21:]}"',
    "table cells": lambda s: f"| {s[:14]} | {s[14:]} |",
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_disguised_secret_is_found(secrets: SecretDetector, disguise: str) -> None:
    disguised = DISGUISES[disguise](TOKEN)
    text = f"see {disguised} here"
    begin, end = len("see "), len("see ") + len(disguised)
    covered = {
        place
        for found in secrets.scan(document(text))
        if looks_live(found)
        for place in range(max(begin, found.start), min(end, found.end))
    }
    assert len(covered) >= len(disguised) // 2, "most of the disguised value is inside a finding"


@pytest.mark.parametrize(
    "mark",
    [
        "# pragma: allowlist secret",
        "# gitleaks:allow",
        "// kingfisher:ignore",
        "# betterleaks:allow",
        "# nosec",
        "# noqa: S105",
        "<!-- trufflehog:ignore -->",
        "# only an example, not a real secret",
    ],
)
def test_no_mark_of_an_author_silences_anything(secrets: SecretDetector, mark: str) -> None:
    plain, line = f'token = "{TOKEN}"', f'password = "{PASSWORD}"'
    text = f"{plain} {mark}\n{mark}\n{line} {mark}"
    found = [text[d.start : d.end] for d in secrets.scan(document(text))]
    assert found == [TOKEN, PASSWORD]


SUPPRESSED = [
    ('password = "changeme"', Suppression.PLACEHOLDER),
    ('password = "<your password>"', Suppression.REFERENCE),
    ('api_key = "your-api-key-goes-here"', Suppression.PLACEHOLDER),
    ('token = "xxxxxxxxxxxxxxxxxxxxxxxx"', Suppression.PLACEHOLDER),
    ('secret = "a*****************"', Suppression.MASKED),
    ("DB_PASSWORD=${DB_PASSWORD}", Suppression.REFERENCE),
    ('password = os.environ["DB_PASSWORD"]', Suppression.REFERENCE),
    ("password: vault:secret/data/app#password", Suppression.REFERENCE),
    ("password = user.get_password()", Suppression.CODE),
    ('secret_name = "q8Zr4TtW0pLx2Nv9"', Suppression.NAME),
    ('public_key = "q8Zr4TtW0pLx2Nv9bYk3"', Suppression.PUBLIC),
    ('private_key = "/etc/ssl/private/server.key"', Suppression.LOCATION),
    ('token_hash = "9f86d081884c7d659a2feaa0c55ad015"', Suppression.HASH),
    ('auth_key: "42.5"', Suppression.NUMBER),
    ('password = "please ask the operations team"', Suppression.PROSE),
    ("https://user:password@host.example.com/", Suppression.SAMPLE),
    ('request_token = "6f1e2d3c-4b5a-4978-8a6b-1c2d3e4f5a6b"', Suppression.UUID),
]
LOWERED = {
    Suppression.PLACEHOLDER: Lowering.PLACEHOLDER,
    Suppression.REFERENCE: Lowering.REFERENCE,
    Suppression.SAMPLE: Lowering.SAMPLE,
    Suppression.NAME: Lowering.DESCRIPTION,
    Suppression.PUBLIC: Lowering.PUBLIC,
    Suppression.HASH: Lowering.HASH,
    Suppression.UUID: Lowering.IDENTIFIER,
}
"""Law 5, written down here again: reasons about meaning stay on record, only reasons about shape do not."""


def test_law_5_every_reason_about_meaning_is_tried() -> None:
    assert set(LOWERED) <= {reason for _, reason in SUPPRESSED}


@pytest.mark.parametrize(("text", "reason"), SUPPRESSED, ids=[reason.name for _, reason in SUPPRESSED])
def test_law_5_what_is_no_secret_is_lowered_or_left_alone_for_a_stated_reason(
    secrets: SecretDetector, text: str, reason: Suppression
) -> None:
    found = secrets.scan(document(text))
    assert [one for one in found if one.lowered is None] == []
    assert reason in {why for *_, why in secrets.suppressed(document(text))}
    if reason in LOWERED:
        assert LOWERED[reason] in {one.lowered for one in found}, "law 5: lowered, never dropped"


@pytest.mark.parametrize(
    "text",
    [
        "commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b\nAuthor: Ann\n",
        "integrity sha512-{alnum 86}==",
        "request id {uuid} took 12 ms",
        "checksum: {hex 64}",
        "FROM python@sha256:{hex 64}",
        '"resolved": "https://registry.acme.test/a/-/a-1.0.0.tgz#{hex 40}"',
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{alnum 43} ann@acme.test",
        "A password is required. The password must be changed every year.",
        "def login(self, user, password='', domain=''):",
        "The access token is sent with every request; the key is stored in the vault.",
    ],
)
def test_technical_text_stays_quiet(secrets: SecretDetector, text: str) -> None:
    assert [one for one in secrets.scan(document(generated(text))) if one.lowered is None] == []


def test_a_sample_that_counts_up_is_weak_evidence(secrets: SecretDetector) -> None:
    found = secrets.scan(document('api_token = "fedcba9876543210fedcba9876543210"'))
    assert not any(looks_live(detection) for detection in found)


def test_a_failure_is_raised_without_any_text(secrets: SecretDetector, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object, view: object) -> None:
        raise ValueError(f"cannot read {TOKEN}")

    monkeypatch.setattr("pipeline.detectors.secrets.engine.RuleEngine.matches", broken)
    with pytest.raises(SecretScanFailed) as caught:
        secrets.scan(document(TOKEN))
    assert TOKEN not in repr(caught.value) + str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_no_value_shows_in_a_detection(secrets: SecretDetector) -> None:
    (found,) = secrets.scan(document("data: " + b64(f"token {TOKEN} end")))
    assert TOKEN not in repr(found)


def test_the_digest_changes_with_the_rules(secrets: SecretDetector) -> None:
    assert len(secrets.digest) == 64
