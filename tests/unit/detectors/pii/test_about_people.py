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


SAID = {
    "en": (
        [
            "{n} was diagnosed with asthma.",
            "{n} earns £41,200 a year.",
            "{n}, aged 52, is divorced and off sick.",
            "{n} received a written warning in March.",
            "{n}, 44, has epilepsy.",
        ],
        [
            "{n} asked for the budget of £41,200.",
            "{n} spoke about asthma in schools.",
            "{n} opened the meeting.",
            "{n} explained the rules on sick notes.",
            "{n} will send the draft.",
        ],
    ),
    "de": (
        [
            "{n} ist seit Mai krankgeschrieben.",
            "{n} verdient 41.200 € im Jahr.",
            "{n}, 52 Jahre, leidet an Migräne.",
            "{n} erhielt eine Abmahnung.",
        ],
        ["{n} fragt nach dem Haushalt von 41.200 €.", "{n} berichtet über Krebs und Vorsorge.", "{n} dankt allen."],
    ),
    "fr": (
        [
            "{n} est en arrêt maladie.",
            "{n} gagne 41 200 € par an.",
            "{n}, 52 ans, souffre de migraine.",
            "{n} a été licencié.",
        ],
        ["{n} présente le budget de 41 200 €.", "{n} parle du cancer.", "{n} remercie le groupe."],
    ),
    "es": (
        ["{n} está de baja.", "{n} cobra 41.200 € al año.", "{n}, de 52 años, padece asma.", "{n} fue despedido."],
        ["{n} presenta el presupuesto de 41.200 €.", "{n} habla del cáncer.", "{n} da las gracias."],
    ),
    "pl": (
        ["{n} jest na zwolnieniu.", "{n} zarabia 8 200 zł.", "{n}, lat 52, choruje na astmę.", "{n} otrzymał naganę."],
        ["{n} przedstawia budżet 8 200 zł.", "{n} mówi o profilaktyce.", "{n} dziękuje."],
    ),
}


def told(language, kind, count, seed):
    chance = random.Random(seed)
    sentences = SAID[language][kind]
    return chance.choice([" ", "\n", "\n\n"]).join(
        chance.choice(sentences).replace("{n}", name) for name in NAMES[:count]
    )


@given(st.sampled_from(sorted(SAID)), st.integers(4, 7), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_prose_that_says_something_of_each_person_is_about_people(pii, language, count, seed):
    assert [(d.start, d.end) for d in records(pii, told(language, 0, count, seed))] == [(0, 0)]


@given(st.sampled_from(sorted(SAID)), st.integers(3, 7), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_prose_in_which_persons_only_speak_of_such_subjects_is_not_about_people(pii, language, count, seed):
    assert records(pii, told(language, 1, count, seed)) == []


def test_two_persons_in_prose_are_not_enough(pii):
    assert records(pii, told("en", 0, 2, 3)) == []


def test_prose_about_persons_far_apart_gives_no_records(pii):
    far = "\n\nThe harbour was quiet and the lamps were lit one by one. " * 60
    assert records(pii, far.join(f"{name} was diagnosed with asthma." for name in NAMES)) == []


def test_persons_who_lived_long_ago_give_no_records(pii):
    lived = [f"{name} was born on 3 March 18{60 + n}." for n, name in enumerate(NAMES)]
    assert records(pii, "\n".join(lived)) == []
    assert records(pii, "\n".join(lived).replace("March 18", "March 19")) != []


def test_a_statement_on_a_line_without_a_name_is_not_about_the_person_of_the_line_before(pii):
    apart = "\n".join(f"{name}\nSomebody was diagnosed with asthma." for name in NAMES)
    assert records(pii, apart) == []
    assert records(pii, apart.replace("\nSomebody", " himself")) != []


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
