"""From settings to a runner and options that Beam understands, to the last one."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest
from apache_beam.options.pipeline_options import (
    DebugOptions,
    DirectOptions,
    FlinkRunnerOptions,
    GoogleCloudOptions,
    PipelineOptions,
    PortableOptions,
    PrismRunnerOptions,
    StandardOptions,
    WorkerOptions,
)
from apache_beam.runners.dataflow.dataflow_runner import DataflowRunner
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.runners.portability.portable_runner import PortableRunner
from apache_beam.runners.portability.prism_runner import PrismRunner
from apache_beam.transforms.environments import EmbeddedPythonEnvironment

from pipeline.domain.errors import ConfigError, UsageError
from pipeline.engines.runners import BATCH, FLINK_OPTIONS, STREAM, batch_runner, is_remote, stream_runner
from pipeline.settings.application import Settings
from pipeline.settings.embedding import EmbeddingSettings
from pipeline.settings.engines import RunnerSettings

POSTGRES = "postgresql+psycopg://corpusgate@db.example/corpusgate"
REMOTE = {"type": "EXTERNAL", "config": "127.0.0.1:50000"}
CLOUD = {
    "project": "corpus",
    "region": "europe-west1",
    "temp_location": "gs://corpus/tmp",
    "image": "europe-docker.pkg.dev/corpus/gate:1",
    "workers": 4,
    "max_workers": 20,
    "machine_type": "n2-standard-8",
    "service_account": "gate@corpus.iam.gserviceaccount.com",
    "subnetwork": "regions/europe-west1/subnetworks/gate",
    "threads": 3,
    "options": ("--dataflow_service_options=enable_prime", "--disk_size_gb=200"),
}


@pytest.fixture
def prism(tmp_path: Path) -> str:
    program = tmp_path / "prism"
    program.write_bytes(b"")
    return str(program)


def settings(url: str = POSTGRES, **runner: Any) -> Settings:
    return Settings.model_validate({"schema_version": 1, "database": {"url": url}, "runner": runner})


def not_understood(options: PipelineOptions, server: tuple[str, ...] = ()) -> list[str]:
    """What Beam's parser, with what the job server adds to it, makes nothing of."""
    left: list[str] = []

    def look(parser: ArgumentParser) -> None:
        for name in server:
            parser.add_argument(f"--{name}")
        left.extend(parser.parse_known_args(options._flags)[1])

    PipelineOptions([]).get_all_options(add_extra_args_fn=look)
    return left


def sent_to_server(options: PipelineOptions) -> dict[str, Any]:
    """What the Flink job server is sent of its own options."""

    def add(parser: ArgumentParser) -> None:
        for name in FLINK_OPTIONS:
            parser.add_argument(f"--{name}")

    everything = options.get_all_options(add_extra_args_fn=add)
    return {name: everything[name] for name in FLINK_OPTIONS if everything[name] is not None}


def test_batch_runs_in_this_process_by_default() -> None:
    engine = batch_runner(settings("sqlite:///corpusgate.db"))
    assert type(engine.runner) is FnApiRunner
    assert engine.runner._default_environment == EmbeddedPythonEnvironment.default()
    assert (engine.options.view_as(DirectOptions).direct_num_workers, engine.processes) == (1, 1)
    assert not engine.options.view_as(StandardOptions).streaming


@pytest.mark.parametrize(("configured", "asked", "workers"), [(1, 3, 3), (3, None, 3), (4, 2, 2)])
def test_several_workers_are_processes_of_their_own(configured: int, asked: int | None, workers: int) -> None:
    engine = batch_runner(settings("sqlite:///corpusgate.db", workers=configured), workers=asked)
    assert "-m pipeline.engines.worker" in engine.runner._default_environment.command_string
    assert (engine.options.view_as(DirectOptions).direct_num_workers, engine.processes) == (workers, workers)


