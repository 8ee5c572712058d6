"""The demo corpus is whole, says what it claims, and is what its generator makes."""

import json
import zipfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.domain.declarations.declared import combine
from pipeline.domain.declarations.feeds import feed_record
from pipeline.domain.declarations.front_matter import front_matter
from pipeline.domain.declarations.metadata_file import metadata_file
from pipeline.domain.declarations.resolve import TaggingResult, resolve_tags
from pipeline.domain.documents.provenance import Source
from pipeline.domain.identity.permissions import AccessRule, permits
from pipeline.domain.identity.principal_names import KnownPrincipals
from pipeline.extraction.decoding import text_of
from pipeline.settings.principals import Identities
from scripts.demo.demo_corpus import DEMO, lay_out
from scripts.demo.make_demo_corpus import make

EXPECTED = yaml.safe_load((DEMO / "expected.yaml").read_text())
SOURCES = yaml.safe_load((DEMO / "sources.yaml").read_text())["sources"]
IDENTITIES = Identities.model_validate(yaml.safe_load((DEMO / "principals.yaml").read_text()))
KNOWN = KnownPrincipals(names=IDENTITIES.names)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def source(entry: dict[str, Any]) -> Source:
    fields = {key: value for key, value in entry.items() if key not in ("folder", "by", "approved_by")}
    fields |= {"tenant": entry.get("tenant", "default"), "uri": entry["folder"], "registered_by": entry["by"]}
    return Source.model_validate(fields | {"registered_at": "2026-09-01T00:00:00Z"})


def documents(corpus: Path) -> dict[str, TaggingResult]:
    """Document id to its tags, for every source."""
    found: dict[str, TaggingResult] = {}
    for entry in SOURCES:
        origin = source(entry)
        place = corpus / entry["folder"]
        if place.suffix == ".jsonl":
            for line in place.read_bytes().splitlines():
                record = feed_record(line)
                assert not record.declared.problems
                found[f"{origin.name}:{place.name}#{record.name}"] = resolve_tags(origin, record.declared, known=KNOWN)
            continue
        for path in sorted(place.rglob("*")):
            if path.is_file() and not path.name.endswith(".meta.yaml"):
                beside = path.with_name(path.name + ".meta.yaml")
                declared = front_matter(text_of(path.read_bytes(), path.name))
                if beside.exists():
                    declared = combine(declared, metadata_file(beside.read_text("utf-8"), beside.name))
                assert not declared.problems
                found[f"{origin.name}:{path.relative_to(place)}"] = resolve_tags(origin, declared, known=KNOWN)
    return found


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    corpus = tmp_path_factory.mktemp("first")
    lay_out(corpus, 1)
    return corpus


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    corpus = tmp_path_factory.mktemp("second")
    lay_out(corpus, 1)
    lay_out(corpus, 2)
    return corpus


def test_every_document_has_an_expected_verdict(first: Path) -> None:
    assert documents(first).keys() - set(EXPECTED["nobody"]) == EXPECTED["rev1"].keys()


def test_the_second_revision_differs_by_what_is_written_down(first: Path, second: Path) -> None:
    before, after = documents(first).keys(), documents(second).keys()
    changes = EXPECTED["rev2"]
    assert after - before == {name for name, change in changes.items() if change["change"] == "new"}
    assert before - after == {name for name, change in changes.items() if change["change"] == "deleted"}


def test_the_corpus_is_varied_enough_to_show_something(first: Path) -> None:
    kinds = Counter(path.suffix for path in first.rglob("*") if not path.name.endswith(".meta.yaml"))
    assert set(kinds) >= {".md", ".html", ".pdf", ".docx", ".xlsx", ".eml", ".jsonl"}
    tags = documents(first)
    assert len(tags) >= 40
    assert {tag.access.classification.value for tag in tags.values()} == {
        "public",
        "internal",
        "confidential",
        "restricted",
    }
    assert len({tag.owner for tag in tags.values()}) >= 5
    assert {entry["verdict"] for entry in EXPECTED["rev1"].values()} == {"admit", "redact", "review", "quarantine"}


