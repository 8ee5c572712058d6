"""What can be set about engines: the shape of `runner` in `corpusgate.yaml`.

Invariants: frozen, and an unknown key is an error. Nothing here reads a file; `pipeline.settings.home` does.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from pipeline.domain.frozen import Frozen


class WorkerEnvironment(Frozen):
    """How a cluster comes to Python workers, in Beam's words."""

    type: Literal["LOOPBACK", "EXTERNAL", "PROCESS", "DOCKER"] = "LOOPBACK"
    """`LOOPBACK`: this process is the worker. All others are remote."""
    config: str = ""
    """Address of the worker pool, command as JSON, or image."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if bool(self.config) is (self.type == "LOOPBACK"):
            raise ValueError("EXTERNAL, PROCESS and DOCKER need a `config`; LOOPBACK takes none")
        return self


class FlinkSettings(Frozen):
    """Flink, through Beam's job server."""

    job_endpoint: str = "127.0.0.1:8099"
    master: str = "[auto]"
    """`[auto]`: what the job server was started with."""
    environment: WorkerEnvironment = WorkerEnvironment()
    parallelism: int = Field(default=2, ge=1)
    checkpoint_seconds: float = Field(default=10, ge=0.1)
    """Of streams."""
    retries: int | None = Field(default=None, ge=0)
    """How often a failed job starts again; None: the cluster's own restart strategy."""
    retry_seconds: float = Field(default=10, ge=0)
    options: tuple[str, ...] = ()
    """Further options of Beam's Flink runner, such as `--max_bundle_size=500`."""


class SparkSettings(Frozen):
    """Spark, through Beam's job server, which knows the master."""

    job_endpoint: str = "127.0.0.1:8099"
    environment: WorkerEnvironment = WorkerEnvironment()
    options: tuple[str, ...] = ()


class DataflowSettings(Frozen):
    """Google Cloud Dataflow."""

    project: str = Field(min_length=1)
    region: str = Field(min_length=1)
    temp_location: str = Field(pattern=r"^gs://.+")
    image: str = Field(min_length=1)
    """A container image with Corpusgate, its models and the home mounted."""
    workers: int = Field(default=2, ge=1)
    max_workers: int = Field(default=10, ge=1)
    machine_type: str = "n2-standard-4"
    service_account: str | None = None
    subnetwork: str | None = None
    public_ips: bool = False
    threads: int = Field(default=2, ge=1)
    """Bundles a worker process works on at a time."""
    options: tuple[str, ...] = ()


class RunnerSettings(Frozen):
    """The Beam engines, and how runs keep out of each other's way."""

    batch: Literal["FnApiRunner", "flink", "spark", "dataflow", "prism"] = "FnApiRunner"
    stream: Literal["prism", "flink", "dataflow", "FnApiRunner"] = "prism"
    """`FnApiRunner` is understood so that it can be refused with an explanation: it does not stream."""
    workers: int = Field(default=1, ge=1)
    """Worker processes of a batch on FnApiRunner."""
    prism: str = ""
    """The Prism program; empty: the one on the PATH, or what `make tools` installed."""
    flink: FlinkSettings = FlinkSettings()
    spark: SparkSettings = SparkSettings()
    dataflow: DataflowSettings | None = None
    lock_seconds: float = Field(default=60, gt=1)
    lock_wait_seconds: float = Field(default=600, ge=0)
