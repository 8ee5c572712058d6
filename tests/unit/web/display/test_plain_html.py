"""HTML of a stranger's file: only plain elements reach a page."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.web.display.plain_html import plain

SHOWN = {
    "p", "br", "ul", "ol", "li", "table", "thead", "tbody", "tr", "td", "strong", "em", "sup", "sub", "s", "blockquote",
    "pre",
}  # fmt: skip


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, attrs))


def elements(html: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    parser = Tags()
    parser.feed(html)
    parser.close()
    return parser.elements


@pytest.mark.parametrize(
    ("untrusted", "shown"),
    [
        ("<h2>Harbour</h2><p>Open <strong>daily</strong>.</p>",
         '<p class="heading-2">Harbour</p><p>Open <strong>daily</strong>.</p>'),
        ('<p onclick="steal()" style="x">Hi</p>', "<p>Hi</p>"),
        ("<script>steal()</script><style>p{}</style><p>Hi</p>", "<p>Hi</p>"),
        ('<a href="https://example.org">here</a><img src=x onerror=steal()>', "here"),
        ("<ul><li>one<li>two", "<ul><li>one</li><li>two</li></ul>"),
        ("<table><tr><th>Pier</th><td>4</td></tr></table>",
         "<table><tbody><tr><td>Pier</td><td>4</td></tr></tbody></table>"),
        ("a &lt;h1&gt; b & c", "a &lt;h1&gt; b &amp; c"),
        ("<!-- <h1>note</h1> -->text", "text"),
    ],
)  # fmt: skip
def test_only_plain_elements_are_shown(untrusted: str, shown: str) -> None:
    assert plain(untrusted) == shown


PIECES = st.sampled_from([
    "<", ">", "</", "h1", "p", "script", "svg", "math", "style", "<h1>", "</h1>", "<th>", '"', "'", "&lt;", "&", "<!--",
    "-->", "text", " onload=x", "<![CDATA[", "<template>", "<select>", "<noscript>", "<table>", "\x00", "<b", "/>",
])  # fmt: skip


@given(st.lists(PIECES, max_size=25).map("".join))
def test_whatever_comes_in_no_other_element_and_no_attribute_comes_out(untrusted: str) -> None:
    html = str(plain(untrusted))
    for tag, attributes in elements(html):
        assert tag in SHOWN
        for name, value in attributes:
            assert (tag, name) == ("p", "class")
            assert re.fullmatch(r"heading-[1-6]", value or "")
