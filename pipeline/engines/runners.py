"""From settings to a Beam runner and its options.

Invariants: every option is one that Beam's own parser or the runner's job server knows; any other is refused before
something runs. Workers on other machines need a ledger on a server: SQLite is refused. Nothing is downloaded.
"""

import os
import secrets
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from contextlib import redirect_stderr
from io import StringIO
from typing import NamedTuple

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.runners.portability.job_server import StopOnExitJobServer
from apache_beam.runners.portability.portable_runner import PortableRunner
from apache_beam.runners.portability.prism_runner import PrismJobServer, PrismRunner
from apache_beam.runners.runner import PipelineRunner, create_runner
from apache_beam.transforms.environments import SubprocessSDKEnvironment

from pipeline.domain.errors import ConfigError, UsageError
from pipeline.engines import bind_loopback, parent_death, worker
from pipeline.engines.quicker import KeptViews
from pipeline.engines.tools import prism
from pipeline.settings.application import Settings
from pipeline.settings.embedding import EmbeddingSettings
from pipeline.settings.engines import DataflowSettings, FlinkSettings, RunnerSettings, SparkSettings

BATCH = ("FnApiRunner", "flink", "spark", "dataflow", "prism")
STREAM = ("prism", "flink", "dataflow")

_WORKER_KEPT_SECONDS = 60
"""Between two stages of a batch: a new worker would load Beam and the models again."""

FLINK_OPTIONS = (
    "allow_non_restored_state",
    "auto_watermark_interval",
    "checkpoint_timeout_millis",
    "checkpointing_interval",
    "checkpointing_mode",
    "execution_mode_for_batch",
    "execution_retry_delay",
    "fail_on_checkpointing_errors",
    "finish_bundle_before_checkpointing",
    "max_bundle_size",
    "max_bundle_time_mills",
    "min_pause_between_checkpoints",
    "number_of_execution_retries",
    "object_reuse",
    "savepoint_path",
    "state_backend",
    "state_backend_storage_path",
    "unaligned_checkpoint_enabled",
)
"""What Flink's job server knows and Beam's Python parser does not; a test asks a job server for each."""


