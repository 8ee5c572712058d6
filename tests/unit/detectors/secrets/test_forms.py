"""Every form in which a text gives a credential away counts, and forms that look alike keep no document out."""

import random
import string

import forms
import pytest
from generated import generated
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.documents.documents import Action, ExtractedText
from pipeline.domain.findings.findings import seal
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.policy.policy_context import plain_text_context
from pipeline.settings.home import default_configs, load_policy
from tests.support.detectors import secret_detector

POLICY = load_policy(default_configs() / "policy.yaml")
WORDS = ("Lantern", "Kettle", "Harbour", "Violin", "Quarry", "Meadow")
AROUND = ("VALUE", "Notes of the week.\n\nVALUE\n\nNothing else happened.", "- VALUE\n", "    VALUE\n", "> VALUE")


def action(text: str) -> Action:
    found = secret_detector().scan(ExtractedText(text=text, media_type="text/plain", extractor="test"))
    findings = [seal(one, text, b"k") for one in found]
    return POLICY.decide(findings, *plain_text_context(text, Classification.INTERNAL)).action


@st.composite
def passwords(draw: st.DrawFn) -> str:
    """A password that a person types, or a generated one."""
    chance = random.Random(draw(st.integers(0, 1_000_000)))
    if draw(st.booleans()):
        return f"{chance.choice(WORDS)}{chance.randrange(2010, 2030)}{chance.choice('!*?')}"
    letters = string.ascii_letters + string.digits
    return "k7Q" + "".join(chance.choices(letters, k=9)) + chance.choice("!*?") + "2z"


@pytest.mark.parametrize("kind", ["COMMANDS", "DEVICES", "CONNECTIONS", "SENTENCES"])
@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_a_password_counts_in_every_form(kind: str, data: st.DataObject) -> None:
    form, value = data.draw(st.sampled_from(getattr(forms, kind))), data.draw(passwords())
    text = data.draw(st.sampled_from(AROUND)).replace("VALUE", form.replace("VALUE", value))
    assert action(text) is not Action.ADMIT


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.sampled_from(forms.CODES), st.integers(1, 1_000_000))
def test_seeds_codes_keys_and_hashes_of_passwords_count(form: str, seed: int) -> None:
    assert action(generated(form, seed)) is not Action.ADMIT


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(forms.IDENTIFIERS + forms.PUBLIC), st.integers(1, 1_000_000), st.sampled_from(AROUND))
def test_identifiers_and_public_values_keep_nothing_out(form: str, seed: int, around: str) -> None:
    assert action(around.replace("VALUE", generated(form, seed))) is Action.ADMIT


@pytest.mark.parametrize("text", forms.LOOK_ALIKES)
def test_a_text_that_looks_like_a_credential_keeps_nothing_out(text: str) -> None:
    assert action(text) is Action.ADMIT


def test_an_identifier_by_its_name_stays_on_record() -> None:
    text = generated("cacheKey = '{hex 40}'")
    [found] = secret_detector().scan(ExtractedText(text=text, media_type="text/plain", extractor="test"))
    assert found.lowered is not None


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(["docker run --user app:VALUE image", "python3 -u ann:VALUE"]), passwords())
def test_a_generated_or_typed_password_counts_behind_an_option_that_gives_a_group(form: str, value: str) -> None:
    assert action(form.replace("VALUE", value)) is not Action.ADMIT


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(1, 1_000_000), st.integers(2, 8))
def test_every_key_of_a_list_of_unseal_keys_is_covered(seed: int, count: int) -> None:
    keys = [generated("{alnum 43}=", seed + number) for number in range(count)]
    text = '"unseal_keys_b64": [\n' + ",\n".join(f'    "{key}"' for key in keys) + "\n  ]"
    found = secret_detector().scan(ExtractedText(text=text, media_type="text/plain", extractor="test"))
    covered = {place for one in found if one.lowered is None for place in range(one.start, one.end)}
    for key in keys:
        assert covered.issuperset(range(text.index(key), text.index(key) + len(key)))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(1, 1_000_000))
def test_another_key_in_the_place_of_an_emulators_key_counts(seed: int) -> None:
    text = "AccountName=devstoreaccount1;AccountKey=VALUE==;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;"
    assert action(text.replace("VALUE", generated("{alnum 86}", seed))) is not Action.ADMIT
