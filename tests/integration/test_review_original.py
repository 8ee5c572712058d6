"""Originals for reviewers: only the bytes under review, only from inside the source."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.digests import digest_bytes
from pipeline.domain.documents.documents import HiddenRun
from pipeline.domain.documents.provenance import Provenance, Source
from pipeline.domain.documents.pseudonyms import with_pseudonyms
from pipeline.domain.findings.findings import Finding, FindingKind, Severity
from pipeline.extraction.extractor import Extractor
from pipeline.review import original
from pipeline.review.original import ELSEWHERE, MOVED_ON, OriginalReader, location
from pipeline.settings.extraction import ExtractionSettings
from pipeline.stores.ledger.history import VersionRecord
from tests.support.ledger_samples import NOON, RULE, make_source

LETTER = Path(__file__).parents[2] / "configs" / "demo" / "rev1" / "people" / "application-lens-technician.pdf"


@pytest.fixture(scope="module")
def reader() -> Iterator[OriginalReader]:
    made = OriginalReader(ExtractionSettings())
    yield made
    made.close()


def of_letter(data: bytes) -> VersionRecord:
    provenance = Provenance(
        source="handbook", uri="letter.pdf", owner="user:olga", submitter="user:sam", ingested_at=NOON, licence=None,
        title=None, access=RULE, content_digest=digest_bytes(data), run_id="run-1",
    )  # fmt: skip
    return VersionRecord(
        version_id="0" * 32, doc_id="handbook:letter.pdf", provenance=provenance, provenance_digest=provenance.digest,
        recorded_at=NOON, live=False, verdicts=(), reviews=(),
    )  # fmt: skip


def found(text: str, value: str) -> Finding:
    start = text.index(value)
    return Finding(
        kind=FindingKind.PII, detector="pii.email", entity="EMAIL_ADDRESS", severity=Severity.HIGH, confidence=0.9,
        start=start, end=start + len(value), line=1, fingerprint="0" * 32, preview="",
    )  # fmt: skip


def test_the_bytes_under_review_are_shown_and_no_others(reader: OriginalReader, tmp_path: Path) -> None:
    data = LETTER.read_bytes()
    with Extractor() as extractor:
        text = extractor.extract(data, "letter.pdf").text
    findings = [found(text, "leopold.farrant@post.example.org")]
    place = tmp_path / "letter.pdf"
    place.write_bytes(data)
    shown = reader.read(place, make_source(), of_letter(data), text, findings, 1)
    assert (shown.problem, shown.rendering.problem, len(shown.rendering.pages)) == ("", "", 1)
    place.write_bytes(data + b"\n%changed")
    assert reader.read(place, make_source(), of_letter(data), text, findings, 1).problem == MOVED_ON
    assert reader.read(tmp_path / "gone.pdf", make_source(), of_letter(data), text, findings, 1).problem == MOVED_ON
    assert reader.read(None, make_source(), of_letter(data), text, findings, 1).problem == ELSEWHERE


def test_law_04_hidden_text_no_detector_read_is_told_of_but_not_shown() -> None:
    text, values = "Call 4711 0815 now.", {"4711 0815": "PHONE_NUMBER"}
    read = original._passage(HiddenRun(technique="docx-vanish", text="Call 4711 0815", place="p 1"), text, values)
    unread = original._passage(HiddenRun(technique="docx-vanish", text="PIN 99887", place="p 2"), text, values)
    assert (read.text, read.characters) == ("Call ‹PHONE_NUMBER 1›", 14)
    assert (unread.text, unread.characters, unread.technique, unread.place) == ("", 9, "docx-vanish", "p 2")


def test_nothing_outside_the_source_is_opened(tmp_path: Path) -> None:
    folder, outside = tmp_path / "source", tmp_path / "outside.md"
    (folder / "deep").mkdir(parents=True)
    outside.write_text("Not yours.")
    (folder / "link.md").symlink_to(outside)

    def at(uri: str, place: str = str(folder)) -> Path | None:
        source: Source = make_source().model_copy(update={"uri": place})
        return location(source, uri, tmp_path, None, b"k")

    assert at("deep/a.md") == folder / "deep" / "a.md"
    assert at("deep/a.md", f"{folder}/*/*.md") == folder / "deep" / "a.md"
    bracketed = tmp_path / "reports [2024]"
    bracketed.mkdir()
    assert at("a.md", f"{tmp_path}/reports [[]2024]") == bracketed / "a.md"
    assert at("a.md", str(tmp_path / "gone")) == tmp_path / "gone" / "a.md"
    assert at("../outside.md") is None
    assert at("link.md") is None
    assert at("feed.jsonl#7") is None
    assert at("a.md", "s3://bucket/folder") is None


def test_an_inbox_is_asked_by_the_name_of_its_own_file(tmp_path: Path) -> None:
    source = make_source().model_copy(update={"uri": "inbox/handbook"})
    assert location(source, "Notice.md", tmp_path, "0001.md", b"k") == tmp_path / "inbox" / "handbook" / "0001.md"
    assert location(source, "Notice.md", tmp_path, None, b"k") is None


def test_a_name_with_pseudonyms_leads_to_the_file_it_stands_for(tmp_path: Path) -> None:
    key, folder = b"k", tmp_path / "source"
    address = "@".join(["ingrid.solberg", "northquay-foods.com"])
    real = folder / f"for {address}" / f"{address}.md"
    real.parent.mkdir(parents=True)
    real.write_text("A letter.")
    (folder / "other.md").write_text("Another.")
    source = make_source().model_copy(update={"uri": str(folder)})
    kept = with_pseudonyms(key, f"for {address}/{address}.md", lambda part: True)
    assert address not in kept
    assert location(source, kept, tmp_path, None, key) == real
    assert not (location(source, kept, tmp_path, None, b"another key") or real).exists()
