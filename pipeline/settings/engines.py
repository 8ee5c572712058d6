"""Models of the settings under `runner` in `corpusgate.yaml`.

Invariants: frozen, and an unknown key is an error. Nothing here reads a file; `pipeline.settings.home` does.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from pipeline.domain.frozen import Frozen


class WorkerEnvironment(Frozen):
    """How a cluster comes to Python workers, in Beam's words."""

    type: Literal["LOOPBACK", "EXTERNAL", "PROCESS", "DOCKER"] = "LOOPBACK"
    """Where Python works: `LOOPBACK` in this process, `EXTERNAL` in a worker pool, `PROCESS` by a command, `DOCKER`
    in an image. All but `LOOPBACK` are remote: they need Postgres and a shared home."""
    config: str = ""
    """Address of the worker pool, the command as JSON, or the image."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if bool(self.config) is (self.type == "LOOPBACK"):
            raise ValueError("EXTERNAL, PROCESS and DOCKER need a `config`; LOOPBACK takes none")
        return self


class FlinkSettings(Frozen):
    """Flink, through Beam's job server."""

    job_endpoint: str = "127.0.0.1:8099"
    """Address of Beam's job server."""
    master: str = "[auto]"
    """Address of the Flink cluster. `[auto]`: the cluster that the job server was started with."""
    environment: WorkerEnvironment = WorkerEnvironment()
    """How the cluster reaches Python workers."""
    parallelism: int = Field(default=2, ge=1)
    """Parallel tasks of a job."""
    checkpoint_seconds: float = Field(default=10, ge=0.1)
    """Seconds between two checkpoints of a stream."""
    retries: int | None = Field(default=None, ge=0)
    """How often a failed job starts again. `null`: the cluster's own restart strategy."""
    retry_seconds: float = Field(default=10, ge=0)
    """Seconds before a failed job starts again."""
    options: tuple[str, ...] = ()
    """Further options of Beam's Flink runner, such as `--max_bundle_size=500`."""


class SparkSettings(Frozen):
    """Spark, through Beam's job server, which knows the master."""

    job_endpoint: str = "127.0.0.1:8099"
    """Address of Beam's job server, which knows the Spark master."""
    environment: WorkerEnvironment = WorkerEnvironment()
    """How the cluster reaches Python workers."""
    options: tuple[str, ...] = ()
    """Further options of Beam's Spark runner."""


class DataflowSettings(Frozen):
    """Google Cloud Dataflow."""

    project: str = Field(min_length=1)
    """Google Cloud project."""
    region: str = Field(min_length=1)
    """Region of the workers."""
    temp_location: str = Field(pattern=r"^gs://.+")
    """Bucket prefix for temporary files, `gs://…`."""
    image: str = Field(min_length=1)
    """Container image with Corpusgate and its models, in which the home is mounted."""
    workers: int = Field(default=2, ge=1)
    """Workers at the start."""
    max_workers: int = Field(default=10, ge=1)
    """Largest number of workers."""
    machine_type: str = "n2-standard-4"
    """Machine type of the workers."""
    service_account: str | None = None
    """Service account of the workers. `null`: the project's default."""
    subnetwork: str | None = None
    """Subnetwork of the workers. `null`: the default network."""
    public_ips: bool = False
    """Whether workers get public addresses."""
    threads: int = Field(default=2, ge=1)
    """Bundles that a worker process works on at one time."""
    options: tuple[str, ...] = ()
    """Further options of Beam's Dataflow runner."""


class RunnerSettings(Frozen):
    """The Beam engines, and how runs keep out of each other's way."""

    batch: Literal["FnApiRunner", "flink", "spark", "dataflow", "prism"] = "FnApiRunner"
    """Engine of `corpusgate refresh`. `FnApiRunner` works in this process."""
    stream: Literal["prism", "flink", "dataflow", "FnApiRunner"] = "prism"
    """Engine of `corpusgate stream`. `FnApiRunner` cannot stream: it is refused with an explanation."""
    workers: int = Field(default=1, ge=1)
    """Worker processes of a refresh on FnApiRunner. Each has its own detectors and its share of the processors."""
    prism: str = ""
    """The Prism program. Empty: the one on the PATH, or the one that `make tools` installed."""
    flink: FlinkSettings = FlinkSettings()
    spark: SparkSettings = SparkSettings()
    dataflow: DataflowSettings | None = None
    """Google Cloud Dataflow, if a run should use it."""
    lock_seconds: float = Field(default=60, gt=1)
    """Seconds without a sign of life after which another run takes over the publisher's lock."""
    lock_wait_seconds: float = Field(default=600, ge=0)
    """Seconds that a second run waits for the lock before it gives up."""
