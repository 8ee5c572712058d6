"""Law 2: a file that says who may read a document and is not named as its metadata file keeps the document out."""

import json
import posixpath
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.domain.declarations.declared import Declared
from pipeline.domain.declarations.described_names import is_for_folder
from pipeline.domain.declarations.doubtful import MOST_DOUBTFUL
from pipeline.domain.declarations.metadata_file import restricts
from pipeline.domain.declarations.sidecars import TOO_MANY_DOUBTFUL, is_sidecar, pair
from tests.unit.domain.declarations.test_never_wider import (
    KEYS,
    LEVELS,
    LINES,
    NAMES,
    meant,
    never_wider,
    spoilt,
    yaml_lines,
)

PLACES = [
    *(("plan.md", name) for name in ("plan.yaml", "plan.yml", "PLAN.YAML", "plan.tags.yaml", "plan.txt.meta.yaml")),
    *(("plan.md", name) for name in ("plam.md.meta.yaml", "plans.meta.yml", "paln.md.meta.yaml")),
    *(("plan.md", name) for name in ("meta/plan.yaml", ".meta/plan.md", "metadata/plan.md.yaml", "Meta/Plan.yml")),
    *(("plan.md", name) for name in ("meta/plan.md.meta.yaml", "meta/plan.meta.yaml", "_meta/plan", "tags/plan.md")),
    *(("plan.tar.md", name) for name in ("plan.yaml", "plan.meta.yaml", "plan.tar.yaml")),
    *(("desk/plan.md", name) for name in ("other/plan.md.meta.yaml", "plan.meta.yaml", "desk/old/plan.md.meta.yml")),
    *(("desk/plan.md", name) for name in ("meta/desk/plan.yaml", "desk/meta/plan.yaml")),
]
BESIDE = (
    *("plan_meta.yaml", "meta-plan.yml", "meta.plan.yaml", "metadata_plan.md.yaml", ".plan.yaml", "_plan.yml"),
    *(".plan.md.yaml", "plan.acl", "plan.md.access", "plan.tags", "plan.md.rights", "plan.info", "plan.txt", "plan"),
    *("plan.frontmatter", "plan.md.sidecar", "plan.md.ini", "plan.xmp", "~plan.md.meta.yaml", "#plan.md.meta.yaml#"),
    *(
        ".plan.md.meta.yaml.swp",
        "plan.md.meta.yaml.1",
        "plan.md.meta.yaml,v",
        "plan.md.meta.yaml.asc",
        "plan/meta.yaml",
    ),
    *("plan.tar.md.meta.yaml", "the-plan.md.meta.yaml", "plan-final.meta.yaml", "meta-data/plan.yaml"),
)
OF_FOLDERS = (
    *("meta.yaml", ".meta.yml", "_metadata.yaml", "access.yaml", ".acl.yaml", "permissions.yml", "CLASSIFICATION"),
    *("folder.meta.yaml", "_folder.meta.yml", "all.meta.yaml", "*.meta.yaml", "*.md.meta.yaml", "default.meta.yaml"),
    *(
        "README.meta.yaml",
        "index.meta.yaml",
        "desk.meta.yaml",
        "../desk.meta.yaml",
        "../desk.yaml",
        "../meta/desk.yaml",
    ),
    *("../meta.yaml", "../.access.yaml", "meta/meta.yaml", "corpusgate.yaml", "defaults.yaml"),
)
"""Names next to `desk/plan.md`; one that begins with `..` lies in the folder above."""
PLACES += [("plan.md", name) for name in BESIDE]
PLACES += [("desk/plan.md", posixpath.normpath(f"desk/{name}")) for name in (*BESIDE, *OF_FOLDERS)]
PLACES += [("desk/old/plan.md", posixpath.normpath(f"desk/{name}")) for name in OF_FOLDERS if "/" not in name]
JSON_PLACES = [("plan.md", "plan.json"), ("plan.md", "_meta/plan.json"), ("plan.md", "plan.txt.meta.json")]


def is_kept_out(document: str, other: str, content: str) -> bool:
    """Whether a document has a problem because of another file, or a metadata file that is read."""
    beside = pair([document, other, "elsewhere/index.md"]).documents[document]
    doubted = any(
        restricts(content, name, is_named=is_sidecar(name), for_folder=is_for_folder(name, document))
        for name in beside.doubtful
    )
    return bool(beside.sidecars or beside.problems) or doubted


ways = st.one_of(
    st.tuples(st.just("keys"), st.sampled_from(sorted(KEYS))),
    st.tuples(st.just("names"), st.sampled_from(sorted(NAMES))),
    st.tuples(st.just("levels"), st.sampled_from(sorted(LEVELS))),
    st.tuples(st.just("lines"), st.sampled_from(sorted(LINES))),
    st.just(("none", "")),
)


@given(meant, ways, st.sampled_from(PLACES), st.booleans(), st.booleans())
@example({"classification": "restricted"}, ("none", ""), ("plan.md", "plan.yaml"), False, False)
@settings(max_examples=1500, deadline=None)
def test_law_02_what_a_doubtful_file_says_is_never_served_wider(
    tags: dict[str, Any], way: tuple[str, str], place: tuple[str, str], fenced: bool, described: bool
) -> None:
    kind, how = way
    lines = yaml_lines(spoilt(tags, kind, how) if kind in ("keys", "names", "levels") else tags)
    if kind == "lines":
        lines = [LINES[how](line) for line in lines]
    text = "\n".join([*(["title: Plan", "owner: user:ada"] if described else []), *lines]) + "\n"
    if not is_kept_out(*place, f"---\n{text}---\n" if fenced else text):
        never_wider(tags, Declared())


