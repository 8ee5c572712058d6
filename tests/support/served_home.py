"""A real home whose refreshes are made by hand: real ledger, files and publisher; no detectors, no model."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from pipeline.domain.documents.documents import Action, ChangeKind, Outcome
from pipeline.domain.identity.permissions import Principal
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.staging import StagingReader, StagingWriter
from pipeline.publishing.publish import candidate_of, publish
from pipeline.publishing.run import PublisherRun, publisher_lock
from pipeline.reports.served import verified_documents
from pipeline.workspace import Workspace
from tests.support.index_samples import Doc, HashEmbedder, person
from tests.support.ledger_samples import approved_source, publication
from tests.support.searching import searcher_of


def caller(name: str, *roles: Role) -> Caller:
    return Caller(principal=Principal(name=name), grants=tuple(Grant(role=role) for role in roles), means="token")


OPERATOR = caller("user:oscar", Role.OPERATOR)
REVIEWER = caller("user:rosa", Role.REVIEWER)


class ServedHome:
    """A home with one source, `hand`, that serves what tests publish."""

    def __init__(self, folder: Path, url: str | None = None, *, fresh: bool = True) -> None:
        if fresh:
            Workspace(folder).home.create()
            if url is not None:
                settings = folder / "configs" / "corpusgate.yaml"
                text = settings.read_text()
                assert "  url: sqlite:///corpusgate.db\n" in text
                settings.write_text(text.replace("  url: sqlite:///corpusgate.db\n", f"  url: {url}\n"))
        self.workspace = Workspace(folder)
        if fresh:
            self.workspace.create()
            approved_source(self.workspace.database, "hand")
        self.embedder = HashEmbedder()
        self.embedder.digest = self.workspace.binding().model_digest
        self._runs = count(len(self.workspace.ledger.runs(1000)) + 1)

    def refresh(
        self,
        *docs: Doc,
        gone: Sequence[Doc] = (),
        outcomes: Sequence[Outcome] = (),
        chunks: Sequence[Doc] = (),
        before_commit: Callable[[], object] = lambda: None,
    ) -> GenerationRecord | None:
        """Admit `docs`, delete `gone`, settle `outcomes`; returns the new generation, if there is one."""
        workspace, run_id = self.workspace, f"run-{next(self._runs)}"
        decided = [*(doc.outcome() for doc in docs), *(doc.deleted() for doc in gone), *outcomes]
        with publisher_lock(workspace) as publisher:
            at = datetime.now(UTC)
            workspace.ledger.start_run(run_id, ["hand"], at)
            staging = workspace.home.path("staging") / run_id
            writer = StagingWriter(staging)
            parts = [writer.write_outcomes(decided)]
            pieces = [chunk for doc in (*docs, *chunks) for chunk in doc.chunks]
            for first in range(0, len(pieces), 5_000):
                some = pieces[first : first + 5_000]
                parts.append(writer.write_chunks(some, self.embedder.embed([piece.text for piece in some])))
            staged = StagingReader(staging, parts)
            run = PublisherRun(publisher, run_id, at)
            binding = workspace.binding().model_copy(update={"model_digest": self.embedder.digest})
            candidate = candidate_of(run, publisher.serving(), decided, staged, binding)
            before_commit()
            described = publication(*decided, run_id=run_id).model_copy(update={"generation": candidate.record})
            publish(run, described, {}, takedowns=candidate.takedowns)
        return candidate.record

    def refuse(self, doc: Doc, action: Action) -> Outcome:
        """The outcome of a document that is not let in."""
        return doc.outcome(action=action, served_digest=None, chunks=0, kind=ChangeKind.MODIFIED)

    def current(self) -> GenerationRecord:
        record = self.workspace.ledger.current_generation()
        assert record is not None
        return record

    def held(self) -> dict[str, str]:
        """Document to version of everything the current generation holds, every byte verified."""
        return {d.doc_id: d.version_id for d in verified_documents(self.workspace, self.current())}

    def live(self) -> dict[str, str]:
        """Document to version of everything the ledger lets be served."""
        pointers = {doc: pointer.version_id for doc, pointer in self.workspace.ledger.pointers().items()}
        allowed = self.workspace.ledger.live_versions(pointers.values())
        return {doc: version for doc, version in pointers.items() if version in allowed}

    def found(self, name: str = "ann", k: int = 100) -> set[str]:
        """Texts a search finds."""
        workspace = self.workspace
        searcher = searcher_of(workspace, self.embedder)
        return {hit.text for hit in searcher.search("anything", person(name), k)}

    def audited(self, action: str) -> list[str]:
        """Subjects of the audit entries with that action."""
        return [event.subject for event in self.workspace.audit.events() if event.action == action]

    def close(self) -> None:
        self.workspace.database.dispose()
