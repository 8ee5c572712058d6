"""Gate: score a change against the text that is being served. See `pipeline.domain.policy.impact`."""

from collections.abc import Iterator

import apache_beam as beam
from apache_beam.metrics import Metrics

from pipeline.domain.documents.documents import Document
from pipeline.domain.documents.pasts import Past
from pipeline.domain.findings.containment import passage_sample
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.findings.redaction import PLACEHOLDER, redact
from pipeline.domain.findings.resemblance import sketch
from pipeline.domain.findings.short_texts import word_sketch
from pipeline.domain.identity.persons import person
from pipeline.domain.policy.impact import Surroundings, assess
from pipeline.files.texts import TextStore
from transforms.support.bases import GateFn, GateTransform
from transforms.support.containment import contained
from transforms.support.measured import measured

_DAY = 86_400


class AssessImpact(GateTransform):
    """Documents → documents with an impact."""

    def expand(self, documents: beam.PCollection) -> beam.PCollection:
        return documents | "assess impact" >> beam.ParDo(_Assess(self._context))


@measured
class _Assess(GateFn):
    gate = "assess_impact"
    score = Metrics.distribution(gate, "score")

    def setup(self) -> None:
        self._texts = TextStore(self._context.files.texts)
        self._key = self._context.fingerprint_key()

    def process(self, document: Document) -> Iterator[Document]:
        try:
            yield self._assessed(document)
        except Exception as error:  # the document's fault: it is kept out; otherwise it is raised again
            yield contained(document, "assess_impact", error)

    def _assessed(self, document: Document) -> Document:
        previous, past = document.change.previous, self._past(document)
        served = (previous.serving if previous else None) or (past.replaced if past else None)
        served_digest = served.served_digest if served else None
        kept = served_digest is not None and self._texts.has(served_digest)
        old_text = self._texts.get(served_digest) if served_digest and kept else None
        new_text = document.text
        if old_text is not None and PLACEHOLDER in old_text:  # what is served was redacted: compare like with like
            personal = [finding for finding in document.findings if finding.kind is FindingKind.PII]
            new_text = redact(new_text, personal).text
        resembling = sketch(document.text)
        around = self._surroundings(document, resembling)
        policy = self._context.of(document.change.snapshot).policy
        narrower = past.narrower if past else ()
        impact = assess(document.change, old_text, new_text, around, policy.impact, narrower)
        self.score.update(impact.score)
        return document.noting(
            impact=impact,
            sketch=resembling,
            words=word_sketch(document.text, self._key),
            passages=passage_sample(document.text, self._key),
            past=past.digest if past else "",
        )

    def _past(self, document: Document) -> Past | None:
        """The past of its content under older names, if there is any."""
        tagged = document.change.tagged
        context = self._context.of(document.change.snapshot)
        return None if tagged is None else context.pasts.find(document.doc_id, tagged.version_id)

    def _surroundings(self, document: Document, resembling: str | None) -> Surroundings:
        change, tagged = document.change, document.change.tagged
        if tagged is None:
            return Surroundings()
        context = self._context.of(change.snapshot)
        snapshot, owner, at = context.surroundings, tagged.provenance.owner, context.started_at
        known = snapshot.row(change.doc_id)
        since, approved = snapshot.owner_since(owner), context.sources[tagged.ref.source].approved_at
        return Surroundings(
            retrieved=known.get("retrieved", 0),
            canary_questions=known.get("canary_questions", 0),
            source_days=None if approved is None else (at - approved).total_seconds() / _DAY,
            owner_days=None if since is None else (at - since).total_seconds() / _DAY,
            owner_changed=bool(known) and known["owner"] != person(owner),
            resembles=snapshot.closest_of_others(resembling, owner) if resembling else 0.0,
            touched_share=change.touched_share,
        )