def test_exactly_one_document_cannot_be_tagged(first: Path) -> None:
    assert [name for name, tags in documents(first).items() if tags.problems] == ["people:reference-request.md"]


def test_one_change_widens_access(first: Path, second: Path) -> None:
    before, after = documents(first), documents(second)
    changed = {name for name in before.keys() & after.keys() if before[name].access != after[name].access}
    assert changed == {"people:interview-guide.md"}
    assert set(before[changed.pop()].access.allow) < set(after["people:interview-guide.md"].access.allow)


@pytest.mark.parametrize("who", EXPECTED["answers"])
def test_each_of_the_three_may_read_their_answer_and_no_better_one(first: Path, who: str) -> None:
    rules: dict[str, AccessRule] = {name: tags.access for name, tags in documents(first).items()}
    principal = IDENTITIES.principal(who)
    readable = {name for name in EXPECTED["answers"].values() if permits(rules[name], principal, NOON)}
    own = EXPECTED["answers"][who]
    assert own in readable
    assert readable - {own} <= {EXPECTED["answers"]["user:ada"]}


def test_the_denied_contractor_may_not_read_the_prototype(first: Path) -> None:
    rule = documents(first)["engineering:acoustic-prototype.md"].access
    contractor = IDENTITIES.principal("user:corin")
    assert not permits(rule, contractor, NOON)
    assert permits(rule.model_copy(update={"deny": ()}), contractor, NOON)


def test_the_committed_binaries_are_what_the_generator_makes(tmp_path: Path) -> None:
    """Substance, not bytes: a newer library may write another version number."""
    for relative in make(tmp_path):
        made, kept = tmp_path / relative, DEMO / "rev1" / relative
        if kept.suffix in (".docx", ".xlsx"):
            assert members(made) == members(kept), relative
        else:
            assert drawn(made) == drawn(kept), relative


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        wanted = [
            name for name in archive.namelist() if name.startswith(("word/document", "xl/worksheets", "xl/shared"))
        ]
        assert wanted
        return {name: archive.read(name) for name in wanted}


def drawn(path: Path) -> list[bytes]:
    """The lines of a PDF that put text on a page."""
    lines = [line for line in path.read_bytes().splitlines() if b" Tj" in line or b" TJ" in line]
    assert lines or path.name == "lamp-room-survey.pdf"
    return lines


def test_nothing_committed_looks_like_a_credential_of_a_real_provider() -> None:
    """Those are derived when the corpus is laid out: a push must not be blocked, and nobody must wonder."""
    for path in DEMO.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for begin in (b"AKI" + b"A", b"PRIVATE KEY" + b"-----", b"gh" + b"p_", b"xox" + b"b-", b"sk_" + b"live_"):
                assert begin not in data, path.name


def test_planted_marks_are_replaced_the_same_way_every_time(first: Path, tmp_path: Path) -> None:
    lay_out(tmp_path, 1)
    name = "engineering/signing-key-rotation.md"
    assert (first / name).read_bytes() == (tmp_path / name).read_bytes()
    assert b"@@" not in (first / name).read_bytes()
    notes = (first / "engineering/optics-meeting-notes.md").read_text()
    assert sum(0xE0000 <= ord(character) <= 0xE007F for character in notes) > 50


def test_documents_are_long_enough_to_be_searched(first: Path) -> None:
    texts = [path for path in first.rglob("*") if path.suffix in (".md", ".html", ".eml")]
    assert all(150 <= len(path.read_text().split()) <= 650 for path in texts)
    records = [json.loads(line) for line in (first / "support/tickets.jsonl").read_text().splitlines()]
    assert all(50 <= len(record["text"].split()) <= 250 for record in records)
