"""The gate that counts rates, on Beam's own runner."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import apache_beam as beam
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.transforms.window import FixedWindows, TimestampedValue

from pipeline.domain.documents.documents import Action, ChangeKind, Outcome
from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.rates.breaches import BreachKind, Limits, WindowRates
from pipeline.domain.rates.ingest_rates import Figure, IngestFigures, RateHistory
from pipeline.index.staging import StagingReader
from pipeline.settings.application import (
    DetectorSettings,
    EmbeddingSettings,
    ExtractionSettings,
    GuardSettings,
    RateSettings,
)
from tests.support.ledger_samples import BINDING, deletion, make_source, outcome
from transforms.support.context import RATES, RunContext
from transforms.watch_ingest_rate import WatchIngestRate

AT = datetime(2026, 11, 2, 10, 7, 31, tzinfo=UTC)
LIMITS = Limits()


def context(
    folder: Path, *history: RateHistory, state: SourceState = SourceState.APPROVED, rates: RateSettings | None = None
) -> RunContext:
    (folder / RATES).write_bytes(b"".join(one.model_dump_json().encode() + b"\n" for one in history))
    approved = {"state": state, "approved_by": "user:adam", "approved_at": AT - timedelta(days=30)}
    return RunContext(
        run_id="run", started_at=AT, home=str(folder), staging=str(folder), binding=BINDING, policy_json="{}",
        sources={name: make_source(name).model_copy(update=approved) for name in ("handbook", "notes")},
        extraction=ExtractionSettings(), detectors=DetectorSettings(), embedding=EmbeddingSettings(),
        deletions=GuardSettings(), fingerprint_key_file="none", reuse_vectors=False, rates=rates or RateSettings(),
    )  # fmt: skip


def watched(of: RunContext, *outcomes: Outcome, seconds: int = 0, spread: int = 0) -> tuple[WindowRates, ...]:
    """What the gate leaves; with `seconds`, in windows of so many, the documents `spread` seconds apart."""
    names = Path(of.staging) / "names"
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        found = pipeline | beam.Create(outcomes)
        if seconds:
            times = {one.doc_id: AT.timestamp() + spread * place for place, one in enumerate(outcomes)}
            found |= beam.Map(lambda one: TimestampedValue(one, times[one.doc_id])).with_output_types(Outcome)
            found |= "windows" >> beam.WindowInto(FixedWindows(seconds))
        _ = (
            found
            | WatchIngestRate(of)
            | "names" >> beam.WindowInto(beam.window.GlobalWindows())
            | beam.io.WriteToText(str(names), shard_name_template="")
        )
    return StagingReader(Path(of.staging), names.read_text().split()).rates()


def changed(count: int, source: str = "handbook", kind: ChangeKind = ChangeKind.MODIFIED) -> list[Outcome]:
    return [outcome(f"{number}.md", kind=kind, source=source) for number in range(count)]


def test_each_source_is_counted_for_itself_and_only_what_left_its_bounds_is_told(tmp_path: Path) -> None:
    of = context(tmp_path, RateHistory(source="handbook", known=20), RateHistory(source="notes", known=1_000))
    handbook, notes = watched(of, *changed(16), *changed(17, "notes"), outcome("x.md", source="notes"))
    assert handbook.owners == {"user:olga": IngestFigures(documents=16, bytes=1_600, churned=16)}
    assert notes.owners == {"user:olga": IngestFigures(documents=18, bytes=1_800, churned=17)}
    (breach,) = handbook.breaches
    assert (breach.figure, breach.value, breach.bound, breach.of) == (Figure.CHURNED, 16, 10, 20)
    assert notes.breaches == ()
    assert (handbook.start, handbook.end) == (AT, None)


def test_a_deletion_counts_for_the_owner_it_had(tmp_path: Path) -> None:
    gone = deletion(outcome("a.md")).model_copy(update={"owner": "user:olga"})
    (rates,) = watched(context(tmp_path), outcome("b.md"), gone)
    assert rates.owners == {"user:olga": IngestFigures(documents=2, bytes=100, churned=1, deleted=1)}


def test_a_narrowed_source_is_counted_and_does_not_fire_again(tmp_path: Path) -> None:
    of = context(tmp_path, RateHistory(source="handbook", known=20), state=SourceState.NARROWED)
    (rates,) = watched(of, *changed(16))
    assert (rates.narrowed, rates.breaches, rates.owners["user:olga"].churned) == (True, (), 16)


def test_a_limit_of_one_source_is_its_own(tmp_path: Path) -> None:
    settings_ = RateSettings(sources={"handbook": Limits(max_churned_share=0.9)})
    of = context(tmp_path, *(RateHistory(source=name, known=20) for name in ("handbook", "notes")), rates=settings_)
    handbook, notes = watched(of, *changed(16), *changed(16, "notes"))
    assert (len(handbook.breaches), len(notes.breaches)) == (0, 1)
    assert settings_.limits_of("handbook").max_deleted_share == settings_.limits.max_deleted_share


def test_nothing_changed_leaves_nothing(tmp_path: Path) -> None:
    names = tmp_path / "names"
    names.write_text("")
    again = outcome("a.md", kind=ChangeKind.UNCHANGED, rescan=True)
    assert watched(context(tmp_path), again) == ()
    assert not list(tmp_path.glob("rates-*"))


def test_windows_of_a_stream_are_measured_by_what_their_bucket_holds_already(tmp_path: Path) -> None:
    bucket = AT.replace(minute=5, second=0)
    known = RateHistory(
        source="handbook",
        known=100,
        current_start=bucket,
        current={"user:olga": IngestFigures(access_changed=40)},
    )
    opened = changed(25, kind=ChangeKind.ACCESS)
    windows = watched(context(tmp_path, known), *opened, seconds=10, spread=1)
    # The first document comes at :31, so the windows that end at :40, :50 and :60 hold nine, ten and six.
    found = {one.end: one for one in windows}
    nine, ten, six = (found[AT.replace(second=0) + timedelta(seconds=end)] for end in (40, 50, 60))
    assert [one.owners["user:olga"].access_changed for one in (nine, ten, six)] == [9, 10, 6]
    assert {one.start for one in windows} == {bucket}
    assert [one.breaches for one in (nine, ten, six)] == [(), (), ()], "40 and ten more are half of 100"
    one_more = known.model_copy(update={"current": {"user:olga": IngestFigures(access_changed=41)}})
    fires = [one for one in watched(context(tmp_path, one_more), *opened, seconds=10, spread=1) if one.breaches]
    assert [(one.end, one.breaches[0].value) for one in fires] == [(ten.end, 51)]


def test_a_source_is_replaced_piece_by_piece_as_well_as_at_once(tmp_path: Path) -> None:
    known = RateHistory(source="handbook", known=100, lately=IngestFigures(churned=40))
    fires = [one for one in watched(context(tmp_path, known), *changed(11), seconds=60) if one.breaches]
    assert [one.breaches[0].value for one in fires] == [51]


def test_a_flood_leaves_the_band_that_was_learned_and_the_owner_is_named_where_the_source_stays_inside(
    tmp_path: Path,
) -> None:
    past = {
        "": {Figure.DOCUMENTS: (300,) * 30},
        "user:olga": {Figure.DOCUMENTS: (3, 5, 4, 6, 2) * 6},
        "user:sam": {Figure.DOCUMENTS: (300,) * 30},
    }
    sam = [outcome(f"sam-{number}.md") for number in range(250)]
    sam = [_owned(one, "user:sam") for one in sam]
    (rates,) = watched(
        context(tmp_path, RateHistory(source="handbook", known=9_000, past=past)),
        *sam,
        *(outcome(f"{number}.md") for number in range(80)),
    )
    (breach,) = rates.breaches
    assert (breach.kind, breach.owner, breach.figure, breach.value) == (
        BreachKind.LEARNED, "user:olga", Figure.DOCUMENTS, 80,
    )  # fmt: skip
    assert (breach.median, breach.windows) == (4, 30)
    assert breach.bound < 80


def _owned(one: Outcome, owner: str) -> Outcome:
    assert one.tagged is not None
    provenance = one.tagged.provenance.model_copy(update={"owner": owner})
    return one.model_copy(update={"tagged": one.tagged.model_copy(update={"provenance": provenance})})


def test_quarantine_in_a_settled_source_fires(tmp_path: Path) -> None:
    bad = [outcome(f"{number}.md", action=Action.QUARANTINE) for number in range(30)]
    (rates,) = watched(context(tmp_path, RateHistory(source="handbook", known=400)), *bad)
    assert [breach.figure for breach in rates.breaches] == [Figure.QUARANTINED]
