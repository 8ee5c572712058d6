"""Laws 4 and 14: names, titles and tags are read by the detectors, and kept only without what was found in them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.domain.digests import fingerprint
from pipeline.domain.documents.documents import DocumentRef, TaggedDocument
from pipeline.domain.documents.provenance import Provenance, Source
from pipeline.domain.documents.pseudonyms import PART, answers_to, pseudonym
from pipeline.domain.documents.served import WITHHELD, marks_of, mask_strings, remembered, served_strings
from pipeline.domain.documents.sheet import Sheet
from pipeline.domain.findings.findings import Finding, FindingKind, Place, Severity, scan_failure
from pipeline.domain.identity.permissions import AccessRule, Classification

KEY = b"k" * 32
CODE = re.compile(r"\bQX\d{6}\b")
"""What the scan of these tests takes for a secret; like most keys it must begin and end a word."""

SOURCE = Source(
    name="notes", uri="/notes", owner="group:writers", classification=Classification.INTERNAL, tenant="default",
    allow=("group:staff",), licence="CC-BY-4.0", registered_by="user:olga",
    registered_at=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip


def scan(text: str) -> list[Finding]:
    return [
        Finding(
            kind=FindingKind.SECRET, detector="test.code", entity="CODE", severity=Severity.HIGH, confidence=0.9,
            start=hit.start(), end=hit.end(), line=1, fingerprint=fingerprint(KEY, hit[0]), preview="",
        )
        for hit in CODE.finditer(text)
    ]  # fmt: skip


def document(uri: str = "plain.md", **fields: object) -> TaggedDocument:
    tags: dict[str, object] = {
        "owner": SOURCE.owner, "submitter": SOURCE.registered_by, "licence": SOURCE.licence, "title": None,
        "access": SOURCE.access_rule,
    }  # fmt: skip
    problems = fields.pop("problems", ())
    provenance = Provenance.model_validate(
        {"source": "notes", "uri": uri, "ingested_at": datetime(2026, 1, 2, tzinfo=UTC), "content_digest": "0" * 64}
        | {"run_id": "run"} | tags | fields
    )  # fmt: skip
    ref = DocumentRef(source="notes", uri=uri, location=f"/notes/{uri}")
    return TaggedDocument.model_validate({"ref": ref, "provenance": provenance, "problems": problems})


def masked(tagged: TaggedDocument) -> TaggedDocument:
    return mask_strings(tagged, SOURCE, KEY, scan(Sheet(served_strings(tagged, SOURCE)).text), scan)


def kept(tagged: TaggedDocument) -> str:
    return tagged.model_copy(update={"ref": tagged.ref.model_copy(update={"location": ""})}).model_dump_json()


@pytest.mark.parametrize(
    "fields",
    [
        {"uri": "QX123456.md"},
        {"uri": "reports/QX123456/summary.md"},
        {"uri": "report_QX123456_final.md"},
        {"uri": "report%20QX%31%32%33%34%35%36.md"},
        {"uri": "feed.jsonl#QX123456"},
        {"title": "Key QX123456 of the north gate"},
        {"title": "Key_QX123456"},
        {"licence": "licence QX123456"},
        {"owner": "user:QX123456"},
        {"submitter": "user:QX123456"},
        {"access": AccessRule(tenant="QX123456", classification="internal", allow=("group:staff",), deny=())},
        {"access": SOURCE.access_rule.model_copy(update={"deny": ("user:QX123456",)})},
        {"problems": ("Line 3 has an unknown key `QX123456`.",)},
    ],
    ids=str,
)
def test_law_04_a_value_in_any_string_is_found_and_not_kept(fields: dict[str, object]) -> None:
    tagged = document(**fields)  # type: ignore[arg-type]
    result = masked(tagged)
    place = served_strings(tagged, SOURCE)[-1].place if "uri" not in fields else Place.NAME
    assert {finding.place for finding in result.findings} == {place}
    assert "123456" not in kept(result)
    assert "%31%32" not in kept(result)


def test_a_clean_document_is_left_as_it_is() -> None:
    tagged = document("reports/2026/summary.md", title="Summary of the year", owner="user:ida")
    assert masked(tagged) == tagged


def test_a_pseudonym_stands_for_one_part_of_a_name_and_keeps_the_ending() -> None:
    result = masked(document("reports/QX123456.md"))
    assert result.ref.uri == result.provenance.uri == f"reports/{pseudonym(KEY, 'QX123456.md')}"
    assert re.fullmatch(r"reports/~[0-9a-f]{16}\.md", result.ref.uri)
    assert result.doc_id == f"notes:{result.ref.uri}"


def test_the_id_of_a_record_is_masked_and_the_feed_keeps_its_name() -> None:
    assert re.fullmatch(r"feed\.jsonl#~[0-9a-f]{16}", masked(document("feed.jsonl#QX123456")).ref.uri)


def test_a_title_keeps_what_is_no_value() -> None:
    result = masked(document(title="Key QX123456 of the north gate"))
    assert result.provenance.title == "Key ‹CODE_1› of the north gate"


def test_law_02_a_value_in_a_list_of_principals_leaves_the_rule_of_the_source_and_a_problem() -> None:
    rule = SOURCE.access_rule.model_copy(update={"deny": ("user:QX123456",)})
    result = masked(document(access=rule))
    assert result.provenance.access == SOURCE.access_rule
    assert result.problems == ("Its access holds what looks like a secret or personal data.",)


@pytest.mark.parametrize("place", ["owner", "submitter"])
def test_a_value_in_a_person_leaves_the_one_of_the_source_and_a_problem(place: str) -> None:
    result = masked(document(**{place: "user:QX123456"}))
    assert (result.provenance.owner, result.provenance.submitter) == (SOURCE.owner, SOURCE.registered_by)
    assert len(result.problems) == 1


def test_law_14_what_still_fires_after_masking_is_withheld_as_a_whole() -> None:
    def stubborn(text: str) -> Sequence[Finding]:
        return [*scan(text), *(f for f in scan(text.replace("of the n", "QX000001 ")) if "‹CODE_1›" in text)]

    tagged = document(title="Key QX123456 of the north gate")
    sheet = Sheet(served_strings(tagged, SOURCE))
    assert mask_strings(tagged, SOURCE, KEY, scan(sheet.text), stubborn).provenance.title == WITHHELD


def test_a_placeholder_that_a_detector_takes_for_a_value_stays_in_the_title() -> None:
    def after_label(text: str) -> Sequence[Finding]:
        return [*scan(text), *(f for f in scan(text.replace("‹CODE_1›", "QX000001")) if "‹CODE_1›" in text)]

    tagged = document(title="Key QX123456 of the north gate")
    sheet = Sheet(served_strings(tagged, SOURCE))
    kept = mask_strings(tagged, SOURCE, KEY, scan(sheet.text), after_label)
    assert kept.provenance.title == "Key ‹CODE_1› of the north gate"


def test_law_03_a_detector_that_did_not_finish_leaves_no_string_and_a_finding() -> None:
    tagged = document("reports/summary.md", title="Summary")
    result = mask_strings(tagged, SOURCE, KEY, [scan_failure("secrets", "timed out")], scan)
    assert result.provenance.title == WITHHELD
    assert all(part.startswith("~") for part in PART.findall(result.ref.uri))
    assert {finding.kind for finding in result.findings} == {FindingKind.SCAN_FAILED}


def test_a_name_that_imitates_a_pseudonym_gets_one_of_its_own() -> None:
    imitated = masked(document("QX123456.md")).ref.uri
    result = masked(document(imitated))
    assert result.ref.uri != imitated
    assert [finding.detector for finding in result.findings] == ["strings.pseudonym"]


def test_another_value_under_the_same_title_is_another_version() -> None:
    first, second = (masked(document(title=f"Key QX{number}")) for number in (123456, 654321))
    assert first.provenance.title == second.provenance.title
    assert first.version_id != second.version_id


PARTS = st.text(st.characters(exclude_characters="/#\x00", exclude_categories=["Cs"]), min_size=1, max_size=12)
VALUES = st.integers(0, 999_999).map(lambda number: f"QX{number:06}")
STRINGS = st.lists(PARTS | VALUES, min_size=1, max_size=4)


@given(STRINGS, STRINGS, st.sampled_from(["/", "#", "_", " ", "-", "%20"]))
@example(["QX111111", "a"], ["QX222222"], "_")
def test_law_14_what_is_kept_passes_the_detectors_and_is_recognised_again(
    name: list[str], title: list[str], separator: str
) -> None:
    tagged = document(separator.join(name), title=separator.join(title))
    result = masked(tagged)
    sheet = Sheet(served_strings(result, SOURCE))
    assert sheet.located(scan(sheet.text)) == []
    again = remembered(tagged, SOURCE, KEY, dict(marks_of(result.provenance)))
    assert (again.ref, again.provenance) == (result.ref, result.provenance)
    assert answers_to(KEY, tagged.ref.uri, result.ref.uri)
