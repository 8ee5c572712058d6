"""Pages with one passage each, in pairs of near likeness, and how much of the passage Chromium paints."""

from collections.abc import Iterator
from io import BytesIO
from random import Random

from PIL import Image, ImageChops
from playwright.sync_api import Page

PASSAGE = "lantern pledges"
_STRONG = 40
"""Difference of a colour channel that an eye certainly notices."""
_CLEARED = """() => {
  const sheet = document.createElement('style');
  sheet.textContent = '[data-m]::placeholder { color: transparent !important }';
  document.head.append(sheet);
  for (const one of document.querySelectorAll('[data-m], [data-m] *')) {
    const shown = one.tagName === 'OPTION' ? one.closest('select') : one;
    for (const name of ['color', '-webkit-text-fill-color', '-webkit-text-stroke-color', 'fill', 'stroke'])
      shown.style.setProperty(name, 'transparent', 'important');
  }
}"""
_MARKED = f"<p class=x data-m>{PASSAGE}</p>"
_EMPTY_DRAWING = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"
_FULL_DRAWING = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='9' height='9'%3E"
    "%3Crect width='9' height='9'/%3E%3C/svg%3E"
)


def _styled(*styles: str, around: str = "{}") -> Iterator[str]:
    for style in styles:
        yield f"<style>{style}</style>{around.format(_MARKED)}"


def _drawn(*inner: str, style: str = "", view: str = "width=300 height=60") -> Iterator[str]:
    text = f"<text x=5 y=30 data-m>{PASSAGE}</text>"
    for one in inner:
        yield f"<style>{style}</style><svg {view}>{one.format(text)}</svg>"


