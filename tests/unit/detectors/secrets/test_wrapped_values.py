"""Law 5: a secret counts as a default, behind a call, below its name, behind a long label, glued or broken up."""

import base64
import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.documents.documents import Action, ExtractedText
from pipeline.domain.findings.findings import Detection, seal
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.policy.policy_context import plain_text_context
from pipeline.settings.home import default_configs, load_policy
from tests.support.detectors import secret_detector

POLICY = load_policy(default_configs() / "policy.yaml")
WORDS = ("Lantern", "kettle", "Harbour", "violin", "Quarry", "meadow")
LETTERS = string.ascii_letters + string.digits


def scan(text: str) -> list[Detection]:
    return secret_detector().scan(ExtractedText(text=text, media_type="text/plain", extractor="test"))


def action(text: str) -> Action:
    findings = [seal(one, text, b"k") for one in scan(text)]
    return POLICY.decide(findings, *plain_text_context(text, Classification.INTERNAL)).action


@st.composite
def typed(draw: st.DrawFn) -> str:
    """A password that a person types: a word, a sign and a number in some order, with a letter that became a digit."""
    word, sign = draw(st.sampled_from(WORDS)), draw(st.sampled_from("!#^&*"))
    return f"{word.replace('e', '3')}{sign}{draw(st.integers(10, 9999))}{draw(st.sampled_from(['', 'x', 'Qz']))}"


@st.composite
def keys(draw: st.DrawFn) -> str:
    """A generated key: hexadecimal or base64."""
    chance = random.Random(draw(st.integers(0, 100_000)))
    size = draw(st.sampled_from([16, 20, 24, 32]))
    data = chance.randbytes(size)
    return data.hex() if draw(st.booleans()) else base64.b64encode(data).decode()


DEFAULTS = (
    'NAME = os.getenv("LOGIN", "VALUE")',
    "NAME = settings.NAME or 'VALUE'",
    'NAME: str = Field(default="VALUE")',
    'parser.add_argument("--NAME", help="of the database", default="VALUE")',
    "NAME=${NAME:-VALUE}",
    ': "${NAME:=VALUE}"',
    "const NAME = process.env.NAME ?? 'VALUE'",
    'var NAME = Environment.GetEnvironmentVariable("NAME") ?? "VALUE";',
    '@Value("${app.NAME:VALUE}")',
    'let NAME = env::var("NAME").unwrap_or("VALUE".into());',
    'std::string NAME = find("NAME").value_or("VALUE");',
    '#[serde(default = "VALUE")] NAME: String',
    "ENV.fetch('NAME') { 'VALUE' }",
    "my $NAME = $ENV{NAME} // 'VALUE';",
    'NAME: {{ .Values.NAME | default "VALUE" | quote }}',
    '{{ default "VALUE" .Values.NAME }}',
    "NAME: \"{{ lookup('env', 'NAME') | default('VALUE', true) }}\"",
    "SELECT COALESCE(:NAME, 'VALUE')",
    "NAME VARCHAR(40) NOT NULL DEFAULT 'VALUE'",
    'variable "NAME" {\n  type = string\n  sensitive = true\n  default = "VALUE"\n}',
    '"NAME": {\n  "type": "string",\n  "default": "VALUE"\n}',
    '  NAME:\n    description: of the service\n    required: false\n    default: "VALUE"',
    "- name: NAME\n  value: VALUE",
    "| `NAME` | of the database | `VALUE` |",
    "The NAME defaults to `VALUE`.",
    "The NAME falls back to “VALUE” if there is none.",
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from(DEFAULTS), st.sampled_from(["password", "db_password", "DB_PASSWORD"]), typed() | keys())
def test_law_5_a_password_counts_as_a_default_in_any_syntax(line: str, name: str, value: str) -> None:
    assert action(line.replace("NAME", name).replace("VALUE", value)) is Action.QUARANTINE


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.sampled_from(["signing", "encryption", "session", "root", "backup"]),
    st.sampled_from(["key", "token", "secret", "Schlüssel", "ключ"]),
    st.sampled_from(["", " for webhooks", " of the archive", " used between both sites", " (do not share)"]),
    st.sampled_from([": ", " = ", " - ", " → ", " is ", " was set to ", ":\n", ":\n\n", "\t"]),
    st.sampled_from(["", "${BASE}", "$(pass show x)", "{{ x }}", "0x", "hex:", "`", "„"]),
    keys(),
)
def test_law_5_a_key_counts_behind_a_label_and_glued_to_a_reference(
    kind: str, name: str, rest: str, between: str, glue: str, value: str
) -> None:
    assert action(f"{kind} {name}{rest}{between}{glue}{value}") is not Action.ADMIT


BREAKS = {
    "line": "\n",
    "indented line": "\n    ",
    "backslash": "\\\n",
    "quotation": "\n> ",
    "return": "\r\n",
    "empty line": "\n\n",
}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.sampled_from(["password: ", "api_key = ", "signing key for webhooks: ", 'client_secret: "']),
    st.sampled_from(sorted(BREAKS)),
    st.integers(0, 100_000),
    st.integers(16, 40),
    st.integers(1, 3),
)
def test_law_5_a_key_counts_when_line_ends_break_it(name: str, kind: str, seed: int, length: int, pieces: int) -> None:
    chance = random.Random(seed)
    value = "Q7" + "".join(chance.choices(LETTERS, k=length)) + "x4"
    size = len(value) // (pieces + 1) + 1
    broken = BREAKS[kind].join(value[at : at + size] for at in range(0, len(value), size))
    assert action(name + broken) is not Action.ADMIT


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.sampled_from(["password: ", "api key: ", "secret = "]), keys(), st.sampled_from([4, 8]))
def test_law_5_a_key_counts_in_groups(name: str, value: str, size: int) -> None:
    groups = " ".join(value[at : at + size] for at in range(0, len(value), size))
    assert action(name + groups) is Action.QUARANTINE


@pytest.mark.parametrize("place", ["https://depot.example.org/VALUE", "VALUE.txt", "VALUE.pem"])
def test_law_5_a_generated_value_written_as_a_place_is_looked_at_by_a_person(place: str) -> None:
    value = "Q7vT9kLm2qZx7RtY4bNd"
    assert action(f"api_key: {place.replace('VALUE', value)}") is Action.REVIEW


@pytest.mark.parametrize(
    "text",
    [
        'password = os.getenv("DB_PASSWORD", "changeme")',
        'password = os.getenv("DB_PASSWORD", "")',
        "NAME=${DB_PASSWORD:-${OTHER_PASSWORD}}",
        'variable "db_password" {\n  type = string\n  description = "At least 12 characters"\n}',
        'variable "region" {\n  default = "eu-central-1"\n}\nvariable "db_password" {\n  sensitive = true\n}',
        "password:\n  required: true\nregion:\n  default: eu-central-1",
        "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: billing",
        "The public key has the fingerprint 9f86d081884c7d659a2feaa0c55ad015.",
        "The key was removed in commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b.",
        "password: this will take some time then",
        "The key is\nimportant\nfor us.",
        "token:\n- first\n- second",
        'if (password == null) return "?page=12&error=login_34";',
        "[change the password](https://pages.example.org/d/1yXk3wjH8NCI3SZPy3BhuoLItKJjUT)",
        "api_key_file: /etc/billing/api.key",
    ],
)
def test_defaults_and_labels_without_a_secret_keep_nothing_out(text: str) -> None:
    assert action(text) is Action.ADMIT
