"""Pages with one passage that a reader sees and one that a reader does not see, for each technique and way."""

from collections.abc import Iterator
from random import Random

HIDING_STYLES = {
    "display": "display:none",
    "display escaped": r"d\69splay:n\6fne",
    "display commented": "display:/* x */none",
    "display important": "display:none!important;display:block",
    "visibility": "visibility:hidden",
    "visibility collapse": "visibility:collapse",
    "content-visibility": "content-visibility:hidden",
    "opacity": "opacity:0",
    "opacity percent": "opacity:1%",
    "opacity calc": "opacity:calc(1 - 1)",
    "filter": "filter:opacity(0)",
    "filter percent": "filter:blur(0px) opacity(2%)",
    "font shorthand": "font:0/0 a",
    "font-size": "font-size:0",
    "font-size calc": "font-size:calc(1em * 0)",
    "font-size min": "font-size:min(0px, 2em)",
    "font-size relative": "font-size:.05em",
    "zoom": "zoom:0.01",
    "scale property": "scale:0",
    "scale x": "transform:scaleX(0)",
    "scale": "transform:rotate(3deg) scale(.01)",
    "matrix": "transform:matrix(0,0,0,0,0,0)",
    "on edge": "transform:rotateX(90deg)",
    "rotate property": "rotate:y 90deg",
    "translate": "transform:translateX(-9999px)",
    "translate property": "translate:-200vw",
    "translate percent": "transform:translate(-1000%, 0)",
    "off left": "position:absolute;left:-9999px",
    "off top": "position:fixed;top:calc(-100vh - 2000px)",
    "off by inset": "position:absolute;inset:-2000px auto auto 0",
    "off by margin": "margin-left:-5000px",
    "off by margins": "margin:0 0 0 -5000px",
    "indent": "text-indent:-999em",
    "clip": "position:absolute;clip:rect(0 0 0 0)",
    "clip-path inset": "clip-path:inset(50%)",
    "clip-path circle": "clip-path:circle(0)",
    "clip-path polygon": "clip-path:polygon(0 0, 0 0, 0 0)",
    "no height": "height:0;overflow:hidden",
    "no width": "max-width:0;overflow:clip",
    "no line": "line-height:0;overflow:hidden",
    "logical size": "block-size:1px;overflow-y:hidden",
    "letters on top of each other": "letter-spacing:-1em",
    "transparent": "color:transparent",
    "transparent rgb": "color:rgb(0 0 0 / 0%)",
    "transparent hex": "color:#00000000",
    "fill": "-webkit-text-fill-color:transparent",
    "fill white": "-webkit-text-fill-color:#fff",
    "white": "color:white",
    "white hsl": "color:hsl(120, 100%, 99%)",
    "white hwb": "color:hwb(0 100% 0%)",
    "white lab": "color:lab(99% 0 0)",
    "white oklch": "color:oklch(99% 0.005 120)",
    "white oklab": "color:oklab(1 0 0)",
    "faint": "color:rgba(0,0,0,.03)",
    "as its background": "background:#123456;color:rgb(20,50,90)",
    "named as its background": "background-color:rebeccapurple;color:#663399",
    "faint by opacity": "color:#999;opacity:.08",
    "masked": "-webkit-text-security:disc",
    "mask": "mask-image:linear-gradient(transparent,transparent)",
}

