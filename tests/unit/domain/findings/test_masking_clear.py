"""Weak evidence that readers will see is marked; everything else stays masked, wherever it stands."""

from hypothesis import assume, example, given
from hypothesis import strategies as st

from pipeline.domain.documents.documents import ChangeKind, Impact
from pipeline.domain.findings.findings import Finding, FindingKind, Place, Severity
from pipeline.domain.findings.masking import MarkKind, Numbering, mask, values_of
from pipeline.domain.identity.permissions import AccessRule, Classification
from pipeline.domain.policy.policy import Policy
from pipeline.domain.policy.policy_context import recorded_change, recorded_context
from pipeline.domain.policy.served_in_clear import served_in_clear
from pipeline.settings.files import load_policy
from pipeline.settings.home import default_configs
from tests.support.ledger_samples import outcome

POLICY = load_policy(default_configs() / "policy.yaml")
CHANGE = recorded_change(ChangeKind.MODIFIED, Impact(score=0))


def finding(start: int, end: int, **more: object) -> Finding:
    given_ = {
        "kind": FindingKind.PII, "detector": "pii.person", "entity": "PERSON", "severity": Severity.LOW,
        "confidence": 0.85, "start": start, "end": end, "line": 1, "fingerprint": "0" * 32, "preview": "",
    }  # fmt: skip
    return Finding.model_validate(given_ | more)


def numbers(
    *findings: Finding, policy: Policy = POLICY, digest: str = POLICY.digest, access: AccessRule | None = None
) -> set[int]:
    tagged = outcome("a.md", access=access).tagged if access else outcome("a.md").tagged
    assert tagged is not None
    return set(served_in_clear(policy, digest, findings, recorded_context(tagged.provenance, 100), CHANGE))


def test_a_weak_name_is_served_in_clear_and_nothing_else_is() -> None:
    weak = finding(0, 4)
    assert numbers(weak) == {1}
    assert numbers(finding(0, 4, severity=Severity.MEDIUM, confidence=0.4)) == {1}
    for strong in (
        finding(0, 4, severity=Severity.MEDIUM, entity="EMAIL_ADDRESS"),
        finding(0, 4, kind=FindingKind.SECRET),
        finding(0, 4, kind=FindingKind.SECRET, severity=Severity.LOW, lowered="sample"),
        finding(0, 0, place=Place.TITLE),
        finding(0, 4, kind=FindingKind.INJECTION),
    ):
        assert numbers(weak, strong) == {1}


def test_strong_personal_data_stays_masked_even_where_few_may_read_it() -> None:
    board = AccessRule(tenant="default", classification=Classification.CONFIDENTIAL, allow=("user:ann",))
    assert numbers(finding(0, 4, severity=Severity.HIGH, entity="US_SSN"), access=board) == set()


def test_law_04_in_doubt_everything_stays_masked() -> None:
    weak = finding(0, 4)
    assert numbers(weak, digest="0" * 64) == set()
    rule = next(one for one in POLICY.rules if one.id == "weak-pii")
    for fact in ('document.media_type == "text/plain"', 'document.source_state == "approved"', "!change.renamed"):
        asking = rule.model_copy(update={"when": f"({rule.when}) && {fact}"})
        policy = POLICY.model_copy(update={"rules": (*POLICY.rules, asking)})
        policy = Policy.model_validate(policy.model_dump() | {"rules": [asking.model_dump()]})
        assert numbers(weak, policy=policy, digest=policy.digest) == set()
    redacting = Policy.model_validate(POLICY.model_dump() | {"rules": [rule.model_dump() | {"action": "redact"}]})
    assert numbers(weak, policy=redacting, digest=redacting.digest) == set()


def test_a_clear_value_is_marked_with_its_finding_and_keeps_its_words() -> None:
    text = "Ask Ann or write to ann@acme.test."
    name, address = finding(4, 7), finding(20, 33, severity=Severity.MEDIUM, entity="EMAIL_ADDRESS")
    masked = mask(text, [name, address], Numbering(), clear={1})
    assert masked.text == "Ask Ann or write to ‹EMAIL_ADDRESS 1›."
    mark = next(one for one in masked.marks if one.kind is MarkKind.CLEAR)
    assert (masked.text[mark.start : mark.stop], mark.label, mark.finding) == ("Ann", "PERSON", 1)
    assert values_of(text, [name, address], {1}) == {"ann@acme.test": "EMAIL_ADDRESS"}


WORD = st.text(st.sampled_from("abAB1"), min_size=4, max_size=6)


@given(st.lists(WORD, min_size=2, max_size=8), st.data())
@example(["aaaa", "aaaa"], None)
def test_law_04_a_masked_value_never_stands_under_a_clear_mark(words: list[str], data: st.DataObject | None) -> None:
    text = " ".join(words)
    starts = [sum(len(word) + 1 for word in words[:n]) for n in range(len(words))]
    findings = [finding(start, start + len(word)) for start, word in zip(starts, words, strict=True)]
    clear = {1} if data is None else data.draw(st.sets(st.integers(1, len(words))))
    assume(len(clear) < len(words))
    secrets_ = {words[n - 1] for n in range(1, len(words) + 1) if n not in clear}
    masked = mask(text, findings, Numbering(), clear=clear)
    assert not any(secret in masked.text for secret in secrets_)


@given(st.sets(st.integers(1, 3)))
def test_law_04_no_number_makes_a_secret_clear(clear: set[int]) -> None:
    text = "abcd efgh ijkl"
    findings = [finding(n, n + 4, kind=FindingKind.SECRET, entity="KEY") for n in (0, 5, 10)]
    assert mask(text, findings, Numbering(), clear=clear).text == "‹KEY 1› ‹KEY 2› ‹KEY 3›"
