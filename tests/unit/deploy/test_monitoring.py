"""Dashboard, alert rules and docs/reference/metrics.md name what is really exported, and all of it is described."""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from pipeline.domain.telemetry.metrics import CATALOGUE, CORPUS, RUN, Metric, MetricKind
from transforms import gate as gates

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "configs" / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana" / "corpusgate.json").read_text("utf-8"))
RULES = yaml.safe_load((DEPLOY / "prometheus" / "corpusgate.rules.yml").read_text("utf-8"))
SCRAPE = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
FOREIGN = {"up": set(), "process_resident_memory_bytes": set()}
"""Names others export, with their labels beside those Prometheus adds."""
ADDED = {"job", "instance"}
VARIABLES = {"$__rate_interval": "5m", "$source": ".*", "${datasource}": "x"}

KNOWN = {metric.name: set(metric.labels) for metric in CATALOGUE if metric.kind is not MetricKind.HISTOGRAM} | FOREIGN
for histogram in (metric for metric in CATALOGUE if metric.kind is MetricKind.HISTOGRAM):
    KNOWN |= {f"{histogram.name}_{part}": {*histogram.labels, "le"} for part in ("bucket", "sum", "count")}


def alerts() -> list[dict[str, Any]]:
    return [rule for group in RULES["groups"] for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield f"panel {panel['title']} {target['refId']}", target["expr"]
    for annotation in DASHBOARD["annotations"]["list"]:
        yield f"annotation {annotation['name']}", annotation["expr"]
    for alert in alerts():
        yield f"alert {alert['alert']}", alert["expr"]


EXPRESSIONS = dict(expressions())


def parsed(expression: str) -> promql_parser.Expr:
    for variable, value in VARIABLES.items():
        expression = expression.replace(variable, value)
    return promql_parser.parse(expression)


def nodes(expression: promql_parser.Expr) -> list[promql_parser.Expr]:
    found: list[promql_parser.Expr] = []
    promql_parser.walk(expression, found.append)
    return found


def selectors(expression: promql_parser.Expr) -> list[promql_parser.VectorSelector]:
    plain = [node for node in nodes(expression) if isinstance(node, promql_parser.VectorSelector)]
    return plain + [n.vector_selector for n in nodes(expression) if isinstance(n, promql_parser.MatrixSelector)]


def strays(expression: str) -> list[str]:
    """Names and labels in an expression that nobody exports."""
    tree, wrong = parsed(expression), []
    for selector in selectors(tree):
        if selector.name not in KNOWN:
            wrong.append(f"{selector.name} is not exported")
            continue
        labels = {matcher.name for matcher in selector.matchers.matchers}
        wrong += [f"{selector.name} has no label {label}" for label in labels - KNOWN[selector.name] - ADDED]
    for node in nodes(tree):
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            inside = [KNOWN.get(selector.name, set()) | ADDED for selector in selectors(node)]
            wrong += [
                f"{label} is no label in {node}"
                for label in node.modifier.labels
                if not all(label in i for i in inside)
            ]
    return wrong


@pytest.mark.parametrize("place", EXPRESSIONS)
def test_every_expression_parses_and_names_what_is_exported(place: str) -> None:
    assert selectors(parsed(EXPRESSIONS[place])), "it reads something"
    assert not strays(EXPRESSIONS[place])


@pytest.mark.parametrize(
    "expression",
    [
        "rate(corpusgate_gate_milliseconds_total[5m])",
        'corpusgate_waiting{doc_id="x"}',
        "sum by (source) (corpusgate_waiting)",
        "sum by (le) (max by (kind) (corpusgate_waiting))",
    ],
)
def test_a_name_or_label_nobody_exports_would_be_found(expression: str) -> None:
    assert strays(expression)


def test_a_counter_is_never_read_as_if_it_were_a_gauge() -> None:
    """Only through rate, increase or changes, but for the audit log's length."""
    counters = {metric.name for metric in CATALOGUE if metric.kind is MetricKind.COUNTER}
    for place, expression in EXPRESSIONS.items():
        found = nodes(parsed(expression))
        every = Counter(node.name for node in found if isinstance(node, promql_parser.VectorSelector))
        ranges = Counter(node.vector_selector.name for node in found if isinstance(node, promql_parser.MatrixSelector))
        assert counters.intersection(every - ranges) <= {"corpusgate_audit_entries_total"}, place


def test_a_gauge_that_several_processes_tell_is_not_added_up_twice() -> None:
    """Figures of the ledger come from server, stream and batch runs: `sum` stands outside of a `max` only."""
    shared = {metric.name for metric in (*CORPUS, *RUN)}
    for place, expression in EXPRESSIONS.items():
        for node in nodes(parsed(expression)):
            if isinstance(node, promql_parser.AggregateExpr) and str(node.op) == "sum":
                within = [n for n in nodes(node.expr) if isinstance(n, promql_parser.AggregateExpr)]
                names = {selector.name for selector in selectors(node)}
                assert within or not names & shared, place


def test_the_dashboard_is_whole() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    titles = [panel["title"] for panel in panels]
    assert len(set(titles)) == len(titles)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert at["x"] + at["w"] <= 24, panel["title"]
        assert not cells & taken, f"{panel['title']} covers another panel"
        taken |= cells
        assert panel["type"] == "row" or panel["datasource"]["uid"] == "${datasource}", panel["title"]


def test_what_the_issue_asks_to_see_is_on_the_dashboard() -> None:
    shown = {selector.name for _, expression in expressions() for selector in selectors(parsed(expression))}
    for name in (
        "corpusgate_generation_documents",
        "corpusgate_waiting",
        "corpusgate_verdicts_total",
        "corpusgate_gate_seconds_total",
        "corpusgate_gate_scan_failures_total",
        "corpusgate_breaker_events_total",
        "corpusgate_stream_publish_lag_seconds",
        "corpusgate_stream_backlog_windows",
        "corpusgate_stream_again_total",
    ):
        assert name in shown


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    assert len({alert["alert"] for alert in alerts()}) == len(alerts())
    for alert in alerts():
        assert alert.keys() <= {"alert", "expr", "for", "labels", "annotations"}, alert["alert"]
        assert alert["labels"]["severity"] in ("page", "ticket")
        assert re.fullmatch(r"\d+[mh]", alert.get("for", "1m"))
        assert alert["annotations"].keys() == {"summary", "fix"}
        used = set(re.findall(r"\$labels\.(\w+)", str(alert["annotations"])))
        grouped = {
            label
            for node in nodes(parsed(alert["expr"]))
            if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None
            for label in node.modifier.labels
        }
        assert used <= grouped, alert["alert"]


def test_the_scrape_configuration_takes_the_rules_and_names_each_job_once() -> None:
    assert all((DEPLOY / "prometheus" / name).is_file() for name in SCRAPE["rule_files"])
    jobs = [job["job_name"] for job in SCRAPE["scrape_configs"]]
    assert len(set(jobs)) == len(jobs)
    used = {name for text in EXPRESSIONS.values() for name in re.findall(r'job="([^"]+)"', text)}
    assert used <= set(jobs)


def test_every_metric_is_described_as_it_is_exported() -> None:
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text("utf-8")
    rows = re.findall(r"^\| `(corpusgate_\w+)` \| (\w+) \|([^|]*)\| ([^|]+) \|$", page, re.MULTILINE)
    described = [
        Metric(name, says, tuple(re.findall(r"`(\w+)`", labels)), MetricKind(kind)) for name, kind, labels, says in rows
    ]
    assert described == list(CATALOGUE)


def test_names_follow_the_conventions() -> None:
    assert len({metric.name for metric in CATALOGUE}) == len(CATALOGUE)
    for metric in CATALOGUE:
        assert re.fullmatch(r"corpusgate(_[a-z]+)+", metric.name)
        assert metric.name.endswith("_total") == (metric.kind is MetricKind.COUNTER), metric.name
        assert not re.search(r"_(ms|milliseconds|minutes|hours|days|kb|mb|age|percent)(_|$)", metric.name), metric.name
        assert metric.says.endswith("."), metric.name
        forbidden = {
            "document",
            "doc_id",
            "title",
            "path",
            "principal",
            "owner",
            "user",
            "version_id",
            "text",
            "run_id",
        }
        assert not forbidden & set(metric.labels), metric.name


NOT_MEASURED = {
    *("close_windows._Close", "resolve_arrivals._Newest", "read_records._LandedBefore", "ticks._Tick"),
    *("write_vectors._ReadSegment", "write_vectors._WriteRows", "mask_strings._MaskName", "detect_changes._WasListed"),
    "detect_changes._Guard",
}
"""Bookkeeping between gates, and steps no document passes on its way into the index."""


def test_every_gate_is_measured() -> None:
    """One without `@measured` would be missing from dashboards without a word."""
    bare = {
        f"{path.stem}.{node.name}"
        for path in Path(gates.__file__).parent.glob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).startswith(("beam.DoFn", "GateFn")) for base in node.bases)
        and "measured" not in map(ast.unparse, node.decorator_list)
    }
    assert not bare - NOT_MEASURED
