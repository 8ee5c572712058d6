"""Letters of symbol fonts, which files store in the private area of Unicode."""

_PRIVATE = 0xF000
_UPPER = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"
_LOWER = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ"
_SYMBOL = {ord("A") + at: letter for at, letter in enumerate(_UPPER)}
_SYMBOL |= {ord("a") + at: letter for at, letter in enumerate(_LOWER)}
_SYMBOL |= {at: chr(at) for at in (*range(0x20, 0x22), 0x23, 0x25, 0x26, 0x28, 0x29, 0x2B, 0x2C, *range(0x2E, 0x40))}
_SYMBOL |= {0x22: "∀", 0x24: "∃", 0x27: "∋", 0x2A: "∗", 0x2D: "−", 0x40: "≅", 0x5C: "∴", 0x5E: "⊥", 0xA0: "€"}
_SYMBOL |= {0xA2: "′", 0xA3: "≤", 0xA5: "∞", 0xA7: "♣", 0xA8: "♦", 0xA9: "♥", 0xAA: "♠", 0xAB: "↔", 0xAC: "←"}
_SYMBOL |= {0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xB0: "°", 0xB1: "±", 0xB2: "″", 0xB3: "≥", 0xB4: "×", 0xB5: "∝"}
_SYMBOL |= {0xB6: "∂", 0xB7: "•", 0xB8: "÷", 0xB9: "≠", 0xBA: "≡", 0xBB: "≈", 0xBC: "…", 0xC5: "⊕", 0xC6: "∅"}
_SYMBOL |= {0xC7: "∩", 0xC8: "∪", 0xCC: "⊂", 0xCE: "∈", 0xCF: "∉", 0xD0: "∠", 0xD1: "∇", 0xD5: "∏", 0xD6: "√"}
_SYMBOL |= {0xD7: "⋅", 0xD8: "¬", 0xD9: "∧", 0xDA: "∨", 0xDB: "⇔", 0xDC: "⇐", 0xDE: "⇒", 0xE5: "∑", 0xF2: "∫"}
_WINGDINGS = {0x4A: "☺", 0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "❑", 0x76: "❖", 0x78: "☒", 0xA7: "▪", 0xA8: "◻"}
_WINGDINGS |= {
    0xD8: "➢",
    0xDF: "←",
    0xE0: "→",
    0xE1: "↑",
    0xE2: "↓",
    0xE8: "➔",
    0xFB: "✗",
    0xFC: "✓",
    0xFD: "☒",
    0xFE: "☑",
}
_FONTS = {"symbol": _SYMBOL, "wingdings": _WINGDINGS}


def symbol(code: int, font: str) -> str:
    """The character that a reader sees for a code in a font; the code itself when the font is not known."""
    letters = _FONTS.get(font.casefold(), {})
    plain = code - _PRIVATE if _PRIVATE <= code < _PRIVATE + 0x100 else code
    if plain in letters:
        return letters[plain]
    return chr(code) if 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"


def readable(text: str, font: str) -> str:
    """`text` with the private characters of its font made readable."""
    if font.casefold() not in _FONTS or not any(_PRIVATE <= ord(character) < _PRIVATE + 0x100 for character in text):
        return text
    return "".join(symbol(ord(c), font) if _PRIVATE <= ord(c) < _PRIVATE + 0x100 else c for c in text)