def test_each_worker_process_computes_with_its_share_of_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    several, one = batch_runner(settings(), workers=3), batch_runner(settings(), workers=1)
    assert several.share(EmbeddingSettings()).threads == 2
    assert batch_runner(settings(), workers=20).share(EmbeddingSettings()).threads == 1
    assert several.share(EmbeddingSettings(threads=5)).threads == 5
    assert one.share(EmbeddingSettings()).threads is None


def test_streams_run_on_prism_by_default(prism: str) -> None:
    engine = stream_runner(settings("sqlite:///corpusgate.db", prism=prism))
    assert isinstance(engine.runner, PrismRunner)
    assert engine.options.view_as(StandardOptions).streaming
    assert engine.options.view_as(PrismRunnerOptions).prism_location == prism
    assert engine.options.view_as(PortableOptions).environment_type == "LOOPBACK"


def test_a_stream_on_fn_api_runner_is_refused_and_told_what_to_do() -> None:
    for call in (
        lambda: stream_runner(settings(stream="FnApiRunner")),
        lambda: stream_runner(settings(), "FnApiRunner"),
    ):
        with pytest.raises(UsageError, match="does not stream") as refused:
            call()
        assert "runner.stream: prism" in refused.value.fix
        assert "make tools" in refused.value.fix


def test_flink_gets_all_that_is_set() -> None:
    flink = {
        "job_endpoint": "jobs.example:8099",
        "master": "flink.example:8081",
        "environment": REMOTE,
        "parallelism": 6,
        "checkpoint_seconds": 2.5,
        "retries": 4,
        "retry_seconds": 1.5,
        "options": ("--max_bundle_size=500", "--max_parallelism=64"),
    }
    engine = stream_runner(settings(flink=flink), "flink")
    portable, options = engine.options.view_as(PortableOptions), engine.options.view_as(FlinkRunnerOptions)
    assert type(engine.runner) is PortableRunner
    assert (portable.job_endpoint, portable.environment_type) == ("jobs.example:8099", "EXTERNAL")
    assert (portable.environment_config, portable.environment_cache_millis) == ("127.0.0.1:50000", "60000")
    assert (options.flink_master, options.parallelism, options.max_parallelism) == ("flink.example:8081", 6, 64)
    assert sent_to_server(engine.options) == {
        "checkpointing_interval": "2500",
        "number_of_execution_retries": "4",
        "execution_retry_delay": "1500",
        "max_bundle_size": "500",
    }
    assert not_understood(engine.options, FLINK_OPTIONS) == []


def test_a_batch_on_flink_takes_no_checkpoints_and_leaves_restarts_to_the_cluster() -> None:
    engine = batch_runner(settings(), "flink", workers=5)
    assert sent_to_server(engine.options) == {}
    assert engine.options.view_as(FlinkRunnerOptions).parallelism == 5
    assert not engine.options.view_as(StandardOptions).streaming


def test_spark_gets_all_that_is_set() -> None:
    spark = {
        "job_endpoint": "jobs.example:8099",
        "environment": REMOTE,
        "options": ("--environment_cache_millis=9000",),
    }
    engine = batch_runner(settings(spark=spark), "spark")
    portable = engine.options.view_as(PortableOptions)
    assert type(engine.runner) is PortableRunner
    assert (portable.job_endpoint, portable.environment_type) == ("jobs.example:8099", "EXTERNAL")
    assert (portable.environment_config, portable.environment_cache_millis) == ("127.0.0.1:50000", "9000")
    assert not_understood(engine.options) == []


