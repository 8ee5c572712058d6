"""Redacted texts are scanned again while the gate judges other documents. Real policy and home, detectors left out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from apache_beam.pvalue import TaggedOutput
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.timestamp import Timestamp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import Action, Change, ChangeKind, Document, ExtractedText, Outcome
from pipeline.domain.errors import CanaryMissed
from pipeline.domain.findings.findings import Detection, Finding, FindingKind, Place, Severity, seal
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.policy.overruling import GATE_FAILED
from pipeline.domain.policy.redacting import REDACTION_INCOMPLETE
from pipeline.runs.snapshot import contributing, run_context, write_snapshot
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.index_samples import Doc, rule
from transforms.apply_policy import SETTLED, _Apply
from transforms.assess_impact import _Assess
from transforms.support.context import RunContext

VALUE = "quorble@example.org"
TEXTS = {
    "plain": "The pier is painted each spring.",
    "mended": f"Write to {VALUE} about the pier.",
    "twice": f"Write to {VALUE} about Upton.",
    "stubborn": f"Write to {VALUE} about the lamp.",
    "broken": f"Write to {VALUE} about the wick.",
}
KINDS = st.lists(st.sampled_from(sorted(TEXTS)), max_size=12)


def found(text: str, value: str) -> Finding:
    place = text.index(value), text.index(value) + len(value)
    return seal(Detection(FindingKind.PII, "pii.email", "EMAIL_ADDRESS", *place, Severity.MEDIUM, 0.9), text, b"k" * 32)


class Suite:
    """In place of the detectors: what is found in a redacted text depends on its last word."""

    def __init__(self) -> None:
        self.answered: list[str] = []
        self.untrusted = False

    def submit(self, extracted: ExtractedText) -> str:
        assert VALUE not in extracted.text, "only a redacted text is scanned again"
        return extracted.text

    def result(self, text: str) -> Sequence[Finding]:
        if self.untrusted:
            raise CanaryMissed("It missed one.", done="Stopped.")
        self.answered.append(text)
        if "wick" in text:
            raise ValueError("it broke")
        if "lamp" in text:
            return [found(text, "lamp").at(Place.TITLE)]
        return [found(text, "Upton")] if "Upton" in text else []


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunContext]:
    folder = tmp_path_factory.mktemp("rescans")
    workspace = Workspace(folder / "home")
    workspace.create()
    (folder / "hand").mkdir()
    approve_source(workspace, "hand", folder / "hand", classification=Classification.INTERNAL, allow=("group:staff",))
    staging = workspace.home.staging / "run"
    staging.mkdir(parents=True)
    made = run_context(workspace, contributing(workspace), "run", datetime.now(UTC), staging, None)
    made = replace(made, detectors=made.detectors.model_copy(update={"in_flight": 2}))
    write_snapshot(workspace, made, None)
    yield made
    workspace.close()


@pytest.fixture
def gate(context: RunContext) -> _Apply:
    made = _Apply(context)
    made.setup()
    made._suite = Suite()  # type: ignore[assignment]
    made.start_bundle()
    return made


def document(context: RunContext, name: str, text: str) -> Document:
    tagged = Doc(name, (text,), rule("group:staff")).tagged
    change = Change(kind=ChangeKind.NEW, doc_id=tagged.doc_id, tagged=tagged)
    findings = (found(text, VALUE),) if VALUE in text else ()
    extracted = ExtractedText(text=text, media_type="text/plain", extractor="plain 1")
    scanned = Document(change=change, extracted=extracted, text_digest=digest_text(text), findings=findings)
    assess = _Assess(context)
    assess.setup()
    (assessed,) = assess.process(scanned)
    return assessed


def leaving(gate: _Apply, documents: Sequence[Document]) -> Iterator[Any]:
    for number, one in enumerate(documents):
        yield from gate.process(one, Timestamp(number), GlobalWindow())
    yield from gate.finish_bundle()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=KINDS)
def test_law_01_and_13_each_document_leaves_once_and_a_redacted_one_only_after_its_rescan(
    context: RunContext, gate: _Apply, kinds: list[str]
) -> None:
    gate.start_bundle()
    suite: Any = gate._suite
    suite.answered.clear()
    documents = [document(context, f"{n}-{kind}.md", TEXTS[kind]) for n, kind in enumerate(kinds)]
    verdicts: dict[str, tuple[Action, tuple[str, ...], str]] = {}
    for left in leaving(gate, documents):
        settled = isinstance(left, TaggedOutput)
        assert not settled or left.tag == SETTLED
        inner = left.value if settled else left
        value: Document | Outcome = inner.value
        verdict = value.verdict
        assert verdict is not None
        assert value.doc_id not in verdicts
        assert (verdict.action in (Action.ADMIT, Action.REDACT)) is not settled
        if isinstance(value, Document) and verdict.action is Action.REDACT:
            assert value.text in suite.answered
        text = value.text if isinstance(value, Document) else ""
        verdicts[value.doc_id] = verdict.action, verdict.rule_ids, text
        assert inner.timestamp == Timestamp(int(value.doc_id.partition(":")[2].partition("-")[0]))
    assert verdicts.keys() == {one.doc_id for one in documents}
    for one, kind in zip(documents, kinds, strict=True):
        action, rules, text = verdicts[one.doc_id]
        assert VALUE not in text
        match kind:
            case "plain":
                assert (action, text) == (Action.ADMIT, one.text)
            case "mended":
                assert action is Action.REDACT
                assert "about the pier" in text
            case "twice":
                assert action is Action.REDACT
                assert "Upton" not in text
            case "stubborn":
                assert (action, rules[0]) == (Action.QUARANTINE, REDACTION_INCOMPLETE)
            case _:
                assert (action, rules) == (Action.QUARANTINE, (GATE_FAILED,))


def test_a_document_without_findings_does_not_wait_for_the_rescan_of_the_one_before(
    context: RunContext, gate: _Apply
) -> None:
    first, second = document(context, "0-a.md", TEXTS["mended"]), document(context, "1-b.md", TEXTS["plain"])
    assert not list(gate.process(first, Timestamp(0), GlobalWindow()))
    (left,) = gate.process(second, Timestamp(1), GlobalWindow())
    assert left.value.doc_id == second.doc_id
    (left,) = gate.finish_bundle()
    assert left.value.doc_id == first.doc_id


def test_law_03_a_missed_canary_stops_the_run_though_the_document_came_long_before(
    context: RunContext, gate: _Apply
) -> None:
    suite: Any = gate._suite
    suite.untrusted = True
    list(gate.process(document(context, "0-a.md", TEXTS["mended"]), Timestamp(0), GlobalWindow()))
    with pytest.raises(CanaryMissed):
        list(gate.finish_bundle())
