"""Every way to hide text in a page is named, and what a reader sees is left alone."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extraction.containers import Refused
from pipeline.extraction.hidden import find
from pipeline.extraction.media_types import HTML
from pipeline.extraction.pages import reading
from tests.support.hidden_pages import pages


def techniques(page: str) -> list[tuple[str, str]]:
    return [(run.technique.removeprefix("html-"), run.text) for run in reading.read(page).hidden]


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
        ("<div style='position:absolute;clip:rect(0,0,0,0)'>under</div>", "zero-size"),
        ("<div style='transform:scale(0)'>under</div>", "zero-size"),
        ("<p style='color:white'>under</p>", "same-colour"),
        ("<p style='color:#fefefe'>under</p>", "same-colour"),
        ("<div style='background:#000'><p style='color:rgb(4,4,4)'>under</p></div>", "same-colour"),
        ("<body bgcolor='#222222'><font color='#202020'>under</font>", "same-colour"),
        ("<p style='color:transparent'>under</p>", "transparent"),
        ("<p style='color:rgba(0,0,0,0)'>under</p>", "transparent"),
        (
            "<div style='transform:scale(0);overflow:hidden;width:0'><p style='position:fixed'>under</p></div>",
            "zero-size",
        ),
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
        "<style media=print>p{display:none}</style><p>seen</p>",
        "<style type='text/other'>p{display:none}</style><p>seen</p>",
        "<link rel='alternate stylesheet' href='data:text/css,p{display:none}'><p>seen</p>",
        "<style>@media (monochrome), not screen, (width:9px){p{display:none}}</style><p>seen</p>",
        "<style>@supports (tip:0){p{display:none}}</style><p>seen</p>",
        "<style>@scope (div) to (q){b{opacity:0}}</style><div><q><b>seen</b></q></div>",
        "<style>@keyframes a{from{opacity:0}to{opacity:1}}p{opacity:0;animation:a 1s forwards}</style><p>seen</p>",
        "<style>@keyframes a{to{opacity:0}}p{animation:a 1s}</style><p>seen</p>",
        "<style>p{display:none;all:initial}</style><p>seen</p>",
        "<style>p{background:linear-gradient(red,blue);background-clip:text;color:transparent}</style><p>seen</p>",
        "<p style='color:transparent;text-shadow:0 0 3px #000'>seen</p>",
        "<p style='position:sticky;left:-9999px'>seen</p>",
        "<div style='width:0;overflow:hidden'><p style='position:fixed'>seen</p></div>",
        "<p style='mix-blend-mode:multiply;filter:contrast(2)'>seen</p>",
        "<div><template shadowrootmode=open><slot></slot></template><p>seen</p></div>",
        "<svg width=90 height=90><style>.t{fill:black}</style><text fill=white class=t y=20>seen</text></svg>",
        "<svg><switch><foreignObject width=9 height=9><p>seen</p></foreignObject></switch></svg>",
        (
            "<div style='position:relative'><i style='position:absolute;inset:0;background:#eee'></i>"
            "<p style='position:relative'>seen</p></div>"
        ),
        (
            "<div style='position:relative;z-index:0;background:#eee'>"
            "<p style='position:relative;z-index:-1'>seen</p></div>"
        ),
        "<p style='position:relative;z-index:-1'>seen</p>",
        "<div style='position:relative'><p>seen</p><i style='position:absolute;inset:0;background:#0001'></i></div>",
        (
            "<div style='position:relative'><p>seen</p>"
            "<i style='position:absolute;top:0;right:0;width:20px;height:20px;background:red'></i></div>"
        ),
        (
            "<div style='position:relative'><p>seen</p>"
            "<i style='position:absolute;top:100%;left:0;width:100%;height:60px;background:red'></i></div>"
        ),
        (
            "<div style='position:relative'><p>seen</p>"
            "<i style='position:absolute;inset:0;background:red;opacity:0'></i></div>"
        ),
        (
            "<div style='position:relative'><p>seen</p>"
            "<i style='position:absolute;inset:0;background:red;display:none'></i></div>"
        ),
        (
            "<div style='position:relative'><p>seen</p>"
            "<i style='position:absolute;inset:0;background:red;visibility:hidden'></i></div>"
        ),
        (
            "<div style='position:relative'><p>seen</p>"
            "<i style='position:absolute;inset:0 0 0 100%;background:red'></i></div>"
        ),
        (
            "<div style='position:relative'><p style='position:relative;z-index:3'>seen</p>"
            "<i style='position:absolute;inset:0;background:red;z-index:1'></i></div>"
        ),
        "<div style='position:relative'><i style='position:absolute;inset:0;background:#eee'>seen</i></div>",
        "<p style='margin:0'>seen</p><div style='margin-top:-18px;height:30px;background:#fff'></div>",
        "<p style='margin:0'>seen</p><div style='position:relative;height:30px;background:#fff'></div>",
        (
            "<div style='display:grid'><b style='grid-area:1/1;background:#eee'></b>"
            "<p style='grid-area:1/1'>seen</p></div>"
        ),
        "<div style='display:grid'><p style='grid-row:1'>seen</p><b style='grid-row:2;background:#fff'></b></div>",
        (
            "<style>.c{position:relative;z-index:0}.c::after{content:'';position:absolute;inset:0;"
            "background:red;z-index:-1}</style><p class=c>seen</p>"
        ),
        "<style>.c{position:relative}.c::after{position:absolute;inset:0;background:red}</style><p class=c>seen</p>",
        (
            "<header style='position:fixed;top:0;left:0;right:0;height:30px;background:#eee'>seen</header>"
            "<p>seen</p><p>seen</p>"
        ),
        "<p style='color:if(media(print): white; else: black)'>seen</p>",
        "<p style='display:if(media(screen): none; else: block)'>seen</p>",
        "<s>seen</s>",
        "<p style='--k:2;display:if(style(--k: 1): none; else: block)'>seen</p>",
        "<style>@function --f(){result:#111}p{color:--f()}</style><p>seen</p>",
        (
            "<style>.c{container-type:inline-size}@container (max-width:10px){p{display:none}}</style>"
            "<div class=c><p>seen</p></div>"
        ),
        "<p style='color:#fff;text-shadow:0 0 3px #000'>seen</p>",
        "<p style='text-decoration:line-through'>seen</p>",
        "<p style='outline:2px solid #fff;outline-offset:-2px'>seen</p>",
        "<p style='transform:skewX(12deg) perspective(500px) translateZ(20px) scale(.9)'>seen</p>",
        "<p style='color:contrast-color(white);font-size:round(up, 9px, 10px)'>seen</p>",
        "<p style='clip-path:circle(90%);offset-path:none;contain:content'>seen</p>",
        "<p style='content:none;height:90px;line-height:20px;overflow:hidden'>seen</p>",
        "<font color=fff>seen</font>",
        "<style>@font-face{font-family:a;src:local(b);size-adjust:90%}</style><p style='font-family:a'>seen</p>",
        "<div style='height:50px;overflow:hidden'><p style='margin:0'>seen</p></div>",
        "<div style='overflow:hidden'><p style='transform:translateX(-50%)'>seen</p></div>",
        (
            "<svg width=900 height=60><clipPath id=c><rect width=900 height=60 /></clipPath>"
            "<text x=9 y=30 clip-path='url(#c)'>seen</text></svg>"
        ),
        (
            "<svg width=900 height=60><mask id=m><rect width=900 height=60 fill=white /></mask>"
            "<text x=9 y=30 mask='url(#m)'>seen</text></svg>"
        ),
        (
            "<svg width=900 height=60><linearGradient id=g><stop stop-color=navy /></linearGradient>"
            "<text x=9 y=30 fill='url(#g)'>seen</text></svg>"
        ),
        (
            "<svg width=900 height=60><path id=f d='M9 30H800' fill=none /><text><textPath href='#f'>seen"
            "</textPath></text></svg>"
        ),
        "<svg width=900 height=80><text x=9 y=20>seen<tspan x=9 dy='1.4em'>seen</tspan></text></svg>",
        (
            "<svg width=900 height=60><text x=890 y=30 text-anchor=end>seen</text>"
            "<circle cx=20 cy=20 r=5 fill=white /></svg>"
        ),
        "<svg width=900 height=60><text x=9 y=30>seen</text><path d='M0 50H900' stroke=black fill=none /></svg>",
        "<svg width=900 height=60 viewBox='-10 -20 900 60'><text x=0 y=0>seen</text></svg>",
        "<svg width=900 height=60 style='overflow:visible'><text x=9 y=-40>seen</text></svg>",
        (
            "<svg width=900 height=60><text x=9 y=30>seen"
            "<animate attributeName=opacity values='0;1' dur=1s fill=freeze /></text></svg>"
        ),
        (
            "<svg width=900 height=60><filter id=f><feOffset dx=3 /></filter>"
            "<text x=9 y=30 filter='url(#f)'>seen</text></svg>"
        ),
    ],
)
def test_seen(page: str) -> None:
    assert techniques(page) == []


@pytest.mark.parametrize("script", ["<script>load()</script>", ""])
def test_a_cover_that_a_script_may_take_away_is_a_part_of_the_interface(script: str) -> None:
    page = (
        f"{script}<div style='position:relative'><p>under</p>"
        "<i style='position:absolute;inset:0;background:red'></i></div>"
    )
    assert techniques(page) == [("covered-interface" if script else "covered", "under")]


def test_an_unclosed_paragraph_hides_only_itself() -> None:
    assert techniques("<p hidden>one<p>two<ul><li hidden>three<li>four</ul>") == [
        ("hidden-attribute", "one"),
        ("hidden-attribute", "three"),
    ]


def test_the_place_is_a_line() -> None:
    (run,) = reading.read("<p>a</p>\n\n<p hidden>b</p>").hidden
    assert run.place == "line 3"


def test_number_and_length_are_bounded_and_what_is_served_comes_first() -> None:
    page = "".join(f"<p hidden>number {n}</p>seen" for n in range(500)) + f"<p hidden>{'served ' * 5000}</p>"
    runs = find(b"", HTML, "text with " + "served " * 5000, reading.read(page).hidden)
    assert len(runs) == 200
    assert runs[0].text.startswith("served")
    assert len(runs[0].text) == 4000


def test_text_is_hidden_however_deep_it_stands() -> None:
    for depth in (50, 50_000):
        assert techniques("<div>" * depth + "<p hidden>x</p>" + "</div>" * depth) == [("hidden-attribute", "x")]


@settings(max_examples=200)
@given(st.text(alphabet="<>/p div='\"!-hidden style:none;#f0&", max_size=300))
def test_every_page_gives_runs_of_its_own_text(page: str) -> None:
    letters = set("".join(text for _, text in techniques(page)).split())
    assert set("".join(letters)) <= set(page) | set("\ufffd ")


def test_every_technique_in_every_way_hides_its_passage_and_no_other() -> None:
    missed, wrong, total = [], [], 0
    for technique, page, seen, hidden in pages(Random(11)):
        found = " ".join(run.text for run in reading.read(page).hidden)
        total += 1
        missed += [technique] if hidden not in found else []
        wrong += [technique] if seen in found or {"item", "end"} & set(found.split()) else []
    assert total > 700
    assert (missed, wrong) == ([], [])


@pytest.mark.parametrize(
    "page",
    [
        "<style>.m{display:none} @media screen{.m{display:block}}</style><p class=m>seen</p>",
        "<style>@media (max-width:600px){.m{display:none}}</style><p class=m>seen</p>",
        "<style>@media print{.m{display:none}}</style><p class=m>seen</p>",
        "<style>@media (prefers-color-scheme:dark){.m{color:white}}</style><p class=m>seen</p>",
        "<style>.m{display:none} div .m.m{display:inline}</style><div><p class=m>seen</p></div>",
        "<style>.m{display:none!important} #k{display:block}</style><p id=k class=n>seen</p>",
        "<style>@layer a{.m{display:none}} .m{display:block}</style><p class=m>seen</p>",
        "<style>.o .m{visibility:visible}</style><div class=o style='visibility:hidden'><p class=m>seen</p></div>",
        "<div style='font-size:0'><span style='font-size:14px'>seen</span></div>",
        "<style>p::before{display:none;content:'x'}</style><p>seen</p>",
        "<style>p:hover{display:none} p:target{opacity:0}</style><p>seen</p>",
        "<style>:root{--c:#222} p{color:var(--c);background:var(--b,#fff)}</style><p>seen</p>",
        "<dialog open>seen</dialog><details><summary>more</summary>seen</details>",
        "<p style='font:700 12px/1 serif'>seen</p>",
        "<p style='background:linear-gradient(#000,#111);color:#fff'>seen</p>",
        "<p style='position:absolute;left:40%;transform:translate(-50%,-50%)'>seen</p>",
        "<svg><text fill='black'>seen</text></svg>",
        "<svg><rect width=90 height=90 fill='black'/><text x=5 y=20 fill='white'>seen</text></svg>",
        "<svg><path d='M0 0h9v9z'/><text fill='white'>seen</text></svg>",
        "<svg><defs><text id=a>seen</text></defs><use href='#a' /></svg>",
        "<svg viewBox='0 0 100 100'><text x=50 y=20>seen</text></svg>",
        "<svg><style>.a{fill:#fff}</style><title>seen</title></svg>",
        "<object>seen</object><ruby>k<rp>(</rp><rt>seen</rt><rp>)</rp></ruby>",
        "<div><template shadowrootmode=open>seen</template></div>",
        "<!--> <p>seen</p> <!---> <p>seen</p>",
        "<table hidden></table><p>seen",
        "<noscript><style>p{display:none}</style></noscript><p>seen</p>",
        "<div>a</div hidden><p>seen</p>",
        "<style>p{not css at all;;}}} @@ {x</style><p>seen</p>",
    ],
)
def test_styles_of_ordinary_pages_hide_nothing(page: str) -> None:
    assert techniques(page) == []


SCREEN_READER = "position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip:rect(0,0,0,0)"


def test_a_label_for_screen_readers_is_named_as_such_and_a_long_text_is_not() -> None:
    style = f"<style>.aloud{{{SCREEN_READER}}}</style>"
    assert techniques(f"{style}<span class=aloud>Skip to content</span>") == [("screen-reader", "Skip to content")]
    assert techniques(f"{style}<p class=aloud>{'word ' * 21}</p>")[0][0] == "zero-size"


@pytest.mark.parametrize(
    "page",
    [
        "<style>" + ".b .c{color:red}" * 30_000 + "</style><p class='b c'>x</p>",
        "<style>" + "a ~ p{color:red}" * 50 + "</style>" + "<p>x</p>" * 3000,
        "<style>" + "p p p p q{color:red}" * 20 + "</style>" + "<div>" * 300 + "<q>x</q>" * 3000,
        "<style>p{" + "& & {" * 28 + "color:red" + "}" * 29 + "</style><p>x</p>",
        "<style>:root{" + "".join(f"--a{n}:var(--a{n + 1}) var(--a{n + 1});" for n in range(40)) + "}"
        "p{color:var(--a0)}</style><p>x</p>",
        "<style>p{color:red}" + " " * 4_000_000 + "</style><p>x</p>",
    ],
    ids=["rules", "siblings", "ancestors", "nesting", "variables", "size"],
)
def test_law_15_style_sheets_without_end_are_refused(page: str) -> None:
    with pytest.raises(Refused):
        reading.read(page)


def test_a_long_list_with_rules_by_position_is_read() -> None:
    rows = "<li>x</li>" * 2000
    assert techniques(f"<style>li:nth-child(2n), li:nth-last-child(5){{color:red}}</style><ul>{rows}</ul>") == []


def test_links_have_the_colour_that_the_body_gives_them() -> None:
    assert techniques("<body link=white><a href='#a'>seen by none</a>") == [("same-colour", "seen by none")]
    assert techniques("<body link=navy><a href='#a'>seen</a> <a>seen</a>") == []
    assert techniques("<body link=white><style>a{color:navy}</style><a href='#a'>seen</a>") == []


def test_a_box_without_size_shows_what_is_placed_by_another_one() -> None:
    page = "<div style='height:0;overflow:hidden{}'><p>cut off</p><p style='position:absolute'>shown</p></div>"
    assert reading.read(page.format("")).seen.split() == ["shown"]
    assert reading.read(page.format(";position:relative")).seen.split() == []


def test_the_label_of_an_option_stands_in_place_of_its_words() -> None:
    read = reading.read("<select><option label='deep water'>replaced words</option></select>")
    assert (read.text.split(), read.seen.split()) == (["deep", "water"], ["deep", "water"])
    assert [(run.technique, run.text) for run in read.hidden] == [("html-fallback", "replaced words")]


def test_law_15_unknown_parts_of_a_selector_are_left_out_or_the_page_is_refused() -> None:
    deep = ":is(" * 25 + "p, :unheard" + ")" * 25
    assert techniques(f"<style>{deep}{{display:none}}</style><p>unseen</p>") == [("display-none", "unseen")]
    many = ":is(" + ", ".join(f".c{n}" for n in range(2000)) + ", p, :unheard)"
    assert techniques(f"<style>{many}{{display:none}}</style><p>unseen</p>") == [("display-none", "unseen")]


@pytest.mark.parametrize("around", ["position:absolute", "overflow:hidden", "overflow:hidden;height:50px"])
@pytest.mark.parametrize("size", ["0", "0.001px", "0%"])
def test_letters_without_size_among_boxes_that_cut_off_text_are_reported(around: str, size: str) -> None:
    page = f"<div style='{around}'>seen</div><div style='{around}'><p style='font-size:{size}'>unseen</p></div>"
    assert techniques(page) == [("tiny-font", "unseen")]
    assert reading.read(page).seen.split() == ["seen"]


@pytest.mark.parametrize(
    "inner", ["width:0", "width:0;font-size:0", "max-width:0;font-size:0", "width:-9px;font-size:0"]
)
def test_a_box_without_width_and_letters_without_size_are_read(inner: str) -> None:
    page = f"<div style='overflow:hidden'>seen</div><div style='font-size:0'><p style='{inner}'>unseen</p></div>"
    assert reading.read(page).seen.split() == ["seen"]