class Engine(NamedTuple):
    """What a graph runs on."""

    runner: PipelineRunner
    options: PipelineOptions
    processes: int = 1
    """Worker processes on this machine."""

    def share(self, embedding: EmbeddingSettings) -> EmbeddingSettings:
        """For each worker process its share of the processors, where nothing else is set."""
        if self.processes == 1 or embedding.threads is not None:
            return embedding
        return embedding.model_copy(update={"threads": max(1, (os.cpu_count() or 1) // self.processes)})


def batch_runner(settings: Settings, name: str | None = None, workers: int | None = None) -> Engine:
    """What a refresh runs on. Raises `UsageError` or `ConfigError` when it cannot."""
    name = name or settings.runner.batch
    if name not in BATCH:
        raise UsageError(f"There is no runner {name}.", fix=f"Choose one of {', '.join(BATCH)}.")
    if workers is not None and name in ("spark", "prism"):
        raise UsageError(
            f"How many workers {name} has is not decided here.",
            fix="--workers is for FnApiRunner, flink and dataflow.",
        )
    return _engine(settings, name, workers, streaming=False)


def stream_runner(settings: Settings, name: str | None = None, workers: int | None = None) -> Engine:
    """What a stream runs on. Raises `UsageError` or `ConfigError` when it cannot."""
    name = name or settings.runner.stream
    if name == "FnApiRunner":
        raise UsageError(
            "FnApiRunner does not stream: on it, a source without end ends at once.",
            done="The stream was not started.",
            fix="Set `runner.stream: prism` (`make tools` installs it), or flink. FnApiRunner is for `refresh`.",
        )
    if name not in STREAM:
        raise UsageError(f"There is no runner {name} for streams.", fix=f"Choose one of {', '.join(STREAM)}.")
    if workers is not None and name == "prism":
        raise UsageError("Prism has one worker.", fix="For more choose flink.")
    return _engine(settings, name, workers, streaming=True)


def is_remote(runner: RunnerSettings, name: str) -> bool:
    """Whether gates run in other processes, on whatever machine."""
    environments = {"flink": runner.flink.environment, "spark": runner.spark.environment}
    return name == "dataflow" or (name in environments and environments[name].type != "LOOPBACK")


def _engine(settings: Settings, name: str, workers: int | None, *, streaming: bool) -> Engine:
    bind_loopback.only()
    chosen = settings.runner
    if is_remote(chosen, name) and settings.database.url.startswith("sqlite"):
        raise ConfigError(
            f"The ledger is SQLite, a file on this machine, and {name} works on others.",
            done="Nothing was started.",
            fix="Set `database.url` to a Postgres both sides can reach, and keep the home on shared storage.",
        )
    job = "corpusgate-stream" if streaming else "corpusgate-refresh"
    if name == "flink":
        job += f"-{secrets.token_hex(4)}"  # by which it is found there to be ended
    common = ["--job_name", job]
    common += ["--streaming"] if streaming else []
    match name:
        case "FnApiRunner":
            workers = workers or chosen.workers
            options = _parsed([*common, "--direct_num_workers", str(workers)])
            return Engine(FnApiRunner(_processes() if workers > 1 else None), options, workers)
        case "prism":
            return Engine(_Prism(), _parsed(common + _prism(chosen)))
        case "flink":
            flags = common + _flink(chosen.flink, workers, streaming=streaming)
            return Engine(PortableRunner(), _parsed(flags, chosen.flink.options, FLINK_OPTIONS))
        case "spark":
            return Engine(PortableRunner(), _parsed(common + _portable(chosen.spark), chosen.spark.options))
        case _:
            return _dataflow(chosen.dataflow, workers, common)


def _processes() -> SubprocessSDKEnvironment:
    """Instead of `--direct_running_mode multi_processing`, whose workers are loud and outlive a killed refresh."""
    return SubprocessSDKEnvironment.from_command_string(worker.command())


def _prism(settings: RunnerSettings) -> list[str]:
    return [
        *("--prism_location", str(prism(settings.prism))),
        *("--prism_log_level", "error"),
        *("--prism_log_kind", "json"),  # `console` would make Beam's log louder
        *("--environment_type", "LOOPBACK"),
    ]


def _portable(settings: FlinkSettings | SparkSettings) -> list[str]:
    environment = settings.environment
    config = ["--environment_config", environment.config] if environment.config else []
    return [
        *("--job_endpoint", settings.job_endpoint),
        *("--environment_type", environment.type, *config),
        *("--environment_cache_millis", str(_WORKER_KEPT_SECONDS * 1000)),
    ]


def _flink(settings: FlinkSettings, workers: int | None, *, streaming: bool) -> list[str]:
    flags = [*_portable(settings), "--flink_master", settings.master]
    flags += ["--parallelism", str(workers or settings.parallelism)]
    if streaming:
        flags += ["--checkpointing_interval", str(round(settings.checkpoint_seconds * 1000))]
    if settings.retries is not None:
        flags += ["--number_of_execution_retries", str(settings.retries)]
        flags += ["--execution_retry_delay", str(round(settings.retry_seconds * 1000))]
    return flags


def _dataflow(settings: DataflowSettings | None, workers: int | None, common: list[str]) -> Engine:
    if settings is None:
        raise ConfigError("Dataflow is not set up.", fix="Set `runner.dataflow`; see docs/guides/engines.md.")
    try:
        runner = create_runner("DataflowRunner")
    except (ImportError, ValueError):
        raise ConfigError(
            "Beam's part for Dataflow is not installed.", fix="Install it: pip install 'apache-beam[gcp]'."
        ) from None
    flags = [
        *common,
        *("--project", settings.project),
        *("--region", settings.region),
        *("--temp_location", settings.temp_location),
        *("--sdk_container_image", settings.image),
        *("--num_workers", str(workers or settings.workers)),
        *("--max_num_workers", str(max(workers or settings.workers, settings.max_workers))),
        *("--worker_machine_type", settings.machine_type),
        *("--number_of_worker_harness_threads", str(settings.threads)),
        "--use_public_ips" if settings.public_ips else "--no_use_public_ips",
    ]
    flags += ["--service_account_email", settings.service_account] if settings.service_account else []
    flags += ["--subnetwork", settings.subnetwork] if settings.subnetwork else []
    return Engine(runner, _parsed(flags, settings.options))


def _parsed(flags: Sequence[str], more: Sequence[str] = (), server_knows: Iterable[str] = ()) -> PipelineOptions:
    """Beam's options. Raises `ConfigError` where neither Beam nor the job server would understand one."""
    unknown: list[str] = []

    def look(parser: ArgumentParser) -> None:
        for name in server_knows:
            parser.add_argument(f"--{name}")
        unknown.extend(parser.parse_known_args([*flags, *more])[1])

    try:
        with redirect_stderr(StringIO()):  # where the parser says what it would accept: hundreds of lines
            PipelineOptions([]).get_all_options(add_extra_args_fn=look)
    except SystemExit:
        unknown.extend(more)
    if unknown:
        names = ", ".join(sorted({word.split("=")[0] for word in unknown}))
        raise ConfigError(
            f"The runner does not understand {names}.",
            done="Nothing was started.",
            fix="Correct `options` of that runner in corpusgate.yaml: --name=value, in snake case.",
        )
    return KeptViews([*flags, *more])


class _PrismServer(PrismJobServer):
    def subprocess_cmd_and_endpoint(self) -> tuple[list[str], str]:
        program, endpoint = super().subprocess_cmd_and_endpoint()
        return parent_death.command(*map(str, program)), endpoint


class _Prism(PrismRunner):
    """Beam's, with a Prism for each run that ends with this process, even when it is killed."""

    def default_job_server(self, options: PipelineOptions) -> StopOnExitJobServer:
        return StopOnExitJobServer(_PrismServer(options))