HIDING_MARKUP = {
    "hidden attribute": "<p hidden>{}</p>",
    "template": "<template><p>{}</p></template>",
    "noscript": "<noscript>{}</noscript>",
    "dialog": "<dialog><p>{}</p></dialog>",
    "datalist": "<datalist id=a><option>{}</option></datalist>",
    "canvas": "<canvas>{}</canvas>",
    "object": "<object data='a.svg'>{}</object>",
    "frame": "<iframe src='a.html'>{}</iframe>",
    "text in a frame": "<iframe srcdoc='<p>frame</p><p hidden>{}</p>'></iframe>",
    "meter": "<meter>{}</meter>",
    "formula source": "<math><mi>x</mi><annotation>{}</annotation></math>",
    "comment with an odd end": "<!-- {} --!>",
    "comment with a blank in its end": "<!-- a -- > {} -->",
    "unclosed cell": "<table><tr><td hidden><p>{}<td>item</table>",
    "video": "<video><p>{}</p></video>",
    "comment": "<!-- {} -->",
    "font tag": "<font color=#ffffff>{}</font>",
    "body in colour": "<table bgcolor=black><tr><td><font color=#010101>{}</font></table>",
    "svg fill": "<svg><text fill='white' y=20>{}</text></svg>",
    "svg description": "<svg><desc>{}</desc></svg>",
    "interface": "<div style='display:none'><p>{}</p><form><input><button></button></form></div>",
    "svg fill none": "<svg><g fill='none'><text y=20>{}</text></g></svg>",
    "svg definition": "<svg><defs><text id=a>{}</text></defs><rect id=b /></svg>",
    "svg symbol": "<svg><symbol id=a><text>{}</text></symbol><use href='#b' /></svg>",
    "svg outside": "<svg viewBox='0 0 100 100'><text x=900 y=20>{}</text></svg>",
    "svg on a shape": "<svg><rect width=900 height=90 fill='#024'/><text x=5 y=20 fill='#012344'>{}</text></svg>",
    "svg scaled": "<svg><g transform='scale(0)'><text>{}</text></g></svg>",
}

WAYS = {
    "inline": '<p style="{style}">{words}</p>',
    "inherited": '<div style="{style}"><section><b>{words}</b></section></div>',
    "class": "<style>.k{{{style}}}</style><p class='a k'>{words}</p>",
    "after it": "<p class='k'>{words}</p><style>p.k{{{style}}}</style>",
    "compound": "<style>div > p.k[data-a^='x']:not(.y) {{{style}}}</style><div><p class=k data-a=xyz>{words}</p></div>",
    "list": "<style>h1, #k:first-child, h2 {{{style}}}</style><div><p id=k>{words}</p></div>",
    "nth": "<style>ul li:nth-child(2n) {{{style}}}</style><ul><li>item<li>{words}</ul>",
    "media": "<style>@media screen and (min-width:100px){{.k{{{style}}}}}</style><p class=k>{words}</p>",
    "layer": "<style>@layer a{{.k{{{style}}}}} @supports (top:0){{q{{top:0}}}}</style><p class=k>{words}</p>",
    "nested": "<style>.o{{color:inherit; .k{{{style}}} }}</style><div class=o><p class=k>{words}</p></div>",
    "escaped name": "<style>.\\6b {{{style}}}</style><p class=k>{words}</p>",
    "important": "<style>.k{{{important}}}</style><p class=k style='{shown}'>{words}</p>",
    "variable": "<style>:root{{{variables}}} .k{{{by_variable}}}</style><p class=k>{words}</p>",
}

SHOWING = "display:block;visibility:visible;opacity:1;font-size:12px;color:black"


def words(chance: Random) -> str:
    """A few invented words."""
    return " ".join(
        "".join(chance.choice("bdfgklmnprstv") + chance.choice("aeiou") for _ in range(3)) for _ in range(4)
    )


def pages(chance: Random) -> Iterator[tuple[str, str, str, str]]:
    """Technique and way, the page, what is seen, and what is hidden."""
    for technique, markup in HIDING_MARKUP.items():
        seen, hidden = words(chance), words(chance)
        yield technique, f"<html><body><p>{seen}</p>{markup.format(hidden)}<p>end</p></body></html>", seen, hidden
    for technique, style in HIDING_STYLES.items():
        for way, markup in WAYS.items():
            if "!important" in style and way in ("important", "variable"):
                continue  # importance of both declarations, or in a variable, means another thing
            seen, hidden = words(chance), words(chance)
            parts = [part.split(":", 1) for part in style.split(";")]
            body = markup.format(
                style=style,
                words=hidden,
                shown=SHOWING,
                important=";".join(f"{name}:{value.removesuffix('!important')}!important" for name, value in parts),
                variables=";".join(f"--v{at}:{value}" for at, (_, value) in enumerate(parts)),
                by_variable=";".join(f"{name}:var(--v{at}, inherit)" for at, (name, _) in enumerate(parts)),
            )
            yield f"{technique}, {way}", f"<!doctype html><body><p>{seen}</p>{body}<p>end</p></body>", seen, hidden
