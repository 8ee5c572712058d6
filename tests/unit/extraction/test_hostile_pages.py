"""Hostile pages cost work in proportion to their length, or are refused with the right word before they cost any."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from pipeline.extraction.containers import Refused
from pipeline.extraction.pages import reading
from pipeline.extraction.pages.brackets import DEEPEST, bounded
from pipeline.extraction.pages.page_tree import parsed

SIZE = 150
GROWTH = 2.6
"""Calls of a page of twice the length, as a share of those of the page itself: 2 if it is linear, 4 if it is not."""

GROWING: dict[str, Callable[[int], str]] = {
    "bare signs": lambda n: "<" * n,
    "start tags without an end": lambda n: "<a" * n,
    "end tags without an end": lambda n: "</" * n,
    "declarations without an end": lambda n: "<!" * n,
    "instructions without an end": lambda n: "<?" * n,
    "sections without an end": lambda n: "<![CDATA[" * n,
    "values without an end": lambda n: '<p a="' * n,
    "ampersands": lambda n: "&#x" * n,
    "attributes": lambda n: f"<p {' '.join(f'a{at}=1' for at in range(n))}>x",
    "equal elements": lambda n: "<div>" * n + "x",
    "equal formatting elements": lambda n: "<b>" * n + "x",
    "formatting elements around blocks": lambda n: "<font>x<p>" * n,
    "end tags of nothing": lambda n: "<a>" * 50 + "</b>" * n,
    "tables in tables": lambda n: "<table><tr><td>" * n + "x",
    "rows": lambda n: "<table>" + "<tr><td>x" * n,
    "one long inline style": lambda n: f"<p style='{'color:red;' * n}'>x",
    "inline styles": lambda n: "".join(f"<p style='color:#{at:06x}'>x" for at in range(n)),
    "equal rules": lambda n: f"<style>{'p{color:red}' * n}</style><p>x",
    "a list of selectors": lambda n: f"<style>{'p,' * n}p{{color:red}}</style><p>x",
    "frames of an animation": lambda n: (
        f"<style>@keyframes a{{{'1%{opacity:0}' * n}}}</style><p style='animation:a 1s'>x"
    ),
    "layers": lambda n: f"<style>@layer {','.join(f'a{at}' for at in range(n))};</style><p>x",
    "media queries": lambda n: f"<style>@media {'screen,' * n}print{{p{{color:red}}}}</style><p>x",
    "variables": lambda n: f"<style>:root{{{''.join(f'--a{at}:1;' for at in range(n))}}}</style><p>x",
    "comments": lambda n: "<!--x-->" * n,
    "hidden elements": lambda n: "<p hidden>x</p>y" * n,
    "boxes in a grid without rows": lambda n: (
        f"<div style='display:grid;grid-auto-rows:0'>{'<p style=overflow:hidden>x</p>' * n}</div>"
    ),
    "cells of collapsed columns": lambda n: (
        f"<table><col style='visibility:collapse'>{'<tr><td>x<td rowspan=2>y' * n}</table>"
    ),
    "collapsed columns": lambda n: f"<table>{'<col style=visibility:collapse>' * n}<tr>{'<td>x' * n}</table>",
    "boxes that cut off": lambda n: "<div style='height:90px;overflow:hidden'>x" * n,
    "lines that are cut off": lambda n: f"<div style='height:9px;overflow:hidden'>{'x<br>' * n}</div>",
    "pieces of one element that are cut off": lambda n: (
        f"<div style='height:9px;overflow:hidden'>{''.join(f'x{at}<b></b>' for at in range(n))}</div>"
    ),
    "equal masks": lambda n: "<p style=\"mask:url('data:image/svg+xml,<svg><g/></svg>')\">x" * n,
    "moved groups": lambda n: f"<svg width=9 height=9>{'<g transform=translate(1)>' * n}<text>x",
    "options": lambda n: f"<select>{'<option hidden>x' * n}</select>",
    "conditions on a container": lambda n: f"<style>{'@container style(--a:1){p{color:red}}' * n}</style><p>x",
    "elements under one cover": lambda n: (
        f"<div style='position:relative'>{'<p>x</p>' * n}<i style='position:absolute;inset:0;background:red'></i></div>"
    ),
}
DEEP: dict[str, Callable[[int], str]] = {
    "media query": lambda n: f"<style>@media {'(' * n}width{')' * n}{{p{{color:red}}}}</style><p>x",
    "media of a sheet": lambda n: f"<style media='{'(' * n}'>p{{color:red}}</style><p>x",
    "media of a link": lambda n: f"<link rel=stylesheet href=x media='{'(' * n}'><p>x",
    "supports": lambda n: f"<style>@supports {'(' * n}a:b{')' * n}{{p{{color:red}}}}</style><p>x",
    "selector": lambda n: f"<style>{':is(' * n}p{')' * n}{{color:red}}</style><p>x",
    "value": lambda n: f"<style>p{{width:{'calc(' * n}1px{')' * n}}}</style><p>x",
    "inline style": lambda n: f"<p style='width:{'calc(' * n}1px{')' * n}'>x",
    "attribute selector": lambda n: f"<style>{'[' * n}</style><p>x",
    "nested rules": lambda n: f"<style>{'a{' * n}</style><p>x",
    "ancestors of a selector": lambda n: f"<style>{'b ' * n}p{{color:red}}</style><p>x",
    "relatives of a selector": lambda n: f"<style>{':has(p) ' * n}{{color:red}}</style><p>x",
    "digits of a number": lambda n: f"<style>p{{width:{'9' * n}px}}</style><p>x",
    "scope for each rule": lambda n: f"<style>@scope ({'a,' * n}b){{{'p{color:red}' * n}}}</style><p>x",
    "blocks that are not closed": lambda n: f"<style>{'@media all{' * n}</style><p>x",
}


def calls(page: str) -> int:
    """Calls of functions that reading a page takes."""
    count = 0

    def counted(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        reading.read(page)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("kind", GROWING)
def test_twice_the_page_takes_twice_the_calls(kind: str) -> None:
    make = GROWING[kind]
    calls(make(SIZE))  # what is read for the first time is kept
    assert calls(make(2 * SIZE)) < GROWTH * calls(make(SIZE)), kind


@pytest.mark.parametrize("kind", DEEP)
def test_styles_without_measure_are_refused(kind: str) -> None:
    with pytest.raises(Refused) as refused:
        reading.read(DEEP[kind](5000))
    assert refused.value.word == "styles"


@pytest.mark.parametrize("kind", DEEP)
def test_ordinary_styles_are_read(kind: str) -> None:
    assert reading.read(DEEP[kind](10)).text == "x"


def test_brackets_in_strings_and_comments_do_not_count() -> None:
    many = "(" * (DEEPEST + 1)
    for style in (
        f"a{{content:'{many}'}}",
        f'a{{content:"{many}"}}',
        f"/*{many}*/",
        "\\(" * (DEEPEST + 1),
        "()" * 9999,
    ):
        assert bounded(style) == style
    for style in (f"'\n{many}", f"/**/{many}", f"'x'{many}"):
        with pytest.raises(Refused):
            bounded(style)


def test_text_between_tags_is_one_piece_however_many_signs_it_holds() -> None:
    assert [item.text for item in parsed("<p>" + "<" * 900).items] == ["<" * 900]


@pytest.mark.parametrize("rest", ["<a and more", "</p and more", "<!x and more", "<?x and more", "<p title='and more"])
def test_a_tag_without_an_end_hides_the_rest_of_the_page(rest: str) -> None:
    page = reading.read(f"<p>seen</p>{rest}")
    assert page.text == "seen"
    assert [(run.technique, run.text) for run in page.hidden] == [("html-comment", rest)]


def test_instructions_to_machines_and_long_document_types_are_comments() -> None:
    page = reading.read("<!doctype html to be read by machines only><p>seen<?not for people?></p>")
    assert page.text == "seen"
    assert [run.text for run in page.hidden] == ["doctype html to be read by machines only", "not for people?"]
    strict = (
        "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd'>"
    )
    for ordinary in ("<!doctype html>", strict, "<?xml version='1.0'?>", "<?php echo 1 ?>"):
        assert reading.read(f"{ordinary}<p>seen</p>").hidden == []


def test_a_style_sheet_without_an_end_applies() -> None:
    assert [run.technique for run in reading.read("<p>x<style>p{display:none}").hidden] == ["html-display-none"]
    assert reading.read("<textarea>seen").text == "seen"


def test_an_element_too_deep_keeps_its_own_style() -> None:
    page = reading.read("<div>" * 3000 + "<p hidden>x</p>y")
    assert [(run.technique, run.text) for run in page.hidden] == [("html-hidden-attribute", "x")]


def test_rules_that_match_alike_are_joined_once() -> None:
    rules = "".join(f"p{{color:#{at:06x}}}" for at in range(500))
    one, twenty = (calls(f"<style>{rules}</style>" + "<p>x</p>" * number) for number in (1, 20))
    assert twenty < 1.5 * one
