"""Places where matches are usually not identifiers: hashes, paths, lock files, drawings, minified code.

Invariants: nothing here depends on what an author writes about detection (no pragmas); a line is technical by its
shape alone, and a context word next to a match always wins over it.
"""

import re

from pipeline.domain.findings.findings import Lowering

_HASH = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{32,}|[0-9A-F]{32,})(?![0-9A-Za-z])"
    r"|sha(?:1|224|256|384|512)[-:=_]|(?<![0-9A-Za-z+/])[0-9A-Za-z+/]{40,}={0,2}(?![0-9A-Za-z+/])"
)
_DECIMALS = re.compile(r"-?\d*\.\d+[\s,]")
_CODE = re.compile(r"[{}()\[\]<>;=:\"'/\\|&]")
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_EXAMPLE_HOST = re.compile(r"(?:^|\.)(?:example\.(?:com|org|net|edu)|test|invalid)$")
"""Names that RFC 2606 keeps for documentation and tests."""
_OFFICES = re.compile(
    r"info|contact|hello|office|mail|support|help|helpdesk|service|sales|admin|administrator|webmaster|"
    r"postmaster|hostmaster|abuse|noreply|no-reply|donotreply|do-not-reply|newsletter|press|media|jobs|"
    r"careers|security|privacy|billing|kontakt|biuro|sekretariat|redakcja|contacto|ventas|accueil|"
    r"segreteria|bestellung|vertrieb|bewerbung"
)
"""Mailboxes of offices and programs, as RFC 2142 and custom name them."""
_ANYONE = re.compile(r"user|username|name|your\.name|yourname|you|me|someone|somebody|test|foo|bar|email|nobody")
"""Names of examples: only under a name kept for examples do they stand for no one."""
_HASHED = re.compile(r"(?=[0-9a-f]*\d)[0-9a-f]{16,}")
"""The user of an address of a service, such as a collector of errors: a number, and no mailbox."""
_VERSION = re.compile(r"(?<![\w.])v?\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.]*\.\d)(?!\w)")
_VERSION_REACH = 64
_JOINERS_BEFORE = frozenset("-./\\+%$&~_#@")
_JOINERS_AFTER = frozenset("-/\\+%~_=@")


def technical(line: str) -> bool:
    """Whether `line` reads like machine output: hashes, coordinates, minified code."""
    if _HASH.search(line) or _UUID.search(line):
        return True
    if len(line) > 60 and len(_DECIMALS.findall(line, 0, 4000)) >= 6:
        return True
    if len(line) > 300:
        sample = line[:4000]
        return sample.count(" ") < len(sample) / 20 and len(_CODE.findall(sample)) > len(sample) / 20
    return False


def mailbox_of_nobody(address: str) -> Lowering | None:
    """Why an e-mail address is not of a person: it is of an office or a program, or an example. None if it may be."""
    local, _, host = address.lower().rpartition("@")
    office = _OFFICES.fullmatch(local) is not None
    if _EXAMPLE_HOST.search(host) and (office or _ANYONE.fullmatch(local)):
        return Lowering.SAMPLE
    if _HASHED.fullmatch(local):
        return Lowering.MACHINE
    return Lowering.PUBLIC if office else None


def among_versions(text: str, start: int, end: int) -> bool:
    """Whether a version of three numbers stands near text[start:end], which may be one of four, and no address."""
    line = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    left = max(line[0], start - _VERSION_REACH)
    right = min(len(text) if line[1] < 0 else line[1], end + _VERSION_REACH)
    return any(_VERSION.search(text, *span) is not None for span in ((left, start), (end, right)))


def inside_word(text: str, start: int, end: int) -> bool:
    """Whether letters or digits go on at an end of text[start:end]: it is not that value, but another one."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return any(c == "_" or (c.isascii() and c.isalnum()) for c in (before, after))


def fraction(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] is what follows the point of a decimal number below one, such as a sine."""
    begins = text[max(0, start - 3) : start]
    return begins.endswith("0.") and not begins[:-2].isalnum() and text[start:end].isdecimal()


def embedded(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] is only a piece of a longer token, such as a hash, a path or a version."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    if inside_word(text, start, end):
        return True
    if before in _JOINERS_BEFORE and start > 1 and text[start - 2].isalnum():
        return True
    if after in _JOINERS_AFTER and end + 1 < len(text) and (text[end + 1].isalnum() or text[end + 1] in "-/"):
        return True
    return after in ".," and end + 1 < len(text) and text[end + 1].isdigit()
