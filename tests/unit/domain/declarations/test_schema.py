"""The JSON Schemas refuse nothing that the gate reads, and catch what an editor can catch."""

from typing import Any

import jsonschema
import pytest

from pipeline.domain.declarations.schema import tags_schema

FINE: list[dict[str, Any]] = [
    {"classification": "restricted", "allow": ["group:hr"], "deny": "user:bob", "until": "2027-01-31T18:00:00Z"},
    {"tenant": "default", "owner": "user:ada", "submitter": "user:ada", "licence": "MIT", "title": "A"},
]
WRONG: list[dict[str, Any]] = [
    {"classification": "secret"},
    {"allow": []},
    {"allow": ["hr"]},
    {"deny": ["user:bob user:ada"]},
    {"deny": None},
    {"until": "2027-01-31"},
    {"title": ["a"]},
    {"title": "x" * 501},
]


@pytest.mark.parametrize("front_matter", [True, False])
def test_tags_fit_the_schema_and_broken_ones_do_not(front_matter: bool) -> None:
    schema = tags_schema(front_matter=front_matter)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert all(validator.is_valid(tags) for tags in FINE)
    assert not any(validator.is_valid(tags) for tags in WRONG)
    assert validator.is_valid({"title": "a", "layout": "page"}) is front_matter
