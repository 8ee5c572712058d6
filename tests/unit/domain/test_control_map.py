"""The control map: everything that it names exists, and what does not fit together is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from pipeline.domain.controls import ControlMap, ControlStatus, mapped
from tests.support.control_map import ROOT, missing

FILE = ROOT / "configs" / "controls.yaml"
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def written() -> dict[str, Any]:
    """A small map in which everything exists."""
    return {
        "frameworks": {"a": {"title": "A", "edition": "1", "checked": "Compared."}},
        "mechanisms": {
            "filter": {
                "does": "Filters.",
                "gate": "search",
                "code": ["pipeline/index/search/searcher.py"],
                "settings": ["index.backend"],
                "tests": [
                    "tests/unit/domain/test_control_map.py::test_everything_that_the_shipped_map_names_exists",
                ],
                "metrics": ["corpusgate_documents"],
                "commands": ["corpusgate findings --kind pii", "make test"],
                "recorded": ["generation.published", "checkpoint"],
            }
        },
        "controls": [
            {"framework": "a", "id": "1", "asks": "Filter.", "status": "met", "by": ["filter"], "why": "It does."},
            {"framework": "a", "id": "2", "asks": "Fly.", "status": "not-met", "why": "It does not."},
        ],
    }


def shipped() -> ControlMap:
    return ControlMap.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def test_everything_that_the_shipped_map_names_exists() -> None:
    assert missing(shipped()) == []


def test_the_shipped_map_covers_every_framework_and_admits_gaps() -> None:
    coverage = {one.framework: one.counts for one in shipped().coverage()}
    assert set(coverage) == {"aisvs", "llm", "nist", "atlas", "gdpr", "eu-ai-act", "soc2", "iso-42001"}
    assert all(sum(counts.values()) for counts in coverage.values())
    assert sum(counts[ControlStatus.NOT_MET] for counts in coverage.values())


def test_every_requirement_of_the_chapter_about_embeddings_has_a_row() -> None:
    """AISVS C8 has 6, 6, 3, 1 and 4 requirements in its five sections."""
    numbers = {one.id for one in shipped().selected("aisvs") if one.id.startswith("8.")}
    assert numbers == {
        f"8.{section}.{n}" for section, most in enumerate((6, 6, 3, 1, 4), start=1) for n in range(1, most + 1)
    }


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("code", "pipeline/index/search/no_such_file.py"),
        ("tests", "tests/unit/domain/test_control_map.py::test_that_is_not_there"),
        ("tests", "tests/unit/domain/test_no_such_file.py::test_everything_that_the_shipped_map_names_exists"),
        ("tests", "tests/unit/domain/test_control_map.py::written"),
        ("settings", "index.no_such_key"),
        ("metrics", "corpusgate_no_such_metric"),
        ("commands", "corpusgate no-such-command"),
        ("commands", "corpusgate findings --no-such-option"),
        ("commands", "corpusgate keys"),
        ("commands", "make no-such-target"),
        ("commands", "python -m scripts.no_such_script"),
        ("recorded", "generation.never_recorded"),
    ],
)
def test_a_name_that_does_not_exist_is_found(key: str, wrong: str) -> None:
    content = written()
    assert missing(ControlMap.model_validate(content)) == []
    content["mechanisms"]["filter"][key] = [wrong]
    (absent,) = missing(ControlMap.model_validate(content))
    assert absent.endswith(wrong)


def test_a_gate_that_does_not_exist_is_found() -> None:
    content = written()
    content["mechanisms"]["filter"]["gate"] = "scan_nothing"
    assert missing(ControlMap.model_validate(content)) == ["filter: gate scan_nothing"]


def without(content: dict[str, Any], index: int, key: str) -> None:
    del content["controls"][index][key]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda c: c["controls"].append(c["controls"][1]), "a 2 occurs twice"),
        (lambda c: c["controls"][1].update(framework="b"), "there is no framework b"),
        (lambda c: c["controls"][0].update(by=["filter", "wings"]), "there is no mechanism wings"),
        (lambda c: c["controls"][1].update(status="partly"), "a 2 is partly and names no mechanism"),
        (lambda c: c["controls"][1].update(by=["filter"]), "a 2 is not-met and names a mechanism"),
        (lambda c: c["controls"].pop(0), "no control uses the mechanism filter"),
        (lambda c: c["mechanisms"]["filter"].update(recorded=["published"]), "published is neither"),
        (lambda c: c["mechanisms"]["filter"].update(tests=[]), "tests"),
        (lambda c: c["controls"][1].update(why="because"), "why"),
        (lambda c: c["controls"][1].update(status="good"), "status"),
        (lambda c: without(c, 1, "why"), "why"),
    ],
)
def test_a_map_that_does_not_fit_together_is_refused(change: Any, problem: str) -> None:
    content = written()
    change(content)
    with pytest.raises(ValidationError, match=problem):
        ControlMap.model_validate(content)


def test_a_control_shows_the_newest_evidence_of_its_mechanisms() -> None:
    found = ControlMap.model_validate(written())
    last = {"generation.published": NOON - timedelta(days=1), "checkpoint": NOON, "key.rotated": NOON + timedelta(1)}
    one = mapped(found.controls[0], found.mechanisms, last)
    assert one.last is not None
    assert (one.last.of, one.last.at) == ("checkpoint", NOON), "a rotation of keys says nothing of this mechanism"
    assert one.code == ("pipeline/index/search/searcher.py",)
    assert mapped(found.controls[0], found.mechanisms, {}).last is None
    assert mapped(found.controls[1], found.mechanisms, last).last is None


def test_the_map_is_part_of_the_package() -> None:
    assert '"configs/controls.yaml" = "pipeline/default_configs/controls.yaml"' in (ROOT / "pyproject.toml").read_text()
