"""Size of a corpus: workers, hours, storage and cost, computed from rates.

    python scripts/size_corpus.py [--documents 100000000] [--kilobytes 6.8] [--hours 72] [--changed 0.5]
        [--home 1000000] [--rate NAME=VALUE …] [--json]

Every rate says whether it was measured, and where, or assumed; `--rate` puts in your own. docs/guides/sizing.md shows
the output for 100 million documents and explains it; a test holds page and program together.
"""

import argparse
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Rate(NamedTuple):
    """A figure everything else is computed from."""

    value: float
    unit: str
    origin: str


FOOTPRINT = "measured: bench_footprint, 2,000 to 40,000 served"
PUBLICATION = "measured: bench.publication, ten changes, 10,000 to 1,000,000 served"
RATES = {
    "gate_cpu": Rate(
        0.078, "vCPU s a kB", "measured: a handbook of 1.49 MB, cold, 58.2 s on 2 cores with start-up, bf16"
    ),
    "chunks": Rate(1.57, "chunks a kB", "measured: the same handbook, 2,336 chunks"),
    "index": Rate(3.0, "kB a chunk", f"{FOOTPRINT}: 2.36 with inverted lists, and the chunk's text"),
    "cache": Rate(4.7, "kB a chunk", "measured: 5,000 vectors in the cache's file"),
    "texts": Rate(1.2, "kB a kB", "assumed: as they are, in blocks of 4 kB"),
    "ledger": Rate(3.1, "kB a document", f"{FOOTPRINT}, SQLite, nothing found in them"),
    "snapshot": Rate(1.08, "kB a document", FOOTPRINT),
    "placement": Rate(0.30, "kB a document served", FOOTPRINT),
    "waste": Rate(2.0, "times what is used", "assumed: the most before a file is written again"),
    "enter_cpu": Rate(0.74, "vCPU s for 1,000 new documents", FOOTPRINT),
    "publish_start": Rate(0.08, "vCPU s a publication", f"{PUBLICATION}, the home open"),
    "publish_cpu": Rate(0.07, "vCPU s for 1,000,000 documents served", PUBLICATION),
    "write_start": Rate(0.93, "MB a publication", PUBLICATION),
    "write": Rate(0.9, "MB for 1,000,000 documents served", PUBLICATION),
    "refresh_memory": Rate(
        5.7, "MB for 1,000 documents", "measured: refreshes with one change, 10,000 and 100,000 documents"
    ),
    "compare_cpu": Rate(0.91, "vCPU s for 1,000 unchanged", "measured: bench_refresh, 2,207 documents/s on 2 cores"),
    "worker_memory": Rate(
        0.9, "GB a worker of 2 vCPU", "measured: cold ingest of a handbook, peak of the process tree"
    ),
    "efficiency": Rate(0.85, "of linear", "assumed: what is wanted of two workers"),
    "shuffle": Rate(3.0, "records a document", "assumed: two groupings of records as large as a snapshot's"),
    "refreshes": Rate(1.0, "a day", "assumed: what changes often comes through a stream"),
    "versions": Rate(1.5, "versions a document", "assumed: after some months"),
    "generations": Rate(10.0, "kept", "the default of retention.generations"),
}
"""Name to rate."""


@dataclass(frozen=True)
class Corpus:
    """The corpus to size."""

    documents: int = 100_000_000
    kilobytes: float = 6.8
    """Of text, for each document."""
    hours: float = 72.0
    """Within which the first load is to be done."""
    changed: float = 0.5
    """Per cent of the documents that change in a day."""
    home: int = 1_000_000
    """Documents of one home: one ledger, one index, one publisher."""

    @property
    def homes(self) -> int:
        """How many homes hold the corpus."""
        return math.ceil(self.documents / self.home)


class SizingRow(NamedTuple):
    """One computed quantity, and the arithmetic it came from."""

    what: str
    value: float
    unit: str
    how: str


Table = list[SizingRow]


