"""Impact of a change: a score from 0 to 100 with its factors.

Invariants: pure and deterministic. Every point has a reason in words. Reasons count things and never quote text. The
weights are part of the policy, and so of its digest: other weights void the verdicts made with the old ones.
"""

import math
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal

from pydantic import Field

from pipeline.domain.documents.documents import Change, ChangeKind, Impact, ImpactFactor
from pipeline.domain.documents.pasts import ServedAs
from pipeline.domain.findings import commands, edits, negations
from pipeline.domain.findings.drift import drift
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import EVERYONE, AccessChange

FactorName = Literal[
    "access-widened",
    "classification-lowered",
    "text-changed",
    "subject-drifted",
    "commands-edited",
    "links-edited",
    "new-domains",
    "contacts-edited",
    "accounts-edited",
    "amounts-edited",
    "dates-edited",
    "numbers-edited",
    "rules-edited",
    "often-retrieved",
    "answers-canary-questions",
    "new-source",
    "new-owner",
    "owner-changed",
    "near-duplicate",
    "source-rewritten",
    "commands-to-new-domains",
    "contacts-replaced",
    "negations-flipped",
]

DEFAULT_WEIGHTS: dict[FactorName, float] = {
    "access-widened": 40,
    "classification-lowered": 30,
    "text-changed": 25,
    "subject-drifted": 25,
    "commands-edited": 20,
    "links-edited": 10,
    "new-domains": 20,
    "contacts-edited": 15,
    "accounts-edited": 40,
    "amounts-edited": 20,
    "dates-edited": 8,
    "numbers-edited": 8,
    "rules-edited": 20,
    "often-retrieved": 15,
    "answers-canary-questions": 15,
    "new-source": 10,
    "new-owner": 10,
    "owner-changed": 20,
    "near-duplicate": 25,
    "source-rewritten": 15,
    "commands-to-new-domains": 30,
    "contacts-replaced": 20,
    "negations-flipped": 20,
}

AROUND: frozenset[FactorName] = frozenset(
    {"often-retrieved", "answers-canary-questions", "new-source", "near-duplicate"}
)
"""Factors that a version has although nothing of it changed."""

_FACTORS_OF_FACTS: dict[str, tuple[FactorName, int]] = {
    "commands": ("commands-edited", 3),
    "links": ("links-edited", 5),
    "e-mail addresses": ("contacts-edited", 1),
    "telephone numbers": ("contacts-edited", 1),
    "account numbers": ("accounts-edited", 1),
    "amounts": ("amounts-edited", 2),
    "dates": ("dates-edited", 4),
    "numbers": ("numbers-edited", 8),
    "words of duty, permission or negation": ("rules-edited", 6),
}
"""Kind of fact → the factor it feeds, and how many edits make half of the factor's weight."""

_MANY_READERS = 20
"""Principals gaining access from which widening counts in full."""
_MAX_WORDS = 20_000
"""Past this many words the share of changed text is estimated on lines, which is linear in practice."""


class ImpactPolicy(Frozen):
    """The part of the policy that weighs changes."""

    weights: dict[FactorName, float] = Field(default_factory=dict)
    """Most points a factor can give; factors not named keep their default weight, 0 switches one off."""
    new_days: int = Field(default=14, ge=0)
    """For how long a source or an owner counts as new."""
    often_retrieved: int = Field(default=100, ge=1)
    """Retrievals in the last 30 days from which a document counts as often retrieved in full."""
    near_duplicate: float = Field(default=0.8, gt=0, le=1)
    """Share of five-word passages in common from which two texts are near-duplicates."""
    rewritten_share: float = Field(default=0.3, ge=0, le=1)
    """Share of a source's documents that one run may touch before it counts as being rewritten."""

    def most(self, factor: FactorName) -> float:
        """Most points `factor` can give."""
        return self.weights.get(factor, DEFAULT_WEIGHTS[factor])


