"""Text behind other elements is found by the order of painting and by places; text in front of them is seen."""

import pytest

from pipeline.extraction.pages import reading

OVER = "position:absolute;inset:0;background:red"
AT = "position:absolute;left:0;width:900px;background:red"


def hidden(page: str) -> list[tuple[str, str]]:
    return [(run.technique.removeprefix("html-"), run.text) for run in reading.read(page).hidden]


@pytest.mark.parametrize(
    "page",
    [
        f"<div style='position:relative'><p>under</p><div><i style='{OVER}'></i></div></div>",
        f"<div style='position:relative'><section><p><b>under</b></p></section><i style='{OVER}'></i></div>",
        f"<div style='position:relative'><p style='opacity:.99'>under</p><i style='{OVER};z-index:1'></i></div>",
        f"<div style='transform:none;position:relative'><p>under</p><i style='{OVER}'>words in front</i></div>",
        "<div style='position:relative'><p>under</p><i style='position:absolute;top:0;right:0;bottom:0;left:0;"
        "background:red'></i></div>",
        "<div style='position:relative'><b style='position:absolute;top:0;left:0;z-index:2;width:900px;height:60px;"
        "background:red'></b><p style='position:absolute;top:9px;left:9px;margin:0;z-index:1'>under</p></div>",
        "<div style='background:red'><div style='position:relative;z-index:-1'><p>under</p></div></div>",
        "<div style='background:red'><div style='display:flex'><p style='z-index:-1'>under</p></div></div>",
        "<div style='position:relative'><p>under</p><i style='position:absolute;top:0;left:0;width:100vw;height:100vh;"
        "background:linear-gradient(#fff,#eee)'></i></div>",
        "<style>.c{--b:red;position:relative}.c i{position:absolute;inset:0;background:var(--b)}</style>"
        "<div class=c>under<i></i></div>",
        "<div style='display:grid'><b style='grid-area:1/1;background:red;z-index:2'></b>"
        "<p style='grid-area:1/1'>under</p></div>",
        "<div style='position:relative'>under<iframe style='position:absolute;inset:0'></iframe></div>",
        "<div style='position:relative'><p>under</p><i style='position:absolute;inset-block:0;inset-inline:0;"
        "background:red'></i></div>",
        "<div style='position:relative'><p>under</p><div style='position:absolute;inset:0'>"
        f"<i style='{OVER}'></i></div></div>",
        "<div style='position:relative'><p>under</p><i style='position:absolute;top:0;left:0;width:calc(100% + 1px);"
        "height:calc(100% + 1px);background:red'></i></div>",
        "<div style='position:relative'>under"
        "<i style='position:absolute;top:0;left:0;outline:1300px solid red'></i></div>",
        "<p style='margin:0'>under</p><div style='position:relative;bottom:25px;height:60px;background:red'></div>",
        "<p style='margin:0'>under</p><div style='translate:0 -25px;height:60px;background:red'></div>",
        "<p style='margin:0'>under</p><div style='transform:translate(0,-25px);height:60px;background:red'></div>",
        "<p style='margin:0'>under</p><div style='transform:translateY(-100%);height:40px;background:red'></div>",
        f"under<i style='{OVER}'></i>",
        "under<i style='position:fixed;inset:0;background:red'></i>",
    ],
)
def test_text_behind_an_opaque_element_is_hidden(page: str) -> None:
    assert hidden(page) == [("covered", "under")]


