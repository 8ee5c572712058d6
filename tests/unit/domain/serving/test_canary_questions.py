"""Canary questions: overlap, expectations, and what makes a generation wait."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.domain.errors import ConfigError
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.serving.canary_questions import (
    Answer,
    CanaryQuestions,
    Found,
    compare,
    forbidden,
    missing,
    overlap,
)
from pipeline.settings.files import load

ids = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6)


def answer(names: list[str], classification: str = "internal") -> Answer:
    return tuple(
        Found(rank=rank, doc_id=f"hand:{name}", score=1 / rank, classification=Classification(classification))
        for rank, name in enumerate(names, start=1)
    )


def questions(**fields: object) -> CanaryQuestions:
    one = {"id": "q", "question": "why?", "principal": "ann", **fields}
    return CanaryQuestions.model_validate({"schema_version": 1, "questions": [one]})


@given(ids, ids)
def test_overlap_is_symmetric_and_one_exactly_for_the_same_documents(before: list[str], after: list[str]) -> None:
    share = overlap(answer(before), answer(after))
    assert share == overlap(answer(after), answer(before))
    assert 0 <= share <= 1
    assert (share == 1) == (set(before) == set(after))
    assert overlap(answer(before), answer(before[::-1])) == 1


def test_overlap_is_the_share_of_the_longer_answer() -> None:
    assert overlap(answer(["a", "b"]), answer(["a", "c", "d", "e"])) == 0.25
    assert overlap((), answer(["a"])) == 0


def test_an_ending_expects_any_and_forbids_every_document_that_ends_so() -> None:
    (question,) = questions(expect=["notes.md"], forbid={"documents": ["notes.md"]}).questions
    found = answer(["notes.md", "old-notes.md", "plan.md"])
    assert missing(question, found) == ()
    assert missing(question, answer(["plan.md"])) == ("notes.md",)
    assert forbidden(question, found) == ("hand:notes.md", "hand:old-notes.md")


def test_a_source_is_forbidden_by_its_name_and_a_classification_by_what_the_document_has() -> None:
    (by_source,) = questions(forbid={"sources": ["hand"]}).questions
    (other,) = questions(forbid={"sources": ["han", "and"]}).questions
    (restricted,) = questions(forbid={"classifications": ["restricted"]}).questions
    assert forbidden(by_source, answer(["a"])) == ("hand:a",)
    assert forbidden(other, answer(["a"])) == ()
    assert forbidden(restricted, answer(["a"])) == ()
    assert forbidden(restricted, answer(["a"], "restricted")) == ("hand:a",)


def test_a_generation_waits_for_missing_documents_or_for_too_many_changed_answers() -> None:
    same = compare(questions(), {"q": answer(["a", "b"])}, {"q": answer(["b", "a"])})
    assert (same.holds, same.changed, same.to_show) == (False, (), ())
    other = compare(questions(), {"q": answer(["c"])}, {"q": answer(["a", "b"])})
    assert other.holds
    assert not other.model_copy(update={"max_changed_questions": 1}).holds
    lacking = compare(questions(expect=["z"]), {"q": answer(["a"])}, None)
    assert lacking.holds
    assert not lacking.compared
    assert not compare(questions(), {"q": answer(["a"])}, None).holds
    assert compare(questions(), {"q": answer(["a"])}, {}).results[0].overlap is None


def test_a_small_change_is_shown_but_holds_nothing() -> None:
    report = compare(questions(), {"q": answer(["a", "b", "c"])}, {"q": answer(["a", "b", "d"])})
    assert len(report.changed) == 1
    assert not report.holds
    assert report.sentence == "changes the answers to 1 of 1 questions"


def test_the_digest_of_answers_sees_documents_and_their_order_but_no_scores() -> None:
    one = compare(questions(), {"q": answer(["a", "b"])}, {"q": answer(["a"])})
    closer = tuple(found.model_copy(update={"score": 0.1}) for found in answer(["a", "b"]))
    assert compare(questions(), {"q": closer}, {"q": answer(["a"])}).answers_digest == one.answers_digest
    assert compare(questions(), {"q": answer(["b", "a"])}, {"q": answer(["a"])}).answers_digest != one.answers_digest


def test_the_digest_of_questions_follows_what_they_say_and_not_the_order_of_groups() -> None:
    whole = {"name": "user:x", "groups": [f"group:{letter}" for letter in "abcdefgh"]}
    turned = {**whole, "groups": whole["groups"][::-1]}
    assert questions(principal=whole).digest == questions(principal=turned).digest
    assert questions(expect=["a"]).digest != questions().digest


@pytest.mark.parametrize(
    "wrong",
    [{"id": "Not An Id"}, {"question": "   "}, {"principal": "robot:x"}, {"k": 0}, {"colour": "red"}, {"expect": [""]}],
)
def test_a_question_that_cannot_be_asked_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        questions(**wrong)


def test_two_questions_of_one_id_are_refused_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "canaries.yaml"
    line = "  - {id: one, question: why, principal: ann}\n"
    path.write_text(f"schema_version: 1\nquestions:\n{line}{line}")
    with pytest.raises(ConfigError, match="two questions have the id one"):
        load(path, CanaryQuestions)