def pages(chance: Random) -> Iterator[str]:
    """Bodies of pages."""
    clip = ".x{overflow:hidden;"
    yield from _styled(
        *(f"{clip}{size}}}" for size in ("height:0", "max-height:0", "block-size:0", "width:0", "inline-size:1px")),
        *(f"{clip}{size}}}" for size in ("height:0%", "max-height:0%", "width:0%")),
        *(f"{clip}height:0;{more}}}" for more in ("min-height:2em", "padding-bottom:2em", "padding-top:2em")),
        *(f"{clip}width:0;white-space:nowrap;{more}}}" for more in ("min-width:20em", "padding-right:20em")),
        ".x{clip:rect(0 0 0 0)}",
        ".x{clip:rect(0 0 0 0);position:absolute}",
        "body{height:90px}.x{max-height:0%;overflow:hidden}",
        "body{height:90px}.x{max-height:0%;overflow:auto}",
        "body{min-height:90px}.x{max-height:0%;overflow:auto}",
    )
    for kind in ("span", "b", "label"):
        for style in ("height:0;overflow:hidden", "transform:scale(0)", "opacity:0", "text-indent:-9999px"):
            yield f"<{kind} style='{style}' data-m>{PASSAGE}</{kind}>"
            yield f"<{kind} style='display:inline-block;{style}' data-m>{PASSAGE}</{kind}>"
    for tag in ("table", "td", "tr"):
        yield f"<style>{tag}{{height:0;overflow:hidden}}</style><table><tr><td data-m>{PASSAGE}</table>"
    for columns, place in (("0 1fr", 1), ("1fr 0", 2), ("1fr 0fr", 2), ("repeat(2, 0)", 2), ("1fr 1fr", 2)):
        items = ["<p>ordinary</p>", "<p>ordinary</p>"]
        items[place - 1] = f"<p style='overflow:hidden;white-space:nowrap' data-m>{PASSAGE}</p>"
        grid = f"<div style='display:grid;grid-template-columns:{columns}'>{''.join(items)}</div>"
        yield grid
        yield grid.replace("hidden", "visible")
    for columns, place in (("1fr 0", 3), ("1fr 0", 4), ("repeat(2, 1fr) 0", 3), ("repeat(2, 1fr) 0", 4)):
        items = ["<p>ordinary</p>"] * 4
        items[place - 1] = f"<p style='overflow:hidden;white-space:nowrap' data-m>{PASSAGE}</p>"
        yield f"<div style='display:grid;grid-template-columns:{columns}'>{''.join(items)}</div>"
    for rows in ("0", "0fr", "minmax(0, 0)", "1fr", "auto"):
        yield from _styled(
            f".g{{display:grid;grid-auto-rows:{rows}}}.x{{overflow:hidden}}", around="<div class=g>{}</div>"
        )
    for column in (0, 1):
        for state in ("collapse", "hidden"):
            columns = "".join(f"<col style='visibility:{state}'>" if at == column else "<col>" for at in range(2))
            yield f"<table>{columns}<tr><td>ordinary<td data-m>{PASSAGE}</table>"
            yield f"<table>{columns}<tr><td rowspan=2>a<td>b<tr><td data-m>{PASSAGE}</table>"
    for basis in ("flex:0 0 0px", "flex:1 0 0px", "flex-basis:0;flex-grow:0", "flex:none"):
        yield from _styled(
            f".f{{display:flex}}.x{{overflow:hidden;min-width:0;{basis}}}", around="<div class=f>{}</div>"
        )
    for image in ("none", f'url("{_EMPTY_DRAWING}")', f'url("{_FULL_DRAWING}")', "url(#none)", "url(#m)", "url(#w)"):
        masks = "<svg width=0 height=0><mask id=m></mask><mask id=w maskContentUnits=objectBoundingBox>"
        masks += "<rect width=1 height=1 fill=white /></mask></svg>"
        yield from _styled(f".x{{mask-image:{image}}}", around=masks + "{}")
    yield from _styled(
        ".x{mask:linear-gradient(#000,#000) 0 0/0 0 no-repeat}",
        ".x{mask-image:none;mask-size:0 0}",
        ".x{mask:linear-gradient(#000,#000)}",
        ".x{-webkit-mask-image:linear-gradient(#0000,#0000)}",
    )
    named = "<svg width=0 height=0><clipPath id=c></clipPath><filter id=f><feFlood flood-opacity=0 /></filter></svg>"
    yield from _styled(".x{clip-path:url(#c)}", ".x{filter:url(#f)}", ".x{clip-path:url(#none)}", around=named + "{}")
    for around in ("", "background:#fff", "background:#fff;isolation:isolate", "background:#fff;opacity:.99"):
        for mode in ("screen", "multiply", "lighten", "difference"):
            yield f"<div style='{around}'><p style='mix-blend-mode:{mode}' data-m>{PASSAGE}</p></div>"
    blended = f"<p style='mix-blend-mode:screen' data-m>{PASSAGE}</p>"
    yield f"<div style='background:#fff'><div style='isolation:isolate'>{blended}</div></div>"
    for move in ("translateZ(900px)", "translateZ(-90000px)", "translateZ(-50px)", "translate3d(0,0,500px)"):
        yield from _styled(f".p{{perspective:400px}}.x{{transform:{move}}}", around="<div class=p>{}</div>")
        yield from _styled(f".p{{perspective:400px}}.x{{transform:{move}}}", around="<div class=p><div>{}</div></div>")
    yield from _styled(
        ".x{color:transparent;-webkit-text-stroke:1px #000}",
        ".x{color:transparent;-webkit-text-stroke:1px #fff}",
        ".x{color:transparent;-webkit-text-stroke:0 #000}",
    )
    for move in (
        "translate(-900 0)",
        "translate(9 5)",
        "scale(20)",
        "rotate(180)",
        "rotate(180 150 30)",
        "matrix(1 0 0 1 0 99)",
    ):
        yield from _drawn(f"<g transform='{move}'>{{}}</g>", f"<g transform='{move}'><g>{{}}</g></g>")
    yield from _drawn("<g>{}</g>", style="g{transform:translateY(90px)}")
    yield from _drawn("<svg x=600>{}</svg>", "<svg x=9>{}</svg>")
    yield from _drawn("{}", view="width=300 height=60 viewBox='900 900 300 60'")
    yield from _drawn("{}", style="svg{overflow:visible}", view="width=20 height=9")
    yield from _drawn("<g transform='translate(0 900)'><text>a</text></g><rect width=300 height=60 fill=#eee />{}")
    for colour in ("transparent", "#777", "#fff"):
        yield f"<style>::placeholder{{color:{colour}}}</style><input size=30 placeholder='{PASSAGE}' data-m>"
        area = f"<textarea placeholder='{PASSAGE}' data-m></textarea>"
        yield f"<style>textarea::placeholder{{color:{colour}}}</style>{area}"
        yield f"<style>::placeholder{{color:{colour}}}</style><input size=30 value='{PASSAGE}' data-m>"
    for first, second in (("hidden", ""), ("hidden", "selected"), ("hidden selected", "")):
        yield f"<select><option {first} data-m>{PASSAGE}<option {second}>other</select>"
        yield f"<select><option>other<option {first} data-m>{PASSAGE}<option {second}>another</select>"
    for set_to in (1, 2):
        yield from _styled(
            f".c{{--k:{set_to}}}@container style(--k: 1){{.x{{display:none}}}}",
            f".c{{--k:{set_to}}}@container not style(--k: 1){{.x{{display:none}}}}",
            around="<div class=c>{}</div>",
        )
    for least in (200, 3000):
        yield from _styled(
            f".c{{container-type:inline-size}}@container (min-width: {least}px){{.x{{opacity:0}}}}",
            f".c{{container-type:inline-size}}@container (width < {least}px){{.x{{opacity:0}}}}",
            around="<div class=c>{}</div>",
        )
    yield from _turned()
    yield from _placed()
    yield from _beside()
    yield from _states()
    yield from _escaping()
    yield from _windows()
    yield from _lines(chance)


