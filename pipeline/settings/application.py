"""Models of the settings in `corpusgate.yaml`, with their defaults.

Invariants: frozen, and an unknown key is an error. Nothing here reads a file; `pipeline.settings.home` does.
"""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import DEFAULT_TENANT, Classification
from pipeline.domain.identity.roles import Grant
from pipeline.domain.rates.breaches import Limits
from pipeline.settings.audit import AuditSettings
from pipeline.settings.embedding import EmbeddingSettings
from pipeline.settings.engines import RunnerSettings
from pipeline.settings.extraction import ExtractionSettings
from pipeline.settings.notifications import NotificationSettings, SecretSettings
from pipeline.settings.policy import PolicySettings
from pipeline.settings.report import ReportSettings
from pipeline.settings.sources import GuardSettings, SourceSettings


class DatabaseSettings(Frozen):
    """Where the ledger lives."""

    url: str = "sqlite:///corpusgate.db"
    """SQLAlchemy URL of the ledger: SQLite in the home, or Postgres with `${PASSWORD}` in place of the password."""


class PgvectorSettings(Frozen):
    """The Postgres database that serves a copy of the current generation."""

    url: str = ""
    """URL for the role that loads and owns the tables. Empty: the ledger's database and role."""
    reader_url: str
    """URL for the role that searches. Row-level security applies to this role."""


class IndexSettings(Frozen):
    """Where generations are written, what answers searches, how segments are laid out, and when they are merged."""

    folder: str = "index"
    """Folder of segments and generations."""
    backend: Literal["faiss", "pgvector"] = "faiss"
    """What answers searches: `faiss` from the files of the index, or `pgvector` from a copy in Postgres."""
    pgvector: PgvectorSettings | None = None
    """The databases of the backend `pgvector`, which needs them."""
    approximate_from: int | None = Field(default=20_000, ge=1)
    """Number of rows from which a segment gets inverted lists. A principal who may read fewer rows of it gets an
    exact search. `null`: every search is exact."""
    compression: Literal["none", "fp16", "sq8"] = "sq8"
    """Compression of the vectors in the inverted lists. Scores always come from the uncompressed vectors."""
    recall: float = Field(default=0.995, gt=0, lt=1)
    """Share of the best results that a search through inverted lists should find at least."""
    compact_segments: int | None = Field(default=16, ge=2)
    """A refresh that leaves more segments than this merges small ones. `null`: only `corpusgate compact` merges."""
    segment_rows: int = Field(default=1_000_000, ge=1)
    """Largest number of rows of a merged segment."""
    unused_share: float = Field(default=0.3, gt=0, le=1)
    """A segment is written again if more than this share of its rows is no longer served."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.backend == "pgvector" and self.pgvector is None:
            raise ValueError("backend pgvector needs index.pgvector with a reader_url")
        return self


class DetectorSettings(Frozen):
    """Bounds on the detectors' child processes."""

    folder: str = "configs/detectors"
    """Folder of the detectors' rules."""
    names_model: str = "en_core_web_sm"
    """Name of the model in models.lock.yaml that recognises names of people."""
    plain_orders: bool = True
    """Look for orders to an assistant that do not belong to the text, if models.lock.yaml names `plain-orders`."""
    overt_orders: bool = True
    """Let the injection rules be seconded by a trained model, if models.lock.yaml names `overt-orders`."""
    seconds_per_document: float = Field(default=60, gt=0)
    """Time limit of one detector for one document. Beyond it the document is quarantined."""
    memory_mb: int = Field(default=4096, ge=512)
    """Memory limit of a detector process, in megabytes. Beyond it the document is quarantined."""
    canary_every: int = Field(default=5000, ge=1)
    """Documents between two canary checks of a detector. The first check runs before the first document."""
    in_flight: int = Field(default=16, ge=1)
    """Documents that may wait in one detector while the model embeds others."""
    require_confinement: bool = False
    """Refuse a child process that the kernel cannot confine. `sandbox.require` says so for every child process."""