def first_load(corpus: Corpus, rates: Mapping[str, Rate]) -> Table:
    """Cost of the first load."""
    r = {name: rate.value for name, rate in rates.items()}
    text = corpus.documents * corpus.kilobytes
    work = text * r["gate_cpu"] / 3600
    workers = math.ceil(work / r["efficiency"] / corpus.hours / 2)
    publisher = corpus.home * r["enter_cpu"] / 1000 / 3600
    return [
        SizingRow("text", text / 1e9, "TB", "documents × kilobytes"),
        SizingRow("chunks", text * r["chunks"] / 1e6, "million", "text × chunks"),
        SizingRow("gates", work, "vCPU hours", "text × gate_cpu"),
        SizingRow("workers of 2 vCPU", workers, "", "gates ÷ efficiency ÷ hours ÷ 2"),
        SizingRow("paid for", workers * 2 * corpus.hours, "vCPU hours", "workers × 2 × hours"),
        SizingRow("memory", workers * r["worker_memory"] * corpus.hours, "GB hours", "workers × worker_memory × hours"),
        SizingRow(
            "shuffled", corpus.documents * r["snapshot"] * r["shuffle"] / 1e6, "GB", "documents × snapshot × shuffle"
        ),
        SizingRow(
            "requests to storage", corpus.documents * 1.001 / 1e6, "million", "one read a document, one list a thousand"
        ),
        SizingRow("publisher, of each home", publisher, "hours", "home × enter_cpu: at the same time as the others"),
    ]


def written(corpus: Corpus, rates: Mapping[str, float]) -> float:
    """Megabytes that a publication of a few changes writes in one home."""
    return rates["write_start"] + corpus.home / 1e6 * rates["write"]


def at_rest(corpus: Corpus, rates: Mapping[str, Rate]) -> Table:
    """Storage."""
    r = {name: rate.value for name, rate in rates.items()}
    text = corpus.documents * corpus.kilobytes
    chunks = text * r["chunks"]
    ledger = corpus.documents * r["ledger"] * r["versions"] / 1e6
    parts = [
        SizingRow("ledger (Postgres)", ledger, "GB", "documents × ledger × versions"),
        SizingRow("vectors and rows", chunks * r["index"] / 1e6, "GB", "chunks × index"),
        SizingRow(
            "placements",
            (
                corpus.documents * r["placement"] * r["waste"] / 1000
                + corpus.homes * r["generations"] * written(corpus, r)
            )
            / 1000,
            "GB",
            "documents × placement × waste, and what each kept generation wrote",
        ),
        SizingRow("texts", text * r["texts"] / 1e6, "GB", "text × texts"),
        SizingRow("embedding cache", chunks * r["cache"] / 1e6, "GB", "chunks × cache: may be thrown away"),
    ]
    total = sum(part.value for part in parts)
    return [
        *parts,
        SizingRow("together", total, "GB months a month", "without backups"),
        SizingRow("backups", total, "GB", "one"),
    ]


def a_month(corpus: Corpus, rates: Mapping[str, Rate]) -> Table:
    """Cost of daily changes."""
    r = {name: rate.value for name, rate in rates.items()}
    changed = corpus.documents * corpus.changed / 100 * 30
    compared = corpus.documents * r["refreshes"] * 30
    return [
        SizingRow("changed documents", changed / 1e6, "million", "documents × changed × 30"),
        SizingRow(
            "gates", changed * corpus.kilobytes * r["gate_cpu"] / 3600, "vCPU hours", "changed × text × gate_cpu"
        ),
        SizingRow(
            "comparing", compared * r["compare_cpu"] / 1000 / 3600, "vCPU hours", "documents × refreshes × compare_cpu"
        ),
        SizingRow(
            "shuffled",
            compared * r["snapshot"] * r["shuffle"] / 1e6,
            "GB",
            "documents × refreshes × snapshot × shuffle",
        ),
        SizingRow(
            "requests to storage",
            (changed + compared / 1000) / 1e6,
            "million",
            "one read a change, one list a thousand",
        ),
    ]


