"""Writes orders to an assistant, by grammar: the plain ones, without a word that overrides anything.

Invariants: seeded; the same random state writes the same orders. Each order belongs to one family, so that whole
families can be left out of training. The patterns are in `orders.yaml`; no text of others is in there.
"""

import re
from pathlib import Path
from random import Random

import yaml

_PATTERNS = yaml.safe_load(Path(__file__).with_name("orders.yaml").read_text(encoding="utf-8"))
FAMILIES: dict[str, list[str]] = _PATTERNS["families"]
TOPICS: list[str] = _PATTERNS["topics"]
SLOTS: dict[str, list[str]] = _PATTERNS["slots"] | {"t": TOPICS, "u": TOPICS}
_SLOT = re.compile(r"\{(\w+)\}")
_NUMBERS = (2, 900)
_NOT_IMPERATIVE = ("I ", "I'", "let", "your ", "you ", "when ", "in your", "the ")
_SHOUTED, _LOWER = 0.02, 0.08


def fill(pattern: str, chance: Random) -> str:
    """A pattern with every slot filled."""

    def value(slot: re.Match[str]) -> str:
        return str(chance.randint(*_NUMBERS)) if slot[1] == "num" else chance.choice(SLOTS[slot[1]])

    while _SLOT.search(pattern):
        pattern = _SLOT.sub(value, pattern)
    return pattern


def order(family: str, chance: Random) -> str:
    """One order of a family, with its framing, case and end."""
    core = fill(chance.choice(FAMILIES[family]), chance)
    if "\n" in core:
        lead, _, code = core.partition("\n")
        fence = chance.choice(("```", "```", ""))
        return _capital(lead, chance) + "\n" + (f"{fence}\n{code}\n{fence}" if fence else code)
    if core.endswith("?"):
        text = chance.choice(_PATTERNS["question_leads"]).format(core)
    elif core.startswith(_NOT_IMPERATIVE):
        text = core + chance.choice((".", ".", "!", ""))
    else:
        text = chance.choice(_PATTERNS["imperative"]).format(core)
        if text[-1] not in ".?!":
            text += chance.choice(_PATTERNS["ends"])
    return _capital(text, chance)


def _capital(text: str, chance: Random) -> str:
    draw = chance.random()
    if draw < _SHOUTED:
        return text.upper()
    return text if draw < _LOWER else text[0].upper() + text[1:]
