"""Law 2: a property of a file that narrows who may read it keeps it out, through the real child process."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.declarations.lookalikes import stated_problems
from pipeline.domain.identity.permissions import Classification
from pipeline.extraction.extractor import Extractor
from tests.support.classified_files import FILES, custom, mail, mailbox, page, pdf, rich, sheet, word

HIGH = (Classification.CONFIDENTIAL, Classification.RESTRICTED)
OWN_WORDS = {"inner.eml", "words.mbox", "text.eml"}
"""Files whose text or front matter says it, where any other level is a contradiction."""


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as one:
        yield one


def problems(extractor: Extractor, data: bytes, name: str, held: Classification) -> tuple[str, ...]:
    extracted = extractor.extract(data, name)
    assert extracted.failure is None
    assert "The ferry leaves" in extracted.text
    return stated_problems(extracted.stated, held)


@pytest.mark.parametrize("name", FILES)
def test_law_02_a_property_that_narrows_keeps_its_file_out(extractor: Extractor, name: str) -> None:
    for level in HIGH:
        found = problems(extractor, FILES[name](level.value.title()), name, Classification.INTERNAL)
        assert found
        assert level.value not in " ".join(found).casefold()


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(FILES)), st.sampled_from(HIGH), st.sampled_from(Classification),
    st.sampled_from([str.title, str.upper, str.lower]),
)  # fmt: skip
def test_law_02_no_file_is_served_below_what_its_properties_give(
    extractor: Extractor, name: str, level: Classification, held: Classification, case: object
) -> None:
    assert callable(case)
    found = problems(extractor, FILES[name](case(level.value)), name, held)
    if level.rank > held.rank:
        assert found
    elif name not in OWN_WORDS:
        assert not found


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("unknown.docx", word(custom("MSIP_Label_0c1a_Name", "Amber"))),
        ("below.docx", word(custom("Sensitivity", "Highly Confidential"))),
        ("scheme.docx", word(custom("Classification", "C3"))),
        (
            "number.docx",
            word(
                {
                    "docMetadata/LabelInfo.xml": '<l:labelList xmlns:l="http://schemas.microsoft.com/office/2020/'
                    'mipLabelMetadata"><l:label id="{0c1a}" enabled="1" removed="0"/></l:labelList>'
                }
            ),
        ),
        ("readers.docx", word(custom("Deny", "user:bo"))),
        ("private.eml", mail(("Sensitivity", "Private")).as_bytes()),
        ("denial.mbox", mailbox(mail(), mail(("X-Deny", "user:bo")))),
        ("json.eml", mail(attached=[("b.json", b'{"classification": "internal", "text": "x"}')]).as_bytes()),
    ],
)
def test_law_02_a_property_that_cannot_be_read_exactly_keeps_its_file_out(
    extractor: Extractor, name: str, data: bytes
) -> None:
    assert problems(extractor, data, name, Classification.INTERNAL)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("general.docx", word(custom("MSIP_Label_0c1a_Name", "General"))),
        ("off.docx", word(custom("MSIP_Label_0c1a_Enabled", "false"))),
        ("public.xlsx", sheet(custom("Classification", "Public"))),
        (
            "words.docx",
            word(custom("Project", "Restricted areas"), keywords="ferry; confidential papers", title="Secret"),
        ),
        ("tenant.docx", word(custom("TenantId", "7a3f"), subject="Allowed: bicycles")),
        ("normal.eml", mail(("Sensitivity", "Normal"), ("X-Tenant-Id", "7a3f")).as_bytes()),
        ("plain.pdf", pdf("/Keywords(ferry)/Subject(Restricted areas of the harbour)")),
        ("plain.rtf", rich("{\\info{\\title Allow 20 minutes}{\\keywords ferry}}")),
        ("plain.html", page("<meta name='keywords' content='ferry'><meta name='rating' content='restricted'>")),
        ("file.eml", mail(attached=[("b.pdf", b"%PDF-1.4 broken")]).as_bytes()),
    ],
)
def test_ordinary_properties_are_quiet(extractor: Extractor, name: str, data: bytes) -> None:
    assert problems(extractor, data, name, Classification.INTERNAL) == ()


def test_law_03_a_file_whose_properties_cannot_be_read_is_a_failure(extractor: Extractor) -> None:
    assert extractor.extract(word({"docProps/custom.xml": "<broken"}), "a.docx").failure == "corrupt"
