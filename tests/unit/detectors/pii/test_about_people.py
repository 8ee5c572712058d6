"""Many people, each with facts about a life, are a finding of their own; names, contacts and things are not."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.findings import seal
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.policy.policy_context import plain_text_context
from pipeline.settings.files import load_policy

CONFIGS = Path(__file__).parents[4] / "configs"

NAMES = ["Greta Olsen", "Tomasz Zielony", "Lucia Ferro", "Henrik Falk", "Amelie Roux", "Paolo Conti", "Nora Weiss"]
TELLING = {
    "born": lambda chance: f"{chance.randint(10, 28)}.0{chance.randint(1, 9)}.19{chance.randint(50, 99)}",
    "salary": lambda chance: f"{chance.randint(30, 90)},{chance.randint(100, 999)} EUR",
    "diagnosis": lambda chance: chance.choice(["asthma", "type 2 diabetes", "broken wrist", "migraine"]),
    "passport no": lambda chance: f"KX{chance.randint(10**6, 10**7 - 1)}",
}
OTHER = {
    "badge colour": lambda chance: chance.choice(["green", "blue"]),
    "phone": lambda chance: f"0{chance.randint(20, 99)} {chance.randint(10**6, 10**7 - 1)}",
    "start": lambda chance: f"2019-0{chance.randint(1, 9)}-01",
}


def people(header, value, count, seed):
    chance = random.Random(seed)
    return "\n".join([f"full name;team;{header}", *(f"{name};optics;{value(chance)}" for name in NAMES[:count])])


def records(pii, text):
    return [d for d in pii(text) if d.entity == "PEOPLE_RECORDS"]


@given(st.sampled_from(sorted(TELLING)), st.integers(5, 7), st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_five_people_with_a_telling_column_are_records_of_people(pii, header, count, seed):
    found = records(pii, people(header, TELLING[header], count, seed))
    assert [(d.start, d.end, d.lowered) for d in found] == [(0, 0, None)]


@given(st.sampled_from(sorted(TELLING | OTHER)), st.integers(1, 7), st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_few_people_or_harmless_columns_give_no_records(pii, header, count, seed):
    if header in TELLING:
        count = min(count, 4)
    assert records(pii, people(header, (TELLING | OTHER)[header], count, seed)) == []


def test_people_who_are_mentioned_far_apart_give_no_records(pii):
    far = "\n\nThe harbour was quiet and the lamps were lit one by one. " * 60
    text = far.join(f"{name}, born on 3 March 19{60 + n}, spoke." for n, name in enumerate(NAMES))
    assert records(pii, text) == []


def test_the_same_name_again_and_again_is_one_person(pii):
    rows = "\n".join(f"Greta Olsen;{n};1{n}.03.1981" for n in range(9))
    assert records(pii, f"full name;visit;birth date\n{rows}") == []


@pytest.mark.parametrize(
    ("classification", "action"), [(Classification.INTERNAL, Action.REVIEW), (Classification.PUBLIC, Action.REVIEW)]
)
def test_the_default_policy_sends_records_of_people_to_a_reviewer(pii, classification, action):
    text = people("born", TELLING["born"], 7, 1)
    policy = load_policy(CONFIGS / "policy.yaml")
    verdict = policy.decide([seal(d, text, b"key") for d in pii(text)], *plain_text_context(text, classification))
    assert (verdict.action, verdict.rule_ids) == (action, ("people-records",))
