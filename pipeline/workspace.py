"""A home with its adapters: what the command line, the web pages and runs are wired from.

Invariants: nothing is opened before it is needed, and nothing here imports Beam or a model.
"""

import getpass
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.detectors.suite import suite_digest
from pipeline.domain.digests import fingerprint
from pipeline.domain.documents.documents import Binding
from pipeline.domain.documents.provenance import INBOX
from pipeline.domain.errors import NotFound, NotIdentified, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification, Principal
from pipeline.domain.identity.roles import Caller, Grant, narrowed
from pipeline.domain.ports import Embedder, Vectors
from pipeline.domain.serving.publication import GenerationRecord, LiveDocument
from pipeline.files.texts import TextStore
from pipeline.index.generations import Generation
from pipeline.index.signing import SIGNING_KEY, Signer, Verifier, create_keypair
from pipeline.models.embedder import DIMENSIONS, embedder_digest, locked_embedder
from pipeline.notifications.deliver import NotificationService
from pipeline.review.case import CaseMaterial
from pipeline.review.generations import HeldGenerationService
from pipeline.review.original import OriginalReader
from pipeline.review.questions import QuestionService
from pipeline.review.registrations import RegistrationService
from pipeline.review.service import ReviewService
from pipeline.review.waivers import WaiverService
from pipeline.settings.home import Home
from pipeline.settings.principals import PrincipalSettings
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.audit.verification import AuditLog, AuditReport
from pipeline.stores.database import Database
from pipeline.stores.identity.tokens import Token, Tokens
from pipeline.stores.ledger.ledger import Ledger
from pipeline.stores.ledger.retrievals import RetrievalCounts
from pipeline.stores.ledger.source_registry import SourceRegistry
from pipeline.submissions.service import SubmissionService

if TYPE_CHECKING:
    from pipeline.index.pgvector.copy import PgvectorCopy
    from pipeline.index.pgvector.searcher import PgvectorSearcher
    from pipeline.index.search.hits import Hit
    from pipeline.index.search.searcher import Searcher

CHECKPOINT_TYPE = "application/vnd.corpusgate.audit-checkpoint+json"


class Answer(Frozen):
    """A search result as it leaves Corpusgate."""

    score: float
    document: str
    owner: str
    classification: Classification
    text: str
    chunk_id: str
    version_id: str
    start: int
    end: int
    generation: int


