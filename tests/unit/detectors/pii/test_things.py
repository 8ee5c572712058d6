"""Tables about things are quiet, though their columns are named or written like personal data."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.findings.findings import Lowering
from tests.unit.detectors.pii.test_columns import digits, reported, written

FORMS = ["comma", "semicolon", "tab", "markdown", "json", "insert"]


def day(chance):
    return f"{chance.randint(1, 28):02}.{chance.randint(1, 12):02}.{chance.randint(2008, 2024)}"


def capital(chance):
    return chance.choice("ABCDEFGHJKLMNPRSTVWXY")


def plate(chance):
    return f"{capital(chance)}{capital(chance)}{digits(chance, 2)} {''.join(capital(chance) for _ in range(3))}"


THINGS = {
    "animals": {
        "name": lambda c: c.choice(["Bella", "Max", "Clara"]),
        "breed": lambda c: "collie",
        "date of birth": day,
    },
    "laboratory": {
        "plate": plate,
        "well": lambda c: f"{capital(c)}{c.randint(1, 12)}",
        "absorbance": lambda c: f"0.{digits(c, 3)}",
    },
    "battery": {
        "cell": lambda c: "2" + digits(c, 8),
        "voltage": lambda c: f"3.{digits(c, 3)}",
        "cycle": lambda c: digits(c, 3),
    },
    "ledger": {
        "account number": lambda c: "4" + digits(c, 7),
        "debit": lambda c: f"{digits(c, 3)}.20",
        "credit": lambda c: "0.00",
    },
    "customs": {
        "MRN": lambda c: f"24DEX{digits(c, 9)}K{digits(c, 2)}8",
        "customs office": lambda c: f"DE00{digits(c, 4)}",
        "tare": lambda c: digits(c, 4),
    },
    "licences": {
        "product": lambda c: "drawing kit",
        "licence number": lambda c: f"K{digits(c, 7)}",
        "desks": lambda c: digits(c, 2),
    },
    "towns": {
        "depot": lambda c: "north",
        "street": lambda c: f"{c.choice(['Mill', 'Station'])} Lane {c.randint(1, 90)}",
        "vans": lambda c: digits(c, 1),
    },
    "charts": {"title": lambda c: "harbour", "chart no": lambda c: f"C{digits(c, 5)}", "scale": lambda c: "1:5000"},
}


@given(st.sampled_from(sorted(THINGS)), st.sampled_from(FORMS), st.integers(3, 30), st.integers(0, 10**6))
@settings(max_examples=120, deadline=None)
def test_tables_about_things_are_quiet(pii, kind, form, count, seed):
    chance = random.Random(seed)
    headers = list(THINGS[kind])
    rows = [[THINGS[kind][header](chance) for header in headers] for _ in range(count)]
    assert [(d.detector, d.entity) for d in reported(pii(written(form, headers, rows)))] == []


PEOPLE = {"full name": lambda c: c.choice(["Greta Olsen", "Tomasz Zielony", "Lucia Ferro"])}


@given(
    st.sampled_from(["animals", "customs", "ledger", "licences", "towns", "charts"]),
    st.sampled_from(FORMS),
    st.integers(3, 12),
    st.integers(0, 10**6),
)
@settings(max_examples=60, deadline=None)
def test_the_same_columns_next_to_people_are_reported(pii, kind, form, count, seed):
    chance = random.Random(seed)
    columns = PEOPLE | THINGS[kind]
    personal = list(THINGS[kind])[{"animals": 2, "licences": 1, "towns": 1, "charts": 1}.get(kind, 0)]
    rows = [[make(chance) for make in columns.values()] for _ in range(count)]
    text = written(form, list(columns), rows)
    covered = {place for d in reported(pii(text)) for place in range(d.start, d.end)}
    place = 0
    for row in rows:
        value = row[list(columns).index(personal)]
        place = text.index(value, place)
        assert set(range(place, place + len(value))) <= covered
        place += len(value)


@given(st.integers(3, 30), st.sampled_from(FORMS), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_serial_numbers_are_not_medical_licences(pii, count, form, seed):
    chance = random.Random(seed)
    rows = [[f"w{row}", f"{capital(chance)}{capital(chance)}{digits(chance, 7)}"] for row in range(count)]
    assert reported(pii(written(form, ["item", "tag"], rows))) == []


def with_check_digit(start):
    """`start` with the check digit of ISO/IEC 7812 (Luhn)."""
    doubled = [int(figure) * (2 - place % 2) for place, figure in enumerate(reversed(start))]
    return start + str(-sum(figure - 9 * (figure > 9) for figure in doubled) % 10)


@given(st.sampled_from([("35", 15), ("8949", 19), ("1", 16), ("8", 16)]), st.integers(0, 10**6))
def test_numbers_with_the_check_digit_of_cards_and_no_scheme_are_not_cards(pii, form, seed):
    start, length = form
    value = with_check_digit(start + digits(random.Random(seed), length - 1 - len(start)))
    assert "CREDIT_CARD" not in {d.entity for d in reported(pii(f"The unit {value} was switched on."))}


@given(
    st.sampled_from(
        [("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("37", 15), ("36", 14), ("6011", 16), ("3530", 16)]
    ),
    st.integers(0, 10**6),
)
def test_numbers_of_every_scheme_are_cards(pii, form, seed):
    start, length = form
    value = with_check_digit(start + digits(random.Random(seed), length - 1 - len(start)))
    assert [d.entity for d in reported(pii(f"Her credit card is {value} now."))] == ["CREDIT_CARD"]


@pytest.mark.parametrize("salary", ["83,399", "41.250", "52 300", "61,000.50", "38'900", "47000"])
def test_a_salary_is_reported_however_its_thousands_are_written(pii, salary):
    text = written("semicolon", ["full name", "annual salary"], [["Greta Olsen", salary], ["Lucia Ferro", salary]])
    assert [text[d.start : d.end] for d in reported(pii(text))] == [salary, salary]


def test_a_decimal_fraction_is_not_an_identifier(pii):
    assert reported(pii("angle: 44.55\nsin: -0.536228733\ncos: 0.046454286")) == []


def test_what_a_table_about_things_turns_down_stays_on_record(pii):
    rows = [["AB12 CDE", f"{row}", "0.4"] for row in range(4)]
    found = pii(written("comma", ["plate", "well", "absorbance"], rows))
    assert Lowering.COLUMN in {d.lowered for d in found}
    assert reported(found) == []


@pytest.mark.parametrize("count", [1, 2])
def test_a_word_in_one_record_does_not_turn_down_the_records_of_people(pii, count):
    people = "\n\n".join(f"date of birth: 1{n}.03.1980\nmember id: {n}{n}4455" for n in range(1, 6))
    notes = "\n".join(["breed: collie"] * count)
    found = [d.entity for d in reported(pii(f"{people}\n\n{notes}"))]
    assert found.count("DATE_OF_BIRTH") == 5
