"""The arithmetic behind docs/guides/sizing.md, by hand for round numbers; and the page shows what the program says."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.size_corpus import RATES, Corpus, Rate, page, rounded, sized, with_own

ROOT = Path(__file__).parents[3]
CORPUS = Corpus(documents=2_000_000, kilobytes=2.0, hours=10.0, changed=1.0, home=500_000)
ROUND = {
    "gate_cpu": 0.09,
    "chunks": 1.5,
    "index": 3.0,
    "cache": 2.0,
    "texts": 1.0,
    "ledger": 5.0,
    "snapshot": 0.5,
    "placement": 0.4,
    "enter_cpu": 7.2,
    "waste": 2.0,
    "publish_start": 0.5,
    "publish_cpu": 1.0,
    "write_start": 1.5,
    "write": 1.0,
    "refresh_memory": 2.0,
    "compare_cpu": 0.9,
    "worker_memory": 1.5,
    "efficiency": 0.8,
    "shuffle": 4.0,
    "refreshes": 4.0,
    "versions": 2.0,
    "generations": 10.0,
}


def amounts(corpus: Corpus = CORPUS, **others: float) -> dict[str, float]:
    rates = {name: Rate(value, "", "by hand") for name, value in (ROUND | others).items()}
    tables = sized(corpus, rates)
    return {f"{number} {row.what}": row.value for number, rows in enumerate(tables.values()) for row in rows}


@pytest.mark.parametrize(
    ("what", "by_hand"),
    [
        ("0 text", 0.004),  # 2,000,000 × 2 kB
        ("0 chunks", 6),  # 4,000,000 kB × 1.5
        ("0 gates", 100),  # 4,000,000 × 0.09 s = 360,000 s
        ("0 workers of 2 vCPU", 7),  # 100 h ÷ 0.8 ÷ 10 h ÷ 2 = 6.25
        ("0 paid for", 140),  # 7 × 2 × 10
        ("0 memory", 105),  # 7 × 1.5 × 10
        ("0 shuffled", 4),  # 2,000,000 × 0.5 kB × 4
        ("0 publisher, of each home", 1),  # 500,000 × 7.2 s ÷ 1,000 = 3,600 s
        ("1 ledger (Postgres)", 20),  # 2,000,000 × 5 kB × 2
        ("1 vectors and rows", 18),  # 6,000,000 × 3 kB
        ("1 placements", 1.68),  # 2,000,000 × 0.4 kB × 2, and 4 homes × 10 generations × 2 MB
        ("1 texts", 4),
        ("1 embedding cache", 12),
        ("1 together", 55.68),
        ("2 changed documents", 0.6),  # 20,000 a day × 30
        ("2 gates", 30),  # 600,000 × 2 kB × 0.09 s = 108,000 s
        ("2 comparing", 60),  # 2,000,000 × 4 × 30 × 0.0009 s = 216,000 s
        ("3 homes", 4),
        ("3 one publication", 1),  # 0.5 s + half a million × 1 s
        ("3 written by a publication", 2),  # 1.5 MB + half a million × 1 MB
        ("3 memory of a refresh", 1),
        ("3 vectors and rows a server maps", 4.5),  # 500,000 × 2 kB × 1.5 × 3 kB
        ("3 a snapshot", 0.25),
        ("3 refresh without changes", 3.75),  # 500 × 0.9 s ÷ 2 = 225 s
    ],
)
def test_the_arithmetic_by_hand(what: str, by_hand: float) -> None:
    assert amounts()[what] == pytest.approx(by_hand)


@pytest.mark.parametrize("name", RATES)
def test_every_rate_matters(name: str) -> None:
    assert amounts(**{name: ROUND[name] * 2}) != amounts()


def test_a_home_stays_as_it_is_when_there_are_more_of_them() -> None:
    more, before = amounts(Corpus(4_000_000, 2.0, 10.0, 1.0, 500_000)), amounts()
    grown = {what for what in before if more[what] != before[what]}
    assert {what for what in grown if what.startswith("3")} == {"3 homes"}
    assert "0 publisher, of each home" not in grown


@pytest.mark.parametrize("name", RATES)
def test_every_rate_says_where_it_comes_from(name: str) -> None:
    assert RATES[name].origin.split(":")[0] in ("measured", "assumed", "the default of retention.generations")


def test_own_rates_replace_what_was_measured() -> None:
    assert with_own(RATES, ["gate_cpu=0.2"])["gate_cpu"] == Rate(0.2, RATES["gate_cpu"].unit, "given")
    with pytest.raises(SystemExit, match="gate_speed"):
        with_own(RATES, ["gate_speed=1"])


@pytest.mark.parametrize(("value", "shown"), [(0.123, "0.12"), (12.34, "12.3"), (123.4, "123"), (12_345.6, "12,300")])
def test_three_digits(value: float, shown: str) -> None:
    assert rounded(value) == shown


def test_the_page_shows_what_the_program_says() -> None:
    assert page(Corpus(), RATES) in (ROOT / "docs" / "guides" / "sizing.md").read_text(encoding="utf-8")


def test_the_program_runs_alone() -> None:
    command = [sys.executable, "scripts/size_corpus.py", "--documents", "1000", "--rate", "gate_cpu=1"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "| `gate_cpu` | 1 | vCPU s a kB | given |" in shown
