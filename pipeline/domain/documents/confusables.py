"""Characters of other scripts that look like a Latin letter: a part of Unicode's confusables (UTS 39).

Invariants: pure; each character stands for one letter, so a translation keeps every offset.
"""

_SAME = {
    "A": "АΑ", "B": "ВΒ", "C": "СϹ", "D": "Ꭰ", "E": "ЕΕ", "G": "Ԍ", "H": "НΗ", "I": "ІΙӀ", "J": "Ј", "K": "КΚ",
    "M": "МΜ", "N": "Ν", "O": "ОΟ", "P": "РΡ", "S": "Ѕ", "T": "ТΤ", "X": "ХΧ", "Y": "ҮΥ", "Z": "Ζ",
    "a": "аαɑ", "c": "сϲ", "d": "ԁ", "e": "е", "g": "ɡ", "h": "һհ", "i": "іıι", "j": "ј", "k": "κ", "l": "ⅼӏ",
    "n": "ո", "o": "оοօ", "p": "рρ", "q": "ԛզ", "s": "ѕ", "u": "υս", "v": "νѵ", "w": "ԝ", "x": "хχ", "y": "уγ",
}  # fmt: skip
_NEAR = {
    "b": "вьβ", "d": "ɗ", "e": "єε", "f": "ғƒ", "g": "ց", "h": "н", "i": "ɩ", "k": "к", "l": "ɫłƚ", "m": "м",
    "n": "пηɴ", "o": "σөø", "p": "ք", "r": "гɾ", "t": "тτŧ", "u": "цμ", "w": "ѡωɯ", "y": "үɣ", "3": "з",
}  # fmt: skip


def _table(letters: dict[str, str]) -> dict[int, str]:
    return {ord(other): latin for latin, others in letters.items() for other in others}


SAME = _table(_SAME)
"""For `str.translate`: characters that are drawn as the letter is, in both cases. Fit to restore a disguised value."""

NEAR = SAME | _table(_NEAR)
"""`SAME`, and small letters that a reader takes for the letter inside a word. Fit to recognise a word, not a value."""