@given(meant, ways.filter(lambda way: way[0] != "lines"), st.sampled_from(JSON_PLACES), st.integers(0, 2))
@settings(max_examples=500, deadline=None)
def test_law_02_what_a_doubtful_file_of_json_says_is_never_served_wider(
    tags: dict[str, Any], way: tuple[str, str], place: tuple[str, str], form: int
) -> None:
    written: Any = spoilt(tags, *way) if way[0] != "none" else tags
    forms = [
        written,
        {"title": "Plan", "access": written},
        [{"name": key, "value": value} for key, value in tags.items()],
    ]
    if not is_kept_out(*place, json.dumps(forms[form], ensure_ascii=False)):
        never_wider(tags, Declared())


@pytest.mark.parametrize(
    ("other", "content"),
    [
        ("plan.toml", "classification = 'restricted'\n"),
        ("plan.properties", "classification=restricted\n"),
        ("plan.yaml", "access: hr only\n"),
        ("plan.yaml", "permissions:\n  - hr\n"),
        ("plan.yaml", "tenant: acme\ntitle: Plan\n"),
        ("plan.yaml", "retention: 7y\nclassification: restricted\n"),
        ("plan.yaml", "classification: C3\n"),
        ("plan.yaml", "classification: restricted\nclassification: public\n"),
        ("plan.json", '{"deny": ["user:ada"], "deny": []}'),
        ("plan.json", '{"allow": ["group:hr"], }'),
        ("plan.json", '{"document": {"classification": "restricted"}}'),
        (".meta/plan.md", "classification: restricted\nclassification: public\n"),
        ("plan.txt.meta.yaml", "- broken"),
    ],
)
def test_law_02_a_file_in_another_form_next_to_a_document_keeps_it_out(other: str, content: str) -> None:
    assert is_kept_out("plan.md", other, content)


@pytest.mark.parametrize(
    ("document", "other", "content"),
    [
        ("config.md", "config.yaml", "server:\n  port: 80\nallow: [GET, POST]\n"),
        ("config.md", "config.json", '{"name": "x", "access": "public", "scripts": {}}'),
        ("config.md", "config.json", '{"access_token": "x"}'),
        ("data.md", "data.yaml", "- a\n- b\n"),
        ("openapi.md", "openapi.yaml", "openapi: 3.0.0\ninfo: {title: x}\npaths: {}\nsecurity: []\n"),
        ("plan.md", "plan.json", '{"title": "Plan", "author": "Ada"}'),
        ("plan.md", "plan.yaml", "owner: user:ada\ntitle: Plan\n"),
        ("plan.md", "plan.txt.meta.yaml", "title: Plan\n"),
        ("plan.md", "gone.md.meta.yaml", "classification: restricted\n"),
        ("plan-2.md", "plan-3.md.meta.yaml", "classification: restricted\n"),
        ("plan.md", "tags/plan.md", "---\nclassification: restricted\n---\nText of another page.\n"),
        ("a/index.md", "b/index.md.meta.yaml", "classification: restricted\n"),
        ("plan.md", "other/plan.yaml", "classification: restricted\n"),
        ("plan.md", "desk/meta.yaml", "classification: restricted\n"),
        ("plan.md", "tags.yaml", "- name: hiring\n  classification: restricted\n"),
        ("plan.md", "metadata.json", '{"files": [{"name": "x", "classification": "restricted"}]}'),
        ("desk/plan.md", "desk.yaml", "legs: 4\nitems: [{name: a, classification: restricted}]\n"),
        ("plan.md", "permissions.yaml", "roles:\n  admin: [create, remove]\nversion: 2\n"),
        ("plan.md", "plan.txt", "The ferry leaves at nine.\n"),
        ("plan.c", "plan.h", "deny: [user:ada]\n"),
        ("plan.md", "plan.de.md", "classification: restricted\n"),
    ],
)
def test_ordinary_files_next_to_a_document_are_quiet(document: str, other: str, content: str) -> None:
    assert not is_kept_out(document, other, content)


def test_a_document_with_its_own_metadata_file_has_no_doubtful_ones() -> None:
    pairing = pair(["plan.md", "plan.md.meta.yaml", "plan.yaml", "plam.md.meta.yaml"])
    assert pairing.documents["plan.md"].doubtful == ()
    assert pairing.orphans == ("plam.md.meta.yaml",)


def test_a_name_in_many_folders_means_no_document_and_the_only_one_is_meant() -> None:
    names = ["a/plan.md", "b/plan.md", "c/plan.md.meta.yaml"]
    assert not any(beside.doubtful for beside in pair(names).documents.values())
    assert pair(names[1:]).documents["b/plan.md"].doubtful == ("c/plan.md.meta.yaml",)


def test_next_to_a_single_file_only_its_own_name_counts() -> None:
    found = pair(["plan.md"], ["plan.md", "plans.md.meta.yaml", "plan.txt.meta.yaml", "plan.yaml"]).documents
    assert found["plan.md"].doubtful == ("plan.yaml",)


def test_law_15_many_doubtful_files_are_a_problem_and_not_a_long_look() -> None:
    beside = pair(["plan.md", *(f"plan.{number}.yaml" for number in range(MOST_DOUBTFUL + 1))]).documents["plan.md"]
    assert (len(beside.doubtful), beside.problems) == (MOST_DOUBTFUL, (TOO_MANY_DOUBTFUL,))


@pytest.mark.parametrize(
    "names",
    [
        ["same.md", *(f"same.{number}.yaml" for number in range(20_000))],
        [*(f"page-{number}.md" for number in range(20_000)), *(f"paga-{n}.md.meta.yaml" for n in range(2_000))],
    ],
)
def test_law_15_many_names_that_are_alike_take_no_long_look(names: list[str]) -> None:
    started = time.process_time()
    pair(names)
    assert time.process_time() - started < 60, "more than a linear look takes minutes"
