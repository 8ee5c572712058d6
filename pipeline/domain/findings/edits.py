"""Which facts an edit touches: numbers, dates, amounts, accounts, links, contacts, commands and words of duty.

Invariants: pure, and linear in the length of a text. Facts are compared as multisets, so a passage that only moved
edits nothing. The result counts facts and never holds one, except the domains of links, which name hosts.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

_URL = re.compile(r"\b(?:https?|ftp)://[^\s<>\"'`\])}]{1,2000}", re.I)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_PHONE = re.compile(r"(?<![\w+])\+?\d{1,3}[ .(/-]{1,2}\d{2,4}(?:[ .)/-]{1,2}\d{2,4}){1,4}(?!\w)")
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE = re.compile(
    r"\b(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}"
    rf"|\d{{1,2}}\.? (?:{_MONTHS})[a-z]{{0,7}}\.?(?: \d{{4}})?|(?:{_MONTHS})[a-z]{{0,7}}\.? \d{{1,2}}(?:, \d{{4}})?)\b",
    re.I,
)
_CURRENCY = r"(?:[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|JPY|dollars?|euros?|pounds?)\b)"
_DIGITS = r"(?<![\d.,'])\d[\d.,']{0,20}+"
_AMOUNT = re.compile(
    rf"{_CURRENCY} ?\d[\d.,']{{0,20}}+(?: ?(?:k|m|bn|million|billion)\b)?|{_DIGITS} ?{_CURRENCY}", re.I
)
_ACCOUNT = re.compile(
    r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"  # the shape of an IBAN
    r"|(?i:\b(?:account|acct|a/c|iban|routing|sort code|swift|bic|wallet|konto)\b)[^\n\d]{0,30}[\dA-Z][\dA-Z -]{4,33}"
    r"|\b(?:\d{4}[ -]){3}\d{1,7}\b"  # the shape of a card
)
_NUMBER = re.compile(r"(?<![\w.,])\d[\d.,]{0,40}+%?(?!\w)")
_PROMPT = re.compile(r"^[ \t]*(?:\$|PS>|C:\\\\?>)[ \t]+(\S.*)$", re.M)
_CODE_SPAN = re.compile(r"`([^`\n]{3,200})`")
_NEGATION = re.compile(
    r"\b(?:not|never|no|none|nobody|must|may|might|shall|should|can|cannot|need|required?|requires|optional|mandatory"
    r"|forbidden|prohibited|allowed|permitted|always|only|except|unless|without|until|before|after|at least|at most)\b"
    r"|n['’]t\b",
    re.I,
)  # fmt: skip


class Edits(NamedTuple):
    """Facts of one kind that an edit added and removed."""

    added: int
    removed: int

    @property
    def total(self) -> int:
        """A fact that was replaced counts once."""
        return max(self.added, self.removed)


def edited(old: str, new: str) -> Mapping[str, Edits]:
    """Kinds of facts that differ between two texts, with how many; kinds without a difference are left out."""
    found: dict[str, Edits] = {}
    old_facts, new_facts = _facts(old), _facts(new)
    for kind in KINDS:
        before, after = old_facts[kind], new_facts[kind]
        edits = Edits(added=(after - before).total(), removed=(before - after).total())
        if edits.total:
            found[kind] = edits
    return found


def new_domains(old: str, new: str) -> frozenset[str]:
    """Hosts that links of `new` lead to and links of `old` did not."""
    return frozenset(_hosts(new)) - frozenset(_hosts(old))


def contacts_replaced(old: str, new: str) -> int:
    """How many contacts of `new` may lead readers to somebody else.

    Those are new e-mail addresses and telephone numbers where others of their kind went, and new e-mail addresses in a
    domain that no address of `old` has. An addition next to the contacts that stay is none.
    """
    old_facts, new_facts = _facts(old), _facts(new)
    count = 0
    for kind in ("e-mail addresses", "telephone numbers"):
        added, removed = new_facts[kind] - old_facts[kind], old_facts[kind] - new_facts[kind]
        count += min(added.total(), removed.total())
        if kind == "e-mail addresses" and not removed:
            domains = {address.rpartition("@")[2] for address in old_facts[kind]}
            count += sum(address.rpartition("@")[2] not in domains for address in added)
    return count


def commands_of(text: str) -> list[str]:
    """Lines to type that a text marks as such: in fenced blocks, after a prompt, in code spans of several words."""
    return list(_commands(*_code_apart(text)))


def links_of(text: str) -> Iterator[tuple[str, str]]:
    """Host and path of every link of a text; links without a host are left out."""
    for match in _URL.finditer(text):
        try:
            parts = urlsplit(match[0])
            host = parts.hostname
        except ValueError:
            continue
        if host:
            yield host.removeprefix("www."), parts.path


def _facts(text: str) -> dict[str, Counter[str]]:
    """Each kind is taken out of the text before the next looks, so that no fact counts twice."""
    code, rest = _code_apart(text)
    facts = {"commands": Counter(_commands(code, rest))}
    for kind, pattern in _PATTERNS.items():
        facts[kind] = Counter(" ".join(match[0].casefold().split()).rstrip(".,;:") for match in pattern.finditer(rest))
        rest = pattern.sub(" ", rest)
    return facts


def _code_apart(text: str) -> tuple[list[str], str]:
    """The lines inside fenced blocks, and the rest of the text."""
    code: list[str] = []
    prose: list[str] = []
    inside = False
    for line in text.split("\n"):
        if line.lstrip().startswith(("```", "~~~")):
            inside = not inside
        else:
            (code if inside else prose).append(line)
    return code, "\n".join(prose)


def _commands(code: list[str], prose: str) -> Iterator[str]:
    """Lines to type: in fenced blocks, after a prompt, and code spans of more than one word."""
    yield from (line.strip() for line in code if line.strip())
    yield from (match[1].strip() for match in _PROMPT.finditer(prose))
    yield from (match[1] for match in _CODE_SPAN.finditer(prose) if " " in match[1].strip())


def _hosts(text: str) -> Iterator[str]:
    yield from (host for host, _ in links_of(text))


_PATTERNS = {
    "links": _URL,
    "e-mail addresses": _EMAIL,
    "account numbers": _ACCOUNT,
    "amounts": _AMOUNT,
    "dates": _DATE,
    "telephone numbers": _PHONE,
    "numbers": _NUMBER,
    "words of duty, permission or negation": _NEGATION,
}
"""In the order in which they are looked for: what has a more telling shape first."""

KINDS = ("commands", *_PATTERNS)
"""Every kind of fact."""