def one_home(corpus: Corpus, rates: Mapping[str, Rate]) -> Table:
    """Figures that grow with a home, and so break first."""
    r = {name: rate.value for name, rate in rates.items()}
    thousands = corpus.home / 1000
    publish = r["publish_start"] + corpus.home / 1e6 * r["publish_cpu"]
    return [
        SizingRow("homes", corpus.homes, "", "documents ÷ home"),
        SizingRow("one publication", publish, "s", "publish_start + home × publish_cpu: ten changes, on one core"),
        SizingRow("written by a publication", written(corpus, r), "MB", "write_start + home × write"),
        SizingRow("memory of a refresh", thousands * r["refresh_memory"] / 1000, "GB", "home × refresh_memory"),
        SizingRow(
            "vectors and rows a server maps",
            corpus.home * corpus.kilobytes * r["chunks"] * r["index"] / 1e6,
            "GB",
            "home × kilobytes × chunks × index",
        ),
        SizingRow("a snapshot", corpus.home * r["snapshot"] / 1e6, "GB", "home × snapshot"),
        SizingRow(
            "refresh without changes", thousands * r["compare_cpu"] / 2 / 60, "minutes", "home × compare_cpu, 2 vCPU"
        ),
        SizingRow("rows of the ledger", corpus.home * r["versions"] / 1e6, "million versions", "home × versions"),
        SizingRow(
            "decisions, 1 in 1,000 to review", corpus.home * corpus.changed / 100 / 1000, "a day", "assumed share"
        ),
    ]


def sized(corpus: Corpus, rates: Mapping[str, Rate]) -> dict[str, Table]:
    """All tables."""
    return {
        f"First load, within {corpus.hours:g} hours": first_load(corpus, rates),
        "At rest": at_rest(corpus, rates),
        f"Each month, {corpus.changed:g} % changing a day": a_month(corpus, rates),
        f"One home of {corpus.home:,} documents": one_home(corpus, rates),
    }


def page(corpus: Corpus, rates: Mapping[str, Rate]) -> str:
    """The tables as Markdown, rates last."""
    lines = []
    for title, rows in sized(corpus, rates).items():
        lines += [f"### {title}", "", "| what | amount | unit | from |", "| --- | ---: | --- | --- |"]
        lines += [f"| {row.what} | {rounded(row.value)} | {row.unit} | {row.how} |" for row in rows]
        lines.append("")
    lines += ["### Rates", "", "| name | value | unit | origin |", "| --- | ---: | --- | --- |"]
    lines += [f"| `{name}` | {rate.value:g} | {rate.unit} | {rate.origin} |" for name, rate in rates.items()]
    return "\n".join(lines)


def rounded(value: float) -> str:
    """Three digits: the rates are not better."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}" if value < 1000 else f"{float(f'{value:.3g}'):,.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in vars(Corpus()).items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    parser.add_argument(
        "--rate", action="append", default=[], metavar="NAME=VALUE", help="instead of what was measured"
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    corpus = Corpus(**{name: getattr(given, name) for name in vars(Corpus())})
    rates = with_own(RATES, given.rate)
    if given.json:
        tables = {title: [row._asdict() for row in rows] for title, rows in sized(corpus, rates).items()}
        print(json.dumps(tables, indent=2))
    else:
        print(page(corpus, rates))


def with_own(rates: Mapping[str, Rate], given: list[str]) -> dict[str, Rate]:
    """The rates with some replaced. Raises `SystemExit` for a name that is none."""
    own = dict(rates)
    for words in given:
        name, _, value = words.partition("=")
        if name not in own:
            raise SystemExit(f"There is no rate {name}. Known: {', '.join(own)}.")
        own[name] = Rate(float(value), own[name].unit, "given")
    return own


if __name__ == "__main__":
    main()
