"""Records made before names and titles were scanned, as they are shown now.

The record of a version is immutable, so a value in an older record stays in the ledger. A report shows it in the form
in which the same string is kept today. The forms come from the documents that the last refresh found; the record of a
document that is gone since then keeps its strings until it is erased.

Invariant: pure, but for reading the forms. Strings that are not known under another form stay as they are.
"""

from pipeline.domain.documents.provenance import Provenance, source_of, split_doc_id
from pipeline.domain.documents.served import mark_of
from pipeline.domain.documents.sheet import ServedString
from pipeline.domain.findings.findings import Place
from pipeline.stores.ledger.history import DocumentHistory, VerdictRecord, VersionRecord
from pipeline.workspace import Workspace


class PresentIds:
    """The ids under which documents of any source are known now; the forms of a source are read once."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._forms: dict[str, OlderForms] = {}

    def __call__(self, doc_id: str) -> str:
        """The present id of a document."""
        return self.forms(source_of(doc_id)).doc_id(doc_id)

    def forms(self, source: str) -> "OlderForms":
        """The present forms of the strings of a source."""
        if source not in self._forms:
            self._forms[source] = OlderForms(self._workspace, source)
        return self._forms[source]


class OlderForms:
    """The present forms of the strings of one source."""

    def __init__(self, workspace: Workspace, source: str) -> None:
        self._source, self._key = source, workspace.home.fingerprint_key
        self._recorded = workspace.recorded_names
        self._marks = workspace.ledger.masked_strings([source])

    def doc_id(self, doc_id: str) -> str:
        """The id under which a document is known now."""
        source, uri = split_doc_id(doc_id)
        return doc_id if source != self._source else f"{source}:{self._form(Place.NAME, uri)}"

    def title(self, title: str | None) -> str | None:
        """The form in which a title is kept now."""
        return title and self._form(Place.TITLE, title)

    def history(self, history: DocumentHistory) -> DocumentHistory:
        """The same versions, with the strings of each in their present form."""
        return history.model_copy(update={"versions": tuple(map(self._version, history.versions))})

    def _version(self, version: VersionRecord) -> VersionRecord:
        verdicts = tuple(self._verdict(version.doc_id, verdict) for verdict in version.verdicts)
        return version.model_copy(update={"provenance": self._provenance(version.provenance), "verdicts": verdicts})

    def _provenance(self, provenance: Provenance) -> Provenance:
        return provenance.model_copy(
            update={
                "title": self.title(provenance.title),
                "licence": provenance.licence and self._form(Place.LICENCE, provenance.licence),
            }
        )

    def _verdict(self, doc_id: str, verdict: VerdictRecord) -> VerdictRecord:
        """A verdict; a document that was only given a pseudonym was not renamed."""
        if verdict.renamed_from is None:
            return verdict
        older = self._recorded(self.doc_id(verdict.renamed_from))
        return verdict.model_copy(update={"renamed_from": None if older == doc_id else older})

    def _form(self, place: Place, text: str) -> str:
        return self._marks.get(mark_of(self._key, self._source, ServedString(place=place, text=text)), text)
