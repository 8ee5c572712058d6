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
    "mask without colour": "mask:linear-gradient(#0000,#0000)",
    "mask without size": "mask-image:linear-gradient(#000,#000);mask-size:0 0",
    "visibility after an unknown value": "visibility:hidden;visibility:seen",
    "opacity by a function": "opacity:mod(4, 2)",
    "font-size by a function": "font-size:calc(1px * sin(0))",
    "white by a mixture": "color:color-mix(in srgb, white 100%, black)",
    "white from white": "color:rgb(from white r g b)",
    "white in the light": "color:light-dark(white, black)",
    "as its gradient": "background:linear-gradient(#123,#123);color:#112233",
    "inverted": "filter:invert(1)",
    "blurred": "filter:blur(40px)",
    "scrolled in no height": "height:0;overflow-y:scroll",
    "contained in no height": "height:0;contain:paint",
    "no rows": "display:grid;grid-template-rows:0;overflow:hidden",
    "turned away": "transform:rotateY(180deg);backface-visibility:hidden",
    "on edge in space": "transform:rotate3d(0,1,0,90deg)",
    "above the screen": "position:fixed;top:-100vh",
    "beside the screen": "position:fixed;left:100vw",
    "indent of the whole width": "text-indent:100%;white-space:nowrap;overflow:hidden",
    "white if": "color:if(else: white)",
    "no display if": "display:if(supports(display:grid): none)",
    "white from another hue": "color:hsl(from red h s 100%)",
    "white in another space": "color:color(display-p3 1 1 1)",
    "clear from black": "color:rgb(from black r g b / 0)",
    "white by a sum": "color:rgb(from black calc(r + 255) 255 255)",
    "clear by a product": "color:rgb(from black r g b / calc(alpha * 0))",
    "white by contrast": "color:contrast-color(black)",
    "named by the system": "color:Field",
    "background of its own colour": "color:#446;background:currentColor",
    "filled from inside": "box-shadow:inset 0 0 0 999px #345;color:#345",
    "shadow in white": "color:transparent;text-shadow:0 0 0 #fff",
    "struck through by a thick line": "text-decoration:line-through 3em #fff",
    "framed inwards": "outline:60px solid #fff;outline-offset:-60px",
    "picture in place of it": "content:url(a.png)",
    "column of a table": "display:table-column",
    "skewed": "transform:skewX(90deg)",
    "behind the eye": "transform:perspective(100px) translateZ(200px)",
    "on edge by a sum": "transform:rotateX(calc(45deg * 2))",
    "scaled twice": "transform:scale(.2) scale(.1)",
    "outline without area": "clip-path:path('M0 0')",
    "shape without area": "clip-path:shape(from 0 0, line to 0 0)",
    "clip beside it": "clip-path:circle(10px at -500px -500px)",
    "clip far away": "clip-path:polygon(2000px 0, 2100px 0, 2100px 50px)",
    "far along a path": "offset-path:path('M -4000 0 L -4000 10');offset-distance:0",
    "far along a ray": "offset-path:ray(270deg);offset-distance:5000px",
    "left of the page by its right side": "position:absolute;right:110vw",
    "above the page by its bottom": "position:absolute;bottom:3000px",
    "above the screen by its bottom": "position:fixed;inset:auto auto 100vh auto",
    "above the screen by a little": "position:fixed;top:-200px",
    "contained without a size": "contain:strict",
    "container without a size": "container-type:size;overflow:hidden",
    "line below its box": "line-height:300px;height:20px;overflow:hidden",
    "padding above its end": "height:40px;padding-top:40px;box-sizing:border-box;overflow:hidden",
    "rounded down": "font-size:round(down, 9px, 10px)",
    "clip with auto": "position:absolute;clip:rect(auto,0,auto,0)",
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
    "popover": "<div popover><p>{}</p></div>",
    "hidden until found": "<p hidden=until-found>{}</p>",
    "frame that is hidden": "<iframe hidden srcdoc='<p>{}</p>'></iframe>",
    "frame without size": "<iframe width=0 height=0 srcdoc='<p>{}</p>'></iframe>",
    "label of a hidden picture": "<img style='opacity:0' alt='{}' src=a.png>",
    "old colour": "<table bgcolor=ffffff><tr><td><font color=fefefe>{}</font></table>",
    "option with a label": "<select><option label=item>{}</option></select>",
    "phantom": "<math><mphantom><mtext>{}</mtext></mphantom></math>",
    "other form of a formula": "<math><maction><mtext>item</mtext><mtext>{}</mtext></maction></math>",
    "other form of a drawing": "<svg><switch><text y=20>item</text><text y=20>{}</text></switch></svg>",
    "svg text without a text element": "<svg width=90 height=90>{}</svg>",
    "svg covered": "<svg width=900 height=90><text x=5 y=20>{}</text><rect width=900 height=90 fill=white /></svg>",
    "svg without size": "<svg width=0 height=0><text y=20>{}</text></svg>",
    "svg by a style sheet": "<svg><style>.f{{fill:#fff}}</style><text class=f y=20>{}</text></svg>",
    "first line": "<style>.l::first-line{{color:white}}</style><p class=l>{}</p>",
    "room of a box": "<div style='height:20px;overflow:hidden'><p style='margin-top:500px'>{}</p></div>",
    "row without height": "<div style='display:grid;grid-template-rows:0fr'><p style='overflow:hidden'>{}</p></div>",
    "child without a slot": "<div><template shadowrootmode=open><b>item</b></template><p>{}</p></div>",
    "words without a slot": "<div><template shadowrootmode=open><b>item</b></template>{}</div>",
    "slot that is filled": "<div><template shadowrootmode=open><slot>{}</slot></template><p>item</p></div>",
    "style of a shadow": "<div><template shadowrootmode=open><style>p{{opacity:0}}</style><p>{}</p></template></div>",
    "slotted": "<div><template shadowrootmode=open><style>::slotted(p){{opacity:0}}</style><slot></slot></template>"
    "<p>{}</p></div>",
    "host": "<div><template shadowrootmode=open><style>:host{{opacity:0}}</style><slot></slot></template>"
    "<p>{}</p></div>",
    "animation that ends": "<style>@keyframes a{{to{{opacity:0}}}}.a{{animation:a 1s forwards}}"
    "</style><p class=a>{}</p>",
    "animation that waits": "<style>@keyframes a{{from{{opacity:0}}}}.a{{animation:a 1s paused}}"
    "</style><p class=a>{}</p>",
    "animation for ever": "<style>@keyframes a{{0%,to{{opacity:0}}}}.a{{animation:a 1s infinite}}"
    "</style><p class=a>{}</p>",
    "registered variable": "<style>@property --o{{initial-value:0}}.a{{opacity:var(--o)}}</style><p class=a>{}</p>",
    "scope": "<style>@scope (section) to (q){{.a{{opacity:0}}}}</style><section><p class=a>{}</p></section>",
    "state": "<style>.a:not(:popover-open):read-only:dir(ltr){{opacity:0}}</style><p class=a>{}</p>",
    "linked sheet": "<link rel=stylesheet href='data:text/css,.a{{opacity:0}}'><p class=a>{}</p>",
    "behind a box": "<div style='position:relative'><p>{}</p><i style='position:absolute;inset:0;background:#fff'>"
    "</i></div>",
    "behind a box of its width": "<div style='position:relative'><p>{}</p>"
    "<i style='position:absolute;top:0;left:0;width:100%;height:100%;background:#fff'></i></div>",
    "behind a box of pixels": "<div style='position:relative'>{}"
    "<i style='position:absolute;top:0;left:0;width:1200px;height:90px;background:#fff'></i></div>",
    "behind generated content": "<style>.c{{position:relative}}.c::after{{content:'';position:absolute;inset:0;"
    "background:#fff}}</style><p class=c>{}</p>",
    "behind content before it": "<style>.c{{position:relative}}.c::before{{content:'';position:absolute;inset:0;"
    "background:#fff}}</style><p class=c>{}</p>",
    "behind the next box": "<p style='margin:0'>{}</p>"
    "<div style='position:relative;top:-25px;height:60px;background:#fff'></div>",
    "behind the next box by its margin": "<p style='margin:0'>{}</p>"
    "<div style='position:relative;margin-top:-25px;height:60px;background:#fff'></div>",
    "behind a box that is moved": "<p style='margin:0'>{}</p>"
    "<div style='transform:translateY(-25px);height:60px;background:#fff'></div>",
    "behind another in its cell": "<div style='display:grid'><p style='grid-area:1/1'>{}</p>"
    "<b style='grid-area:1/1;background:#fff'></b></div>",
    "below its own background": "<div style='background:#fff'><p style='position:relative;z-index:-1'>{}</p></div>",
    "below a box in the order of layers": "<div style='position:relative'>"
    "<b style='position:absolute;inset:0;background:#fff;z-index:5'></b>"
    "<p style='position:relative;z-index:1'>{}</p></div>",
    "behind a picture": "<div style='position:relative'>{}<img style='position:absolute;inset:0' src=a.png alt=''>"
    "</div>",
    "behind a border": "<div style='position:relative'>{}"
    "<i style='position:absolute;top:0;left:0;width:100%;border-top:60px solid #fff'></i></div>",
    "behind a shadow": "<div style='position:relative'>{}<i style='position:absolute;left:0;top:0;width:1px;height:1px;"
    "box-shadow:0 0 0 1300px #fff'></i></div>",
    "behind frosted glass": "<div style='position:relative'>{}"
    "<i style='position:absolute;inset:0;backdrop-filter:blur(60px)'></i></div>",
    "below the end of a box": "<div style='height:20px;overflow:hidden'>"
    "<p style='margin:0;height:30px'>item</p><p>{}</p>"
    "</div>",
    "out of a box by all of its width": "<div style='overflow:hidden'><p style='transform:translateX(-100%)'>{}</p>"
    "</div>",
    "below a box by a move": "<div style='overflow:hidden;height:30px'><p style='transform:translateY(90px)'>{}</p>"
    "</div>",
    "function of the page": "<style>@function --f(--c: white){{result:var(--c)}}.f{{color:--f()}}</style><p class=f>{}"
    "</p>",
    "function with an argument": "<style>@function --f(--d){{result:var(--d)}}.f{{display:--f(none)}}"
    "</style><p class=f>{}"
    "</p>",
    "colour of an attribute": "<p data-c='#fff' style='color:attr(data-c type(&lt;color&gt;))'>{}</p>",
    "shrunk font": "<style>@font-face{{font-family:a;src:local(b);size-adjust:0%}}</style>"
    "<p style='font-family:a'>{}</p>",
    "if by a variable": "<p style='--k:1;color:if(style(--k: 1): white; else: black)'>{}</p>",
    "scaled by those around": "<div style='scale:.2'><div style='transform:scale(.1)'><p>{}</p></div></div>",
    "field without a box": "<textarea style='display:contents'>{}</textarea>",
    "frame of one pixel": "<iframe width=1 height=1 srcdoc='<p>{}</p>'></iframe>",
    "formula in white": "<math><mtext mathcolor=white>{}</mtext></math>",
    "formula without size": "<math><mtext mathsize=0px>{}</mtext></math>",
    "svg behind an outline": "<svg width=900 height=60><text x=9 y=30>{}</text><path d='M0 0H900V60H0Z' fill=white />"
    "</svg>",
    "svg behind relative steps": "<svg width=900 height=60><text x=9 y=30>{}</text>"
    "<path d='m0 0h900v60h-900z' fill=white />"
    "</svg>",
    "svg behind a circle": "<svg width=900 height=60><text x=9 y=30>{}</text><circle cx=300 cy=30 r=600 fill=white />"
    "</svg>",
    "svg behind corners": "<svg width=900 height=60><text x=9 y=30>{}</text><polygon points='0,0 900,0 900,60 0,60' />"
    "</svg>",
    "svg behind a thick line": "<svg width=900 height=60><text x=9 y=30>{}</text>"
    "<line x1=0 y1=30 x2=900 y2=30 stroke=white stroke-width=60 /></svg>",
    "svg behind a style": "<svg width=900 height=60><text x=9 y=30>{}</text>"
    "<rect style='fill:#fff' width=900 height=60 /></svg>",
    "svg on an outline": "<svg width=900 height=60><path d='M0 0h900v60h-900z' fill=navy /><text y=30 fill=navy>{}"
    "</text></svg>",
    "svg shifted down": "<svg width=900 height=60><text x=9 y=20 dy=900>{}</text></svg>",
    "svg shifted left": "<svg width=900 height=60><text x=9 y=20 dx=-2000>{}</text></svg>",
    "svg part shifted down": "<svg width=900 height=60><text x=9 y=20>item<tspan dy=500>{}</tspan></text></svg>",
    "svg above": "<svg width=900 height=60><text x=9 y=-40>{}</text></svg>",
    "svg ending at the left": "<svg width=900 height=60><text x=0 y=30 text-anchor=end>{}</text></svg>",
    "svg moved down": "<svg width=900 height=60><text transform='translate(0 900)' x=9 y=30>{}</text></svg>",
    "svg in small units": "<svg width=600 height=60 viewBox='0 0 60000 6000'><text x=9 y=3000>{}</text></svg>",
    "svg squeezed": "<svg width=900 height=60><text x=9 y=30 textLength=1 lengthAdjust=spacingAndGlyphs>{}</text>"
    "</svg>",
    "svg inner drawing": "<svg width=900 height=60><svg x=-900 width=90 height=60><text x=9 y=30>{}</text></svg></svg>",
    "svg path that is missing": "<svg width=900 height=60><text><textPath href='#no'>{}</textPath></text></svg>",
    "svg path far away": "<svg width=900 height=60><path id=f d='M-5000 10H-4000' fill=none />"
    "<text><textPath href='#f'>{}</textPath></text></svg>",
    "svg path at its end": "<svg width=900 height=60><path id=f d='M9 30H800' fill=none />"
    "<text><textPath href='#f' startOffset='100%'>{}</textPath></text></svg>",
    "svg path too short": "<svg width=900 height=60><path id=f d='M9 30H10' fill=none />"
    "<text><textPath href='#f'>{}</textPath></text></svg>",
    "svg gradient of white": "<svg width=900 height=60><linearGradient id=g><stop stop-color=white /></linearGradient>"
    "<text x=9 y=30 fill='url(#g)'>{}</text></svg>",
    "svg gradient of nothing": "<svg width=900 height=60><linearGradient id=g><stop stop-opacity=0 /></linearGradient>"
    "<text x=9 y=30 fill='url(#g)'>{}</text></svg>",
    "svg clip without area": "<svg width=900 height=60><clipPath id=c><rect width=0 height=0 /></clipPath>"
    "<text x=9 y=30 clip-path='url(#c)'>{}</text></svg>",
    "svg mask of black": "<svg width=900 height=60><mask id=m><rect width=900 height=60 fill=black /></mask>"
    "<text x=9 y=30 mask='url(#m)'>{}</text></svg>",
    "svg filter that floods": "<svg width=900 height=60><filter id=f><feFlood flood-color=white /></filter>"
    "<text x=9 y=30 filter='url(#f)'>{}</text></svg>",
    "svg filter that moves": "<svg width=900 height=60><filter id=f><feOffset dx=3000 /></filter>"
    "<text x=9 y=30 filter='url(#f)'>{}</text></svg>",
    "svg filter that clears": "<svg width=900 height=60><filter id=f><feColorMatrix values='"
    + "0 " * 20
    + "' /></filter><text x=9 y=30 filter='url(#f)'>{}</text></svg>",
    "svg behind a shape that is used": "<svg width=900 height=60>"
    "<defs><rect id=r width=900 height=60 fill=white /></defs><text x=9 y=30>{}</text><use href='#r' /></svg>",
    "svg path below": "<svg width=900 height=60><path id=f d='M9 900H800' fill=none />"
    "<text><textPath href='#f'>{}</textPath></text></svg>",
    "svg path that ends before": "<svg width=900 height=60><path id=f d='M9 30H800' fill=none />"
    "<text><textPath href='#f' startOffset=2000>{}</textPath></text></svg>",
    "svg inner page": "<svg width=900 height=60>"
    "<foreignObject x=-900 width=300 height=60><p>{}</p></foreignObject></svg>",
    "struck by its element": "<s style='text-decoration-thickness:2em;text-decoration-color:#fff'>{}</s>",
    "contained twice": "<p style='contain:size paint'>{}</p>",
    "blended with the box around": "<div style='background:#fff'><p style='mix-blend-mode:screen'>{}</p></div>",
    "svg that is set": "<svg width=900 height=60><text x=9 y=30>{}<set attributeName=opacity to=0 /></text></svg>",
    "svg that fades": "<svg width=900 height=60><text x=9 y=30>{}"
    "<animate attributeName=opacity values='1;0' dur=1s fill=freeze /></text></svg>",
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
    "imported": '<style>@import url("data:text/css,.k%7B{style}%7D") screen;</style><p class=k>{words}</p>',
    "media in a rule": "<style>p.k{{@media (min-width:1px) and (not (monochrome)){{{style}}}}}</style>"
    "<p class=k>{words}</p>",
    "media by logic": "<style>@media not all and (max-width:9px){{.k{{{style}}}}}</style><p class=k>{words}</p>",
    "supported": "<style>@supports (top:0) and (not (tip:0)){{.k{{{style}}}}}</style><p class=k>{words}</p>",
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
            if technique.endswith("unknown value") and way == "variable":
                continue  # a variable that holds an unknown value takes the place of what was declared before
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
