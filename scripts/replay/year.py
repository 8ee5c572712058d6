"""A year of a real source with attacks in it: alarms of the breaker, their times, and false alarms.

    python scripts/replay/year.py HANDBOOK [--years 20] [--real] [--out report.json]

HANDBOOK is described in `replayed_source.py`. Each of the drawn years is replayed as daily runs, as weekly runs and as
five-minute windows of a stream, through the gate's own counting and judging and the ledger's own record; only scans and
embedding are left out. A person looks at every alarm after two days, refuses what an attack brought and releases the
source. With `--real`, the record of a quiet year is put into the ledger of a real home, and an ordinary day, the flood,
the rewrite and the deletion are real refreshes there.
"""

import argparse
import itertools
import json
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.domain.documents.documents import ChangeKind
from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.rates.breaches import Breach, Limits, WindowRates
from pipeline.domain.rates.ingest_rates import IngestFigures, Tally, bucket_of
from pipeline.domain.rates.recorded import Graph
from pipeline.settings.application import (
    DetectorSettings,
    ExtractionSettings,
    GuardSettings,
    RateSettings,
)
from pipeline.settings.embedding import EmbeddingSettings
from pipeline.stores.database import Database
from pipeline.stores.ledger.ingest_rates import history, recorder
from scripts.replay.source import BEGIN, BINDING, QUIET_MONTHS, SOURCE, Handbook, ReplayEvent, attacks, outcome
from transforms.support.context import RATES, RunContext
from transforms.watch_ingest_rate import judged_rates

CADENCES = {"daily": 86_400, "weekly": 7 * 86_400, "five-minute": 300, "five-minute, attacks over four hours": 300}
PEOPLE_LOOK_AFTER = timedelta(days=2)


@dataclass
class Alarm:
    """The breaker fired."""

    at: datetime
    attack: str
    """What most of the window was; empty: a false alarm."""
    breach: Breach


class Replay:
    """One year at one cadence, with its own ledger."""

    def __init__(self, folder: Path, handbook: Handbook, cadence: str, rates: RateSettings) -> None:
        folder.mkdir()
        self.database = Database(f"sqlite:///{folder / 'ledger.db'}")
        self.database.migrate()
        self._seconds = CADENCES[cadence]
        self._graph = Graph.STREAM if self._seconds == 300 else Graph.REFRESH
        self._known = set(handbook.names)
        self._last: dict[str, tuple[datetime, ChangeKind]] = {}
        self._context = RunContext(
            run_id="run", started_at=BEGIN, home=str(folder), staging=str(folder), binding=BINDING, policy_json="{}",
            sources={"handbook": SOURCE}, extraction=ExtractionSettings(), detectors=DetectorSettings(),
            embedding=EmbeddingSettings(), deletions=GuardSettings(), fingerprint_key_file="none", reuse_vectors=False,
            rates=rates,
        )  # fmt: skip
        self.windows: list[WindowRates] = []

    def run(self, events: list[ReplayEvent]) -> list[Alarm]:
        """Every alarm of the year. A person looks after two days, refuses the attack and releases the source."""
        by_window: dict[datetime, list[ReplayEvent]] = defaultdict(list)
        for event in events:
            by_window[bucket_of(event.at, self._seconds)].append(event)
        alarms: list[Alarm] = []
        released = BEGIN
        for start, held in sorted(by_window.items()):
            narrowed = start < released
            judged = self._judge(start, held, narrowed=narrowed)
            if judged.breaches:
                ((attack, _),) = Counter(event.attack for event in held).most_common(1)
                alarms.append(Alarm(start, attack, judged.breaches[0]))
                released = start + PEOPLE_LOOK_AFTER
            for event in held:
                refused = event.attack and (narrowed or judged.breaches)
                if not refused:
                    self._known.add(event.name)
                    self._last[event.name] = start, event.kind
                    if event.kind is ChangeKind.DELETED:
                        self._known.discard(event.name)
        self.database.dispose()
        return alarms

    def _judge(self, start: datetime, held: list[ReplayEvent], *, narrowed: bool) -> WindowRates:
        tally = Tally()
        for event in {event.name: event for event in held}.values():
            tally.add(outcome(event), "people")
        rates = self._context.rates
        with self.database.read() as connection:
            (known,) = history(
                connection, ["handbook"], self._graph, start, windows=rates.history_windows,
                share_hours=rates.share_hours,
            )  # fmt: skip
        since = start - timedelta(hours=rates.share_hours)
        kinds = Counter(kind for at, kind in self._last.values() if at > since)
        lately = IngestFigures(
            documents=kinds.total(), churned=kinds.total() - kinds[ChangeKind.NEW], deleted=kinds[ChangeKind.DELETED]
        )
        known = known.model_copy(update={"known": len(self._known), "lately": lately})
        (Path(self._context.staging) / RATES).write_text(known.model_dump_json() + "\n")
        state = SourceState.NARROWED if narrowed else SourceState.APPROVED
        context = replace(self._context, sources={"handbook": SOURCE.model_copy(update={"state": state})})
        judged = judged_rates(context, WindowRates(source="handbook", start=start, known=0, owners=tally.figures()))
        with self.database.begin() as connection:
            recorder(self._graph, [judged], "run", rates)(connection, start)
        self.windows.append(judged)
        return judged