class Surroundings(Frozen):
    """Facts about the surroundings of a document when its change is judged."""

    retrieved: int = 0
    """How often it was in an answer in the last 30 days."""
    canary_questions: int = 0
    """Canary questions that it answers now."""
    source_days: float | None = None
    """Days since its source was approved; None where that does not matter."""
    owner_days: float | None = None
    """Days since its owner's first document came in; None for an owner without any."""
    owner_changed: bool = False
    resembles: float = 0.0
    """Share of its passages that a document of another owner has too; the highest found."""
    touched_share: float = 0.0
    """Share of the source's known documents that this run changes or deletes."""


def assess(
    change: Change,
    old_text: str | None,
    new_text: str,
    around: Surroundings | None = None,
    policy: ImpactPolicy | None = None,
    narrower: Sequence[ServedAs] = (),
) -> Impact:
    """Score `change`.

    Args:
        change: the change, with what is served under its name.
        old_text: the text served until now, under this name or the one it replaces; None where there is none.
        new_text: the text that would be served.
        around: what is known around the document.
        policy: the weights.
        narrower: older names of the content under which fewer people could read it.

    """
    policy, around = policy or ImpactPolicy(), around or Surroundings()
    factors, widened, lowered = _access(change, policy, narrower)
    share = 1.0
    if old_text is not None:
        share = changed_share(old_text, new_text)
        factors += text_factors(old_text, new_text, share, policy)
    factors += _around(change, around, policy)
    factors = [factor for factor in factors if factor.points > 0]
    return Impact(
        score=min(100, round(sum(factor.points for factor in factors))),
        factors=tuple(sorted(factors, key=lambda factor: (-factor.points, factor.name))),
        access_widened=widened,
        classification_lowered=lowered,
        changed_share=round(share, 4),
    )


def text_factors(old: str, new: str, share: float, policy: ImpactPolicy) -> list[ImpactFactor]:
    """Factors of the edit of the text itself; `share` is the `changed_share` of the two texts."""
    if not share:
        return []
    factors = [_factor(policy, "text-changed", math.sqrt(share), f"{_percent(share)} of the text changed.")]
    moved = drift(old, new)
    factors.append(_factor(policy, "subject-drifted", moved, f"The subject moved by {_percent(moved)}."))
    by_factor: dict[FactorName, tuple[float, list[str]]] = {}
    for kind, edit in edits.edited(old, new).items():
        name, half = _FACTORS_OF_FACTS[kind]
        degree, reasons = by_factor.get(name, (0.0, []))
        more = edit.total / (edit.total + half)
        by_factor[name] = degree + more - degree * more, [*reasons, _edit_reason(kind, edit)]
    factors += [_factor(policy, name, degree, " ".join(reasons)) for name, (degree, reasons) in by_factor.items()]
    hosts = len(edits.new_domains(old, new))
    if hosts:
        factors.append(
            _factor(policy, "new-domains", hosts / (hosts + 1), f"Links lead to {_count(hosts, 'new domain')}.")
        )
    return factors + _leading_elsewhere(old, new, hosts, policy)


def _leading_elsewhere(old: str, new: str, new_hosts: int, policy: ImpactPolicy) -> list[ImpactFactor]:
    """Factors of edits that are small and send readers elsewhere, or to the opposite, whatever else the edit does."""
    factors: list[ImpactFactor] = []
    places = commands.commands_to_new_places(old, new)
    added = commands.added_commands(old, new) if new_hosts or places else 0
    if places or added:
        degree = 1.0 if places else 0.5
        reason = f"{_count(added, 'new command')}, and {_count(max(places, new_hosts), 'domain')} not named before."
        factors.append(_factor(policy, "commands-to-new-domains", degree, reason))
    if replaced := edits.contacts_replaced(old, new):
        reason = f"{_count(replaced, 'contact')} may lead to somebody else."
        factors.append(_factor(policy, "contacts-replaced", replaced / (replaced + 1), reason))
    if flipped := negations.negations_flipped(old, new):
        reason = f"{_count(flipped, 'sentence')} may say the opposite of before."
        factors.append(_factor(policy, "negations-flipped", flipped / (flipped + 1), reason))
    return factors


