"""A header is context for its whole column; the column's values decide whether it means what it says."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.pl import pesel

from pipeline.domain.findings.findings import Lowering, Severity

FIRST = ["Greta", "Tomasz", "Lucia", "Henrik", "Amelie", "Paolo"]
HEADERS = {
    "phone": "Telefonnummer|tel_nr|phoneNumber|nr_tel|Teléfono de contacto|電話番号|연락처|Diensthandynummer",
    "birth": "DOB|Geburtsdatum|data_ur|fecha_nac|Date de naissance|birthDate|生年月日|Doğum Tarihi",
    "national": "PESEL|CPF|Codice Fiscale|Steuer-ID|national_id|SSN|BSN|身份证号|T.C. Kimlik No",
    "passport": "passport_no|Reisepassnummer|nr paszportu|旅券番号",
    "record": "MRN|PatientID|Patientennummer|chart no.|病历号",
}


def digits(chance, count):
    return "".join(str(chance.randint(0, 9)) for _ in range(count))


VALUES = {
    "phone": lambda chance: f"0{chance.randint(20, 99)} {digits(chance, 7)}",
    "birth": lambda chance: f"{chance.randint(1, 28):02}.{chance.randint(1, 12):02}.{chance.randint(1940, 2005)}",
    "national": lambda chance: "7" + digits(chance, 10),
    "passport": lambda chance: "KX" + digits(chance, 7),
    "record": lambda chance: digits(chance, 8),
}
OTHER = {
    "SKU": lambda chance: digits(chance, 3) + "-" + digits(chance, 3) + "-" + digits(chance, 4),
    "invoice_no": lambda chance: digits(chance, 10),
    "GTIN": lambda chance: "4" + digits(chance, 12),
    "build number": lambda chance: "20" + digits(chance, 9),
    "commit": lambda chance: f"{chance.getrandbits(160):040x}",
    "p99_us": lambda chance: digits(chance, 9),
    "Longitude": lambda chance: f"{chance.uniform(-180, 180):.7f}",
    "Unit price": lambda chance: f"{chance.randint(1, 900)}.{digits(chance, 2)}",
    "phone model": lambda chance: "0800 " + digits(chance, 3) + " " + digits(chance, 3),
    "ts": lambda chance: "16" + digits(chance, 8),
    "Room": lambda chance: f"Suite {chance.randint(100, 400)}",
}
FORMS = ["comma", "semicolon", "tab", "markdown", "json", "insert"]


def written(form, headers, rows):
    if form == "json":
        lines = [", ".join(f'"{h}": "{v}"' for h, v in zip(headers, row, strict=True)) for row in rows]
        return "\n".join("{" + line + "}" for line in lines)
    if form == "markdown":
        return "\n".join(f"| {' | '.join(row)} |" for row in (headers, ["---"] * len(headers), *rows))
    if form == "insert":
        values = ",\n".join("(" + ", ".join(f"'{value}'" for value in row) + ")" for row in rows)
        return f"INSERT INTO `list` ({', '.join(headers)}) VALUES {values};"
    joint = {"comma": ",", "semicolon": ";", "tab": "\t"}[form]
    return "\n".join(joint.join(row) for row in (headers, *rows))


def reported(detections):
    return [d for d in detections if d.lowered is None and d.severity is not Severity.LOW]


@given(st.sampled_from(sorted(HEADERS)), st.data(), st.sampled_from(FORMS), st.integers(2, 40), st.integers(0, 10**6))
@settings(max_examples=80, deadline=None)
def test_every_value_under_a_header_is_found_however_far_it_stands(pii, kind, data, form, count, seed):
    chance = random.Random(seed)
    header = data.draw(st.sampled_from(HEADERS[kind].split("|")))
    values = [VALUES[kind](chance) for _ in range(count)]
    rows = [[chance.choice(FIRST), "a longer remark on the plan of the week " * 3, value] for value in values]
    text = written(form, ["Vorname", "remark", header], rows)
    covered = {place for d in reported(pii(text)) for place in range(d.start, d.end)}
    missed = [value for value in values if not set(range(text.index(value), text.index(value) + len(value))) <= covered]
    assert missed == []


@given(st.lists(st.sampled_from(sorted(OTHER)), min_size=2, max_size=5, unique=True), st.sampled_from(FORMS),
       st.integers(3, 40), st.integers(0, 10**6))  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_columns_of_things_are_quiet(pii, headers, form, count, seed):
    chance = random.Random(seed)
    rows = [[OTHER[header](chance) for header in headers] for _ in range(count)]
    assert [(d.detector, d.entity) for d in reported(pii(written(form, headers, rows)))] == []


@pytest.mark.parametrize(
    ("header", "value"),
    [("phone", "n/a"), ("phone", "verified"), ("DOB", "unknown"), ("passport", "yes"), ("MRN", "see file"),
     ("phone", "7.25"), ("address", "0x7ffe12ab"), ("Adresse", "10.1.2.3")],
)  # fmt: skip
def test_values_that_are_not_written_like_their_header_are_quiet(pii, header, value):
    text = written("comma", ["step", header], [[f"s{row}", value] for row in range(6)])
    assert reported(pii(text)) == []


def test_a_column_that_only_looks_like_personal_data_is_lowered_not_dropped(pii):
    chance = random.Random(5)
    rows = [[f"w{row}", OTHER["SKU"](chance)] for row in range(12)]
    lowered = {d.lowered for d in pii(written("markdown", ["article", "SKU"], rows))}
    assert lowered == {Lowering.COLUMN}


def test_a_header_cannot_silence_numbers_with_check_digits(pii):
    values = ["4556737586899855", "4539578763621486", "4916338506082832", "4024007103939509"]
    text = written("comma", ["item", "SKU"], [[f"w{row}", value] for row, value in enumerate(values)])
    assert [text[d.start : d.end] for d in reported(pii(text))] == values


def test_check_digits_all_through_a_column_need_no_header(pii):
    values: list[str] = []
    chance = random.Random(9)
    while len(values) < 12:
        head = f"{chance.randint(50, 99)}0{chance.randint(1, 9)}1{chance.randint(0, 9)}{digits(chance, 4)}"
        values.append(head + pesel.calc_check_digit(head))
    text = "\n".join(f"row{number},{value},x" for number, value in enumerate(values))
    found = {text[d.start : d.end] for d in reported(pii(text))}
    assert found == set(values)


def test_addresses_of_machines_in_a_list_of_machines_are_lowered(pii):
    rows = [[f"web{n}", f"81.20.{n}.17", "Debian"] for n in range(6)]
    assert reported(pii(written("markdown", ["host", "ip", "system"], rows))) == []
    people = [[name, f"81.20.{n}.17"] for n, name in enumerate(FIRST)]
    found = reported(pii(written("markdown", ["Vorname", "client ip"], people)))
    assert len(found) == len(FIRST)


@pytest.mark.parametrize("joint", [",", ";", "\t"])
def test_a_list_of_people_needs_no_headers(pii, joint):
    chance = random.Random(11)
    rows = [
        [
            name,
            VALUES["birth"](chance),
            f"0{chance.randint(20, 99)} {digits(chance, 3)} {digits(chance, 4)}",
            f"{name}@kiln.org",
        ]
        for name in FIRST
    ]
    rows[0][1], rows[1][1] = "04.05.1951", "04.05.1993"
    text = "\n".join(joint.join(row) for row in rows)
    found = {text[d.start : d.end] for d in reported(pii(text))}
    assert found - {""} == {cell for row in rows for cell in row[1:]}  # the finding of the document is empty


def test_dates_of_one_decade_in_a_list_without_headers_are_not_births(pii):
    rows = [[f"{name}@kiln.org", f"{day:02}.05.2004"] for day, name in enumerate(FIRST, 1)]
    text = "\n".join(",".join(row) for row in rows)
    assert {d.entity for d in reported(pii(text))} == {"EMAIL_ADDRESS"}


@pytest.mark.parametrize("form", FORMS)
def test_a_header_of_the_next_column_says_nothing_of_numbered_things(pii, form):
    chance = random.Random(13)
    rows = [["9" + digits(chance, 8), "Router X200", "yes"] for _ in range(6)]
    assert reported(pii(written(form, ["Material-Nr", "Licence", "Phone support"], rows))) == []


def test_the_card_of_a_person_is_read_to_the_end_of_each_line(pii):
    text = "BEGIN:VCARD\nADR;TYPE=HOME;CHARSET=UTF-8:;;Aumannallee 8;Floeha;;23234;DE\nBDAY:19700121\nEND:VCARD"
    assert [text[d.start : d.end] for d in reported(pii(text))] == ["Aumannallee 8;Floeha;;23234;DE", "19700121"]


def test_an_article_number_that_passes_the_check_digit_of_cards_needs_a_word(pii):
    assert reported(pii("Shelf 7 holds 4006381333023 again.")) == []


@pytest.mark.parametrize(
    ("before", "row", "after"),
    [
        ("<table><tr><th>Name</th><th>生年月日</th></tr>", "<tr><td>{}</td><td>{}</td></tr>", "</table>"),
        ("HEADER = ('name', 'date of birth')\nROWS = [", '\n    ("{}", "{}"),', "\n]"),
        ("<people>", "<person name='{}' geburtsdatum='{}'/>", "</people>"),
        ("[", "{{ name: '{}', birth_date: '{}' }},", "]"),
    ],
)
def test_birth_dates_in_markup_and_programs_are_found(pii, before, row, after):
    births = ["1984-03-12", "1971-11-02", "1990-06-30", "1966-01-19"]
    names = ["Greta Holm", "Tomasz Lis", "Lucia Prado", "Henrik Dahl"]
    text = before + "".join(row.format(*pair) for pair in zip(names, births, strict=True)) + after
    found = [text[d.start : d.end] for d in pii(text) if d.entity == "DATE_OF_BIRTH" and d.lowered is None]
    assert found == births


def test_births_in_a_turned_table_are_found(pii):
    births = ["1984-03-12", "1971-11-02", "1990-06-30", "1966-01-19"]
    text = "Phone,0113 4960111,0113 4960112,0113 4960113,0113 4960114\nDate of birth," + ",".join(births) + "\n"
    found = [text[d.start : d.end] for d in pii(text) if d.entity == "DATE_OF_BIRTH" and d.lowered is None]
    assert found == births


def test_the_name_of_an_element_is_not_a_word_for_a_licence(pii):
    terms = [("checksum", "933425702217"), ("checksum", "179705507810"), ("seed", "4417720931")]
    text = "".join(f"<dl><dt>{term}</dt><dd>{value}</dd></dl>\n" for term, value in terms)
    assert reported(pii(text)) == []


@given(
    st.sampled_from(["Unit price", "commit", "p99_us", "Longitude", "build number"]),
    st.sampled_from(
        [("536-22-8714", "US_SSN"), ("4539 1488 0343 6467", "CREDIT_CARD"), ("4539-1488-0343-6467", "CREDIT_CARD")]
    ),
    st.sampled_from(FORMS),
    st.integers(3, 30),
    st.integers(0, 10**6),
)
@settings(max_examples=60, deadline=None)
def test_law_05_a_header_of_things_hides_no_value_that_is_written_unlike_them(pii, header, planted, form, count, seed):
    chance = random.Random(seed)
    value, entity = planted
    rows = [[f"part {number}", OTHER[header](chance)] for number in range(count)]
    rows[chance.randrange(count)][1] = value
    text = written(form, ["part", header], rows)
    assert entity in {d.entity for d in reported(pii(text))}
