"""A home with its adapters, for the command line, the pages and runs.

Invariants: nothing is opened before it is needed, and nothing here imports Beam or a model. Importing this module costs
nothing: each property imports what it opens (docs/internals/decisions/0017-imports-on-use.md).
"""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.detectors.strings import RecordedNames, StringScanner, TypedWords
    from pipeline.domain.documents.documents import Binding
    from pipeline.domain.ports import Embedder
    from pipeline.evidence.checkpoints import CheckpointService
    from pipeline.index.pgvector.copy import PgvectorCopy
    from pipeline.index.pgvector.searcher import PgvectorSearcher
    from pipeline.index.search.searcher import Searcher
    from pipeline.index.signing import Signer, Verifier
    from pipeline.models.derived import Lineage
    from pipeline.notifications.deliver import NotificationService
    from pipeline.review.case import CaseMaterial
    from pipeline.review.generations import HeldGenerationService
    from pipeline.review.original import OriginalReader
    from pipeline.review.questions import QuestionService
    from pipeline.review.registrations import RegistrationService
    from pipeline.review.service import ReviewService
    from pipeline.review.waivers import WaiverService
    from pipeline.settings.embedding import EmbeddingSettings
    from pipeline.settings.home import Home
    from pipeline.settings.places import HomeFiles
    from pipeline.stores.audit.verification import AuditLog
    from pipeline.stores.database import Database
    from pipeline.stores.identity.principals import Principals
    from pipeline.stores.identity.tokens import Tokens
    from pipeline.stores.ledger.ledger import Ledger
    from pipeline.stores.ledger.source_registry import SourceRegistry
    from pipeline.stores.retrievals.recorder import RetrievalRecorder
    from pipeline.submissions.service import SubmissionService


