"""A postal address is found to its end, in a sentence and behind a label; other uses of the word stay quiet."""

import pytest

from pipeline.domain.findings.findings import Severity


def reported(detections):
    return [d for d in detections if d.lowered is None and d.severity is not Severity.LOW]


def uncovered(text, value, detections):
    start = text.index(value)
    covered = {place for d in detections for place in range(d.start, d.end)}
    return "".join(text[n] for n in range(start, start + len(value)) if text[n].isalnum() and n not in covered)


ADDRESSES = [
    "Lindenstraße 12, 50674 Köln", "Via Mazzini, 9, 35121 Padova (PD)", "Calle Olmo 4 Piso 2 , Cáceres, 10003",
    "ul. Lipowa 7/12, 31-002 Kraków", "Nové Sady 4, 602 00 Brno", "Rantakuja 4 A 5, 00200 Helsinki",
    "Klesarski put 4, 85070 Zabok", "ул. Иван Вазов 5, 1000 София", "Αθηνών 21, 37255 Τρίπολη",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "label",
    ["Address: {}", "(adresa {})", "wohnhaft {}; Telefon", "адрес: {}, тел.: 02 1234567", "Adresa stanovanja: {}"],
)
def test_an_announced_address_is_found_with_its_town(pii, address, label):
    text = f"Ref. A\n{label.format(address)}\nend"
    assert uncovered(text, address, reported(pii(text))) == ""


@pytest.mark.parametrize("address", ["14 Elm Street, Salem, MA 01970", *ADDRESSES[:4]])
def test_a_street_without_a_label_is_found_with_its_town(pii, address):
    text = f"The parcel went to {address} and came back."
    assert uncovered(text, address, reported(pii(text))) == ""


@pytest.mark.parametrize(
    "text",
    [
        "We address 5 issues in this release.",
        "Please address the 3 points raised by the Board in 2024 before closing.",
        "The address space of process 4 is 64 KB. Address 0 is reserved.",
        "The team moved to Rome in 2019.",
        "Address families: AF_INET 2 and AF_INET6 10.",
    ],
)
def test_other_uses_of_the_word_are_not_addresses(pii, text):
    assert reported(pii(text)) == []


@pytest.mark.parametrize(
    ("label", "date"),
    [("datum rođenja", "05-08-1972"), ("дата на раждане", "05.08.1972"), ("ημερομηνία γέννησης", "05/08/1972"),
     ("nar.", "5. 8. 1972"), ("født", "05.08.1972"), ("生日", "1972-08-05")],
)  # fmt: skip
def test_a_date_after_a_word_of_birth_counts_inside_a_line(pii, label, date):
    text = f"A; {label}: {date}, B"
    found = [d for d in reported(pii(text)) if d.entity == "DATE_OF_BIRTH"]
    assert [text[d.start] for d in found] == [date[0]]


@pytest.mark.parametrize("number", ["28-84-84", "8209515", "B-8328693"])
@pytest.mark.parametrize("label", ["Med Rec #", "Record #", "Unit No.", "Case No", "CSN", "Accession #"])
def test_numbers_of_records_count_in_texts_about_patients(pii, label, number):
    text = f"Discharge of the patient on Friday.\n{label}: {number} was requested."
    assert uncovered(text, number, reported(pii(text))) == ""


def test_numbers_of_cases_elsewhere_are_quiet(pii):
    assert reported(pii("Case no. 12345678 was heard by the court. Unit no. 1234567 was sold.")) == []


def test_codes_of_drugs_are_not_telephone_numbers(pii):
    assert reported(pii("Lot E67569; NDC 00539-1018-21. Store below 8 degrees.")) == []


def test_the_number_of_a_section_or_version_is_not_an_address_even_next_to_a_server(pii):
    assert reported(pii("The server listens on port 80, see section 4.1.2.3 and version 10.4.12.7.")) == []


@pytest.mark.parametrize("label", ["VIN", "FIN:", "Fahrgestellnummer", "numéro de châssis", "车架号"])
def test_the_number_of_a_vehicle_needs_a_word(pii, label):
    text = f"{label} WBAB40S90XE735791 in the yard"
    assert [text[d.start : d.end] for d in reported(pii(text))] == ["WBAB40S90XE735791"]
    assert reported(pii("The key WBAB40S90XE735791 opens the yard.")) == []


@pytest.mark.parametrize("text", ["Ich bin am {} geboren.", "{} doğumlu", "{} született"])
def test_a_word_of_birth_may_stand_behind_the_date(pii, text):
    text = text.format("04.02.2001")
    assert [text[d.start : d.end] for d in reported(pii(text))] == ["04.02.2001"]
