"""Gate: the only router. Every document leaves with exactly one verdict.

A redacted text is scanned again. It queues in the detectors like a document, and the gate judges others meanwhile.

Invariants: policy alone decides (`domain.policy.policy`); this gate applies it. Findings under a waiver stay on
record and do not count, before and after redaction. If a finding remains in redacted text, the document is
quarantined. Only documents with the verdict admit or redact are embedded, the latter with their redacted text only
(law 1).
"""

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.utils.windowed_value import WindowedValue

from pipeline.detectors.suite import SuiteScanner, Tickets
from pipeline.domain.documents.documents import SERVED, Action, Document, Verdict
from pipeline.domain.documents.emptiness import NO_TEXT, is_blank
from pipeline.domain.documents.outcomes import outcome_of
from pipeline.domain.documents.pasts import RETURNED, Past
from pipeline.domain.findings.findings import Finding, Place
from pipeline.domain.findings.redaction import redaction_digest
from pipeline.domain.identity.persons import person
from pipeline.domain.policy.overruling import BY_REVIEWER, GATE_FAILED, Standing, overruling
from pipeline.domain.policy.policy_context import change_context, document_context
from pipeline.domain.policy.redacting import Redacted, redaction, with_text
from pipeline.domain.policy.waivers import WAIVED
from pipeline.domain.serving.erasing import ERASED, ErasedDocument
from pipeline.domain.serving.takedown import ROLLED_BACK, TakenOff
from pipeline.domain.telemetry.gate_figures import VERDICT
from pipeline.files.texts import TextStore
from pipeline.telemetry.progress import PROGRESS
from transforms.support.bases import GateFn, GateTransform
from transforms.support.containment import contained
from transforms.support.measured import measured

SETTLED = "settled"
_BY_REVIEWER_REASON = "A reviewer put this version into quarantine; only a new version can come in."


class ApplyPolicy(GateTransform):
    """Scanned documents → documents to serve; the outcomes of all others are the tagged output `SETTLED`."""

    def expand(self, documents: beam.PCollection) -> Any:
        return documents | "apply policy" >> beam.ParDo(_Apply(self._context)).with_outputs(SETTLED, main="served")


class _Rescan(NamedTuple):
    """A document whose redacted text the detectors scan again."""

    document: Document
    to_redact: tuple[Finding, ...]
    rounds: Generator[str, Sequence[Finding], Redacted]
    tickets: Tickets
    arrived: tuple[Any, Any]
    """Its timestamp and window."""


