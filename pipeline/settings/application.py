"""What can be set, with defaults: the shapes of `corpusgate.yaml` and `principals.yaml`.

Invariants: frozen, and an unknown key is an error. Nothing here reads a file; `pipeline.settings.home` does.
"""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import DEFAULT_TENANT, Classification
from pipeline.domain.identity.roles import Grant
from pipeline.domain.rates.breaches import Limits
from pipeline.settings.engines import RunnerSettings
from pipeline.settings.notifications import NotificationSettings, SecretSettings


class DatabaseSettings(Frozen):
    """Where the ledger lives."""

    url: str = "sqlite:///corpusgate.db"


class PgvectorSettings(Frozen):
    """The Postgres database that serves a copy of the current generation."""

    url: str = ""
    """Under the role that loads and owns the tables; empty: the ledger's database and role."""
    reader_url: str
    """Under the role that searches: row-level security binds it."""


class IndexSettings(Frozen):
    """Where generations are written, what answers searches, how segments are laid out, and when they are merged."""

    folder: str = "index"
    backend: Literal["faiss", "pgvector"] = "faiss"
    pgvector: PgvectorSettings | None = None
    """Needed by the backend of that name."""
    approximate_from: int | None = Field(default=20_000, ge=1)
    """Rows of a segment from which it gets inverted lists, and permitted rows from which they are searched."""
    compression: Literal["none", "fp16", "sq8"] = "sq8"
    recall: float = Field(default=0.995, gt=0, lt=1)
    compact_segments: int | None = Field(default=16, ge=2)
    """A refresh that leaves more segments than this merges the small ones; None: only `corpusgate compact` does."""
    segment_rows: int = Field(default=1_000_000, ge=1)
    """Merging makes no segment larger than this."""
    unused_share: float = Field(default=0.3, gt=0, le=1)
    """Segments of which more than this share is not served any more are written anew."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.backend == "pgvector" and self.pgvector is None:
            raise ValueError("backend pgvector needs index.pgvector with a reader_url")
        return self


class EmbeddingSettings(Frozen):
    """How text becomes vectors."""

    model: str = "all-MiniLM-L6-v2"
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    threads: int | None = Field(default=None, ge=1)


class DetectorSettings(Frozen):
    """Bounds on the detectors' child processes."""

    folder: str = "configs/detectors"
    names_model: str = "en_core_web_sm"
    seconds_per_document: float = Field(default=60, gt=0)
    memory_mb: int = Field(default=4096, ge=512)
    canary_every: int = Field(default=5000, ge=1)
    in_flight: int = Field(default=16, ge=1)
    require_confinement: bool = False
    """Whether this child alone must be confined; `sandbox.require` says so of every child."""


class ExtractionSettings(Frozen):
    """Bounds on the extraction child process."""

    memory_mb: int = Field(default=2048, ge=256)
    cpu_seconds: int = Field(default=30, ge=1)
    wall_seconds: float = Field(default=45, gt=0)
    max_characters: int = Field(default=5_000_000, ge=1000)
    max_depth: int = Field(default=3, ge=0)
    require_confinement: bool = False
    """Whether this child alone must be confined; `sandbox.require` says so of every child."""


class SandboxSettings(Frozen):
    """How strictly child processes that read documents are confined."""

    require: bool = False
    """Whether a child is refused that the kernel does not confine with both Landlock and seccomp."""


class GuardSettings(Frozen):
    """The mass-delete guard (law 9): deletions beyond either bound wait for review."""

    max_deleted_share: float = Field(default=0.2, ge=0, le=1)
    max_deleted_count: int = Field(default=500, ge=0)
    min_documents: int = Field(default=10, ge=0)
    """Sources smaller than this are guarded by `max_deleted_share` only when all of them would go."""


