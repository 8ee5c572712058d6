"""The difference between two versions, field by field."""

from datetime import UTC, datetime

import pytest

from pipeline.domain.documents.provenance import Provenance
from pipeline.domain.identity.permissions import AccessRule, Classification
from pipeline.review.what_changed import FieldChange, changed_fields

RULE = AccessRule(tenant="default", classification=Classification.INTERNAL, allow=("group:staff",))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE = Provenance(
    source="desk", uri="a.md", owner="user:otto", submitter="user:hanna", ingested_at=NOON, licence=None, title="Bands",
    access=RULE, content_digest="0" * 64, run_id="run-1",
)  # fmt: skip


def test_equal_versions_have_no_changed_field() -> None:
    assert changed_fields(BEFORE, BEFORE) == ()


def test_content_and_time_are_not_fields_of_a_document() -> None:
    again = {"content_digest": "1" * 64, "run_id": "run-2", "ingested_at": datetime(2026, 4, 1, tzinfo=UTC)}
    assert changed_fields(BEFORE, BEFORE.model_copy(update=again)) == ()


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ({"submitter": "user:benno"}, ("Submitter", "user:hanna", "user:benno")),
        ({"owner": "user:olga"}, ("Owner", "user:otto", "user:olga")),
        ({"title": None}, ("Title", "Bands", "")),
        ({"licence": "CC-BY-4.0"}, ("Licence", "", "CC-BY-4.0")),
        (
            {"access": RULE.model_copy(update={"allow": ("group:all", "group:staff")})},
            ("Allowed", "group:staff", "group:all, group:staff"),
        ),
        ({"access": RULE.model_copy(update={"deny": ("user:eve",)})}, ("Never allowed", "", "user:eve")),
        ({"access": RULE.model_copy(update={"tenant": "north"})}, ("Tenant", "default", "north")),
        ({"access": RULE.model_copy(update={"until": NOON})}, ("Access ends", "", "2026-03-01 12:00 UTC")),
        (
            {"access": RULE.model_copy(update={"classification": Classification.PUBLIC})},
            ("Classification", "internal", "public"),
        ),
    ],
)
def test_a_changed_field_is_named_with_its_value_before_and_after(
    update: dict[str, object], expected: tuple[str, str, str]
) -> None:
    field, before, after = expected
    found = changed_fields(BEFORE, BEFORE.model_copy(update=update))
    assert found == (FieldChange(field=field, before=before, after=after),)


def test_the_fields_that_decide_who_may_read_come_first() -> None:
    update = {"title": "Other", "access": RULE.model_copy(update={"classification": Classification.PUBLIC})}
    assert [one.field for one in changed_fields(BEFORE, BEFORE.model_copy(update=update))] == [
        "Classification",
        "Title",
    ]
