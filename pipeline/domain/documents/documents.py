"""Documents on their way through the gate.

Invariants: a document is named by source and URI and identified by digests, never by name alone. Text appears
only in `Document` and `Chunk`, and neither crosses a shuffle. Every input ends as exactly one `Outcome` (law 13).
"""

from enum import StrEnum
from typing import Any

from pydantic import Field, model_validator

from pipeline.domain.digests import digest_json
from pipeline.domain.documents.holds import DeletionHold
from pipeline.domain.documents.provenance import Provenance
from pipeline.domain.documents.stated import StatedTag
from pipeline.domain.findings.findings import Finding
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import AccessRule


def document_id(source: str, uri: str) -> str:
    """`source:uri`; source names hold no colon, so the two parts are never ambiguous."""
    return f"{source}:{uri}"


def version_id(doc_id: str, content_digest: str, access_digest: str, metadata_digest: str) -> str:
    """32 hex characters that name one version of one document under one access rule."""
    return digest_json([doc_id, content_digest, access_digest, metadata_digest])[:32]


class ChangeKind(StrEnum):
    """How a document differs from what the ledger last decided about it."""

    NEW = "new"
    MODIFIED = "modified"
    ACCESS = "access"
    METADATA = "metadata"
    DELETED = "deleted"
    UNCHANGED = "unchanged"


class Action(StrEnum):
    """What policy can decide, from the least to the most severe."""

    ADMIT = "admit"
    REDACT = "redact"
    REVIEW = "review"
    QUARANTINE = "quarantine"
    REJECT = "reject"

    @property
    def rank(self) -> int:
        """0 for admit to 4 for reject."""
        return list(Action).index(self)


SERVED = (Action.ADMIT, Action.REDACT)
"""Actions by which policy lets a version be served."""


class DocumentRef(Frozen):
    """An input that was listed and not yet read: where it is, not what it says."""

    source: str
    uri: str
    """Stable name inside the source, `/`-separated."""
    location: str
    """What the file system opens: a URL, or a local path in its escaped form."""
    root: str = ""
    """The folder that a local file is opened beneath, in its escaped form; empty where Corpusgate made the file."""
    offset: int | None = None
    """Byte offset of a feed record inside `location`; None for a whole file."""
    length: int | None = None
    """Bytes of a feed record; for a file its size as listed."""
    sidecar: str | None = None
    """Location of the metadata file beside it, if there is one."""
    doubtful: tuple[str, ...] = ()
    """Locations of files that may describe it, which their content shows."""
    submission: str | None = None
    """The submission it is, in an inbox."""
    order: int | None = None
    """Its place among the versions of its document, where its source says so: a larger number is a later version,
    whenever it arrives. None: what is there now is the latest."""
    gone: bool = False
    """Its source says that the document was deleted."""
    stamp: str = ""
    """Of a file: what changes when it is written again. Equal stamps save a look in a stream, never a verdict."""
    snapshot: str = ""
    """What of the ledger it is judged against, in a stream; empty in a run, which has one snapshot."""
    problems: tuple[str, ...] = ()
    """What is wrong with how it came, which its bytes do not show; any entry quarantines it."""

    @property
    def doc_id(self) -> str:
        """`source:uri`."""
        return document_id(self.source, self.uri)


class TaggedDocument(Frozen):
    """A reference with its tags and digests, still without text: the only thing that is shuffled."""

    ref: DocumentRef
    provenance: Provenance
    media_type: str | None = None
    problems: tuple[str, ...] = ()
    """Why it cannot be tagged; any entry quarantines it."""
    findings: tuple[Finding, ...] = ()
    """What was found in its name, title and tags."""

    @property
    def doc_id(self) -> str:
        """`source:uri`."""
        return self.ref.doc_id

    @property
    def version_id(self) -> str:
        """Name of this version."""
        p = self.provenance
        return version_id(self.doc_id, p.content_digest, p.access.digest, p.metadata_digest)


class ServedVersion(Frozen):
    """The version of a document that is live. A change is judged against it, not against a refused attempt."""

    version_id: str
    content_digest: str
    metadata_digest: str
    served_digest: str
    """Digest of the text that was embedded: of the redacted text, where something was redacted."""
    access: AccessRule
    indexed: bool = True
    """The current generation holds its vectors; not those of a version that was revoked before it was built."""