def _turned() -> Iterator[str]:
    yield from _styled(
        ".x{transform:scale(1.5);transform-origin:9000px 0}",
        ".x{transform:scale(1.1);transform-origin:9px 0}",
        ".x{transform:rotate(90deg);transform-origin:0 -6000px}",
        ".x{clip-path:circle(20px at 3000px 50%)}",
        ".x{clip-path:circle(900px at 300px 50%)}",
        ".x{mask:linear-gradient(#000,#000) no-repeat;mask-position:4000px 0}",
        ".x{mask:linear-gradient(#000,#000);mask-mode:luminance}",
        ".x{mask:linear-gradient(#000,#000),linear-gradient(#000,#000);mask-composite:exclude}",
        ".x{mask:linear-gradient(#000,#000),linear-gradient(#000,#000);mask-composite:add}",
        ".x{mask:linear-gradient(#000,#000);mask-composite:exclude}",
        "table{max-height:0;overflow:hidden}.x{margin:0}",
        ".x{width:400px;aspect-ratio:1000/1;overflow:hidden}",
        ".x{width:400px;aspect-ratio:2/1;overflow:hidden}",
        ".x{box-sizing:border-box;height:60px;border-top:60px solid #ddd;overflow:hidden}",
        ".x{box-sizing:border-box;height:60px;border-top:6px solid #ddd;overflow:hidden}",
        ".x{position:fixed;bottom:-200px}",
        ".x{position:fixed;bottom:20px}",
        ".x{background:linear-gradient(#222,#222) 0 0/0 0 no-repeat;color:#222}",
        ".x{background:linear-gradient(#222,#222);color:#222}",
        "@layer a{.x{opacity:0}}@layer b{.x{opacity:revert-layer}}",
        "@layer a{.x{opacity:1}}@layer b{.x{opacity:revert-layer}}",
    )
    for size in ("0", "62.5%"):
        yield from _styled(f"html{{font-size:{size}}}.x{{font-size:1.6rem}}")
    clip = "<clipPath id=q><rect x=0 y={} width=300 height=20 /></clipPath><g clip-path='url(#q)'>{{}}</g>"
    yield from _drawn(clip.format(40), clip.format(15), clip.format(-60))
    yield from _drawn("<defs>{}</defs>")
    text = f"<text id=t x=5 y=30 data-m>{PASSAGE}</text>"
    for use in ("x=-900", "", "y=90", "x=9"):
        yield f"<svg width=300 height=60><defs>{text}</defs><use href='#t' {use} /></svg>"
    for fit in ("xMidYMin slice", "xMidYMax slice", "xMidYMid meet"):
        yield from _drawn("{}", view=f"width=300 height=40 viewBox='0 0 300 120' preserveAspectRatio='{fit}'")
    for colour in ("black", "none", "white"):
        yield f"<svg width=300 height=60><text x=5 y=30 fill=none stroke={colour} data-m>{PASSAGE}</text></svg>"
    for width in ("200px", "20px"):
        floating = f"<i style='float:left;width:{width};height:50px'></i>"
        yield f"<div style='width:200px;height:30px;overflow:hidden'>{floating}<span data-m>{PASSAGE}</span></div>"
    yield (
        f"<div style='height:20px;overflow:hidden'><div style='height:80px'></div>"
        f"<p style='position:sticky;top:0' data-m>{PASSAGE}</p></div>"
    )


