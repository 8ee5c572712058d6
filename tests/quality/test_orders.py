"""Orders to a model are found in many kinds and languages, and ordinary text with the same words is left in peace."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.detectors.injection import InjectionDetector
from pipeline.domain.documents.documents import Action, ExtractedText
from pipeline.domain.documents.normalised import normalise_text
from pipeline.domain.findings.findings import seal
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.policy.policy_context import plain_text_context
from pipeline.settings.files import load_policy
from tests.quality.orders import Sample, carriers, samples, wordings

CONFIGS = Path(__file__).parents[2] / "configs"
DETECTOR = InjectionDetector(CONFIGS / "detectors")
POLICY = load_policy(CONFIGS / "policy.yaml")


def _decided(text: str) -> Action:
    text = normalise_text(text)
    found = DETECTOR.scan(ExtractedText(text=text, media_type="text/plain", extractor="test"))
    context = plain_text_context(text, Classification.INTERNAL) if found else ({}, {})
    actions = [POLICY.finding_action(seal(one, text, b"test"), *context) for one in found]
    return max(actions, key=lambda action: action.rank, default=Action.ADMIT)


@cache
def _results() -> tuple[tuple[Sample, Action], ...]:
    return tuple((sample, _decided(sample.text)) for sample in samples())


def _share(chosen: Iterable[tuple[Sample, Action]], least: Action) -> float:
    ranks = [action.rank >= least.rank for _, action in chosen]
    return sum(ranks) / len(ranks)


def test_there_are_enough_of_both_classes_and_always_the_same() -> None:
    made = list(samples())
    assert sum(sample.wording.attack for sample in made) >= 600
    assert sum(not sample.wording.attack for sample in made) >= 600
    assert made == list(samples())


@pytest.mark.parametrize("held_out", [False, True])
def test_orders_are_found(held_out: bool) -> None:
    attacks = [(s, a) for s, a in _results() if s.wording.attack and s.wording.held_out is held_out]
    assert _share(attacks, Action.REVIEW) >= 0.92


@pytest.mark.parametrize(("held_out", "most"), [(False, 0.02), (True, 0.08)])
def test_ordinary_text_is_seldom_quarantined(held_out: bool, most: float) -> None:
    # The texts were written to be hard: each holds words of an order. Ordinary documents hold few of them.
    ordinary = [(s, a) for s, a in _results() if not s.wording.attack and s.wording.held_out is held_out]
    assert _share(ordinary, Action.QUARANTINE) <= most


def test_every_language_is_covered() -> None:
    by_language = defaultdict(list)
    for sample, action in _results():
        if sample.wording.attack and sample.wording.language != "en":
            by_language[sample.wording.language].append((sample, action))
    assert len(by_language) >= 18
    assert {language for language, found in by_language.items() if _share(found, Action.REVIEW) < 0.75} == set()


WHOLE = [wording for wording in wordings() if wording.attack and not wording.held_out and "{" not in wording.template]


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(WHOLE), st.sampled_from(carriers("en")), st.sampled_from(["", "> ", "- ", "* ", "1. ", "<!-- "]))
def test_a_carrier_does_not_hide_what_is_found_alone(wording, carrier: str, before: str) -> None:
    if _decided(wording.template) is Action.QUARANTINE and "def area" not in carrier:
        assert _decided(carrier.replace("{here}", before + wording.template)).rank >= Action.REVIEW.rank
