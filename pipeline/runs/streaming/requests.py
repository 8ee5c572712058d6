"""Documents that a stream must look at although they did not arrive.

They are approvals of reviewers, submissions, and documents whose verdict was no longer valid at publication. A
request stays until each of its documents came out of a window. The poller reads requests until they are gone, so a
document that is lost on the way is asked for again.

Invariants: requests are files, so a driver that dies loses none. A document that is still missing is asked for again
after a wait that doubles.
"""

import secrets
import time
from collections.abc import Collection, Iterable

from pipeline.domain.documents.attention import Attention
from pipeline.domain.documents.documents import DocumentRef
from pipeline.domain.documents.provenance import Source, split_doc_id
from pipeline.domain.review.items import ItemKind
from pipeline.files.spool import Spool
from pipeline.workspace import Workspace


class Requests:
    """What a driver asked for and was not answered yet."""

    def __init__(self, workspace: Workspace, spool: Spool) -> None:
        self._workspace, self._spool = workspace, spool
        self._open = {name: {ref.doc_id for ref in spool.read_request(name)} for name in spool.open_requests()}
        self._asked = Attention()

    def ask(self, refs: Iterable[DocumentRef]) -> int:
        """Ask for documents; returns how many."""
        unique = {ref.doc_id: ref.model_copy(update={"snapshot": ""}) for ref in refs}
        if unique:
            name = f"{int(time.time() * 1000):015d}-{secrets.token_hex(4)}.jsonl"
            self._spool.request(name, unique.values())
            self._open[name] = set(unique)
        return len(unique)

    def answered(self, doc_ids: set[str]) -> None:
        """Note that documents came out of a window."""
        for name in list(self._open):
            self._open[name] -= doc_ids
            if not self._open[name]:
                del self._open[name]
                (self._spool.requests / name).unlink(missing_ok=True)

    def due(self, sources: Collection[Source]) -> list[DocumentRef]:
        """What reviewers approved and owners submitted, and was not asked for lately."""
        inboxes = {source.name: source for source in sources if source.is_inbox}
        home = str(self._workspace.home.folder)
        due: dict[str, str] = {}
        refs: list[DocumentRef] = []
        for one in self._workspace.submissions.unjudged(list(inboxes)):
            folder = inboxes[one.source].located(home).uri
            refs.append(one.ref(folder))
            due[one.doc_id] = one.submission_id
        approved = self._workspace.ledger.approved_documents([source.name for source in sources])
        told = {source.name for source in sources if not source.is_inbox and not source.is_listed}
        for doc_id, item in approved.items():
            if item.kind is ItemKind.VERSION or item.source in told:  # what is gone from folders, a refresh settles
                due[doc_id] = item.item_id
        refs += [_gone(doc_id) for doc_id in due if doc_id in approved and approved[doc_id].kind is ItemKind.DELETION]
        refs += self._workspace.ledger.refs([d for d in due if d in approved and approved[d].kind is ItemKind.VERSION])
        now = time.monotonic()
        self._asked.keep_only(due)
        wanted = {doc_id for doc_id, why in due.items() if self._asked.is_due(doc_id, why, now)}
        return [ref for ref in refs if ref.doc_id in wanted]


def _gone(doc_id: str) -> DocumentRef:
    source, uri = split_doc_id(doc_id)
    return DocumentRef(source=source, uri=uri, location="", gone=True)