class RateSettings(Frozen):
    """The breaker: what a source may bring in one run, or one window of a stream, before it is narrowed."""

    on: bool = True
    window_seconds: int = Field(default=300, ge=1)
    """Of a stream; a run is one window."""
    share_hours: float = Field(default=24, gt=0)
    """Shares of what is known of a source are measured over so long, however many windows that is."""
    history_windows: int = Field(default=500, ge=5, le=1000)
    """Bands are learned from so many earlier windows at most."""
    keep_days: int = Field(default=400, ge=1)
    """How long windows stay on record: a source that changes once a week needs most of a year to be known."""
    limits: Limits = Limits()
    sources: dict[str, Limits] = Field(default_factory=dict)
    """For single sources; what is not given there is as in `limits`."""

    def limits_of(self, source: str) -> Limits:
        """What holds for a source."""
        own = self.sources.get(source)
        return self.limits.model_copy(update=own.model_dump(exclude_unset=True)) if own else self.limits


class ReviewSettings(Frozen):
    """How long an approval, a claim, break-glass and at most a waiver are good for."""

    approval_days: int = Field(default=14, ge=1)
    waiver_days: int = Field(default=365, ge=1)
    claim_minutes: int = Field(default=30, ge=1)
    break_glass_hours: float = Field(default=72, gt=0)


class ProviderGroup(Frozen):
    """What members of one of the identity provider's groups are here."""

    groups: tuple[str, ...] = ()
    clearance: Classification = Classification.PUBLIC
    roles: tuple[Grant, ...] = ()


class ProviderSettings(Frozen):
    """An OpenID Connect provider. Who is in none of its mapped groups may do nothing here."""

    issuer: str = Field(pattern=r"^https?://\S+$")
    audience: str = Field(min_length=1)
    client_id: str | None = None
    name: str = "your organisation"
    user_claim: str = "sub"
    groups_claim: str = "groups"
    scopes: tuple[str, ...] = ("openid",)
    tenant: str = DEFAULT_TENANT
    leeway_seconds: int = Field(default=30, ge=0, le=120)
    groups: dict[str, ProviderGroup] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.client_id == self.audience:
            raise ValueError("audience and client_id must differ, or ID tokens would pass for access tokens")
        host = urlsplit(self.issuer).hostname or ""
        if not self.issuer.startswith("https://") and host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("issuer must be https, unless it is on this machine")
        return self


class IdentitySettings(Frozen):
    """Tokens, sessions and how failed log-ins are slowed down."""

    token_days: int = Field(default=90, ge=1)
    token_days_max: int = Field(default=365, ge=1)
    session_hours: float = Field(default=12, gt=0)
    session_idle_minutes: float = Field(default=60, gt=0)
    free_attempts: int = Field(default=5, ge=1)
    longest_wait_seconds: int = Field(default=900, ge=1)
    provider: ProviderSettings | None = None


class SubmissionLimits(Frozen):
    """How much may be submitted; windows slide."""

    per_minute: int = Field(ge=1)
    per_hour: int = Field(ge=1)
    per_day: int = Field(ge=1)
    bytes_per_day: int = Field(ge=1)
    stored: int = Field(ge=1)
    """Documents kept at one time."""


class SubmissionSettings(Frozen):
    """What inboxes take; a source's own limits hold too, where they are lower."""

    max_bytes: int = Field(default=20_000_000, ge=1)
    max_text_bytes: int = Field(default=1_000_000, ge=1)
    """Largest request whose document stands in JSON: that one is held in memory."""
    key_hours: int = Field(default=24, ge=1)
    """How long an idempotency key is remembered."""
    per_submitter: SubmissionLimits = SubmissionLimits(
        per_minute=30, per_hour=300, per_day=1_000, bytes_per_day=1_000_000_000, stored=10_000
    )
    per_source: SubmissionLimits = SubmissionLimits(
        per_minute=120, per_hour=2_000, per_day=10_000, bytes_per_day=5_000_000_000, stored=100_000
    )


class RetentionSettings(Frozen):
    """How many earlier generations stay ready for a rollback; the current one and its parent always do."""

    generations: int = Field(default=10, ge=2)
    """The newest so many are kept, whatever their age …"""
    days: int = Field(default=30, ge=0)
    """… and of those younger than this …"""
    spacing_minutes: int = Field(default=60, ge=0)
    """… the last of every stretch of so many minutes, for a stream makes many; 0: all of them."""


