"""A page is written as a browser shows it: each kind of element, in Markdown where that says more than lines."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extraction.containers import Refused
from pipeline.extraction.pages import reading
from pipeline.extraction.pages.numbering import numbered
from tests.support.random_pages import RandomPage


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>wo<b>rd</b>s<p>next", "words\n\nnext"),
        ("<p>one<br>two<wbr>three", "one\ntwothree"),
        ("<p>a  \n b&nbsp;&amp; c<span> d</span>", "a b\u00a0& c d"),
        ("<h2>Hours<br>of it</h2>text", "## Hours of it\n\ntext"),
        ("<ul><li>one<li>two<ul><li>deep</ul></ul>", "- one\n- two\n  - deep"),
        ("<ol start=3 type=a><li>one<li value=6>two<li>three</ol>", "c. one\nf. two\ng. three"),
        ("<ol reversed><li>one<li>two</ol>", "2. one\n1. two"),
        ("<ol style='list-style:upper-roman'><li>one<li>two</ol>", "I. one\nII. two"),
        ("<ul style='list-style:none'><li>one<li>two</ul>", "one\ntwo"),
        ("<dl><dt>term<dd>words</dl>", "term\nwords"),
        ("<pre>a  b\n  c</pre>d", "```\na  b\n  c\n```\n\nd"),
        ("<pre>a ``` b</pre>", "````\na ``` b\n````"),
        ("<p style='white-space:pre-line'>a  b\n  c</p>", "a b\nc"),
        ("<ruby>kan<rp>(</rp><rt>ji</rt><rp>)</rp></ruby>", "kan(ji)"),
        ("<p>say <q>words</q>", "say \u201cwords\u201d"),
        ("<details><summary>more</summary>words</details>", "more\n\nwords"),
        ("<img alt='a map'>here<img alt=''>", "[Image: a map] here"),
        ("<input value=one><input placeholder=two><input type=hidden value=no><input type=checkbox checked>a",
         "one two [x] a"),
        ("<select><option>one<option>two</select><textarea>a <b>\n c</textarea>", "one\ntwo\n\na <b>\n c"),
        ("<button>one</button><button>two</button>", "one two"),
        ("<a href='https://x.example/a'>here</a> <a href='b.html'>there</a> <a href='javascript:a()'>run</a>",
         "here (https://x.example/a) there run"),
        ("<a href='https://x.example/a'>x.example/a</a>", "x.example/a"),
        ("<iframe srcdoc='<p>in<p>frame'>no</iframe>after", "in\n\nframe\n\nafter"),
        ("<iframe src='data:text/html,<p>in</p>'></iframe>after", "in\n\nafter"),
        ("<svg><title>map</title><text>a<tspan>b</tspan></text><text>c</text></svg>", "[Image: map]\n\nab\n\nc"),
        ("<style>p::before{content:'No. ' attr(data-n) ' '}</style><p data-n=7>words", "No. 7 words"),
        ("<style>body{counter-reset:n}h2::before{counter-increment:n;content:''}h2{counter-increment:n}"
         "h2::before{content:counter(n,upper-alpha) ') '}</style><h2>one</h2><h2>two</h2>", "## A) one\n\n## B) two"),
        ("<style>b::after{content:'\\f101'}i::after{content:'x' / 'aloud'}</style><b>a</b><i>b</i>", "abx"),
        ("<div style='display:flex'><span>a</span><span>b</span></div>", "a\n\nb"),
        ("<span style='float:left'>a</span>b", "a\n\nb"),
        ("<script>no()</script><noscript>no</noscript><template>no</template><canvas>no</canvas>yes", "yes"),
        ("<title>Plan</title><p>words", "Title: Plan\n\nwords"),
        ("<title>Plan</title><h1>Plan</h1>", "# Plan"),
        ("<div><template shadowrootmode=open>shadow</template></div>", "shadow"),
        ("<?xml version='1.0'?><html xmlns='x'><p/><a id='b'/>words</html>", "words"),
    ],
)  # fmt: skip
def test_an_element_is_written_as_it_is_shown(page: str, text: str) -> None:
    assert reading.read(page).text == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<table><tr><th>a<th>b<tr><td>c<td>d<br>e</table>", "| a | b |\n| --- | --- |\n| c | d e |"),
        ("<table><caption>Hours</caption><tr><td>a<td>b</table>", "Hours\n\n| a | b |\n| --- | --- |"),
        (
            "<table><tfoot><tr><td>z<td>y<tbody><tr><td>a<td>b</table>",
            "| a | b |\n| --- | --- |\n| z | y |",
        ),
        (
            "<table><tr><td rowspan=2>a<td>b<td>c<tr><td>d<td>e<tr><td colspan=2>f<td>g</table>",
            "| a | b | c |\n| --- | --- | --- |\n|  | d | e |\n| f |  | g |",
        ),
        ("<table><tr><td><p>one<p>two</table>", "one\n\ntwo"),
        ("<table><tr><td>a<td><table><tr><td>b<td>c</table></table>", "a\n\n| b | c |\n| --- | --- |"),
        ("<table><tr><td><pre>1\n2</pre><td><pre>a\nb</pre></table>", "```\n1\n2\n```\n\n```\na\nb\n```"),
        ("<table role=presentation><tr><td>a<td>b</table>", "a\n\nb"),
    ],
)
def test_a_table_keeps_its_rows_and_one_for_the_layout_its_blocks(page: str, text: str) -> None:
    assert reading.read(page).text == text


@pytest.mark.parametrize(
    ("page", "hidden"),
    [
        ("<p><font color=white>one</p><p>two</p>", ["one two"]),
        ("<b hidden>one<p>two</b>three</p>", ["one two"]),
        ("<p><i style='opacity:0'>one<div>two</i>three</div>", ["one two"]),
        ("<div hidden>one<p>two</div>three", ["one two"]),
        ("<td hidden>one</td><p>two", ["one"]),
        ("<li hidden><dd>one<li>two</ul>", ["one two"]),
    ],
)
def test_an_element_hides_what_a_browser_puts_into_it(page: str, hidden: list[str]) -> None:
    assert [run.text for run in reading.read(page).hidden] == hidden


@pytest.mark.parametrize(
    ("number", "style", "written"),
    [
        (1994, "upper-roman", "MCMXCIV"),
        (4000, "lower-roman", "4000"),
        (28, "lower-alpha", "ab"),
        (703, "upper-latin", "AAA"),
        (0, "lower-alpha", "0"),
        (-4, "decimal", "-4"),
        (7, "decimal-leading-zero", "07"),
        (7, "unheard-of", "7"),
    ],
)
def test_a_number_of_a_list_is_written_in_its_style(number: int, style: str, written: str) -> None:
    assert numbered(number, style) == written


def test_controls_that_wait_for_a_script_are_reported_and_not_in_the_text() -> None:
    page = reading.read("<div hidden><h3>Search</h3><input value=go></div><p hidden>words</p><p>text")
    assert [(run.technique, run.text) for run in page.hidden] == [
        ("html-interface", "Search"),
        ("html-hidden-attribute", "words"),
    ]
    assert page.text == "words\n\ntext"


def test_a_long_title_is_reported() -> None:
    title = "word " * 31
    (run,) = reading.read(f"<title>{title}</title><p>text").hidden
    assert (run.technique, run.text) == ("html-title", title.strip())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 32))
def test_any_page_is_read_and_its_hidden_runs_are_left_out_of_what_is_seen(seed: int) -> None:
    page = reading.read(RandomPage(seed).written())
    seen = set(page.seen.split())
    dropped = [run for run in page.hidden if run.technique in ("html-display-none", "html-noscript", "html-comment")]
    assert not {word for run in dropped for word in run.text.split() if word[-1:].isdigit()} & seen


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>/ptdliabrse!-'\"= \n&;x", max_size=200))
def test_any_characters_are_a_page(page: str) -> None:
    reading.read(page)


@pytest.mark.parametrize(
    "page",
    [
        "<b>" * 300 + "<p>x" * 2000,
        "<b><p>" * 5000,
        "<table><tr><td>" * 5000 + "x",
        "<ul><li>" * 5000 + "x",
        "<a><div>" * 3000 + "x",
        "<table>" + "<tr>" + "<td colspan=1000 rowspan=60000>x" * 200 + "</tr>" * 3,
        "<iframe srcdoc='" * 50,
        "<svg>" * 3000 + "<text>x",
    ],
    ids=["formatting", "misnested", "tables", "lists", "agency", "spans", "frames", "drawings"],
)
def test_law_15_a_page_made_to_be_slow_is_read_or_refused(page: str) -> None:
    try:
        assert reading.read(page).text is not None
    except Refused:
        return
