"""Text that a browser shows for elements without children: pictures and fields of forms."""

from xml.etree.ElementTree import Element

_NOT_SHOWN = frozenset(("hidden", "password", "file", "color", "range", "image"))
_CHOICES = frozenset(("checkbox", "radio"))
CHOICE_MARKS = ("[x]", "[ ]")
_DEFAULT_LABELS = {"submit": "Submit", "reset": "Reset"}


def shown(element: Element) -> str:
    """The text in place of a picture or a field; empty for one without text."""
    if element.tag in ("img", "area"):
        return labelled(element.get("alt", ""))
    kind = element.get("type", "text").strip().lower()
    if kind == "image":
        return labelled(element.get("alt", ""))
    if kind in _NOT_SHOWN:
        return ""
    if kind in _CHOICES:
        return CHOICE_MARKS[0 if "checked" in element.attrib else 1]
    return element.get("value", "") or element.get("placeholder", "") or _DEFAULT_LABELS.get(kind, "")


def is_placeholder(element: Element) -> bool:
    """Whether the text of a field only stands there as long as it is empty."""
    return element.tag == "input" and not element.get("value") and bool(element.get("placeholder"))


def chosen(root: Element) -> set[int]:
    """The options of a page that their fields show: the last that is selected, or the first one."""
    found: set[int] = set()
    for field in root.iter("select"):
        if "multiple" in field.attrib or field.get("size", "1").strip() not in ("", "0", "1"):
            continue
        options = list(field.iter("option"))
        selected = [option for option in options if "selected" in option.attrib]
        usable = [option for option in options if "disabled" not in option.attrib]
        found |= {id(option) for option in (selected[-1:] or usable[:1])}
    return found


def labelled(text: str) -> str:
    """The text that stands for a picture."""
    text = " ".join(text.split())
    return f"[Image: {text}]" if text else ""