@measured
class _Apply(GateFn):
    gate = "apply_policy"

    def setup(self) -> None:
        context = self._context
        self._suite = SuiteScanner(context.detectors, context.home_folder, context.fingerprint_key())
        self._texts = TextStore(self._context.files.texts)

    def start_bundle(self) -> None:
        self._rescans: deque[_Rescan] = deque()

    def process(
        self,
        document: Document,
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
    ) -> Iterator[Any]:
        arrived = timestamp, window
        try:
            judged, to_redact = self._judge(document)
            if to_redact is not None:
                rounds = redaction(document.text, to_redact, lambda findings: self._decide(document, tuple(findings)))
                tickets = self._submit(document, next(rounds))
                self._rescans.append(_Rescan(judged, to_redact, rounds, tickets, arrived))
        except Exception as error:  # the document's fault: it is kept out; otherwise it is raised again
            judged, to_redact = self._kept_out(contained(document, self.gate, error)), None
        if to_redact is None:
            yield self._routed(judged, arrived)
        while len(self._rescans) > self._context.detectors.in_flight:
            yield from self._next()

    def finish_bundle(self) -> Iterator[Any]:
        while self._rescans:
            yield from self._next()

    def _submit(self, document: Document, clean: str) -> Tickets:
        return self._suite.submit(with_text(document.extracted, clean))

    def _next(self) -> Iterator[Any]:
        """The first document that waits for detectors, unless they must look at its text once more."""
        waiting = self._rescans.popleft()
        try:
            left = (*self._suite.result(waiting.tickets), *left_in_strings(waiting.document))
            tickets = self._submit(waiting.document, waiting.rounds.send(left))
        except StopIteration as end:
            judged = _redacted(waiting, end.value)
        except Exception as error:  # the document's fault: it is kept out; otherwise it is raised again
            judged = self._kept_out(contained(waiting.document, self.gate, error))
        else:
            self._rescans.append(waiting._replace(tickets=tickets))
            return
        yield self._routed(judged, waiting.arrived)

    def _routed(self, judged: Document, arrived: tuple[Any, Any]) -> Any:
        verdict = judged.verdict
        if verdict is None:
            raise ValueError("policy gave no verdict")
        Metrics.counter(self.gate, f"{VERDICT}{verdict.action.value}").inc()
        PROGRESS.add(verdict.action.value)
        if verdict.action is Action.REVIEW and not self._context.dry_run:
            self._texts.put(judged.text)
        timestamp, window = arrived
        if verdict.action in SERVED:
            return WindowedValue(judged, timestamp, (window,))
        return beam.pvalue.TaggedOutput(SETTLED, WindowedValue(outcome_of(judged), timestamp, (window,)))

    def _judge(self, document: Document) -> tuple[Document, tuple[Finding, ...] | None]:
        """The document with its verdict; with the findings to redact where its redacted text is to be judged again."""
        verdict, to_redact = self._decide(document, document.findings)
        erased, past, taken_off = self._erased(document), self._past(document), self._taken_off(document)
        standing = Standing(
            erased=erased is not None,
            quarantined=_quarantined(document),
            past=None if past is None else past.action,
            taken_off=taken_off is not None,
        )
        if over := overruling(verdict.action, standing):
            action, rule = over
            reasons = {
                ERASED: (erased.reason,) if erased else (),
                BY_REVIEWER: (_BY_REVIEWER_REASON,),
                RETURNED: past.reasons if past else (),
                ROLLED_BACK: (taken_off.reason,) if taken_off else (),
            }[rule]
            if rule == ERASED:
                # The erasure removed its findings from the record, so they are not recorded again.
                document = document.noting(findings=(), sketch=None, words=None, passages=None)
                verdict = verdict.model_copy(update={"waivers": ()})
            alone = rule in (ERASED, BY_REVIEWER)
            return document.noting(verdict=_held(verdict, action, rule, reasons, alone=alone)), None
        if past is not None and past.narrower and verdict.action is Action.REVIEW:
            return document.noting(verdict=_held(verdict, Action.REVIEW, RETURNED, past.reasons)), None
        if verdict.action is Action.ADMIT and is_blank(document.text):
            verdict = verdict.model_copy(update={"reasons": (NO_TEXT,)})
        return document.noting(verdict=verdict), to_redact if verdict.action is Action.REDACT else None

    def _kept_out(self, document: Document) -> Document:
        """The document with a quarantine verdict, because policy could not be applied to it."""
        tagged = document.change.tagged
        if tagged is None:
            raise ValueError("a deleted document has no verdict")
        return document.noting(
            verdict=Verdict(
                action=Action.QUARANTINE,
                rule_ids=(GATE_FAILED,),
                reasons=("Policy could not be applied to it.",),
                content_digest=tagged.provenance.content_digest,
                access_digest=tagged.provenance.access.digest,
                binding=self._context.of(document.change.snapshot).binding,
            )
        )

    def _erased(self, document: Document) -> ErasedDocument | None:
        """The erasure that keeps this document out."""
        tagged = document.change.tagged
        if tagged is None:
            return None
        return self._context.of(document.change.snapshot).erased.find(document.doc_id, tagged.provenance.content_digest)

    def _taken_off(self, document: Document) -> TakenOff | None:
        """The rollback that took off what the source offers again, unless people let exactly this in."""
        tagged = document.change.tagged
        if tagged is None or _approved(document):
            return None
        content = tagged.provenance.content_digest
        return self._context.of(document.change.snapshot).taken_off.find(document.doc_id, tagged.version_id, content)

    def _past(self, document: Document) -> Past | None:
        """The past of its content under older names; None if people let exactly this version in."""
        tagged = document.change.tagged
        if tagged is None or _approved(document):
            return None
        return self._context.of(document.change.snapshot).pasts.find(document.doc_id, tagged.version_id)

    def _decide(self, document: Document, findings: tuple[Finding, ...]) -> tuple[Verdict, tuple[Finding, ...]]:
        change = document.change
        if change.tagged is None:
            raise ValueError("a deleted document has no verdict")
        context = self._context.of(change.snapshot)
        source, provenance = context.sources[change.tagged.ref.source], change.tagged.provenance
        authors = (person(provenance.submitter), person(provenance.owner))
        counted, waivers = context.waivers.split(document.doc_id, authors, findings)
        decided = context.policy.decide(
            counted,
            document_context(document, source.state),
            change_context(document),
            approved=_approved(document),
            redacted=_redaction(document) != "",
        )
        verdict = Verdict(
            action=decided.action,
            rule_ids=decided.rule_ids,
            reasons=decided.reasons,
            tags=(*decided.tags, *((WAIVED,) if waivers else ())),
            content_digest=provenance.content_digest,
            access_digest=provenance.access.digest,
            binding=context.binding,
            waivers=waivers,
        )
        return verdict, decided.redact


