"""Samples in Prometheus' text format: offered over HTTP, written to a file, pushed. The only importer of its library.

Invariants: only figures that `domain.telemetry.metrics` names are exported. A file appears whole or not at all. A
failed delivery is an error of the monitoring system and never stops a run: the caller reports it.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
    push_to_gateway,
    start_http_server,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from pipeline.domain.errors import DeliveryFailed, UsageError
from pipeline.domain.telemetry.metrics import CATALOGUE, REQUEST_SECONDS, REQUESTS, Metric, MetricKind, Sample
from pipeline.files.durable import write_file

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
PUSH_SECONDS = 10.0
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

# Or every counter has a second series that nobody described.
disable_created_metrics()  # type: ignore[no-untyped-call]

_DESCRIBED = frozenset(CATALOGUE)
Samples = Callable[[], Iterable[Sample]]


class Exposition:
    """Everything one process exports; asked anew each time it is read."""

    def __init__(self, *sources: Samples, process: bool = False) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(_Samples(sources))
        if process:
            ProcessCollector(registry=self.registry)

    def text(self) -> bytes:
        """Every figure of this moment."""
        return generate_latest(self.registry)

    def write(self, path: Path) -> None:
        """Replace a file for node_exporter's textfile collector, which another account reads."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, self.text(), mode=0o644)
        except OSError as error:
            raise DeliveryFailed(
                f"The metrics file could not be written: {error.strerror}.",
                done="The run itself is not affected.",
                fix="Give a file in a folder this account may write to, as metrics.textfile or --metrics-file.",
            ) from None

    def push(self, url: str, job: str) -> None:
        """Replace what a Pushgateway holds of this job."""
        try:
            push_to_gateway(url, job, self.registry, timeout=PUSH_SECONDS)
        except (OSError, HTTPException) as error:
            raise DeliveryFailed(
                f"The Pushgateway did not take the metrics ({type(error).__name__}).",
                done="The run itself is not affected.",
                fix="Check metrics.pushgateway in corpusgate.yaml, and that it can be reached from here.",
            ) from None


class RequestMeter:
    """Counts requests, and how long they took."""

    def __init__(self, exposition: Exposition) -> None:
        registry, (method, route, status) = exposition.registry, REQUESTS.labels
        self._requests = Counter(REQUESTS.name, REQUESTS.says, (method, route, status), registry=registry)
        self._seconds = Histogram(
            REQUEST_SECONDS.name, REQUEST_SECONDS.says, REQUEST_SECONDS.labels, registry=registry, buckets=BUCKETS
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note one request; `route` is the pattern of its route, never its path."""
        method = method if method in METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)


class MetricsServer:
    """Figures for whoever reaches an address, until it is closed."""

    def __init__(self, exposition: Exposition, host: str, port: int) -> None:
        try:
            self._server, self._thread = start_http_server(port, host, exposition.registry)
        except OSError as error:
            raise UsageError(
                f"Nothing can listen on {host}, port {port}: {error.strerror}.",
                done="The metrics are not offered there.",
                fix="Set another port under `metrics` in corpusgate.yaml.",
            ) from None

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_port)

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def offered(exposition: Exposition, host: str, port: int | None) -> Iterator[MetricsServer | None]:
    """Offer the figures while the block runs; nowhere without a port. Raises `UsageError` for a port that is taken."""
    if port is None:
        yield None
        return
    server = MetricsServer(exposition, host, port)
    try:
        yield server
    finally:
        server.close()


class _Samples(Collector):
    """Samples of our own as the library's families, each family once."""

    def __init__(self, sources: Iterable[Samples]) -> None:
        self._sources = tuple(sources)

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        families: dict[Metric, CounterMetricFamily | GaugeMetricFamily] = {}
        for source in self._sources:
            for metric, value, labels in source():
                if metric not in families:
                    if metric not in _DESCRIBED:
                        raise ValueError(f"{metric.name} is not in the catalogue of metrics")
                    family = CounterMetricFamily if metric.kind is MetricKind.COUNTER else GaugeMetricFamily
                    families[metric] = family(metric.name, metric.says, labels=metric.labels)
                families[metric].add_metric(labels, value)
        yield from families.values()