class SandboxSettings(Frozen):
    """How strictly child processes that read documents are confined."""

    require: bool = False
    """Refuse child processes that the kernel cannot confine with both Landlock and seccomp."""


class RateSettings(Frozen):
    """The breaker: what a source may bring in one run, or one window of a stream, before it is narrowed."""

    on: bool = True
    """Whether the breaker watches sources."""
    window_seconds: int = Field(default=300, ge=1)
    """Length of a measured window of a stream, in seconds. A refresh is one window."""
    share_hours: float = Field(default=24, gt=0)
    """Hours over which shares of a source's documents are measured."""
    history_windows: int = Field(default=500, ge=5, le=1000)
    """Largest number of earlier windows from which bands are learned."""
    keep_days: int = Field(default=400, ge=1)
    """Days for which windows stay on record."""
    limits: Limits = Limits()
    """Limits of every source."""
    sources: dict[str, Limits] = Field(default_factory=dict)
    """Limits of single sources. A limit left out is the one of `rates.limits`."""

    def limits_of(self, source: str) -> Limits:
        """What holds for a source."""
        own = self.sources.get(source)
        return self.limits.model_copy(update=own.model_dump(exclude_unset=True)) if own else self.limits


class RetrievalSettings(Frozen):
    """The retrieval log: who received which passage, and when."""

    keep_days: int = Field(default=400, ge=1)
    """Days for which retrievals stay on record."""
    record_seconds: float = Field(default=10, gt=0, le=3600)
    """Seconds after which a server moves what waits in the journal into the database."""
    journal_mb: int = Field(default=256, ge=1)
    """Megabytes that may wait for the database. Beyond it, searches are refused until it takes them."""


class ServingSettings(Frozen):
    """Conditions on a generation that is served."""

    require: tuple[Literal["svr", "test-result", "provenance"], ...] = ()
    """Attestations without which a generation is not served. Generations from before attestations were made have
    none: publish once, then set it."""


class ReviewSettings(Frozen):
    """How long an approval, a claim, break-glass and at most a waiver are good for."""

    approval_days: int = Field(default=14, ge=1)
    """Days after which an unused approval is void."""
    waiver_days: int = Field(default=365, ge=1)
    """Longest life of a waiver, in days."""
    claim_minutes: int = Field(default=30, ge=1)
    """Minutes for which an item stays with the reviewer who claimed it."""
    break_glass_hours: float = Field(default=72, gt=0)
    """Longest time, in hours, for which a version admitted by break-glass is served without confirmation."""


class ProviderGroup(Frozen):
    """What members of one of the identity provider's groups are here."""

    groups: tuple[str, ...] = ()
    """Groups that members get here."""
    clearance: Classification = Classification.PUBLIC
    """Clearance that members get here."""
    roles: tuple[Grant, ...] = ()
    """Roles that members get here."""


class ProviderSettings(Frozen):
    """An OpenID Connect provider. Who is in none of its mapped groups may do nothing here."""

    issuer: str = Field(pattern=r"^https?://\S+$")
    """Issuer URL of the provider: https, except on this machine."""
    audience: str = Field(min_length=1)
    """Audience that access tokens for REST must name."""
    client_id: str | None = None
    """Client id for logging in with a browser. `null`: REST only. It must differ from `audience`."""
    name: str = "your organisation"
    """Name of the provider on the log-in button."""
    user_claim: str = "sub"
    """Claim that becomes the principal's name after `user:`."""
    groups_claim: str = "groups"
    """Claim that lists the user's groups."""
    scopes: tuple[str, ...] = ("openid",)
    """Scopes to ask for at log-in."""
    tenant: str = DEFAULT_TENANT
    """Tenant of the provider's users."""
    leeway_seconds: int = Field(default=30, ge=0, le=120)
    """Tolerated difference of clocks, in seconds."""
    groups: dict[str, ProviderGroup] = Field(default_factory=dict)
    """The provider's groups by name, and what their members get here."""

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
    """Life of a token in days, unless its creator asks for another."""
    token_days_max: int = Field(default=365, ge=1)
    """Longest life of a token, in days."""
    session_hours: float = Field(default=12, gt=0)
    """Longest life of a browser session, in hours."""
    session_idle_minutes: float = Field(default=60, gt=0)
    """Minutes without a request after which a browser session ends."""
    free_attempts: int = Field(default=5, ge=1)
    """Failed log-ins of one address, or for one token, before the first wait. Each further failure doubles the wait."""
    longest_wait_seconds: int = Field(default=900, ge=1)
    """Longest wait after failed log-ins, in seconds."""
    provider: ProviderSettings | None = None
    """An OpenID Connect provider. Its client secret comes from `CORPUSGATE_OIDC_SECRET`."""


