"""Values in texts of one field, in links, next to a number of the same country, and addresses without a number."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.lv import pvn

from pipeline.domain.findings.findings import Severity


def reported(found):
    return [one for one in found if one.lowered is None and one.severity is not Severity.LOW]


def values(text, found):
    return [text[one.start : one.end] for one in reported(found)]


LOCAL = st.one_of(
    st.tuples(st.integers(16, 31), st.integers(0, 255), st.integers(1, 250)).map(lambda n: "172.{}.{}.{}".format(*n)),
    st.integers(1, 0xFFFE).map(lambda n: f"fe80::{n:x}"),
    st.integers(1, 0xFFFE).map(lambda n: f"2001:db8::{n:x}"),
)


@settings(max_examples=40, deadline=None)
@given(address=LOCAL, label=st.sampled_from(["Gateway: {}", "uplink {} down", "via {}."]))
def test_a_local_address_counts_in_a_text_of_one_field(pii, address, label):
    text = label.format(address)
    assert values(text, pii(text)) == [address]


@settings(max_examples=20, deadline=None)
@given(address=LOCAL)
def test_a_local_address_stays_quiet_by_itself_and_in_a_sentence(pii, address):
    assert reported(pii(address)) == []
    assert reported(pii(f"{address}/8")) == []
    assert reported(pii(f"The guide puts every printer of the second floor into {address} by default.")) == []


@pytest.mark.parametrize("address", ["127.0.0.1", "255.255.255.0", "ff02::1", "::1"])
def test_an_address_of_no_machine_stays_quiet_in_a_field(pii, address):
    assert reported(pii(f"listen: {address}")) == []


def test_a_text_of_two_numbers_is_read_as_one_of_a_single_number(pii):
    assert values("536-228731 53623-8842", pii("536-228731 53623-8842")) == ["536-228731", "53623-8842"]


@pytest.mark.parametrize(
    ("text", "national"),
    [
        ("Birinci +90 532 712 44 08, ikinci 05327124409", "05327124409"),
        ("Zentrale +49 30 2093 4471 und 03020934472", "03020934472"),
    ],
)
def test_a_bare_number_counts_next_to_one_of_its_country(pii, text, national):
    assert national in values(text, pii(text))
    alone = text.split(",")[-1] if "," in text else text.split(" und ")[-1]
    assert reported(pii(f"The stock list shows {alone.split()[-1]} for the item today.")) == []


@settings(max_examples=25, deadline=None)
@given(st.integers(200, 989), st.integers(200, 999), st.integers(0, 9999))
def test_a_field_of_a_link_is_read_by_its_name(pii, area, office, line):
    phone = f"{202 if area % 100 == 11 else area}555{line:04d}"
    text = f"https://forms.lampenfalk.de/apply?ssn=536-22-8731&phone={phone}&step={office}"
    assert "536-22-8731" in values(text, pii(text))
    assert any(one.start <= text.index(phone) < one.end for one in reported(pii(text)))


def latvian(seed):
    chance = Random(seed)
    while True:
        born = f"{chance.randint(1, 28):02d}{chance.randint(1, 12):02d}{chance.randint(50, 99)}"
        code = f"{born}1{chance.randint(0, 9999):04d}"
        if pvn.is_valid(code):
            return code


@pytest.mark.parametrize("seed", range(5))
def test_a_latvian_personal_code_counts_by_its_word(pii, seed):
    code = latvian(seed)
    for written in (code, f"{code[:6]}-{code[6:]}"):
        assert values(f"Viņas personas kods ir {written}.", pii(f"Viņas personas kods ir {written}.")) == [written]
        assert reported(pii(f"Noliktavā ir prece {written} un kaste.")) == []


@pytest.mark.parametrize(
    "address",
    [
        "Avda. Pardo y Lerma, 7 47012 Valladolid",
        "Cerro del Olmo s/n",
        "Hermanos Roldán, s/n",
        "As Carballas, 84. 15006 Coruña",
        "Salgado, 5, 36211 Vigo",
        "Tarragona, 340-350 - 08025 Barcelona",
    ],
)
def test_a_spanish_address_without_a_word_for_a_street_is_found(pii, address):
    text = f"Servicio de Neurología del complejo hospitalario. {address}. Planta 2"
    start = text.index(address)
    covered = {at for one in reported(pii(text)) for at in range(one.start, one.end)}
    assert [text[at] for at in range(start, start + len(address)) if text[at].isalnum() and at not in covered] == []


@pytest.mark.parametrize(
    "text",
    [
        "Table 4. 10000 Runs were made with the new pump.",
        "The label says Router X200 s/n AB12345 and nothing else.",
        "See Figure 12, 20000 Samples, for the noise.",
        "Version 3. 15006 Files were read.",
    ],
)
def test_numbered_parts_and_serial_numbers_are_not_addresses(pii, text):
    assert reported(pii(text)) == []