class Workspace:
    """Everything of one home, opened on first use."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)

    @cached_property
    def database(self) -> Database:
        """The ledger's database, migrated to this version."""
        database = Database(self.home.database_url)
        database.migrate()
        return database

    @cached_property
    def ledger(self) -> Ledger:
        """The authoritative record."""
        return Ledger(self.database)

    @cached_property
    def sources(self) -> SourceRegistry:
        """Registered sources."""
        return SourceRegistry(self.database)

    @property
    def index(self) -> Path:
        """Folder of segments and generations."""
        return self.home.path(self.home.settings.index.folder)

    @cached_property
    def signer(self) -> Signer:
        """Signs manifests and checkpoints."""
        return Signer.load(self.home.keys)

    @cached_property
    def verifier(self) -> Verifier:
        """Checks what was signed here."""
        return Verifier.load(self.home.keys)

    @property
    def embedder(self) -> Embedder:
        """What questions are embedded with; its model is verified the first time."""
        settings = self.home.settings.embedding
        return locked_embedder(self.home.models_lock, settings.model, settings.precision, settings.threads)

    @cached_property
    def searcher(self) -> "Searcher | PgvectorSearcher":
        """Answers questions from the current generation, by the backend the settings name."""
        if self.home.settings.index.backend == "faiss":
            return self.files_searcher
        from pipeline.index.pgvector.searcher import PgvectorSearcher  # loads a database driver

        return PgvectorSearcher(
            self.home.vectors_reader_url,
            self.ledger.current_generation,
            self.ledger.live_versions,
            self.embedder,
            lambda: self.files_searcher,
        )

    @cached_property
    def serving_copy(self) -> "PgvectorCopy | None":
        """The copy of the current generation that searches are answered from; None where the files themselves are."""
        if self.home.settings.index.backend == "faiss":
            return None
        from pipeline.index.pgvector.connection import role_of
        from pipeline.index.pgvector.copy import PgvectorCopy

        return PgvectorCopy(self.home.vectors_url, role_of(self.home.vectors_reader_url), DIMENSIONS)

    @cached_property
    def files_searcher(self) -> "Searcher":
        """Answers questions from the signed files, whatever the backend."""
        from pipeline.index.search.searcher import Searcher  # FAISS takes a third of a second that only searches need

        return Searcher(
            self.index,
            self.ledger.current_generation,
            self.ledger.live_versions,
            self.embedder,
            self.verifier,
            self.home.settings.index,
        )

    @cached_property
    def reviews(self) -> ReviewService:
        """What waits for people, and their decisions."""
        return ReviewService(self.database, self.home.settings.review, self._case_material)

    @cached_property
    def questions(self) -> QuestionService:
        """What reviewers ask the owners of what waits."""
        return QuestionService(self.database)

    @cached_property
    def registrations(self) -> RegistrationService:
        """What people do with sources."""
        return RegistrationService(self.sources)

    @cached_property
    def held_generations(self) -> HeldGenerationService:
        """Generations that wait because they change the answers to canary questions."""
        return HeldGenerationService(self.database, self.home.settings.review.approval_days)

    def _case_material(self) -> CaseMaterial:
        return CaseMaterial(
            home=self.home.folder,
            texts=TextStore(self.home.path("texts")),
            policy=self.home.policy,
            originals=self._originals,
        )

    def close(self) -> None:
        """End the child processes and connections that were opened."""
        if "_originals" in self.__dict__:
            self._originals.close()
        if "database" in self.__dict__:
            self.database.dispose()

    @cached_property
    def _originals(self) -> OriginalReader:
        return OriginalReader(self.home.settings.extraction)

    @cached_property
    def waivers(self) -> WaiverService:
        """Findings people decided to let through."""
        return WaiverService(self.database, self.home.settings.review.waiver_days)

    @cached_property
    def tokens(self) -> Tokens:
        """Tokens that identify principals."""
        return Tokens(self.database, self.home.settings.identity.token_days_max)

    def create_token(
        self, name: str, days: int | None = None, *, label: str = "", grants: Sequence[Grant] | None = None
    ) -> tuple[str, Token]:
        """Make a token for the principal of that name; the text is to be shown once and kept nowhere."""
        principal = self.home.identities.principal(name)
        held = self.home.identities.grants(name)
        if grants is not None and not all(narrowed(held, [grant]) for grant in grants):
            raise UsageError(
                f"{principal.name} does not hold every role that was asked for.",
                fix="A token only narrows what principals.yaml gives: see `corpusgate principals list`.",
            )
        days = days or self.home.settings.identity.token_days
        return self.tokens.create(principal.name, operator_name(), days, name=label, grants=grants)

    def identify(self, presented: str) -> Caller:
        """Who holds this token, with what is left of their roles. Raises `NotIdentified`."""
        return self.caller_of(self.tokens.verify(presented), "token")

    def caller_of(self, token: Token, means: str) -> Caller:
        """The holder of a valid token, as the identity file has it now. Raises `NotIdentified` for who left it."""
        identities = self.home.identities
        try:
            principal, held = identities.principal(token.principal), identities.grants(token.principal)
        except NotFound:
            raise NotIdentified(
                f"{token.principal} is not a principal any more.", done="Nothing was done.", fix="Ask an operator."
            ) from None
        grants = held if token.grants is None else narrowed(held, token.grants)
        return Caller(principal=principal, grants=grants, means=means)

    @cached_property
    def notifications(self) -> NotificationService:
        """What people are told."""
        settings = self.home.settings.notifications
        return NotificationService(self.database, settings, self.home.secret, lambda: self.home.policy)

    @cached_property
    def submissions(self) -> SubmissionService:
        """What people hand in, and where it stands."""
        settings = self.home.settings.submissions
        return SubmissionService(self.database, self.home.path(INBOX), settings, lambda: self.home.policy)

    @cached_property
    def retrievals(self) -> RetrievalCounts:
        """How often documents are in answers; flush it before the process ends."""
        return RetrievalCounts(self.database)

    @cached_property
    def audit(self) -> AuditLog:
        """The audit log."""
        return AuditLog(self.database)

    def search_as(self, name: str, question: str, k: int, by: str | None = None) -> list[Answer]:
        """What the principal of that name finds. Somebody else's asking is audited before anything is returned."""
        principal = self.home.identities.principal(name)
        hits = self.searcher.search(question, principal, k)
        asked: dict[str, str | int] = {
            "question": fingerprint(self.home.fingerprint_key, question),
            "results": len(hits),
        }
        self.audit.record(AuditEntry(by or operator_name(), "search.as", principal.name, asked))
        self.retrievals.count(hit.doc_id for hit in hits)
        self.retrievals.flush()
        return self._answers(hits)

    def search(self, principal: Principal, question: str, k: int, vector: Vectors | None = None) -> list[Answer]:
        """What a verified principal finds; `vector` is the question's, where it was embedded already."""
        hits = self.searcher.search(question, principal, k, vector)
        self.retrievals.count(hit.doc_id for hit in hits)
        return self._answers(hits)

    def _answers(self, hits: Sequence["Hit"]) -> list[Answer]:
        owners = self.ledger.owners({hit.version_id for hit in hits})
        return [
            Answer(
                score=round(hit.score, 6),
                document=hit.doc_id,
                owner=owners[hit.version_id],
                classification=hit.classification,
                text=hit.text,
                chunk_id=hit.chunk_id,
                version_id=hit.version_id,
                start=hit.start,
                end=hit.end,
                generation=hit.generation,
            )
            for hit in hits
            if hit.version_id in owners  # else it was erased while this search was under way
        ]

    def add_principal(self, entry: PrincipalSettings) -> Principal:
        """Write a principal to the identity file, audited."""
        principal = self.home.add_principal(entry)
        details = {"clearance": principal.clearance.value, "groups": len(principal.groups)}
        self.audit.record(AuditEntry(operator_name(), "principal.written", principal.name, details))
        return principal

    def verified_documents(self, record: GenerationRecord) -> list[LiveDocument]:
        """What a generation serves, after checking its signature and every digest. Raises `IntegrityError`."""
        generation = Generation.open(self.index, record, self.verifier)
        generation.verify()
        return [placement.document for placement in generation.documents()]

    def generations_holding(self, doc_id: str) -> list[int]:
        """Numbers of the kept generations that serve a document, newest first."""
        held = []
        for record in self.ledger.generations():
            if (self.index / record.manifest).exists():
                generation = Generation.open(self.index, record, self.verifier)
                if generation.holds(doc_id):
                    held.append(record.number)
        return held

    def verify_audit(self, checkpoint: Mapping[str, Any] | None) -> AuditReport:
        """Check the audit log against its chain, every stored checkpoint and `checkpoint`."""
        return self.audit.verify(
            dict(checkpoint) if checkpoint else None, lambda e: self.verifier.verify(e, CHECKPOINT_TYPE)
        )

    def checkpoint_audit(self, folder: Path | None) -> Path:
        """Sign the end of the audit log; returns the file."""
        target = folder or self.home.path("checkpoints")
        target.mkdir(parents=True, exist_ok=True)
        return self.audit.checkpoint(lambda payload: self.signer.sign(payload, CHECKPOINT_TYPE), target)

    def binding(self) -> Binding:
        """What verdicts of this moment are bound to."""
        settings = self.home.settings
        return Binding(
            policy_digest=self.home.policy.digest,
            detector_digest=suite_digest(settings.detectors, self.home.folder),
            model_digest=embedder_digest(self.home.models_lock, settings.embedding.model, settings.embedding.precision),
        )

    def create(self) -> list[str]:
        """Make what is not there yet: folders, configuration, keys, database; say which."""
        made = self.home.create()
        if not (self.home.keys / SIGNING_KEY).exists():
            create_keypair(self.home.keys)
            made.append(f"keys/{SIGNING_KEY}")
        _ = self.database
        return made


def operator_name() -> str:
    """Who runs this process; the command line has no other identity. An account without a name goes by its number."""
    try:
        return f"operator:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"operator:uid-{os.getuid()}"
