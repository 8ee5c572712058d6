"""Tests of a policy: documents with the verdict that each must get.

Invariants: pure. A test is judged by `Policy.decide`, like a document. It begins as a clean document of an approved
source that everyone may read, and says in which fields, findings and changes it differs. A rule is tested if a test
expects it among the rules that decide.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.findings import Finding, FindingKind, Lowering, Place, Severity
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.policy.policy import FIELDS, Policy
from pipeline.domain.policy.policy_context import plain_text_context


class FindingFacts(Frozen):
    """A finding as far as conditions see it."""

    kind: FindingKind
    """Kind of the finding."""
    detector: str = "test.rule"
    """Id of the rule that fired."""
    entity: str = "THING"
    """Type of the thing found."""
    severity: Severity = Severity.HIGH
    """Severity of the finding."""
    confidence: float = Field(default=0.9, ge=0, le=1)
    """0 to 1."""
    place: Place = Place.TEXT
    """String of the document that it is in."""
    lowered: Lowering | None = None
    """Reason why it was judged harmless."""

    @property
    def finding(self) -> Finding:
        """A finding that conditions cannot tell from it."""
        return Finding(**self.model_dump(), start=0, end=0, line=1, fingerprint="", preview="")


class PolicyTest(Frozen):
    """A document and the verdict that it must get."""

    name: str = Field(min_length=3)
    """The document in words."""
    findings: tuple[FindingFacts, ...] = ()
    """Findings of the document."""
    document: dict[str, Any] = Field(default_factory=dict)
    """Values of `document.…` that differ from those of a clean document."""
    change: dict[str, Any] = Field(default_factory=dict)
    """Values of `change.…` that differ from those of a new document."""
    verdict: Action
    """Action that the policy must decide."""
    rules: tuple[str, ...] = Field(min_length=1)
    """Rules that must decide, in any order."""

    @model_validator(mode="after")
    def _known_fields(self) -> Self:
        for name, values in (("document", self.document), ("change", self.change)):
            if unknown := sorted(set(values) - set(FIELDS[name])):
                raise ValueError(f"{name} has no field {unknown[0]}")
        return self


class PolicyTests(Frozen):
    """The whole file of tests."""

    schema_version: Literal[1]
    """Version of the file's format."""
    tests: tuple[PolicyTest, ...]
    """The tests."""


class JudgedTest(NamedTuple):
    """A test, and the verdict that the document got."""

    test: PolicyTest
    action: Action
    rules: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether it is the verdict, by the rules, that the test expects."""
        return self.action is self.test.verdict and set(self.rules) == set(self.test.rules)


def run_tests(policy: Policy, tests: Sequence[PolicyTest]) -> list[JudgedTest]:
    """The outcome of each test, in order. A rule that cannot be evaluated raises."""
    outcomes = []
    for test in tests:
        classification = Classification(test.document.get("classification", Classification.INTERNAL))
        document, change = plain_text_context("text", classification)
        found = policy.decide([one.finding for one in test.findings], document | test.document, change | test.change)
        outcomes.append(JudgedTest(test, found.action, found.rule_ids))
    return outcomes


def untested(policy: Policy, tests: Sequence[PolicyTest]) -> list[str]:
    """Rules of the policy that no test expects to decide, in file order."""
    tested = {rule for test in tests for rule in test.rules}
    return [rule.id for rule in policy.rules if rule.id not in tested]
