"""Every way to hide text in a page is named, and what a reader sees is left alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extraction.hidden import find, html
from pipeline.extraction.media_types import HTML


def techniques(page: str) -> list[tuple[str, str]]:
    return [(run.technique.removeprefix("html-"), run.text) for run in html.hidden_runs(page.encode())]


@pytest.mark.parametrize(
    ("page", "technique"),
    [
        ("<p hidden>under</p>", "hidden-attribute"),
        ("<p style='display:none'>under</p>", "display-none"),
        ("<p style='DISPLAY : NONE !important'>under</p>", "display-none"),
        ("<div style='visibility: hidden'><p>under</p></div>", "visibility-hidden"),
        ("<span style='opacity:0'>under</span>", "zero-opacity"),
        ("<span style='opacity: 0.01'>under</span>", "zero-opacity"),
        ("<span style='font-size:0'>under</span>", "tiny-font"),
        ("<span style='font-size:1px'>under</span>", "tiny-font"),
        ("<div style='position:absolute; left:-9999px'>under</div>", "off-screen"),
        ("<div style='text-indent:-5000px'>under</div>", "off-screen"),
        ("<div style='height:0;overflow:hidden'>under</div>", "zero-size"),
        ("<div style='clip:rect(0,0,0,0)'>under</div>", "zero-size"),
        ("<div style='transform:scale(0)'>under</div>", "zero-size"),
        ("<p style='color:white'>under</p>", "same-colour"),
        ("<p style='color:#fefefe'>under</p>", "same-colour"),
        ("<div style='background:#000'><p style='color:rgb(4,4,4)'>under</p></div>", "same-colour"),
        ("<body bgcolor='#222222'><font color='#202020'>under</font>", "same-colour"),
        ("<p style='color:transparent'>under</p>", "transparent"),
        ("<p style='color:rgba(0,0,0,0)'>under</p>", "transparent"),
        ("<!-- under -->", "comment"),
        ("<template>under</template>", "template"),
        ("<span aria-hidden='true'>under</span>", "aria-hidden"),
        ("<style>.x1 { display: none }</style><p class='note x1'>under</p>", "display-none"),
        ("<p id='deep'>under</p><style>/* c */ b, #deep{opacity:0}</style>", "zero-opacity"),
        ("<div hidden><div><b>un</b></div>der</div>", "hidden-attribute"),
    ],
)
def test_hidden(page: str, technique: str) -> None:
    found = techniques(f"<html><body><p>above</p>{page}<p>below</p></body></html>")
    assert [name for name, _ in found] == [technique]
    assert found[0][1].replace(" ", "") == "under"


@pytest.mark.parametrize(
    "page",
    [
        "<p>plain</p>",
        "<p style='display:block;color:black'>seen</p>",
        "<p style='opacity:0.5;font-size:12px'>seen</p>",
        "<div style='background:#123456'><p style='color:white'>seen</p></div>",
        "<div style='background-image:url(x.png)'><p style='color:white'>seen</p></div>",
        "<link rel='stylesheet' href='x.css'><p style='color:white'>seen</p>",
        "<p hidden>  </p>",
        "<p aria-hidden='false'>seen</p>",
        "<script>var hidden = 1</script><style>p{color:red}</style>",
        "<!--[if lt IE 9]><p>old</p><![endif]-->",
        "<p style='left:-20px;position:relative'>seen</p>",
        "<br hidden>seen",
        "<input hidden><p>seen</p>",
        "<p style='color:#ffeeaa77;background:#000'>seen</p>",
    ],
)
def test_seen(page: str) -> None:
    assert techniques(page) == []


def test_an_unclosed_paragraph_hides_only_itself() -> None:
    assert techniques("<p hidden>one<p>two<ul><li hidden>three<li>four</ul>") == [
        ("hidden-attribute", "one"),
        ("hidden-attribute", "three"),
    ]


def test_the_place_is_a_line() -> None:
    (run,) = html.hidden_runs(b"<p>a</p>\n\n<p hidden>b</p>")
    assert run.place == "line 3"


def test_number_and_length_are_bounded_and_what_is_served_comes_first() -> None:
    page = "".join(f"<p hidden>number {n}</p>seen" for n in range(500)) + f"<p hidden>{'served ' * 5000}</p>"
    runs = find(page.encode(), HTML, "text with " + "served " * 5000)
    assert len(runs) == 200
    assert runs[0].text.startswith("served")
    assert len(runs[0].text) == 4000


def test_deep_nesting_is_read_down_to_a_bound() -> None:
    assert techniques("<div>" * 50_000 + "<p hidden>x</p>" + "</div>" * 50_000) == []
    assert techniques("<div>" * 50 + "<p hidden>x</p>" + "</div>" * 50) == [("hidden-attribute", "x")]


@settings(max_examples=200)
@given(st.text(alphabet="<>/p div='\"!-hidden style:none;#f0&", max_size=300))
def test_every_page_gives_runs_of_its_own_text(page: str) -> None:
    letters = set("".join(text for _, text in techniques(page)).split())
    assert set("".join(letters)) <= set(page) | set("\ufffd ")
