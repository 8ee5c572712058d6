"""Explanation of a verdict, rule by rule: the conditions that held, and those that nearly did.

Invariants: pure. Every answer is one of `Policy`: a part of a condition is asked as a rule of its own, so there is no
second evaluator. A condition nearly held if one of its parts failed, a comparison with a number that is close. Shown
values are numbers; no name or tag of a document is among them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache

from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.findings import Finding
from pipeline.domain.frozen import Frozen
from pipeline.domain.policy.policy import Policy, PolicyChange, PolicyRule, PolicyValues, Scope
from pipeline.domain.policy.simulation import RecordedFinding

CLOSE = 0.7
"""A number is close to a threshold from this share of it on, or up to the threshold divided by it."""
_MOST_CONDITIONS = 1_000
_COMPARISON = re.compile(r"\(*\s*(finding|document|change)\.(\w+)\s*(>=|<=|>|<)\s*(\d+(?:\.\d+)?)\s*\)*")
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|&&|\|\||[()\[\]{}?]|.', re.S)
_LOWERED_TOO = {
    Scope.FINDING: ' && (finding.lowered == "" || finding.lowered != "")',
    Scope.DOCUMENT: ' && findings.all(f, f.lowered == "" || f.lowered != "")',
}
"""Holds always, and says that a part belongs to a rule that is asked about lowered findings."""


class RuleStanding(StrEnum):
    """Answer of a rule."""

    HELD = "held"
    NEARLY = "nearly"
    UNKNOWN = "unknown"
    """It asks for something that is not on record, or cannot be evaluated."""


class NearMiss(Frozen):
    """The part of a condition that failed, with the number it met."""

    part: str
    value: float


class ExplainedRule(Frozen):
    """A rule that held, nearly did, or cannot be asked."""

    rule_id: str
    action: Action
    each: Scope
    standing: RuleStanding
    findings: int
    """Findings for which it stands so; 0 for a rule about the document."""
    seen: tuple[str, ...]
    """Kinds and types of the findings counted."""
    when: str
    missed: NearMiss | None
    """Of a rule that nearly held."""
    decides: bool
    """Whether the recorded verdict names it."""
    reason: str
    fix: str


def explained(
    policy: Policy,
    findings: Sequence[RecordedFinding],
    document: PolicyValues,
    change: PolicyValues,
    deciding: Sequence[str] = (),
) -> tuple[ExplainedRule, ...]:
    """Rules that held or nearly did, the most severe first, then in file order; rules that cannot be asked come last.

    Args:
        policy: The policy to explain.
        findings: Findings on record.
        document: Values of `document.…`, as far as they are on record.
        change: Values of `change.…`.
        deciding: Rules that the recorded verdict names.

    """
    seen = [finding.finding for finding in findings]
    rules = (_explained(rule, seen, document, change, deciding) for rule in policy.rules)
    order = list(RuleStanding)
    return tuple(
        sorted(
            (rule for rule in rules if rule is not None), key=lambda one: (order.index(one.standing), -one.action.rank)
        )
    )


def alternatives(when: str) -> list[list[str]]:
    """The parts of a condition: alternatives between `||`, each the terms between its `&&`.

    A condition with `?` outside brackets is one part.
    """
    depth, part, found = 0, "", [[""]]
    for piece in _TOKEN.findall(when):
        depth += (piece in "([{") - (piece in ")]}") if len(piece) == 1 else 0
        if depth == 0 and piece == "?":
            return [[when.strip()]]
        if depth == 0 and piece in ("&&", "||"):
            found[-1][-1] = part.strip()
            part = ""
            if piece == "&&":
                found[-1].append("")
            else:
                found.append([""])
        else:
            part += piece
    found[-1][-1] = part.strip()
    return found


def _explained(
    rule: PolicyRule,
    findings: Sequence[Finding],
    document: PolicyValues,
    change: PolicyValues,
    deciding: Sequence[str],
) -> ExplainedRule | None:
    asked: Sequence[Finding | None] = findings if rule.each is Scope.FINDING else (None,)
    held: list[Finding | None] = []
    near: list[tuple[Finding | None, NearMiss]] = []
    unknown = False
    for finding in asked:
        answer = _holds(rule.each, rule.when, findings, finding, document, change)
        if answer:
            held.append(finding)
        elif answer is None:
            unknown = True
        elif missed := next(_missed(rule, findings, finding, document, change), None):
            near.append((finding, missed))
    if held:
        standing, of = RuleStanding.HELD, held
    elif near:
        standing, of = RuleStanding.NEARLY, [finding for finding, _ in near]
    elif unknown:
        standing, of = RuleStanding.UNKNOWN, []
    else:
        return None
    named = [finding for finding in of if finding is not None]
    return ExplainedRule(
        rule_id=rule.id,
        action=rule.action,
        each=rule.each,
        standing=standing,
        findings=len(named),
        seen=tuple(dict.fromkeys(f"{one.kind.value} {one.entity}" for one in named)),
        when=rule.when,
        missed=near[0][1] if near and not held else None,
        decides=rule.id in deciding,
        reason=rule.reason,
        fix=rule.fix,
    )


def _holds(
    each: Scope,
    when: str,
    findings: Sequence[Finding],
    finding: Finding | None,
    document: PolicyValues,
    change: PolicyValues,
) -> bool | None:
    """The answer of one condition, as a policy of this condition alone gives it; None if it has none."""
    try:
        alone = _alone(each, when)
        if finding is None:
            return bool(alone.document_rules(findings, document, change))
        return alone.finding_rule(finding, document, change) is not None
    except Exception:  # CEL raises whatever Python error fits: a field that is not kept, a condition that fails
        return None


@lru_cache(maxsize=_MOST_CONDITIONS)
def _alone(each: Scope, when: str) -> Policy:
    """A policy of one condition: compiling takes longer than asking."""
    rule = PolicyRule(id="alone", each=each, when=when, action=Action.REVIEW, reason="It is asked alone.")
    entry = PolicyChange(version=1, date=date.min, by="Corpusgate", note="A condition asked alone.")
    return Policy(schema_version=1, version=1, changelog=(entry,), rules=(rule,))


def _missed(
    rule: PolicyRule,
    findings: Sequence[Finding],
    finding: Finding | None,
    document: PolicyValues,
    change: PolicyValues,
) -> Iterator[NearMiss]:
    """Parts of the condition, each the only one of its alternative that failed, by a number that is close."""
    values: Mapping[str, Mapping[str, object]] = {
        "document": document,
        "change": change,
        "finding": {}
        if finding is None
        else {"confidence": finding.confidence, "severity_rank": finding.severity.rank},
    }
    for parts in alternatives(rule.when):
        answers = [_holds(rule.each, _part(rule, part), findings, finding, document, change) for part in parts]
        if answers.count(False) != 1 or None in answers:
            continue
        part = parts[answers.index(False)]
        compared = _COMPARISON.fullmatch(part)
        if compared is None:
            continue
        value = values[compared[1]].get(compared[2])
        if isinstance(value, int | float) and _is_close(compared[2], float(value), float(compared[4])):
            yield NearMiss(part=part, value=float(value))


def _part(rule: PolicyRule, part: str) -> str:
    return f"({part}){_LOWERED_TOO[rule.each] if rule.sees_lowered else ''}"


def _is_close(field: str, value: float, threshold: float) -> bool:
    if field.endswith("_rank"):
        return abs(value - threshold) <= 1
    return min(value, threshold) >= CLOSE * max(value, threshold)
