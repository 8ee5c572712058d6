"""Pages of random mark-up: blocks in lines and lines in blocks, lists, tables, forms, unclosed elements, styles."""

from itertools import count
from random import Random

_STYLES = (
    "display:block", "display:inline", "display:flex", "display:none", "float:left", "position:absolute",
    "white-space:pre-wrap", "white-space:pre-line", "display:contents",
)  # fmt: skip
_STYLES_OF_LINES = (*_STYLES, "display:inline-block")
_LINES = ("span", "b", "i", "a", "em", "code", "label", "small", "font", "u")
_BLOCKS = ("p", "div", "section", "h2", "h4", "blockquote", "article", "center", "address", "pre", "li", "dd")
_GAPS = ("", "", " ", "\n", "  \n ")
_DEEPEST = 4


class RandomPage:
    """One page for each seed."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self._numbers = count()

    def written(self) -> str:
        """The mark-up of the page."""
        rules = "".join(self._rule(number) for number in range(4))
        body = "".join(self._any(0) for _ in range(self._chance.randint(2, 6)))
        return f"<!doctype html><meta charset=utf-8><style>{rules}</style><body>{body}"

    def _rule(self, number: int) -> str:
        written = f".c{number}{{{self._chance.choice(_STYLES)}}}" if self._chance.random() < 0.8 else ""
        for part in ("before", "after"):
            if self._chance.random() < 0.15:
                written += f":is(span,section,label).c{number}::{part}{{{self._content()}}}"
        return written

    def _content(self) -> str:
        return f'content:"{self._word()}{self._chance.choice(("", " "))}"'

    def _word(self) -> str:
        letters = "".join(self._chance.choice("bdfgklmnprstv") + self._chance.choice("aeiou") for _ in range(2))
        return f"{letters}{next(self._numbers)}"

    def _gap(self) -> str:
        return self._chance.choice(_GAPS)

    def _words(self) -> str:
        return self._gap() + " ".join(self._word() for _ in range(self._chance.randint(1, 3))) + self._gap()

    def _any(self, depth: int) -> str:
        makers = [self._words, self._words, lambda: self._element(depth, _LINES), lambda: self._element(depth, _BLOCKS)]
        if depth < _DEEPEST:
            makers += [lambda: self._list(depth), lambda: self._table(depth), lambda: self._special(depth)]
        return self._chance.choice(makers)() if depth <= _DEEPEST else self._words()

    def _inside(self, depth: int) -> str:
        return "".join(self._any(depth + 1) for _ in range(self._chance.randint(1, 3)))

    def _attributes(self, styles: tuple[str, ...] = _STYLES) -> str:
        kind = self._chance.random()
        if kind < 0.3:
            return f" class=c{self._chance.randrange(4)}"
        return f" style='{self._chance.choice(styles)}'" if kind < 0.4 else ""

    def _element(self, depth: int, tags: tuple[str, ...]) -> str:
        tag = self._chance.choice(tags)
        end = "" if tag in ("p", "li", "dd") and self._chance.random() < 0.4 else f"</{tag}>"
        styles = _STYLES_OF_LINES if tags is _LINES else _STYLES
        attributes = "" if tag == "p" else self._attributes(styles)  # `innerText` takes a paragraph for a block anyway
        return f"<{tag}{attributes}>{self._inside(depth)}{end}"

    def _list(self, depth: int) -> str:
        tag = self._chance.choice(("ul", "ol", "dl"))
        item = "dt" if tag == "dl" else "li"
        end = self._chance.choice(("", f"</{item}>"))
        items = "".join(f"<{item}{self._attributes()}>{self._inside(depth)}{end}" for _ in range(2))
        return f"<{tag}>{items}</{tag}>"

    def _table(self, depth: int) -> str:
        rows = ""
        for _ in range(self._chance.randint(1, 3)):
            end = self._chance.choice(("", "</td>"))
            cells = "".join(f"<td>{self._inside(depth + 1)}{end}" for _ in range(2))
            rows += f"<tr>{cells}" + self._chance.choice(("", "</tr>"))
        caption = f"<caption>{self._word()}</caption>" if self._chance.random() < 0.3 else ""
        return f"<table>{caption}{rows}</table>"

    def _special(self, depth: int) -> str:
        word = self._word
        return self._chance.choice(
            (
                f"{word()}<br>{word()}",
                f"<input value='{word()}'>",
                f"<input type=hidden value={word()}>",
                f"<textarea>{word()} <b>\n{word()}</textarea>",
                f"<img alt='{word()} {word()}'>",
                f"<select><option>{word()}<option>{word()}</select>",
                f"<details><summary>{word()}</summary>{self._inside(depth)}</details>",
                f"<svg><text y=20>{word()} <tspan>{word()}</tspan></text><text y=40>{word()}</text></svg>",
                f"<!-- {word()} -- > {word()} --!>{word()}",
                f"<script>var {word()} = '<p>'</script><noscript>{word()}</noscript>",
                f"<template><p>{word()}</p></template><p hidden>{word()}</p>",
                f"<p>{word()}<wbr>{word()}<hr>{word()}",
                f"&lt;{word()}&gt;&amp;{word()}&nbsp;{word()}",
                f"<p>{word()}<div>{word()}</div>{word()}</p>",
                f"<b>{word()}<p>{word()}</b>{word()}</p>",
            )
        )