def _placed() -> Iterator[str]:
    frame = "<div style='position:relative;height:60px;{}'>ordinary<p data-m style='position:absolute;{}'>{}</p></div>"
    for side in ("top:100%", "top:40%", "left:100%", "right:100%;white-space:nowrap", "top:90px", "bottom:100%"):
        for cut in ("overflow:hidden", ""):
            if cut or side.startswith("right"):
                yield frame.format(cut, f"margin:0;{side}", PASSAGE)
    away = f"<p data-m style='position:absolute;top:90px'>{PASSAGE}</p>"
    yield f"<div style='overflow:hidden;height:40px'>ordinary{away}</div>"
    for gap in (10, 600):
        items = f"<b style='flex:none'>a</b><p style='flex:none' data-m>{PASSAGE}</p>"
        yield f"<div style='display:flex;overflow:hidden;width:300px;gap:{gap}px'>{items}</div>"
    for margin in (20, 500):
        yield f"<div style='overflow:hidden;width:300px'><p data-m style='margin-left:{margin}px'>{PASSAGE}</p></div>"


def _beside() -> Iterator[str]:
    """Passages next to what covers or cuts off others."""
    for up in ("", "position:relative;bottom:60px"):
        inner = f"<div style='{up}'>a\nb\n<span data-m>{PASSAGE}</span></div>"
        yield f"<div style='height:30px;overflow:hidden;line-height:30px;white-space:pre'>{inner}</div>"
    under = f"<p style='position:absolute;top:100%;margin:0' data-m>{PASSAGE}</p>"
    yield f"<div style='position:relative;overflow:hidden'>ordinary{under}</div>"
    before = f"<p style='position:absolute;right:100%;white-space:nowrap;padding-right:20px' data-m>{PASSAGE}</p>"
    for frame in ("", "width:300px;margin:0 auto;", "margin-left:400px;", "float:right;width:300px;"):
        yield f"<div style='{frame}position:relative;height:60px'>ordinary{before}</div>"
    long = f"{'wide ' * 22}<span data-m>{PASSAGE}</span>"
    for item in ("display:inline-block", "float:left", "position:absolute", ""):
        yield f"<div style='width:250px'><div style='{item};overflow:hidden;white-space:nowrap'>{long}</div></div>"
    for item in ("flex:none", "flex:0 1 auto"):
        inner = f"<div style='{item};overflow:hidden;white-space:nowrap'>{long}</div>"
        yield f"<div style='display:flex;width:250px'>{inner}</div>"
    yield f"<table style='max-height:0;overflow:hidden'><tr><td>a<tr><td data-m>{PASSAGE}</table>"
    for layout in ("fixed", "auto"):
        cell = f"<td style='overflow:hidden;white-space:nowrap'>{long}<td>b"
        yield f"<table style='table-layout:{layout};width:200px'><tr>{cell}</table>"
    for shrink, width in (("none", 300), ("0 1 auto", 90), ("none", 90)):
        items = "".join(f"<div style='flex:{shrink};width:{width}px'>{text}</div>" for text in ("one", "{}"))
        row = f"<div style='display:flex;width:600px'>{items}</div>"
        yield f"<div style='overflow:hidden;width:300px'>{row.format(f'<b data-m>{PASSAGE}</b>')}</div>"
    column = "<div style='position:fixed;left:0;top:0;bottom:0;width:230px;background:#eee'></div>"
    for margin in (0, 240):
        yield f"<div style='margin-left:{margin}px'><p data-m>{PASSAGE}</p></div>{column}"
    for opacity in (0.97, 0.5):
        over = f"<i style='position:absolute;inset:0;background:rgb(255 255 255 / {opacity})'></i>"
        yield f"<div style='position:relative'><p data-m>{PASSAGE}</p>{over}</div>"