class SubmissionLimits(Frozen):
    """How much may be submitted; windows slide."""

    per_minute: int = Field(ge=1)
    """Submissions in one minute."""
    per_hour: int = Field(ge=1)
    """Submissions in one hour."""
    per_day: int = Field(ge=1)
    """Submissions in one day."""
    bytes_per_day: int = Field(ge=1)
    """Bytes in one day."""
    stored: int = Field(ge=1)
    """Documents kept at one time."""


class SubmissionSettings(Frozen):
    """What inboxes take; a source's own limits hold too, where they are lower."""

    max_bytes: int = Field(default=20_000_000, ge=1)
    """Largest submission, in bytes. A lower limit of the source applies too."""
    max_text_bytes: int = Field(default=1_000_000, ge=1)
    """Largest request that carries its document as JSON, in bytes: it is held in memory. Files are streamed to disk."""
    key_hours: int = Field(default=24, ge=1)
    """Hours for which an idempotency key is remembered."""
    per_submitter: SubmissionLimits = SubmissionLimits(
        per_minute=30, per_hour=300, per_day=1_000, bytes_per_day=1_000_000_000, stored=10_000
    )
    """Limits of one submitter. Windows slide."""
    per_source: SubmissionLimits = SubmissionLimits(
        per_minute=120, per_hour=2_000, per_day=10_000, bytes_per_day=5_000_000_000, stored=100_000
    )
    """Limits of one source. Windows slide."""


class RetentionSettings(Frozen):
    """How many earlier generations stay ready for a rollback; the current one and its parent always do."""

    generations: int = Field(default=10, ge=2)
    """Number of newest generations to keep, whatever their age."""
    days: int = Field(default=30, ge=0)
    """Days for which older generations are kept, thinned by `spacing_minutes`."""
    spacing_minutes: int = Field(default=60, ge=0)
    """Of the older generations, only the last one of each period of this many minutes is kept. 0: all of them."""


class WebSettings(Frozen):
    """The pages and the REST interface."""

    host: str = "127.0.0.1"
    """Address that `corpusgate serve` listens on. One that other machines reach needs TLS, or a proxy with TLS."""
    port: int = Field(default=8460, ge=1, le=65535)
    """Port that `corpusgate serve` listens on."""
    public_url: str | None = Field(default=None, pattern=r"^https?://[^/]+$")
    """Address that people use, such as https://gate.example. Needed behind a proxy and for OpenID Connect."""
    hosts: tuple[str, ...] = ()
    """Further host names that requests may name, next to this machine's own and that of `public_url`."""
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    """Addresses or networks of the proxies whose X-Forwarded headers are trusted, with `--behind-proxy`."""
    max_body_bytes: int = Field(default=1_000_000, ge=10_000)
    """Largest request, in bytes."""
    max_upload_bytes: int = Field(default=25_000_000, ge=10_000)
    """Largest request that uploads a document, in bytes."""
    stop_seconds: int = Field(default=20, ge=1)
    """Seconds that running requests may take to finish when the server stops."""
    header_seconds: float = Field(default=10, gt=0)
    """How long a client has for the headers of a request; a connection without them is then ended."""
    connections_per_address: int = Field(default=100, ge=1)
    """Connections one address may hold at a time; a trusted proxy may hold any number."""
    searches_waiting: int = Field(default=256, ge=1)
    """Searches that may run or wait at one time. Further searches get status 503."""


