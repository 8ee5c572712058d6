"""`corpusgate scan`: judges texts and files with every detector and the policy, outside any corpus.

Invariants: the same detectors, guards and policy as in the gate. Nothing is stored, no value is in the result.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from pydantic import JsonValue

from pipeline.detectors.suite import SuiteScanner, Tickets
from pipeline.domain.declarations.lookalikes import stated_problems
from pipeline.domain.documents.documents import Action, Change, ChangeKind, ExtractedText, Impact
from pipeline.domain.errors import CorpusgateError, UsageError
from pipeline.domain.findings.failures import EXTRACTION
from pipeline.domain.findings.findings import Finding, FindingKind, Place, scan_failure
from pipeline.domain.findings.masking import Numbering, mask
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.policy.impact import assess
from pipeline.domain.policy.policy import Policy, PolicyValues, PolicyVerdict
from pipeline.domain.policy.policy_context import plain_text_context
from pipeline.domain.policy.redacting import redacted, with_text
from pipeline.workspace import Workspace

IN_FLIGHT = 32
STANDARD_INPUT = Path("-")


class JudgedFinding(Frozen):
    """A finding, and what policy would make of it alone."""

    finding: Finding
    action: Action


class ScanResult(Frozen):
    """What was found in one text."""

    id: JsonValue
    """As the caller gave it."""
    verdict: Action
    rule_ids: tuple[str, ...]
    """The rules that decide."""
    reasons: tuple[str, ...]
    """Why, in sentences."""
    findings: tuple[JudgedFinding, ...]
    masked: str | None = None
    """The text without its values, if it was asked for; None where a scan did not finish: a value could be left."""

    @property
    def explained(self) -> bool:
        """Whether some finding alone brings this verdict; else a redaction that was not enough does, or tags do."""
        actions = [judged.action.rank for judged in self.findings]
        return self.verdict.rank <= max(actions, default=Action.ADMIT.rank)


class GivenText(NamedTuple):
    """A text to scan, as its caller names it."""

    name: JsonValue
    extracted: ExtractedText
    problems: tuple[str, ...] = ()
    """Of what it declares about itself."""


class TextScanner:
    """Scans texts in order, several in flight, models loaded once."""

    def __init__(
        self, workspace: Workspace, classification: Classification = Classification.INTERNAL, *, masked: bool = False
    ) -> None:
        """Have the detectors load; the first result waits for them.

        Args:
            workspace: Policy, detectors and key.
            classification: What the texts are judged as.
            masked: Whether results hold the texts without their values.

        """
        home = workspace.home
        self._suite = SuiteScanner(home.settings.detectors, home.folder, home.fingerprint_key)
        self._policy: Policy = home.policy
        self._classification, self._masked = classification, masked

    def scan(self, texts: Iterable[GivenText]) -> Iterator[ScanResult]:
        """One result a text, in order. Raises `CanaryMissed` when a detector cannot be trusted.

        When `texts` raises, what came before is answered first.
        """
        waiting: deque[tuple[GivenText, Tickets]] = deque()
        supply = iter(texts)
        refused: CorpusgateError | None = None
        while refused is None:
            try:
                text = next(supply)
            except StopIteration:
                break
            except CorpusgateError as error:
                refused = error
            else:
                waiting.append((text, self._suite.submit(text.extracted)))
                if len(waiting) >= IN_FLIGHT:
                    yield self._finish(*waiting.popleft())
        while waiting:
            yield self._finish(*waiting.popleft())
        if refused is not None:
            raise refused

    def _finish(self, text: GivenText, tickets: Tickets) -> ScanResult:
        name, extracted, problems = text
        findings = self._suite.result(tickets)
        problems += stated_problems(extracted.stated, self._classification)
        if extracted.failure:
            findings.insert(0, scan_failure(EXTRACTION, extracted.failure, extracted.media_type))
        document, change = plain_text_context(extracted.text, self._classification)
        document |= {"media_type": extracted.media_type, "problems": list(problems)}
        context = document, change
        return judge(self._policy, name, extracted, findings, context, self._suite.scan, masked=self._masked)


def judge(
    policy: Policy,
    name: JsonValue,
    extracted: ExtractedText,
    findings: Sequence[Finding],
    context: tuple[PolicyValues, PolicyValues],
    scan: Callable[[ExtractedText], Sequence[Finding]],
    *,
    masked: bool = False,
) -> ScanResult:
    """What policy says of a text with these findings.

    Args:
        policy: Decides.
        name: What the result is called.
        extracted: The text.
        findings: Of all detectors.
        context: Values of `document.…` and of `change.…`.
        scan: Every detector again, over the redacted text.
        masked: Whether the result holds the text without its values.

    """
    document, change = context
    decided = policy.decide(findings, document, change)
    verdict, rule_ids, reasons = decided.action, decided.rule_ids, decided.reasons
    if verdict is Action.REDACT:

        def decide(left: Sequence[Finding]) -> tuple[PolicyVerdict, Sequence[Finding]]:
            verdict = policy.decide(left, document, change)
            return verdict, verdict.redact

        again = redacted(extracted.text, decided.redact, lambda text: scan(with_text(extracted, text)), decide)
        if not again.complete:
            verdict, rule_ids, reasons = Action.QUARANTINE, again.rule_ids, again.reasons
    judged = tuple(
        JudgedFinding(finding=finding, action=policy.finding_action(finding, document, change))
        for finding in sorted(findings, key=lambda f: (f.place is not Place.TEXT, f.start, f.end, f.kind, f.detector))
    )
    whole = not any(finding.kind is FindingKind.SCAN_FAILED for finding in findings)
    return ScanResult(
        id=name,
        verdict=verdict,
        rule_ids=rule_ids,
        reasons=reasons,
        findings=judged,
        masked=mask(extracted.text, findings, Numbering()).text if masked and whole else None,
    )


def standard_input(stream: BinaryIO, workspace: Workspace) -> GivenText:
    """The input of a program, read like a file without a name, in the same child processes."""
    return given_file(stream.read(), "standard input", workspace)


def given_file(data: bytes, name: str, workspace: Workspace) -> GivenText:
    """A file that was sent, read in child processes as a file of that name in a source is read."""
    from pipeline.extraction.extractor import Extractor
    from pipeline.extraction.tag_reader import tag_reader

    settings = workspace.home.settings.extraction
    with Extractor(settings) as extractor:
        extracted = extractor.extract(data, name)
    declared = tag_reader(settings).front_matter(data, name)
    stated = (*extracted.stated, *declared.stated)
    return GivenText(name, extracted.model_copy(update={"stated": stated}), declared.problems)


def given_text(name: JsonValue, text: str) -> GivenText:
    """A text as its caller has it: not normalised, so that offsets are offsets into what they sent."""
    return GivenText(name, ExtractedText(text=text, media_type="text/plain", extractor="none"))


def weigh_edit(workspace: Workspace, old: Path, new: Path) -> Impact:
    """How much the edit from one file to another would matter, with this home's weights.

    Only the texts are weighed: nothing is known about who reads or owns them. Raises `UsageError` for a file that
    cannot be read.
    """
    from pipeline.extraction.extractor import Extractor

    texts: list[str] = []
    with Extractor(workspace.home.settings.extraction) as extractor:
        for path in (old, new):
            extracted = extractor.extract(path.read_bytes(), path.name)
            if extracted.failure:
                raise UsageError(
                    f"No text could be read from {path}: {extracted.failure}.",
                    fix="Save it as another type, such as text or PDF, and give that file.",
                )
            texts.append(extracted.text)
    change = Change(kind=ChangeKind.MODIFIED, doc_id="file")
    before, after = texts
    return assess(change, before, after, policy=workspace.home.policy.impact)


def for_programs(result: ScanResult, *, masked: bool = False) -> dict[str, Any]:
    """The result as `corpusgate scan --jsonl` writes it; with reasons where the findings alone do not explain it.

    `masked`: with the text without its values, too.
    """
    keys = ("kind", "detector", "entity", "start", "end", "severity", "confidence")
    return {
        "id": result.id,
        "verdict": result.verdict.value,
        "findings": [
            {key: getattr(judged.finding, key) for key in keys}
            | {"action": judged.action.value}
            | ({"lowered": judged.finding.lowered.value} if judged.finding.lowered else {})
            | ({"place": judged.finding.place.value} if judged.finding.place is not Place.TEXT else {})
            for judged in result.findings
        ],
    } | (
        ({"reasons": list(result.reasons)} if not result.explained else {})
        | ({"masked": result.masked} if masked else {})
    )
