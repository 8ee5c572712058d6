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


def labelled(text: str) -> str:
    """The text that stands for a picture."""
    text = " ".join(text.split())
    return f"[Image: {text}]" if text else ""