def changed_share(old: str, new: str) -> float:
    """Share of words (of lines, in very long texts) that differ: 0.0 for equal texts, 1.0 for unrelated ones."""
    if old == new:
        return 0.0
    a, b = old.split(), new.split()
    if len(a) + len(b) > _MAX_WORDS:
        a, b = old.splitlines(), new.splitlines()
    return 1.0 - SequenceMatcher(None, a, b, autojunk=True).ratio()


def _access(
    change: Change, policy: ImpactPolicy, narrower: Sequence[ServedAs]
) -> tuple[list[ImpactFactor], bool, bool]:
    """Factors of the access rule: against what its name serves, and against older names of its content."""
    tagged, serving = change.tagged, change.previous.serving if change.previous else None
    if tagged is None:
        return [], False, False
    new, before = tagged.provenance.access, [(earlier.access, f" {earlier.sentence}") for earlier in narrower]
    if serving is not None:
        before.insert(0, (serving.access, ""))
    widened: dict[str, float] = {}
    lowered: list[str] = []
    any_widened = False
    for old, name in before:
        access = AccessChange.between(old, new)
        if access.widened:
            any_widened, count = True, len(access.added)
            everyone = EVERYONE in access.added
            degree = 1.0 if everyone or not count else 0.5 + 0.5 * min(1.0, count / _MANY_READERS)
            who = f"Gaining access or losing a denial: {_count(count, 'principal')}."
            widened["Everyone gains access." + name if everyone else who + name] = degree
        if access.lowered:
            lowered.append(f"Classification goes from {old.classification} to {new.classification}.{name}")
    factors: list[ImpactFactor] = []
    if widened:
        factors.append(_factor(policy, "access-widened", max(widened.values()), " ".join(widened)))
    if lowered:
        factors.append(_factor(policy, "classification-lowered", 1.0, " ".join(lowered)))
    return factors, any_widened, bool(lowered)


def _around(change: Change, around: Surroundings, policy: ImpactPolicy) -> list[ImpactFactor]:
    factors: list[ImpactFactor] = []
    if around.retrieved:
        degree = min(1.0, math.log1p(around.retrieved) / math.log1p(policy.often_retrieved))
        reason = f"It was in {_count(around.retrieved, 'answer')} in the last 30 days."
        factors.append(_factor(policy, "often-retrieved", degree, reason))
    if around.canary_questions:
        many = around.canary_questions / (around.canary_questions + 1)
        reason = f"It answers {_count(around.canary_questions, 'canary question')}."
        factors.append(_factor(policy, "answers-canary-questions", many, reason))
    if around.source_days is not None and around.source_days < policy.new_days:
        factors.append(_factor(policy, "new-source", 1.0, "Its source was approved a short while ago."))
    if change.kind is ChangeKind.NEW and (around.owner_days is None or around.owner_days < policy.new_days):
        factors.append(_factor(policy, "new-owner", 1.0, "Its owner has brought in documents for a short while only."))
    if around.owner_changed:
        factors.append(_factor(policy, "owner-changed", 1.0, "It has another owner than before."))
    if around.resembles >= policy.near_duplicate:
        reason = f"{_percent(around.resembles)} of it is in a document of another owner."
        factors.append(_factor(policy, "near-duplicate", around.resembles, reason))
    if around.touched_share > policy.rewritten_share:
        reason = f"This run changes {_percent(around.touched_share)} of its source."
        factors.append(_factor(policy, "source-rewritten", around.touched_share, reason))
    return factors


def _edit_reason(kind: str, edit: edits.Edits) -> str:
    return f"{kind[0].upper()}{kind[1:]}: {edit.added} added, {edit.removed} removed."


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "less than 1%"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _factor(policy: ImpactPolicy, name: FactorName, degree: float, reason: str) -> ImpactFactor:
    return ImpactFactor(name=name, points=round(policy.most(name) * degree, 2), reason=reason)