class KnownVersion(Frozen):
    """What the ledger last decided about a document, and what it serves of it."""

    doc_id: str
    version_id: str
    content_digest: str
    served_digest: str | None
    """Digest of the text of this version that was embedded; None when nothing was."""
    access: AccessRule
    metadata_digest: str
    binding: str
    """Digest of the policy, detector and model digests the verdict is bound to."""
    action: Action
    live: bool
    """Whether this version is the one being served."""
    approved: bool = False
    """Enough valid approvals are bound to exactly this version and binding."""
    redaction: str = ""
    """With `approved`: digest of the findings under which a redacted text was approved; empty for the whole text."""
    quarantined: bool = False
    """A reviewer put exactly this version into quarantine: no rule lets it in again."""
    serving: ServedVersion | None = None
    """The live version: this one when `live`, an older one when this one was held or refused, else None."""
    deletion_approved: bool = False
    """A reviewer let a held deletion go ahead."""
    lapsed: bool = False
    """What is served stands on a waiver that is over, so it leaves unless it passes again."""
    owner: str = ""
    deletion_waits: bool = False
    """Its deletion is held already."""

    @property
    def digest(self) -> str:
        """One digest over all of it: what a decision was based on."""
        return digest_json(self.model_dump(mode="json"))


class LastSeen(Frozen):
    """What a stream knows of a document before it looks: what was decided, and up to where its source was read."""

    known: KnownVersion | None = None
    """None for a document that was deleted."""
    order: int | None = None
    stamp: str = ""


class Side(Frozen):
    """One side of the comparison of a document: what was listed, or what the ledger knows."""

    tagged: TaggedDocument | None = None
    known: KnownVersion | None = None


class Change(Frozen):
    """A document beside what was known of it. A deleted document has no `tagged`, a new one no `previous`."""

    kind: ChangeKind
    doc_id: str
    tagged: TaggedDocument | None = None
    previous: KnownVersion | None = None
    inputs: int = 0
    """How many listed inputs this change accounts for: 0 for a deletion, more than 1 where several claim one name."""
    renamed_from: str | None = None
    renamed_away: bool = False
    """A deletion whose content lives on under another name."""
    hold: DeletionHold | None = None
    """Why a deletion is held for review (law 9)."""
    order: int | None = None
    """Of a deletion its source told of: its place among the versions of the document."""
    rescan: bool = False
    """The document is as the ledger knows it, but must pass the gate again: its verdict is void because policy,
    detectors or model changed, or an approval waits to be applied. `kind` is then relative to what is served."""
    touched_share: float = 0.0
    """Share of the documents known of its source that this run changes or deletes."""

    @property
    def snapshot(self) -> str:
        """What of the ledger it was compared with, in a stream; empty in a run, which has one snapshot."""
        return "" if self.tagged is None else self.tagged.ref.snapshot

    @property
    def held(self) -> bool:
        """Whether the deletion waits for people."""
        return self.hold is not None


class HiddenRun(Frozen):
    """Text a reviewer would not see, found by extraction in the raw format."""

    technique: str
    """Such as `docx-vanish` or `pdf-render-mode-3`."""
    text: str = Field(repr=False)
    place: str = ""
    """Such as `page 3` or `paragraph 12`; never document text."""


UNREAD = "unread"
"""Extractor of a document whose bytes could not be had as they were digested; no verdict on it stays."""


class ExtractedText(Frozen):
    """What extraction made of raw bytes."""

    text: str = Field(repr=False)
    media_type: str
    extractor: str
    """Name and version of what extracted it."""
    hidden: tuple[HiddenRun, ...] = ()
    stated: tuple[StatedTag, ...] = ()
    """At its beginning, if it comes out of a format without front matter."""
    failure: str | None = None
    """Why there is no (complete) text: a closed set of words, never document text."""


class ImpactFactor(Frozen):
    """One reason a change matters, with its share of the score."""

    name: str
    points: float
    reason: str


