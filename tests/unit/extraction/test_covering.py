import pytest

from pipeline.extraction.covering import covered, missing, words_of


def covering(shown: str, values: list[str], scanned: str) -> str:
    cover, _ = covered(shown, values, words_of(scanned))
    return "".join("#" if n in cover else c for n, c in enumerate(shown))


def test_law_04_a_value_is_covered_wherever_it_stands_whatever_its_spaces_and_case() -> None:
    text = "Ann Vole wrote. ANN\nVOLE signed."
    assert covering(text, ["Ann Vole"], text) == "######## wrote. ######## signed."


def test_law_04_words_no_detector_read_are_covered() -> None:
    assert covering("Read this. PIN 4711 is new.", [], "Read this is new") == "Read this. ### #### is new."


@pytest.mark.parametrize(("times", "gone"), [(1, False), (2, False), (3, True)])
def test_law_04_a_value_that_stands_less_often_than_it_was_found_is_missing(times: int, gone: bool) -> None:
    pages = [covered(page, ["ab12"], frozenset())[1] for page in ("ab12", "nothing", "A B12")]
    assert missing([("ab12", times)], pages) is gone
