"""Characters that look like Latin letters: one table, read by keys of tags, secrets, personal data and injection."""

import unicodedata

import pytest

from pipeline.detectors.hidden_characters import find
from pipeline.detectors.injection.views import folded, latinised
from pipeline.detectors.lookalikes import fold
from pipeline.domain.declarations.tag_keys import meant_key
from pipeline.domain.documents.confusables import NEAR, SAME


def test_each_character_stands_for_one_ascii_letter_or_figure() -> None:
    assert all(len(latin) == 1 and latin.isascii() and latin.isalnum() for latin in NEAR.values())
    assert not any(chr(point).isascii() for point in NEAR)
    assert SAME.items() <= NEAR.items()


@pytest.mark.parametrize("point", SAME)
def test_a_value_with_a_character_that_is_drawn_alike_is_restored(point: int) -> None:
    assert fold(f"token7{chr(point)}Q2z") == f"token7{SAME[point]}Q2z"


@pytest.mark.parametrize(
    "point",
    [
        point
        for point in NEAR
        if point >= 0x370 and NEAR[point].islower() and unicodedata.is_normalized("NFKD", chr(point))
    ],
)
def test_injection_rules_read_a_small_letter_of_another_script_as_latin(point: int) -> None:
    view = latinised(folded(f"disregaк{chr(point)} all"))
    assert view is not None
    assert view.text == f"disregak{NEAR[point]} all"


@pytest.mark.parametrize("key", ["allow-re\u0251ders", "deny_gr\u0585up", "deny_grou\u0440", "allow-\u03c1eaders"])
def test_law_2_a_key_in_look_alike_letters_is_a_near_miss(key: str) -> None:
    assert meant_key(key) in ("allow", "deny")


@pytest.mark.parametrize("twin", "\u0430\u0441\u0435\u043e\u0440\u0445\u03bf\u03bd")
def test_a_word_that_the_reviewer_is_warned_about_is_also_read_as_latin(twin: str) -> None:
    word = f"le{twin}ding"
    assert [entity for entity, *_ in find(word)] == ["HIDDEN_HOMOGLYPHS"]
    assert fold(word) == f"le{SAME[ord(twin)]}ding"
