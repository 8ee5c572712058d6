"""Law 2: a field with a tag is seen wherever it stands in a text, and prose, lists and tables of levels are not."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.declarations.front_matter import front_matter
from pipeline.domain.declarations.lookalikes import stated
from pipeline.domain.declarations.resolve import resolve_tags
from tests.unit.domain.declarations.test_never_wider import FIELDS, SOURCE

FILLER = "The tide tables of the estuary hang at the lock. " * 3

tags = st.one_of(
    st.tuples(
        st.sampled_from(["Classification", "Clasification", "Security classification"]),
        st.sampled_from(["confidential", "Restricted", "Confidental", "secret"]),
    ),
    st.tuples(st.sampled_from(["Allow", "Deny", "denied"]), st.sampled_from(["group:hr", "user:ada"])),
)


@given(tags, st.sampled_from(sorted(FIELDS)), st.booleans())
def test_law_02_a_field_is_a_problem_wherever_it_stands(tag: tuple[str, str], form: str, first: bool) -> None:
    field = FIELDS[form](*tag)
    text = f"# Locks\n\n## Data\n\n{field}\n\n{FILLER}" if first else f"{FILLER}\n\n{FILLER}\n\n" * 9 + field
    problems = resolve_tags(SOURCE, front_matter(text, "note.md")).problems
    assert problems
    assert tag[1] not in " ".join(problems)
    assert stated(text)


@pytest.mark.parametrize("form", FIELDS)
def test_law_02_every_form_of_a_field_is_seen(form: str) -> None:
    for tag in (("Classification", "confidential"), ("Deny", "user:ada")):
        text = f"{FILLER}\n\n{FILLER}\n\n{FIELDS[form](*tag)}\n\n{FILLER}"
        assert front_matter(text).stated


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plan.csv", "title,classification\nPlan,confidential\n"),
        ("plan.csv", "title;classification\nPlan;confidential\n"),
        ("plan.tsv", "title\tdeny\nPlan\tuser:ada\n"),
    ],
)
def test_law_02_a_file_of_one_record_is_a_field(name: str, text: str) -> None:
    assert resolve_tags(SOURCE, front_matter(text, name)).problems


@pytest.mark.parametrize(
    "text",
    [
        "### Classification\n\nConfidential papers stay in the house.",
        "### Classification\n\n### Confidential\n\nPapers.",
        "| Classification | Meaning |\n|---|---|\n| Public | all |\n| Confidential | few |",
        "| Level | Classification |\n|---|---|\n| 1 | Public |\n| 2 | Restricted |",
        "| Classification | Public | Internal | Confidential |\n|---|---|---|---|\n| Backup | yes | yes | yes |",
        "- classification\n- confidential\n- restricted",
        "```\n### Classification\n\nconfidential\n```",
        "### Allow\n\nTwenty minutes for the way.",
        "Tenant\n: Smith",
        "Classification: confidential papers stay in the house.",
        "Tenant: Smith",
        "Allowed: bicycles",
    ],
)
def test_ordinary_headings_terms_and_tables_declare_nothing(text: str) -> None:
    assert front_matter(f"{FILLER}\n\n{FILLER}\n\n{text}\n\n{FILLER}").stated == ()


def test_a_field_that_repeats_what_holds_is_fine_and_front_matter_goes_before_it() -> None:
    text = f"{FILLER}\n\n### Classification\n\n{{}}\n\n{FILLER}"
    assert resolve_tags(SOURCE, front_matter(text.format("internal"))).problems == ()
    tagged = "---\nclassification: confidential\n---\n" + text
    assert resolve_tags(SOURCE, front_matter(tagged.format("Internal"))).problems == ()
    denied = "---\ndeny: user:ada\n---\n" + text
    assert resolve_tags(SOURCE, front_matter(denied.format("restricted"))).problems


HOSTILE: dict[str, Callable[[int], str]] = {
    "columns": lambda n: "a  b\n" * n,
    "bars": lambda n: "|" * n + "\n",
    "rows": lambda n: "| classification | b |\n" * n,
    "headings": lambda n: "### Classification\n" * n,
    "quotes": lambda n: "> " * n + "\n",
    "numbers": lambda n: "1.1.1.1.1.1 " * n,
    "anchors": lambda n: "# a {" * n + "\n" + "{}" * n,
    "links": lambda n: "# " + "[a](" * n,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_law_15_no_text_takes_long_to_look_at_for_fields(kind: str) -> None:
    started = time.process_time()
    front_matter(HOSTILE[kind](120_000))
    front_matter(f"{HOSTILE[kind](9)}\n" * 10_000)
    # In proportion to the text this takes a few seconds of processor time, with the square of it many minutes.
    assert time.process_time() - started < 60
