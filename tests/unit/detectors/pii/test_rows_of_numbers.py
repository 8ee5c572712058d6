"""Rows of plain numbers, which no rule for identifiers needs to search."""

from pipeline.detectors.pii.rows_of_numbers import without_rows_of_numbers

MEASURED = "-12.5031,48213,0.334120,7\n"
MANY = MEASURED * 4000
CARD = "4539578763621486"


def test_numbers_far_from_words_are_filled_and_places_stay():
    text = "time,pressure,flow,valve\n" + MANY + "end of file\n"
    searched = without_rows_of_numbers(text)
    assert len(searched) == len(text)
    assert sum(map(str.isdigit, searched)) < 200
    assert searched.index("end of file") == text.index("end of file")


def test_numbers_next_to_a_word_stay():
    text = MANY + "account 10 20 30\n" + "sort code\n" + MEASURED + MANY
    place = text.index("account")
    assert without_rows_of_numbers(text)[place - 60 : place + 100] == text[place - 60 : place + 100]


def test_a_long_number_among_short_ones_stays():
    text = MANY + f"3.5,{CARD},12\n" + MANY
    assert CARD in without_rows_of_numbers(text)


def test_groups_with_one_blank_stay_unless_a_line_has_more_of_them_than_an_identifier():
    grouped = "4539 5787 6362 1486\n" * 4000
    assert without_rows_of_numbers(grouped) == grouped
    assert not any(
        map(str.isdigit, without_rows_of_numbers("17 4 902 33 " * 6 + "5\n" + ("17 4 902 33 " * 6 + "5\n") * 1000))
    )


def test_a_short_text_stays_as_it_is():
    text = MEASURED * 100
    assert without_rows_of_numbers(text) is text


def test_a_card_in_a_long_table_of_measurements_is_reported(pii):
    found = pii("a,b,c,d\n" + MANY + f"0.5,{CARD},12,9\n" + MANY)
    assert [detection.entity for detection in found] == ["CREDIT_CARD"]
