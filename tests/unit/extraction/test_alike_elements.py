"""A style that is computed once for elements that are alike is the style that each of them has alone."""

from random import Random

import pytest

from pipeline.extraction.pages import reading, styled

_RULES = (
    ".a{color:#fff}", ".b{opacity:attr(data-o,1)}", "[hidden]{color:red}", "li:nth-child(2){display:none}",
    "p::first-line{color:#fff}", ".g{display:grid;grid-template-rows:0 auto}", "dialog{margin:0}", "div{--c:0}",
    "p{opacity:calc(1 - var(--c))}", "td{overflow:hidden}", "option{color:#000}",
)  # fmt: skip
_ATTRIBUTES = (
    "", "class=a", "class=b data-o=0", "class=b", "hidden", "aria-hidden=true", "popover", "open", "label=x", "type=1",
    "class=g", "style='color:#fff'", "style='font-size:0'", "data=x", "placeholder=hint",
)  # fmt: skip
_TAGS = ("p", "div", "span", "li", "ul", "table", "tr", "td", "dialog", "option", "select", "object", "svg", "text")


def _element(chance: Random, depth: int) -> str:
    tag, attribute = chance.choice(_TAGS), chance.choice(_ATTRIBUTES)
    inner = "".join(_element(chance, depth + 1) for _ in range(chance.randint(0, 3))) if depth < 4 else ""
    return f"<{tag} {attribute}>word{chance.randint(0, 99)} {inner}</{tag}>"


@pytest.mark.parametrize("seed", range(150))
def test_a_page_reads_the_same_without_shared_styles(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = Random(seed)
    sheet = "".join(chance.sample(_RULES, 4))
    page = f"<!doctype html><style>{sheet}</style>" + "".join(_element(chance, 0) for _ in range(6))
    shared = reading.read(page)
    monkeypatch.setattr(styled._Context, "likeness", lambda *_: None)
    assert shared == reading.read(page)