class MetricsSettings(Frozen):
    """Where figures for Prometheus are offered, written and pushed."""

    host: str = "127.0.0.1"
    """Address of the ports below."""
    port: int | None = Field(default=None, ge=1, le=65535)
    """Port on which `corpusgate serve` offers metrics without a token. `null`: only at `/metrics`, with a token."""
    stream_port: int | None = Field(default=None, ge=1, le=65535)
    """Port on which `corpusgate stream` offers metrics without a token."""
    textfile: str | None = None
    """File to write at the end of every refresh, for node_exporter's textfile collector."""
    pushgateway: str | None = Field(default=None, pattern=r"^https?://[^\s/@]+(?:/[^\s]*)?$")
    """Pushgateway to push to at the end of every refresh, such as http://127.0.0.1:9091."""
    job: str = Field(default="corpusgate", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")
    """Job name for the Pushgateway. Give each home its own."""


class TracingSettings(Frozen):
    """Where spans of the gates are sent; nowhere unless an endpoint is given."""

    endpoint: str | None = Field(default=None, pattern=r"^https?://[^\s/@]+(?:/[^\s]*)?$")
    """Collector that receives the spans over OTLP/HTTP, such as http://127.0.0.1:4318/v1/traces. `null`: none."""
    ratio: float = Field(default=0.1, ge=0, le=1)
    """Share of documents that are traced. A document is traced in every gate or in none."""
    authorization: SecretSettings | None = None
    """Value of the Authorization header, from a file or an environment variable."""
    timeout_seconds: float = Field(default=5, gt=0, le=60)
    """Seconds that a collector may take. Spans it does not take are dropped; a run waits no longer than this."""


class KafkaSettings(Frozen):
    """How sources that are Kafka topics are read. Options such as TLS stand in files of their own."""

    service: str = Field(default="127.0.0.1:8471", pattern=r"^[A-Za-z0-9.-]+:\d{1,5}$")
    """Address of Beam's KafkaIO service on every machine with workers: `scripts/services/kafka_service.sh up`."""
    poll_seconds: int = Field(default=1, ge=1)
    """Seconds to poll a quiet topic before the next one. Shorter is faster, and more work for the broker."""


class StreamSettings(Frozen):
    """What `corpusgate stream` does where it is not told otherwise."""

    folder: str = "stream"
    """Folder that the driver and its workers share. Use shared storage if workers run on other machines."""
    window_seconds: float = Field(default=5, ge=0.5, le=3600)
    """Seconds of arrivals that are published as one small generation."""
    poll_seconds: float = Field(default=2, ge=0.1, le=3600)
    """Seconds between two listings of folders and bucket prefixes."""
    drain_seconds: float = Field(default=60, ge=0)
    """Seconds that a stop waits for documents in progress. The next start takes in what did not finish."""


class Settings(Frozen):
    """The whole of `configs/corpusgate.yaml`."""

    schema_version: Literal[1]
    """Version of the file's format."""
    database: DatabaseSettings = DatabaseSettings()
    index: IndexSettings = IndexSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    detectors: DetectorSettings = DetectorSettings()
    extraction: ExtractionSettings = ExtractionSettings()
    sandbox: SandboxSettings = SandboxSettings()
    sources: SourceSettings = SourceSettings()
    deletions: GuardSettings = GuardSettings()
    rates: RateSettings = RateSettings()
    review: ReviewSettings = ReviewSettings()
    policy: PolicySettings = PolicySettings()
    identity: IdentitySettings = IdentitySettings()
    web: WebSettings = WebSettings()
    submissions: SubmissionSettings = SubmissionSettings()
    retention: RetentionSettings = RetentionSettings()
    retrievals: RetrievalSettings = RetrievalSettings()
    report: ReportSettings = ReportSettings()
    audit: AuditSettings = AuditSettings()
    serving: ServingSettings = ServingSettings()
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