class WebSettings(Frozen):
    """The pages and the REST interface."""

    host: str = "127.0.0.1"
    port: int = Field(default=8460, ge=1, le=65535)
    public_url: str | None = Field(default=None, pattern=r"^https?://[^/]+$")
    hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    max_body_bytes: int = Field(default=1_000_000, ge=10_000)
    max_upload_bytes: int = Field(default=25_000_000, ge=10_000)
    stop_seconds: int = Field(default=20, ge=1)
    searches_waiting: int = Field(default=256, ge=1)


class MetricsSettings(Frozen):
    """Where figures for Prometheus are offered, written and pushed."""

    host: str = "127.0.0.1"
    port: int | None = Field(default=None, ge=1, le=65535)
    """Where `corpusgate serve` offers them without asking who reads; None: only at its `/metrics`, with a token."""
    stream_port: int | None = Field(default=None, ge=1, le=65535)
    """Where `corpusgate stream` does."""
    textfile: str | None = None
    """Written at the end of every refresh, for node_exporter's textfile collector."""
    pushgateway: str | None = Field(default=None, pattern=r"^https?://[^\s/@]+(?:/[^\s]*)?$")
    """Pushed to at the end of every refresh."""
    job: str = Field(default="corpusgate", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")


class TracingSettings(Frozen):
    """Where spans of the gates are sent; nowhere unless an endpoint is given."""

    endpoint: str | None = Field(default=None, pattern=r"^https?://[^\s/@]+(?:/[^\s]*)?$")
    ratio: float = Field(default=0.1, ge=0, le=1)
    """Share of documents that are traced."""
    authorization: SecretSettings | None = None
    """What the header of that name holds, such as `Bearer …`."""
    timeout_seconds: float = Field(default=5, gt=0, le=60)


class KafkaSettings(Frozen):
    """How sources that are Kafka topics are read. Options such as TLS stand in files of their own."""

    service: str = Field(default="127.0.0.1:8471", pattern=r"^[A-Za-z0-9.-]+:\d{1,5}$")
    """Where Beam's KafkaIO is, which runs in Java."""
    poll_seconds: int = Field(default=1, ge=1)
    """How long a quiet topic is asked before another has its turn."""


class StreamSettings(Frozen):
    """What `corpusgate stream` does where it is not told otherwise."""

    folder: str = "stream"
    """Where the driver and its workers meet; on shared storage where workers are on other machines."""
    window_seconds: float = Field(default=5, ge=0.5, le=3600)
    """What arrives within so long is published as one generation."""
    poll_seconds: float = Field(default=2, ge=0.1, le=3600)
    """How often folders and bucket prefixes are listed."""
    drain_seconds: float = Field(default=60, ge=0)
    """How long a stop waits for what was taken in."""


class Settings(Frozen):
    """The whole of `configs/corpusgate.yaml`."""

    schema_version: Literal[1]
    database: DatabaseSettings = DatabaseSettings()
    index: IndexSettings = IndexSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    detectors: DetectorSettings = DetectorSettings()
    extraction: ExtractionSettings = ExtractionSettings()
    sandbox: SandboxSettings = SandboxSettings()
    deletions: GuardSettings = GuardSettings()
    rates: RateSettings = RateSettings()
    review: ReviewSettings = ReviewSettings()
    identity: IdentitySettings = IdentitySettings()
    web: WebSettings = WebSettings()
    submissions: SubmissionSettings = SubmissionSettings()
    retention: RetentionSettings = RetentionSettings()
    notifications: NotificationSettings = NotificationSettings()
    metrics: MetricsSettings = MetricsSettings()
    tracing: TracingSettings = TracingSettings()
    runner: RunnerSettings = RunnerSettings()
    kafka: KafkaSettings = KafkaSettings()
    stream: StreamSettings = StreamSettings()

    def for_every_child(self) -> "Settings":
        """The same, with what `sandbox` demands written to the settings of each child process."""
        if not self.sandbox.require:
            return self
        demand = {"require_confinement": True}
        return self.model_copy(
            update={
                "detectors": self.detectors.model_copy(update=demand),
                "extraction": self.extraction.model_copy(update=demand),
            }
        )