@pytest.mark.parametrize("streaming", [False, True])
def test_dataflow_gets_all_that_is_set(streaming: bool) -> None:
    engine = (stream_runner if streaming else batch_runner)(settings(dataflow=CLOUD), "dataflow", 30)
    cloud, workers = engine.options.view_as(GoogleCloudOptions), engine.options.view_as(WorkerOptions)
    assert type(engine.runner) is DataflowRunner
    assert (cloud.project, cloud.region, cloud.temp_location) == ("corpus", "europe-west1", "gs://corpus/tmp")
    assert cloud.job_name == ("corpusgate-stream" if streaming else "corpusgate-refresh")
    assert cloud.service_account_email == CLOUD["service_account"]
    assert cloud.dataflow_service_options == ["enable_prime"]
    assert (workers.num_workers, workers.max_num_workers) == (30, 30)
    assert (workers.machine_type, workers.disk_size_gb) == ("n2-standard-8", 200)
    assert (workers.sdk_container_image, workers.subnetwork) == (CLOUD["image"], CLOUD["subnetwork"])
    assert workers.use_public_ips is False
    assert engine.options.view_as(DebugOptions).number_of_worker_harness_threads == 3
    assert engine.options.view_as(StandardOptions).streaming is streaming
    assert not_understood(engine.options) == []


@pytest.mark.parametrize(("name", "streams"), [(name, False) for name in BATCH] + [(name, True) for name in STREAM])
def test_every_runner_is_given_only_options_that_are_understood(name: str, streams: bool, prism: str) -> None:
    flink = {"environment": REMOTE, "retries": 1}
    chosen = settings(prism=prism, workers=2, flink=flink, spark={"environment": REMOTE}, dataflow=CLOUD)
    engine = stream_runner(chosen, name) if streams else batch_runner(chosen, name)
    assert not_understood(engine.options, FLINK_OPTIONS if name == "flink" else ()) == []


@pytest.mark.parametrize("option", ["--max_bundel_size=5", "--parallelism=many", "max_bundle_size=5", "-p=5"])
def test_an_option_nobody_understands_is_refused(option: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match="does not understand") as refused:
        batch_runner(settings(flink={"options": (option,)}), "flink")
    assert option.split("=", maxsplit=1)[0] in str(refused.value)
    assert capfd.readouterr().err == "", "the parser's own hundreds of lines help nobody"


def test_what_only_flinks_job_server_knows_is_refused_elsewhere() -> None:
    with pytest.raises(ConfigError, match="--max_bundle_size"):
        batch_runner(settings(spark={"options": ("--max_bundle_size=5",)}), "spark")


@pytest.mark.parametrize("name", ["flink", "spark", "dataflow"])
def test_a_sqlite_ledger_is_refused_where_workers_are_remote(name: str) -> None:
    runner = {"flink": {"environment": REMOTE}, "spark": {"environment": REMOTE}, "dataflow": CLOUD}
    with pytest.raises(ConfigError, match="SQLite") as refused:
        batch_runner(settings("sqlite:///corpusgate.db", **runner), name)
    assert "Postgres" in refused.value.fix
    batch_runner(settings(POSTGRES, **runner), name)


def test_flink_with_workers_in_this_process_may_have_a_sqlite_ledger() -> None:
    assert not is_remote(RunnerSettings(), "flink")
    assert type(stream_runner(settings("sqlite:///corpusgate.db"), "flink").runner) is PortableRunner


@pytest.mark.parametrize("name", ["spark", "prism"])
def test_workers_are_refused_where_they_would_mean_nothing(name: str, prism: str) -> None:
    with pytest.raises(UsageError, match=name):
        batch_runner(settings(prism=prism), name, workers=2)
    with pytest.raises(UsageError):
        stream_runner(settings(prism=prism), "prism", workers=2)


def test_an_unknown_runner_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="samza") as refused:
        batch_runner(settings(), "samza")
    assert "FnApiRunner, flink, spark, dataflow, prism" in refused.value.fix
    with pytest.raises(UsageError, match="spark"):
        stream_runner(settings(), "spark")


def test_dataflow_that_is_not_set_up_is_refused() -> None:
    with pytest.raises(ConfigError, match="not set up"):
        batch_runner(settings(), "dataflow")


@pytest.mark.parametrize("environment", [{"type": "EXTERNAL"}, {"type": "LOOPBACK", "config": "127.0.0.1:1"}])
def test_a_half_described_environment_is_refused(environment: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="LOOPBACK takes none"):
        settings(flink={"environment": environment})