def _states() -> Iterator[str]:
    """Fields in states that their attributes decide, and values that browsers do not know, each next to a passage."""
    states = ("required", "optional", "invalid", "valid", "placeholder-shown", "read-only", "read-write", "in-range")
    fields = (
        "<input>",
        "<input required>",
        "<input required value=a>",
        "<input placeholder=a>",
        "<input type=number min=1 value=2>",
    )
    for state in states:
        for field in fields:
            yield f"<style>:{state} + .x{{display:none}}</style>{field}{_MARKED}"
    yield from _styled(*(f".x:{state}{{display:none}}" for state in (*states, "dir(rtl)", "dir(ltr)")))
    yield from _styled(".x:dir(rtl){display:none}", ".x:dir(ltr){display:none}", around="<div dir=rtl>{}</div>")
    yield from _styled(
        ".x:is(p, :unheard){display:none}",
        ":is(.y, :unheard) p{display:none}",
        ".x:where(:unheard){display:none}",
        ".x, :unheard{display:none}",
        ".x{color:#fff;color:unheard(1)}",
        ".x{color:#000;color:rgb(255 255 255)}",
        ".x{opacity:env(unheard, 0)}",
        ".x{opacity:env(unheard, 1)}",
    )
    for colour in ("", "color:initial", "color:inherit", "color:unset"):
        yield f"<div style='color:#fff'><p style='{colour}' data-m>{PASSAGE}</p></div>"
    for first, last in (("#111", "#222"), ("#181818", "#181818"), ("#111", "#eee")):
        yield from _styled(f".x{{background:linear-gradient({first},{last});color:#1a1a1a}}")


def _escaping() -> Iterator[str]:
    """Passages that leave a box which shows nothing, and boxes that are put beyond the edges of another one."""
    for around in ("height:0;overflow:hidden", "height:0;overflow:hidden;position:relative", "text-indent:-9999px"):
        for inner in ("", "position:absolute", "position:fixed", "text-indent:0", "text-indent:1em;display:block"):
            yield f"<div style='{around}'><p style='{inner}' data-m>{PASSAGE}</p></div>"
    for side in ("bottom:-90px", "bottom:-2px", "right:-400px;white-space:nowrap", "right:-2px", "bottom:0;right:0"):
        frame = "position:relative;overflow:hidden;height:60px;width:300px"
        yield f"<div style='{frame}'><p style='position:absolute;margin:0;{side}' data-m>{PASSAGE}</p></div>"
    for top in (-60, -40, -2, 0, 20):
        yield f"<a href='#a' style='position:absolute;top:{top}px;padding:4px' data-m>{PASSAGE}</a><p>ordinary</p>"
    for bottom in ("bottom:150vh", "right:100vw", "right:10vw", "clip:rect(900px,999px,999px,0)"):
        yield from _styled(f".x{{position:absolute;{bottom}}}")
    for down in ("-300px", "-2px", "3px"):
        lowered = f"<span style='vertical-align:{down}' data-m>{PASSAGE}</span>"
        yield f"<div style='height:24px;overflow:hidden'>word {lowered}</div>"
    for lines in (1, 3):
        clamp = f"-webkit-line-clamp:{lines};display:-webkit-box;-webkit-box-orient:vertical;overflow:hidden"
        yield f"<div style='{clamp}'><p style='margin-top:5em' data-m>{PASSAGE}</p></div>"
    header = "<header style='position:fixed;top:0;left:0;right:0;height:60px;background:#eee'>a</header>"
    for style in ("padding-top:80px", "padding-top:0", "padding:5em 1em", "margin-top:80px"):
        yield f"<main style='{style}'><p style='margin:0' data-m>{PASSAGE}</p></main>{header}"


