"""The values that policy conditions see: `document.…` and `change.…`."""

from pipeline.domain.documents.documents import ChangeKind, Document, Impact
from pipeline.domain.documents.emptiness import empties
from pipeline.domain.documents.provenance import Provenance, SourceState
from pipeline.domain.identity.permissions import EVERYONE, AccessRule, Classification
from pipeline.domain.policy.policy import EVERYONE_COUNTS_AS, PolicyValue

Values = dict[str, PolicyValue]


def document_context(document: Document, source_state: SourceState) -> Values:
    """Values of `document.…` for a document on its way through the gate."""
    tagged = document.change.tagged
    if tagged is None:
        raise ValueError("a deleted document has no policy context")
    return _origin(tagged.provenance) | {
        "media_type": document.extracted.media_type,
        "bytes": tagged.ref.length or 0,
        "characters": len(document.text),
        "source_state": source_state.value,
        "problems": list(tagged.problems),
    }


def recorded_context(provenance: Provenance, size: int) -> Values:
    """Values of `document.…` as far as the ledger remembers them; of its text, type and problems it does not."""
    return _origin(provenance) | {
        "media_type": "", "bytes": size, "characters": 0, "source_state": SourceState.APPROVED.value, "problems": [],
    }  # fmt: skip


def change_context(document: Document) -> Values:
    """Values of `change.…` for a document on its way through the gate."""
    change, impact = document.change, document.impact or Impact(score=0)
    emptied = empties(change, document.text, document.text_digest)
    return recorded_change(change.kind, impact, renamed=change.renamed_from is not None, emptied=emptied)


def recorded_change(kind: ChangeKind, impact: Impact, *, renamed: bool = False, emptied: bool = False) -> Values:
    """Values of `change.…` for a change that the ledger recorded."""
    return {
        "kind": kind.value,
        "impact": impact.score,
        "access_widened": impact.access_widened,
        "classification_lowered": impact.classification_lowered,
        "changed_share": impact.changed_share,
        "renamed": renamed,
        "emptied": emptied,
        "factors": [factor.name for factor in impact.factors],
    }


def plain_text_context(text: str, classification: Classification) -> tuple[Values, Values]:
    """Both contexts for a text that comes from nowhere, as `corpusgate scan` judges it: new, approved, tagged."""
    rule = AccessRule(tenant="default", classification=classification, allow=(EVERYONE,))
    document = _described(rule) | {
        "source": "scan", "uri": "text", "owner": "nobody", "submitter": "nobody", "licence": "",
        "media_type": "text/plain", "bytes": len(text), "characters": len(text),
        "source_state": SourceState.APPROVED.value, "problems": [],
    }  # fmt: skip
    change: Values = {
        "kind": ChangeKind.NEW.value, "impact": 0, "access_widened": False, "classification_lowered": False,
        "changed_share": 1.0, "renamed": False, "emptied": False, "factors": [],
    }  # fmt: skip
    return document, change


def _origin(provenance: Provenance) -> Values:
    return _described(provenance.access) | {
        "source": provenance.source,
        "uri": provenance.uri,
        "owner": provenance.owner,
        "submitter": provenance.submitter,
        "licence": provenance.licence or "",
    }


def _described(rule: AccessRule) -> Values:
    return {
        "classification": rule.classification.value,
        "classification_rank": rule.classification.rank,
        "tenant": rule.tenant,
        "allow": list(rule.allow),
        "deny": list(rule.deny),
        "readers": EVERYONE_COUNTS_AS if EVERYONE in rule.allow else len(rule.allow),
    }
