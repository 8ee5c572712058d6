"""Law 5: a generated value near the name of a credential counts in whatever it is wrapped."""

import string

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.detectors.secrets.framing import generated
from pipeline.detectors.secrets.shapes import Vocabulary
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.documents.sheet import STRINGS_EXTRACTOR
from pipeline.domain.findings.findings import Detection
from pipeline.settings.home import default_configs
from tests.support.detectors import secret_detector

FOLDER = default_configs() / "detectors"
VOCABULARY = Vocabulary(FOLDER / "secrets-words.yaml")


def counted(text: str) -> list[Detection]:
    """Findings the default policy would keep a document out for."""
    found = secret_detector().scan(ExtractedText(text=text, media_type="text/plain", extractor="test"))
    return [one for one in found if one.lowered is None and one.severity.rank >= 2 and one.confidence >= 0.5]


WRAPPED = (
    "<{}>",
    "<<{}>>",
    "< {} >",
    "[{}]",
    "[[{}]]",
    "({})",
    "{{{}}}",
    "«{}»",
    "‹{}›",
    "“{}”",
    "‹%= {} %›",
    "<%= {} %>",
    "<%= '{}' %>",
    '<%="{}"%>',
    "<?= '{}' ?>",
    "<?php echo '{}'; ?>",
    "{{{{ {} }}}}",
    '{{{{ "{}" }}}}',
    "{{{{!-- {} --}}}}",
    "{{# {} #}}",
    "{{% assign p = '{}' %}}",
    "${{PW:-{}}}",
    "${{PW:={}}}",
    "${{app.login:{}}}",
    "${{x}}{}",
    "{}${{x}}",
    "$BASE-{}",
    "%BASE%{}",
    "$({})",
    "@{{{}}}",
    "#{{'{}'}}",
    "$!{{x}}{}",
    "[[${{'{}'}}]]",
    "$[[ inputs.x ]]{}",
    "\\{}",
    "vault:{}",
    "op://{}",
    "sha256:{}",
    "ENC[{}]",
    "__{}__",
    "**{}**",
    "{}...",
    "{}…",
    "{}***",
    "{}-example",
    "example-{}",
    "your-{}",
    "{} (redacted)",
    "(for example) {}",
    "/* {} */",
    "<!-- {} -->",
    "f({})",
)
SIGNS = "!#^&*~"
NAMES = ("password", "db_password", "Passwort", "api_key", "client-secret", "access token", "PASSWORD")


_GROUPS = (string.ascii_uppercase, string.ascii_lowercase, string.digits, SIGNS)


@st.composite
def passwords(draw: st.DrawFn) -> str:
    """A generated password: letters of both cases, digits and signs, no run of letters long enough for a word."""
    blocks = draw(st.lists(st.permutations(_GROUPS), min_size=3, max_size=5))
    inner = "".join(draw(st.sampled_from(group)) for block in blocks for group in block)
    value = draw(st.sampled_from(string.ascii_letters)) + inner + draw(st.sampled_from(string.digits))
    assume(generated(value, VOCABULARY))
    return value


@settings(max_examples=300, deadline=None)
@given(
    passwords(),
    st.sampled_from(WRAPPED),
    st.sampled_from(NAMES),
    st.sampled_from([": ", "=", " = ", "：", " → ", ":\n"]),
)
def test_law_5_a_generated_password_counts_in_the_syntax_of_any_template(
    value: str, wrap: str, name: str, between: str
) -> None:
    line = f"{name}{between}{wrap.format(value)}"
    assert any(value.strip(SIGNS) in line[one.start : one.end] for one in counted(line))


@settings(max_examples=100, deadline=None)
@given(
    passwords(),
    st.lists(st.sampled_from(["<{}>", "[{}]", "{{{}}}", "({})", "${{x}}{}", "«{}»"]), min_size=2, max_size=3),
)
def test_law_5_wrapping_twice_hides_no_more_than_once(value: str, wraps: list[str]) -> None:
    wrapped = value
    for wrap in wraps:
        wrapped = wrap.format(wrapped)
    assert counted(f"password: {wrapped}")


