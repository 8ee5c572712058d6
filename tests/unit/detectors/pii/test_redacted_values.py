"""Law 1 over generated personal data: what is left after redaction holds nothing that is found again.

Values are written next to the labels and in the lists and sentences in which people write them. The real detector reads
them; everything it calls personal is redacted, as the shipped policy does for documents that many can read.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.findings import Detection, Finding, seal
from pipeline.domain.policy.redacting import Redacted, redacted

Scan = Callable[[str], list[Detection]]

_STREETS = st.builds(
    "{0}{1} {2} {3}{4}".format,
    st.integers(1, 9999),
    st.sampled_from(["", "a", " B", "-3"]),
    st.sampled_from(["Mill", "North Quay", "F", "Old St. Mary's", "O'Neill", "19th"]),
    st.sampled_from(["Lane", "Street", "St", "St.", "Road", "Rd.", "Avenue", "Drive"]),
    st.sampled_from(["", " NW", ", Apt 5", ", Suite 200", " #12"]),
)
_ABROAD = st.builds(
    "{0} {1}".format,
    st.sampled_from(
        ["Calle de Alcalá", "Hauptstraße", "rue de la Paix", "Via Roma", "Kerkstraat", "ul. Długa", "C/ Sol"]
    ),
    st.integers(1, 300),
)
_TOWNS = st.sampled_from(
    [
        "",
        ", Springfield",
        ", Springfield, IL 62704",
        ", Washington, D.C. 20405",
        "\nUpton CH1 2AB",
        ", 28014 Madrid",
        " 12099 Berlin",
    ]
)
_BOXES = st.builds("P.O. Box {0}{1}".format, st.integers(1, 99999), _TOWNS)
addresses = st.one_of(st.builds("{0}{1}".format, st.one_of(_STREETS, _ABROAD), _TOWNS), _BOXES)
others = st.sampled_from(
    [
        "ingrid.solberg@northquay-foods.com", "+44 20 7946 0018", "(202) 555-0143", "DE89 3704 0044 0532 0130 00",
        "078-05-1120", "4111 1111 1111 1111", "born 3 May 1980", "date of birth: 12/04/1975", "10.20.30.40",
        "passport number 533380006", "Ingrid Solberg", "IBAN: GB29 NWBK 6016 1331 9268 19",
    ]
)  # fmt: skip
labels = st.sampled_from(
    [
        "Address: ", "**Employer Address:** ", "Postal address\n", "| address | ", "address is ", "Home: ",
        "Mailing address: **", "lives at ", "Contact: ", "Phone: ", "Tel. ", "e-mail: ", "DOB: ", "SSN ", "",
    ]
)  # fmt: skip
behind = st.sampled_from(["\n", ". ", ", ", "; ", " and ", " | ", '"\n', "** \n", " (", " "])
texts = st.lists(st.tuples(labels, st.one_of(addresses, others), behind), min_size=1, max_size=5).map(
    lambda parts: "".join("".join(part) for part in parts)
)


class _Verdict(NamedTuple):
    action: Action
    rule_ids: tuple[str, ...] = ("pii",)
    reasons: tuple[str, ...] = ("Personal data.",)


def decide(findings: Sequence[Finding]) -> tuple[_Verdict, Sequence[Finding]]:
    values = [finding for finding in findings if finding.is_value]
    return _Verdict(Action.REDACT if values else Action.ADMIT), values


def cleaned(pii: Scan, text: str) -> Redacted:
    def scan(text: str) -> list[Finding]:
        return [seal(detection, text, b"key") for detection in pii(text)]

    return redacted(text, decide(scan(text))[1], scan, decide)


@given(texts)
@settings(max_examples=150)
@example("   - **Employer Address:** 1800 F St. NW, Washington, D.C. 20405\n")
@example("Address: 12 Mill Lane, Springfield\n")
@example("Home: a.b@northquay-foods.com\nHome: 10.20.30.40\nlives at 10.20.30.40\nHome: a.b@northquay-foods.com\n")
@example("Contact\nAddress:\n12 Mill Lane, Apt 5\nSpringfield IL 62704\n")
def test_law_01_generated_personal_data_is_redacted_whole(pii: Scan, text: str) -> None:
    done = cleaned(pii, text)
    assert done.complete, done.reasons
    again = cleaned(pii, done.text)
    assert again.complete, "a redacted text that is offered again is no worse"
    for finding in done.findings:
        assert text[finding.start : finding.end].strip() not in done.text.replace("‹", " ")