@pytest.mark.parametrize(
    "page",
    [
        "<body style='background:#fff'><p style='position:relative;z-index:-1'>seen</p>",
        "<div><p style='position:relative;z-index:-1'>seen</p></div>",
        "<div style='background:#fff'><p style='z-index:-1'>seen</p></div>",
        "<div style='position:relative'><p>seen</p><i style='position:absolute;inset:0'></i></div>",
        f"<p>seen</p><div style='position:relative'><i style='{OVER}'></i></div>",
        f"<div style='position:relative'><p>seen</p><i style='{OVER};z-index:-1'></i></div>",
        f"<div style='position:relative'><p>seen</p><i style='{OVER};opacity:.3'></i></div>",
        f"<div style='position:relative'><p style='position:fixed'>seen</p><i style='{OVER}'></i></div>",
        "<div style='position:relative'><p>seen</p><i style='position:absolute;top:0;left:0;width:0;height:100%;"
        "background:red'></i></div>",
        "<div style='position:relative'><p>seen</p><i style='position:absolute;top:0;left:0;background:red'></i></div>",
        "<div style='position:relative'><p>seen</p><i style='position:absolute;right:0;width:9px;height:100%;"
        "background:red'></i></div>",
        "<div style='position:relative'><b style='position:absolute;top:0;left:0;z-index:2;width:900px;height:60px;"
        "background:red'></b><p style='position:absolute;top:200px;left:9px;margin:0;z-index:1'>seen</p></div>",
        "<div style='position:relative'><b style='position:absolute;top:0;left:300px;z-index:2;width:900px;height:60px;"
        "background:red'></b><p style='position:absolute;top:9px;left:9px;margin:0;z-index:1'>seen</p></div>",
        "<div style='display:grid'><b style='grid-area:1/2;background:red'></b><p style='grid-area:1/1'>seen</p></div>",
        "<div><b style='grid-area:1/1;background:red'></b></div><div><p style='grid-area:1/1'>seen</p></div>",
        "<div style='position:relative'>seen<i style='position:absolute;inset:0;border:1px solid red'></i></div>",
        "<div style='position:relative'>seen<i style='position:absolute;left:0;top:0;width:1px;height:1px;"
        "box-shadow:0 0 2px red'></i></div>",
        "<div style='position:relative'>seen<i style='position:absolute;inset:0;"
        "box-shadow:inset 0 0 0 2px red'></i></div>",
        "<div style='position:relative'>seen<i style='position:absolute;inset:0;backdrop-filter:blur(2px)'></i></div>",
        "<p style='margin:0'>seen</p><div style='position:relative;top:-6px;height:60px;background:red'></div>",
        "<p style='margin:0'>seen</p><div style='position:relative;top:-25px;height:9px;background:red'></div>",
        "<div style='position:relative'><i style='position:absolute;inset:0;background:red'></i></div><p>seen</p>",
        f"<div style='position:relative'><p>seen</p><i style='{OVER};max-height:2px'></i></div>",
        f"<div style='position:relative'><p>seen</p><i style='{OVER};max-width:9px'></i></div>",
        f"<div style='position:relative'><p>seen</p><i style='{OVER};mix-blend-mode:multiply'></i></div>",
        "<div style='position:relative'><p>seen</p><i style='position:absolute;top:0;left:0;width:50%;height:100%;"
        "background:red'></i></div>",
        "<div style='position:relative'><p>seen</p><div style='position:absolute;top:0;left:0;width:9px;height:9px'>"
        f"<i style='{OVER}'></i></div></div>",
        "<p style='margin:0'>seen</p><div style='translate:25px;height:60px;background:red'></div>",
        "<p style='margin:0'>seen</p><div style='transform:translate(-25px);height:60px;background:red'></div>",
        "<div style='isolation:isolate;background:#fff'><p style='position:relative;z-index:-1'>seen</p></div>",
        "<div style='contain:paint;background:#fff'><p style='position:relative;z-index:-1'>seen</p></div>",
        "<div style='filter:none;transform:rotate(0deg);background:#fff'>"
        "<p style='position:relative;z-index:-1'>seen</p></div>",
    ],
)
def test_text_in_front_of_or_next_to_an_element_is_seen(page: str) -> None:
    assert hidden(page) == []


@pytest.mark.parametrize(
    ("place", "covered"),
    [
        ("top:0;height:24px", ["first line"]),
        ("top:18px;height:40px", ["second"]),
        ("top:0;height:48px", ["first line second"]),
        ("top:60px;height:40px", []),
        ("top:0;height:9px", []),
    ],
)
def test_a_cover_of_pixels_hides_the_lines_that_it_lies_over(place: str, covered: list[str]) -> None:
    lines = "<p style='margin:0'><b>first</b> <b>line</b></p><p style='margin:0'>second</p>"
    page = f"<div style='position:relative'>{lines}<i style='{AT};{place}'></i></div>"
    assert [text for technique, text in hidden(page) if technique == "covered"] == covered


@pytest.mark.parametrize(
    ("box", "cut"),
    [
        ("height:22px;overflow:hidden", ["second"]),
        ("max-height:22px;overflow-y:clip", ["second"]),
        ("height:60px;overflow:hidden", []),
        ("height:22px", []),
        ("overflow:hidden", []),
    ],
)
def test_a_line_below_the_end_of_its_box_is_cut_off(box: str, cut: list[str]) -> None:
    page = f"<div style='{box}'><p style='margin:0'>first</p><p style='margin:9px 0'>second</p></div>"
    assert hidden(page) == [("cut-off", text) for text in cut]


def test_blocks_take_the_room_of_their_words_margins_and_heights() -> None:
    def last(first: str) -> list[tuple[str, str]]:
        return hidden(f"<div style='height:100px;overflow:hidden'>{first}<div>last</div></div>")

    assert last("<div>one</div>") == []
    assert last("<div style='height:80px'>one</div>") == []
    assert last("<div style='height:120px'>one</div>") == [("cut-off", "last")]
    assert last("<p>one</p>" * 2) == []
    assert last("<p>one</p>" * 3) == [("cut-off", "last")]
    ((technique, cut),) = last(f"<div>{'word ' * 900}</div>")
    assert (technique, cut.endswith("word last")) == ("cut-off", True)
    assert 0 < cut.count("word") < 900
    assert last("<div style='position:absolute;height:400px'>one</div>") == []