@pytest.mark.parametrize(
    "line",
    [
        "password: <your password>",
        "password: <password-1>",
        "password: [database password]",
        "password: {{ .Values.database.password | quote }}",
        "password: ${DATABASE_PASSWORD:-changeme}",
        "password: <%= ENV['DATABASE_PASSWORD'] %>",
        "password: {% endraw %}",
        "password: ‹%= login.password %›",
        "password = os.environ.get('DATABASE_PASSWORD', 'changeme')",
        "api_key: op://team/billing-database/credential",
        "access_key: arn:aws:secretsmanager:eu-central-1:123456789012:secret:billing-a1B2c3",
        "token: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "password_hash: $2b$12$KIXQ4Zr8y1Vw7uTq9OeYxOa1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P",
        "token_id: 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "[reset your password](https://pages.example.org/d/1yXk3wjH8NCI3SZPy3BhuoLItKJjUT/edit?usp=sharing)",
    ],
)
def test_a_placeholder_by_its_whole_shape_keeps_nothing_out(line: str) -> None:
    assert counted(line) == []


def test_law_5_a_mask_behind_a_whole_token_hides_nothing_of_it() -> None:
    token = "AKIA" + "Q7RZ2MXN5TKWPD3H"
    for end in ("...", "…", "***", " xxx"):
        found = secret_detector().scan(ExtractedText(text=f"{token}{end}", media_type="text/plain", extractor="test"))
        assert any(one.lowered is None for one in found)


NAMES_OF_FILES = (
    "report-2026-03-rev2.md", "CanUse32BitIndexMath.h", "libstdc++.so.6.0.33",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301.json", "d41d8cd98f00b204e9800998ecf8427e.bin",
    "Q3 figures & forecasts (final!).xlsx", "IMG_20260314_101530.jpg",
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(passwords())
def test_law_04_a_generated_value_in_a_name_is_found_without_a_word_for_it(value: str) -> None:
    for name in (f"{value}.md", f"notes {value}.txt", f"keys/{value}/one.md"):
        found = secret_detector().scan(ExtractedText(text=name, media_type="text/plain", extractor=STRINGS_EXTRACTOR))
        assert any(one.lowered is None and one.start <= name.index(value) + 1 for one in found), name


@pytest.mark.parametrize("name", NAMES_OF_FILES)
def test_an_ordinary_name_holds_no_value(name: str) -> None:
    assert secret_detector().scan(ExtractedText(text=name, media_type="text/plain", extractor=STRINGS_EXTRACTOR)) == []


DEFAULTED = (
    'const dbPassword = process.env.DB_PASSWORD || "{}";',
    'password: ENV.fetch("PW", "{}")',
    'String password = System.getenv().getOrDefault("PW", "{}");',
    'var password = config["Password"] ?? "{}";',
    'password: {{{{ .Values.password | default "{}" | quote }}}}',
    "@click.option('--password', default='{}')",
    'password = prod ? readSecret() : "{}"',
    "$password = if ($env:PW) {{ $env:PW }} else {{ '{}' }}",
    'PASSWORD = config("PW", default="{}")',
)


@given(
    st.lists(st.sampled_from(string.ascii_lowercase), min_size=3, max_size=3),
    st.lists(st.sampled_from(string.ascii_uppercase), min_size=3, max_size=3),
    st.lists(st.sampled_from(string.digits), min_size=3, max_size=3),
    st.sampled_from("!#*~@%"),
    st.booleans(),
    st.sampled_from(DEFAULTED),
)
@settings(max_examples=150, deadline=None)
def test_law_05_a_typed_password_with_its_sign_at_an_edge_counts_behind_a_call_or_default(
    small: list[str], large: list[str], digits: list[str], sign: str, in_front: bool, form: str
) -> None:
    middle = "".join(letter for three in zip(small, digits, large, strict=True) for letter in three)
    assume(VOCABULARY.wordy(middle) == 0)
    assume(not (sign == "%" and in_front))  # `%2` and letters may be an escaped character
    assert counted(form.format(sign + middle if in_front else middle + sign))


@pytest.mark.parametrize(
    "text",
    [
        'password = os.getenv("PW", "#Section12")',
        'password_field = page.find("#Password01")',
        'passwordHelp: t("%Enter12Characters")',
    ],
)
def test_a_quoted_name_with_a_sign_at_an_edge_is_quiet(text: str) -> None:
    assert not counted(text)
