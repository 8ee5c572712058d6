"""Values with a label next to them, in the formats of programs."""

import pytest

from pipeline.domain.documents.labelled_values import labelled_values
from pipeline.domain.documents.segments import fields_of_segments

FORMS = {
    "attribute": "<row {label}='{value}' />",
    "log line": 'level=info {label}="{value}" done',
    "ruby": "{{ {label}: '{value}' }}",
    "ruby symbol": "{{ :{label} => '{value}' }}",
    "element": "<{label}>{value}</{label}>",
    "fhir element": '<{label} value="{value}"/>',
    "pair": '{{"system": "{label}", "value": "{value}", "use": "home"}}',
    "toml": '"{label}" = "{value}"',
    "term": "<dl><dt>{label}</dt>\n<dd>{value}</dd></dl>",
    "field of a form": '<input type="text" name="{label}" value="{value}">',
    "dotted line": "{label} ........ {value}",
    "property list": "<key>{label}</key><string>{value}</string>",
    "label in an element": '<span class="a">{label}:</span> <span>{value}</span>',
    "setter": 'p.set{label}("{value}");',
    "nested pair": '{{"type": {{"text": "{label}"}}, "value": "{value}"}}',
    "fhir pair": '<system value="{label}"/>\n  <value value="{value}"/>',
}


def pairs(text):
    return {(label, text[start:end]) for label, start, end in labelled_values(text)}


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize(
    ("label", "value"), [("phone", "0171 5550199"), ("seimei", "1984-03-12"), ("住所", "東京都港区1-2")]
)
def test_each_form_gives_its_label_and_value(form, label, value):
    assert (label, value) in pairs(FORMS[form].format(label=label, value=value))


def test_the_street_of_an_address_in_fhir_is_one():
    assert ("street address", "12 Mill Lane") in pairs('"address": [{"use": "home", "line": ["12 Mill Lane"]}]')


def test_the_value_of_a_url_or_path_is_not_a_label():
    labels = {label for label, _ in pairs("see https://host/a?b='c'&e='f' and $x='d'")}
    assert not labels & {"b", "e", "x"}


PATIENT = (
    "PID|1||4711^^^WARD^MR||STONE^ADA||19840312|F|||12 Mill Lane^^Leeds^^LS1||"
    "0113 4960001~^^^^^0113^4960002|||M||A9|943-47-5919"
)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_fields_of_a_patient_have_the_meaning_of_their_place(end):
    text = f"MSH|^~\\&|A|B{end}{PATIENT}{end}PV1|1|I{end}"
    assert [(label, text[start:stop]) for label, start, stop in fields_of_segments(text)] == [
        ("MRN", "4711"),
        ("last name", "STONE"),
        ("first name", "ADA"),
        ("date of birth", "19840312"),
        ("home address", "12 Mill Lane^^Leeds^^LS1"),
        ("phone number", "0113 4960001"),
        ("phone number", "0113^4960002"),
        ("account number", "A9"),
        ("national id number", "943-47-5919"),
    ]


def test_bars_in_other_lines_are_not_segments():
    assert list(fields_of_segments("PIDGIN|1||x\nXPID|1||2\nOBX|1|NM|718-7||13.1|g/dL\n")) == []