def _windows() -> Iterator[str]:
    """Drawings in a drawing: what their window and their view box show."""
    views = (
        "",
        "viewBox='0 0 280 50'",
        "viewBox='600 0 280 50'",
        "viewBox='0 0 280 50' preserveAspectRatio='xMinYMax'",
    )
    for view in views:
        yield from _drawn(f"<svg x=5 y=5 width=280 height=50 {view}>{{}}</svg>")
        yield from _drawn(f"<symbol id=s {view}>{{}}</symbol><use href='#s' width=280 height=50 />")
    yield from _drawn("<svg width=9 height=6>{}</svg>", "<svg width=9 height=6 overflow=visible>{}</svg>")


def _lines(chance: Random) -> Iterator[str]:
    """A passage in one of several lines, in a box that shows some of them."""
    words = ("river", "stone", "maple", "orchard", "winter", "bottle", "harbour")
    for _ in range(24):
        before, shown = chance.randint(0, 6), chance.randint(1, 6)
        if before == shown:
            continue  # the edge between the two depends on the font
        lines = [" ".join(chance.sample(words, 2)) for _ in range(before)]
        inner = "<br>".join([*lines, f"<span data-m>{PASSAGE}</span>"])
        style = chance.choice(
            (
                f"display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:{shown};overflow:hidden",
                f"height:{shown * 20}px;overflow:hidden",
                f"max-height:{shown * 1.25}em;overflow-y:clip",
                f"line-height:30px;height:{shown * 30}px;overflow:hidden",
            )
        )
        yield f"<div style='{style}'>{inner}</div>"
        yield f"<div style='{style}'>{'<br>'.join(lines)}<div data-m>{PASSAGE}</div></div>"
    yield f"<div style='-webkit-line-clamp:1;overflow:hidden'>a<br>b<br><span data-m>{PASSAGE}</span></div>"
    for many in (1, 30):
        text = " ".join(chance.choices(words, k=many))
        for style in ("white-space:nowrap;text-overflow:ellipsis", "white-space:nowrap", "text-overflow:ellipsis"):
            yield f"<div style='width:250px;overflow:hidden;{style}'>{text} <span data-m>{PASSAGE}</span></div>"
    cell = f"{'wide ' * 22}<span data-m>{PASSAGE}</span>"
    yield f"<div style='width:250px'><table><tr><td style='overflow:hidden;white-space:nowrap'>{cell}</table></div>"


def painted(page: Page, body: str) -> int:
    """How many pixels of the passage Chromium paints."""
    page.set_content(f"<!doctype html><body style='font:16px sans-serif'>{body}")
    before = _picture(page)
    page.evaluate(_CLEARED)
    difference = ImageChops.difference(before, _picture(page))
    red, green, blue = difference.split()
    strongest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return sum(strongest.histogram()[_STRONG:])


def _picture(page: Page) -> Image.Image:
    return Image.open(BytesIO(page.screenshot())).convert("RGB")