def main() -> None:
    """Replay, print, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("handbook", type=Path, help="folder with rev_old, rev_new and CHANGES.json")
    parser.add_argument("--years", type=int, default=20, help="how many years to draw")
    parser.add_argument("--real", action="store_true", help="also do four real refreshes, some minutes")
    parser.add_argument("--out", type=Path, help="where to write the report as JSON")
    parser.add_argument("--warm-up", type=int, default=Limits().warm_up, help="windows a band is learned from")
    given = parser.parse_args()
    rates = RateSettings(limits=Limits(warm_up=given.warm_up))
    handbook = Handbook(given.handbook)
    report: dict[str, object] = {"years": given.years}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for cadence in CADENCES:
            report[cadence] = _years(folder, handbook, cadence, given.years, rates)
            print(cadence, json.dumps(report[cadence], indent=2))
        report["smallest noticed, daily"] = _smallest(folder, handbook, rates)
        print(json.dumps(report["smallest noticed, daily"], indent=2))
        if given.real:
            from scripts.replay.refreshes import real_days

            quiet = Replay(folder / "record", handbook, "daily", rates)
            quiet.run(handbook.year(0))
            report["real refreshes"] = real_days(folder / "real", handbook, quiet.windows)
            print(json.dumps(report["real refreshes"], indent=2))
    if given.out:
        given.out.write_text(json.dumps(report, indent=2) + "\n")


def _years(folder: Path, handbook: Handbook, cadence: str, years: int, rates: RateSettings) -> dict[str, object]:
    caught: dict[str, dict[int, Alarm]] = {attack: {} for attack in ("flood", "rewrite", "deletion", "poison")}
    false, quiet, days = 0, 0, []
    hours = 4.0 if "four hours" in cadence else 0.0
    # One attack a year, so that what the breaker let in of one does not change what it sees of another.
    for number, name in itertools.product(range(years), caught):
        attack = [event for event in attacks(handbook, hours=hours) if event.attack == name]
        replay = Replay(folder / f"{cadence}-{number}-{name}", handbook, cadence, rates)
        alarms = replay.run(sorted([*handbook.year(number), *attack], key=lambda event: event.at))
        days.append(len(replay.windows))
        for alarm in alarms:
            if alarm.attack:
                caught[alarm.attack].setdefault(number, alarm)
        found = [alarm for alarm in alarms if not alarm.attack]
        false += len(found)
        quiet += sum(alarm.at.month in QUIET_MONTHS for alarm in found)
    return {
        "windows with changes a year": round(sum(days) / len(days)),
        "caught": {attack: len(found) for attack, found in caught.items()},
        "by figure": {
            attack: dict(Counter(alarm.breach.figure.value for alarm in found.values()))
            for attack, found in caught.items()
        },
        "first year": {
            attack: f"{found[0].at:%Y-%m-%d %H:%M}: {found[0].breach.sentence}"
            for attack, found in caught.items()
            if 0 in found
        },
        "false alarms": false,
        "false alarms in quiet months": quiet,
    }


def _smallest(folder: Path, handbook: Handbook, rates: RateSettings) -> dict[str, int | None]:
    """The smallest flood and rewrite that an ordinary year's breaker notices the day they come."""

    def noticed(attack: str, **size: float) -> bool:
        run = Replay(folder / f"{attack}-{size}", handbook, "daily", rates)
        injected = [event for event in attacks(handbook, **size) if event.attack == attack]  # type: ignore[arg-type]
        alarms = run.run(sorted([*handbook.year(0), *injected], key=lambda event: event.at))
        return any(alarm.attack == attack for alarm in alarms)

    documents = len(handbook.names)
    return {
        "flood, documents": next((size for size in range(10, 200, 5) if noticed("flood", flood=size)), None),
        "rewrite, documents": next(
            (size for size in range(10, documents, 5) if noticed("rewrite", rewritten=size / documents)), None
        ),
        "of": documents,
    }


if __name__ == "__main__":
    main()
