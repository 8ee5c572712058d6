from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.domain.findings.text_diff import EditKind, diff

WRITTEN = st.text(alphabet=st.sampled_from("ab1. \n‹›,é"), max_size=80)


def told(old: str, new: str) -> str:
    """The difference as a person would write it down."""
    marks = {EditKind.SAME: "{}", EditKind.REMOVED: "[-{}-]", EditKind.ADDED: "{{+{}+}}"}
    stretches = [
        (edit.kind, old[edit.old_start : edit.old_stop] or new[edit.new_start : edit.new_stop])
        if edit.kind is EditKind.REMOVED
        else (edit.kind, new[edit.new_start : edit.new_stop])
        for edit in diff(old, new)
    ]
    return "".join(marks[kind].format(text) for kind, text in stretches)


@given(WRITTEN, WRITTEN)
@example("a b\nc", "a\nb c")
@example("", "a")
def test_edits_cover_both_texts_and_what_is_the_same_is_equal_but_for_wrapping(old: str, new: str) -> None:
    i = j = 0
    for edit in diff(old, new):
        assert (edit.old_start, edit.new_start) == (i, j)
        i, j = edit.old_stop, edit.new_stop
        assert edit.old_stop > edit.old_start or edit.new_stop > edit.new_start
        if edit.kind is EditKind.SAME:
            before, after = old[edit.old_start : edit.old_stop], new[edit.new_start : edit.new_stop]
            assert before.replace("\n", " ") == after.replace("\n", " ")
        elif edit.kind is EditKind.REMOVED:
            assert edit.new_start == edit.new_stop
        else:
            assert edit.old_start == edit.old_stop
    assert (i, j) == (len(old), len(new))


@given(WRITTEN)
def test_equal_texts_have_no_changes(text: str) -> None:
    edits = list(diff(text, text))
    assert all(edit.kind is EditKind.SAME for edit in edits)
    assert "".join(text[edit.old_start : edit.old_stop] for edit in edits) == text


def test_only_the_changed_words_are_told() -> None:
    old = "The notice period is four weeks.\nNothing else changes.\n"
    assert told(old, old.replace("four", "eight")) == (
        "The notice period is [-four-]{+eight+} weeks.\nNothing else changes.\n"
    )
    assert told("Pay 1,200.50 euros.", "Pay 1,300.50 euros.") == "Pay [-1,200.50-]{+1,300.50+} euros."


def test_a_paragraph_wrapped_anew_is_the_same() -> None:
    old = "Trains are preferred to flights\nbelow six hours of travel."
    assert told(old, "Trains are preferred\nto flights below six hours of travel.") == (
        "Trains are preferred\nto flights below six hours of travel."
    )


def test_a_rewritten_sentence_is_replaced_and_not_shredded() -> None:
    old, new = "The lamp room is closed to visitors in winter.", "Ask Marlow for a key when you need the archive."
    assert told(old, new) == f"[-{old}-]{{+{new}+}}"


def test_a_masked_value_is_one_word() -> None:
    assert told("Write to ‹EMAIL_ADDRESS 1›.", "Write to ‹EMAIL_ADDRESS 2›.") == (
        "Write to [-‹EMAIL_ADDRESS 1›-]{+‹EMAIL_ADDRESS 2›+}."
    )


def test_an_edit_in_a_long_text_of_frequent_words_is_found_exactly() -> None:
    """What difflib calls junk: every word is frequent, every line different."""
    words = [f"word{n % 50}" for n in range(30_000)]
    lines = [" ".join([f"{n}:", *words[n : n + 12]]) for n in range(0, len(words), 12)]
    changed = [*lines[:1200], lines[1200].replace("1", "one", 1), *lines[1201:]]
    kinds = [edit for edit in diff("\n".join(lines), "\n".join(changed)) if edit.kind is not EditKind.SAME]
    assert [edit.kind for edit in kinds] == [EditKind.REMOVED, EditKind.ADDED]
    assert all(edit.old_stop - edit.old_start + edit.new_stop - edit.new_start < 20 for edit in kinds)
