"""Writes texts that try to take over a model, orders in other languages, and ordinary texts with the same words.

Invariants: seeded; the same random state writes the same texts. The patterns are in `overt.yaml` and `languages.yaml`;
no text of others is in there. A language that has no spaces between words has none between clauses.
"""

from pathlib import Path
from random import Random

import yaml

from scripts.train.orders import FAMILIES, SLOTS, fill, order

_FOLDER = Path(__file__).parent
_PATTERNS = yaml.safe_load((_FOLDER / "overt.yaml").read_text(encoding="utf-8"))
OVERT: dict[str, list[str]] = _PATTERNS["families"]
_ORDINARY: list[str] = _PATTERNS["ordinary"]
LANGUAGES: dict[str, dict[str, list[str]]] = {
    name: {part: text.split(" | ") for part, text in parts.items()}
    for name, parts in yaml.safe_load((_FOLDER / "languages.yaml").read_text(encoding="utf-8")).items()
}
_ACTS = ("act", "slant", "content", "form", "reveal")
SLOTS |= _PATTERNS["slots"] | {"plain": [pattern for name in _ACTS for pattern in FAMILIES[name]]}
_DENSE = {"zh": "。", "ja": "。", "th": " "}
"""Ends of sentences in languages that are written without spaces."""
_ENDS = (". ", ". ", "! ", "\n", "; ", ".\n\n")
_PAIRED, _FRAMED, _SHOUTED = 0.35, 0.12, 0.05


def overt(family: str, chance: Random) -> str:
    """One overt text of a family: one or two sentences, sometimes inside marks of a turn or a heading."""
    text = _sentence(chance.choice(OVERT[family]), chance)
    if chance.random() < _PAIRED:
        near = family if family in ("persona", "tool") else chance.choice((family, "override", "hidden", "addressed"))
        text += chance.choice(_ENDS) + _sentence(chance.choice(OVERT[near]), chance)
    if chance.random() < _FRAMED:
        text = chance.choice(("<!-- {} -->", "[{}]", "({})", '"{}"', "*** {} ***", "> {}", "`{}`", "# {}")).format(text)
    return text.upper() if chance.random() < _SHOUTED else text


def _sentence(pattern: str, chance: Random) -> str:
    text = fill(pattern, chance)
    end = chance.choice((".", ".", ".", "!", "")) if text[-1:].isalnum() else ""
    return (text[:1].upper() + text[1:] if chance.random() < 0.9 else text) + end


def hard(chance: Random) -> str:
    """An ordinary document whose sentences hold words of orders to a model."""
    few = chance.sample(_ORDINARY, chance.randint(2, 8))
    return chance.choice((" ", "\n", "\n\n", "\n- ")).join(_sentence(pattern, chance) for pattern in few)


def foreign(language: str, chance: Random) -> str:
    """One overt text in another language."""
    parts = LANGUAGES[language]
    stop = _DENSE.get(language, ". ")
    comma = {"zh": "，", "ja": "、", "ar": "، ", "th": " "}.get(language, ", ")

    def pick(part: str) -> str:
        return chance.choice(parts[part])

    text = chance.choice(
        (
            lambda: f"{pick('model')}: {pick('drop')}{stop}{pick('do')}",
            lambda: f"{pick('drop')}{comma}{pick('do')}",
            lambda: f"{pick('drop')}{stop}{pick('do')}",
            lambda: pick("drop"),
            lambda: f"{pick('model')}: {pick('do')}{comma}{pick('hide')}",
            lambda: f"{pick('model')}{comma}{pick('do')}",
            lambda: f"{pick('cond')}{comma}{pick('do')}",
            lambda: f"{pick('cond')}{comma}{pick('do')}{stop}{pick('hide')}",
            lambda: f"{pick('do')}{comma}{pick('hide')}",
            lambda: f"{pick('free')}{stop}{pick('do')}",
            lambda: f"{pick('free')}{comma}{pick('hide')}",
            lambda: pick("free"),
            lambda: pick("leak"),
            lambda: f"{pick('drop')}{comma}{pick('leak')}",
            lambda: f"{pick('model')}: {pick('leak')}",
        )
    )()
    return _ended(text, language, chance)


def foreign_order(language: str, chance: Random) -> str:
    """One plain order or question in another language."""
    parts = LANGUAGES[language]
    return _ended(chance.choice(parts["plain"]).replace("{t}", chance.choice(parts["topics"])), language, chance)


def _ended(text: str, language: str, chance: Random) -> str:
    end = _DENSE.get(language, ".").strip() if text[-1] not in "?？؟!" and chance.random() < 0.8 else ""
    return text[:1].upper() + text[1:] + end


def foreign_text(language: str, chance: Random) -> str:
    """An ordinary document in another language."""
    few = chance.sample(LANGUAGES[language]["says"], chance.randint(3, 8))
    return chance.choice((" ", "\n", "\n\n")).join(few)


def plain(family: str, chance: Random) -> str:
    """One plain order of a family of `orders.py`, or of a language."""
    return order(family, chance) if family in FAMILIES else foreign_order(family, chance)


def taking_over(family: str, chance: Random) -> str:
    """One overt text of a family, or of a language."""
    return overt(family, chance) if family in OVERT else foreign(family, chance)