class Impact(Frozen):
    """How much a change matters: 0 to 100, and why."""

    score: int = Field(ge=0, le=100)
    factors: tuple[ImpactFactor, ...] = ()
    access_widened: bool = False
    classification_lowered: bool = False
    changed_share: float = 0.0


class Binding(Frozen):
    """What a verdict is bound to beside the document itself. Change any of it and the verdict is void."""

    policy_digest: str
    detector_digest: str
    model_digest: str

    @property
    def digest(self) -> str:
        """One digest over all three."""
        return digest_json(self.model_dump(mode="json"))


class Verdict(Frozen):
    """What policy decided, why, and what the decision is bound to."""

    action: Action
    rule_ids: tuple[str, ...]
    reasons: tuple[str, ...]
    tags: tuple[str, ...] = ()
    content_digest: str
    access_digest: str
    binding: Binding
    waivers: tuple[str, ...] = ()
    """Ids of the waivers without which findings on record would have counted."""


class Chunk(Frozen):
    """A piece of admitted text, ready to embed. It inherits its document's access rule."""

    chunk_id: str
    doc_id: str
    content_digest: str
    access_id: str
    ordinal: int
    start: int
    end: int
    text: str = Field(repr=False)
    text_digest: str


class Document(Frozen):
    """A changed document with its text and what the gates noted on it so far."""

    change: Change
    extracted: ExtractedText
    text_digest: str
    findings: tuple[Finding, ...] = ()
    impact: Impact | None = None
    words: str | None = None
    passages: str | None = None
    sketch: str | None = None
    """What it resembles; see `pipeline.domain.findings.resemblance`."""
    verdict: Verdict | None = None
    past: str = ""
    """Digest of what counts of its content's older names; see `pipeline.domain.documents.pasts`."""

    @property
    def doc_id(self) -> str:
        """`source:uri`."""
        return self.change.doc_id

    @property
    def text(self) -> str:
        """The normalised text every span refers to."""
        return self.extracted.text

    def noting(self, **notes: Any) -> "Document":
        """A copy with `notes` replaced."""
        return self.model_copy(update=notes)


class Outcome(Frozen):
    """Where a document ended. One for every input, no text in it."""

    doc_id: str
    kind: ChangeKind
    version_id: str
    tagged: TaggedDocument | None = None
    text_digest: str | None = None
    served_digest: str | None = None
    """Digest of the text that goes into the index: of the redacted text, where something was redacted."""
    extractor: str | None = None
    findings: tuple[Finding, ...] = ()
    impact: Impact | None = None
    words: str | None = None
    passages: str | None = None
    sketch: str | None = None
    """These three of what is served or waits for people; None for a text that is too short or too long for them."""
    verdict: Verdict | None = None
    renamed_from: str | None = None
    hold: DeletionHold | None = None
    """Why a deletion is held for review."""
    lapsed: bool = False
    """What was served until now stood on a waiver that is over."""
    rescan: bool = False
    chunks: int = 0
    bytes: int = 0
    reuse: bool = False
    """The vectors of the live version are kept: same text, same model."""
    owner: str = ""
    """Of a deleted document, whose tags are gone."""
    counted: bool = True
    """Whether it counts in the rates of its source: no old name of a rename, no deletion that is held or asked for."""
    order: int | None = None
    """Place of this version, or of the deletion, among the versions of its document, where its source orders them."""
    basis: str = ""
    """In a stream: digest of what was known of the document when it was judged; empty when nothing was."""
    past: str = ""
    """Digest of what was known of its content's older names when it was judged; empty when nothing counts."""
    compared: bool = False
    """Something was served under its name, and it was judged against that."""

    @property
    def unread(self) -> bool:
        """Whether its verdict says nothing about its content: the next look judges it again, unchanged or not."""
        return self.extractor == UNREAD

    @model_validator(mode="before")
    @classmethod
    def _with_reason(cls, given: Any) -> Any:
        """Windows of a stream that an earlier version left unpublished say only that a deletion is held."""
        if not isinstance(given, dict) or "held" not in given:
            return given
        kept = {key: value for key, value in given.items() if key != "held"}
        return {**kept, "hold": DeletionHold.AT_ONCE} if given["held"] else kept

    @property
    def held(self) -> bool:
        """Whether the deletion waits for people."""
        return self.hold is not None
