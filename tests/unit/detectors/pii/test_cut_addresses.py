"""E-mail addresses with a line end in them are found whole, and nothing else is taken for one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.detectors.pii.cut_addresses import cut_addresses
from pipeline.domain.findings.findings import Lowering

LINE_ENDS = ["\n", "\r\n", " \n", "\n> ", "\n    ", "\n * ", "\n# ", "\r\n>> "]
WORD = st.from_regex(r"[a-z]{3,9}", fullmatch=True)
CUTS = ["{a}.{b}@|{c}.de", "{a}.{b}|@{c}.de", "{a}.{b}@{c}-|{b}.com", "{a}{b}@|mail.{c}.co.uk"]


@given(
    WORD, WORD, WORD, st.sampled_from(CUTS), st.sampled_from(LINE_ENDS), st.sampled_from(["", " before noon.", ", or"])
)
@settings(max_examples=120, deadline=None)
def test_an_address_with_a_line_end_in_it_is_found_whole(pii, a, b, c, cut, line_end, after):
    address = cut.format(a=a, b=b, c=c).replace("|", line_end)
    text = f"Please write to {address}{after}\nThe keys are there.\n"
    spans = [(d.start, d.end) for d in pii(text) if d.entity == "EMAIL_ADDRESS" and not d.lowered]
    assert spans == [(16, 16 + len(address))]


@pytest.mark.parametrize(
    "text",
    [
        "import x\n@app.route('/')\ndef f(): ...",
        "return self.name\n@app.post('/jobs')\n",
        "    return a.b\n\n    @functools.cache\n",
        "@\nlampenfalk.de",
        "npm i left@\n1.2.3",
        "ssh root@\nlocalhost",
        "mona@\n\nlampenfalk.de",
        "/path/x@\nlampenfalk.de",
    ],
)
def test_other_text_with_an_at_sign_at_a_line_end_holds_no_address(text):
    assert list(cut_addresses(text)) == []


def test_a_mailbox_of_an_office_is_lowered_over_a_line_end_too():
    assert [match.lowered for match in cut_addresses("mail info@\nlampenfalk.de today")] == [Lowering.PUBLIC]