def _redacted(waiting: _Rescan, outcome: Redacted) -> Document:
    """The document with its redacted text, or with the verdict on what is left in that."""
    document, verdict = waiting.document, waiting.document.verdict
    if verdict is None:
        raise ValueError("policy gave no verdict")
    if not outcome.complete:
        kept_out = {"action": Action.QUARANTINE, "rule_ids": outcome.rule_ids, "reasons": outcome.reasons}
        return document.noting(verdict=verdict.model_copy(update=kept_out))
    wider = dict(zip(waiting.to_redact, outcome.findings, strict=False))
    covered = (*(wider.get(one, one) for one in document.findings), *outcome.findings[len(waiting.to_redact) :])
    return document.noting(extracted=with_text(document.extracted, outcome.text), findings=covered)


def left_in_strings(document: Document) -> tuple[Finding, ...]:
    """What still stands in name, title and tags: values were taken out of them before, and they were scanned again."""
    return tuple(one for one in document.findings if one.place is not Place.TEXT and not one.is_value)


def _held(verdict: Verdict, action: Action, rule: str, reasons: tuple[str, ...], *, alone: bool = False) -> Verdict:
    """The verdict with a built-in rule before what policy said, as far as policy asked for the same and counts."""
    rules, said = (verdict.rule_ids, verdict.reasons) if verdict.action is action and not alone else ((), ())
    return verdict.model_copy(
        update={"action": action, "rule_ids": (rule, *rules), "reasons": (" ".join(reasons), *said)}
    )


def _approved(document: Document) -> bool:
    """Whether approvals are bound to exactly this version; the ledger has checked binding, number and expiry.

    Those for a redacted text are also bound to the findings: another set of findings was not what people saw.
    """
    previous, redaction = document.change.previous, _redaction(document)
    if previous is None or not previous.approved or not _same_version(document):
        return False
    return not redaction or redaction == redaction_digest(document.findings)


def _redaction(document: Document) -> str:
    previous = document.change.previous
    return "" if previous is None else previous.redaction


def _quarantined(document: Document) -> bool:
    previous = document.change.previous
    return previous is not None and previous.quarantined and _same_version(document)


def _same_version(document: Document) -> bool:
    previous, tagged = document.change.previous, document.change.tagged
    return previous is not None and tagged is not None and previous.version_id == tagged.version_id