class Workspace:
    """Everything of one home, opened on first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def home(self) -> "Home":
        """Its folders, configuration and keys."""
        from pipeline.settings.home import Home

        return Home(self._folder)

    @cached_property
    def files(self) -> "HomeFiles":
        """The names of its files and folders; nothing is read."""
        from pipeline.settings.places import HomeFiles

        return HomeFiles(self._folder.expanduser().resolve())

    @cached_property
    def database(self) -> "Database":
        """The ledger's database, migrated to this version."""
        from pipeline.stores.database import Database

        database = Database(self.home.database_url)
        database.migrate()
        return database

    @cached_property
    def ledger(self) -> "Ledger":
        """The authoritative record."""
        from pipeline.stores.ledger.ledger import Ledger

        return Ledger(self.database, lambda: self.home.fingerprint_key)

    @cached_property
    def sources(self) -> "SourceRegistry":
        """Registered sources."""
        from pipeline.stores.ledger.source_registry import SourceRegistry

        return SourceRegistry(self.database)

    @property
    def index(self) -> Path:
        """Folder of segments and generations."""
        return self.home.path(self.home.settings.index.folder)

    @cached_property
    def signer(self) -> "Signer":
        """Signs manifests and checkpoints."""
        from pipeline.index.signing import Signer

        return Signer.load(self.home.keys)

    @cached_property
    def verifier(self) -> "Verifier":
        """Checks what was signed here."""
        from pipeline.index.signing import Verifier

        return Verifier.load(self.home.keys)

    @property
    def embedding(self) -> "EmbeddingSettings":
        """Settings of the model that embeds new chunks: the model of the served generation, in a new home their own."""
        return self.embedding_reading(current.model_digest if (current := self.ledger.current_generation()) else None)

    def embedding_reading(self, model_digest: str | None) -> "EmbeddingSettings":
        """Settings of the model that embeds questions for a generation with vectors of that digest."""
        from pipeline.models.in_use import settings_reading

        return settings_reading(self.home.models_lock, self.home.settings.embedding, model_digest)

    @property
    def embedder(self) -> "Embedder":
        """What new chunks are embedded with; its model is verified the first time."""
        return self.embedder_of(self.embedding)

    def embedder_reading(self, model_digest: str) -> "Embedder":
        """The embedder of questions for a generation with vectors of that digest."""
        return self.embedder_of(self.embedding_reading(model_digest))

    def embedder_of(self, settings: "EmbeddingSettings") -> "Embedder":
        """The embedder that the settings name; its model is verified the first time. Raises `ModelLockError`."""
        from pipeline.models.embedder import locked_embedder

        self.prepare_model(settings)
        return locked_embedder(self.home, settings, self.verifier.verify)

    @property
    def readable_models(self) -> frozenset[str]:
        """Digests of the models whose generations can be searched: those of every locked model."""
        from pipeline.models.in_use import all_readable

        return all_readable(self.home.models_lock, self.home.settings.embedding)

    def prepare_model(self, settings: "EmbeddingSettings | None" = None) -> None:
        """Make sure that this home has signed the lineage of its derived model, as a new home does."""
        from pipeline.models.derivation import ensure
        from pipeline.models.engines import require_runnable

        if (settings := settings or self.embedding).derived:
            require_runnable(settings.derived_engine, settings.model)
            ensure(self.home, settings.model, self.signer.sign, self.verifier.verify)

    @property
    def derives_at_creation(self) -> bool:
        """Whether making this home takes seconds, because its installation has no derived model yet."""
        from pipeline.models.derivation import derived_for_installation
        from pipeline.models.lock import ModelLock
        from pipeline.settings.embedding import EmbeddingSettings
        from pipeline.settings.home import default_configs

        lock = ModelLock.load(default_configs() / "models.lock.yaml")
        return not self.home.models_lock.exists() and not derived_for_installation(lock, EmbeddingSettings().model)

    def derive_model(self, name: str | None = None, collection: Path | None = None) -> "Lineage":
        """Derive a model of the lock again, by default the one in use, and sign its lineage."""
        from pipeline.models.derivation import derive, writable
        from pipeline.models.derived import write_lineage
        from pipeline.models.lock import ModelLock

        name, signer = name or self.embedding.model, self.signer
        lineage = derive(ModelLock.load(self.home.models_lock), name, writable(self.home), collection)
        write_lineage(self.home, lineage, signer.sign)
        return lineage

    @staticmethod
    def derive_shipped_model(collection: Path | None = None) -> "Lineage":
        """Derive the model that ships with Corpusgate for this installation, which new homes take it over from."""
        from pipeline.models.derivation import derive
        from pipeline.models.derived import installation
        from pipeline.models.lock import ModelLock
        from pipeline.settings.embedding import EmbeddingSettings
        from pipeline.settings.home import default_configs

        lock = ModelLock.load(default_configs() / "models.lock.yaml")
        return derive(lock, EmbeddingSettings().model, installation(), collection)

    @property
    def model_lineage(self) -> "Lineage | None":
        """The lineage of the model in use."""
        return self.lineage_of(self.embedding.model)

    def lineage_of(self, name: str) -> "Lineage | None":
        """Where a derived model of this home comes from, its signature verified; None if it has none."""
        from pipeline.models.derived import read_lineage
        from pipeline.models.lock import ModelLock

        return read_lineage(self.home, ModelLock.load(self.home.models_lock).digest(name), self.verifier.verify)

    @cached_property
    def searcher(self) -> "Searcher | PgvectorSearcher":
        """Answers questions from the current generation, by the backend the settings name."""
        if self.home.settings.index.backend == "faiss":
            return self.files_searcher
        from pipeline.index.pgvector.searcher import PgvectorSearcher

        return PgvectorSearcher(
            self.home.vectors_reader_url,
            self.checkpoints.guarded(self.ledger.current_generation),
            self.ledger.live_versions,
            self.embedder_reading,
            lambda: self.files_searcher,
        )

    @cached_property
    def serving_copy(self) -> "PgvectorCopy | None":
        """The copy of the current generation that searches are answered from; None where the files themselves are."""
        if self.home.settings.index.backend == "faiss":
            return None
        from pipeline.index.pgvector.connection import role_of
        from pipeline.index.pgvector.copy import PgvectorCopy
        from pipeline.models.shape import DIMENSIONS

        return PgvectorCopy(self.home.vectors_url, role_of(self.home.vectors_reader_url), DIMENSIONS)

    @cached_property
    def files_searcher(self) -> "Searcher":
        """Answers questions from the signed files, whatever the backend."""
        from pipeline.index.search.searcher import Searcher

        return Searcher(
            self.index,
            self.checkpoints.guarded(self.ledger.current_generation),
            self.ledger.live_versions,
            self.embedder_reading,
            self.verifier,
            self.home.settings.index,
        )

    def begin_detectors(self) -> None:
        """Have the children of the detectors load while this process imports what uses them."""
        from pipeline.detectors.suite import begin

        begin(self.home.settings.detectors, self.home.folder)

    @cached_property
    def words(self) -> "TypedWords":
        """What people type, in the form in which it may be kept."""
        from pipeline.detectors.strings import TypedWords

        return TypedWords(self._string_scanner)

    @cached_property
    def recorded_names(self) -> "RecordedNames":
        """Ids of documents, perhaps from before names were scanned, in the form in which they may be shown."""
        from pipeline.detectors.strings import RecordedNames

        return RecordedNames(self._string_scanner, lambda: self.home.fingerprint_key)

    def _string_scanner(self) -> "StringScanner":
        from pipeline.detectors.strings import StringScanner

        return StringScanner(self.home.settings.detectors, self.home.folder, self.home.fingerprint_key)

    @cached_property
    def reviews(self) -> "ReviewService":
        """What waits for people, and their decisions."""
        from pipeline.review.service import ReviewService

        return ReviewService(self.database, self.home.settings.review, self._case_material, words=self.words)

    @cached_property
    def questions(self) -> "QuestionService":
        """What reviewers ask the owners of what waits."""
        from pipeline.review.questions import QuestionService

        return QuestionService(self.database, self.words)

    @cached_property
    def registrations(self) -> "RegistrationService":
        """What people do with sources."""
        from pipeline.review.registrations import RegistrationService

        return RegistrationService(
            self.sources,
            self.words,
            known=lambda: self.home.known_principals,
            own=lambda: self.home.own_places,
            schemes=lambda: self.home.settings.sources.schemes,
        )

    @cached_property
    def held_generations(self) -> "HeldGenerationService":
        """Generations that wait because they change the answers to canary questions."""
        from pipeline.review.generations import HeldGenerationService

        return HeldGenerationService(self.database, self.words, self.home.settings.review.approval_days)

    def _case_material(self) -> "CaseMaterial":
        from pipeline.files.texts import TextStore
        from pipeline.review.case import CaseMaterial

        return CaseMaterial(
            home=self.home.folder,
            texts=TextStore(self.home.texts),
            policy=self.home.policy,
            originals=self._originals,
            key=self.home.fingerprint_key,
        )

    def close(self) -> None:
        """End the child processes and connections that were opened."""
        if "_originals" in self.__dict__:
            self._originals.close()
        if "database" in self.__dict__:
            self.database.dispose()

    @cached_property
    def _originals(self) -> "OriginalReader":
        from pipeline.review.original import OriginalReader

        return OriginalReader(self.home.settings.extraction)

    @cached_property
    def waivers(self) -> "WaiverService":
        """Findings people decided to let through."""
        from pipeline.review.waivers import WaiverService

        return WaiverService(self.database, self.words, self.home.settings.review.waiver_days)

    @cached_property
    def tokens(self) -> "Tokens":
        """Tokens that identify principals."""
        from pipeline.stores.identity.tokens import Tokens

        return Tokens(self.database, self.home.settings.identity, self.principals.current, self.words)

    @cached_property
    def principals(self) -> "Principals":
        """The identity file, and the history of principals."""
        from pipeline.stores.identity.principals import Principals

        return Principals(self.home, self.database, self.words)

    @cached_property
    def notifications(self) -> "NotificationService":
        """What people are told."""
        from pipeline.notifications.deliver import NotificationService

        settings = self.home.settings.notifications
        return NotificationService(self.database, settings, self.home.secret, lambda: self.home.policy)

    @cached_property
    def submissions(self) -> "SubmissionService":
        """What people hand in, and where it stands."""
        from pipeline.submissions.service import SubmissionService

        home, limits = self.home, self.home.settings.submissions
        return SubmissionService(
            self.database, home.inbox, limits, lambda: home.policy, self.words, lambda: home.known_principals
        )

    @cached_property
    def retrievals(self) -> "RetrievalRecorder":
        """Puts answers on record before they leave."""
        from pipeline.stores.retrievals.recorder import RetrievalRecorder

        settings, key = self.home.settings.retrievals, self.home.fingerprint_key
        return RetrievalRecorder(self.database, self.home.retrievals, settings, key)

    @cached_property
    def checkpoints(self) -> "CheckpointService":
        """Checkpoints of the audit log, and whether this home is an older copy of itself."""
        from pipeline.evidence.checkpoints import CheckpointService

        return CheckpointService(self.home, self.database, lambda: self.signer, lambda: self.verifier)

    @property
    def audit(self) -> "AuditLog":
        """The audit log."""
        return self.checkpoints.log

    def binding(self) -> "Binding":
        """What verdicts of this moment are bound to."""
        from pipeline.detectors.suite import suite_digest
        from pipeline.domain.documents.documents import Binding
        from pipeline.extraction.extractor import extraction_digest
        from pipeline.models.embedder import embedder_digest

        settings = self.home.settings
        return Binding(
            policy_digest=self.home.policy.digest,
            detector_digest=extraction_digest(settings.extraction, suite_digest(settings.detectors, self.home.folder)),
            model_digest=embedder_digest(self.home.models_lock, self.embedding),
        )

    def create(self) -> list[str]:
        """Make what is not there yet: folders, configuration, keys, database; say which."""
        from pipeline.index.signing import SIGNING_KEY, create_keypair

        made = self.home.create()
        if not (self.home.keys / SIGNING_KEY).exists():
            create_keypair(self.home.keys)
            made.append(f"keys/{SIGNING_KEY}")
        self.prepare_model()
        self.principals.current()  # their history begins with the home
        return made
