"""Dates of birth and postal addresses.

Invariants: a date counts only next to a word of birth; an address needs a street word with a house number, a post box,
or a word such as "address" followed by something with a number. Every pattern reads a bounded stretch.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from pipeline.detectors.pii.context import SPACELESS
from pipeline.detectors.pii.settings import PiiSettings
from pipeline.detectors.pii.spans import PiiMatch
from pipeline.detectors.pii.windows import blocks
from pipeline.detectors.pii.words import Phrases
from pipeline.domain.findings.findings import Lowering, Severity

_REACH = 64
_MONTH = r"[^\W\d_]{3,12}\.?"
DATES = (
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}",
    r"\d{1,2}(?:[-./ ]|\. )\d{1,2}(?:[-./ ]|\. )\d{2,4}",
    rf"\d{{1,2}}(?:st|nd|rd|th|\.|º|er)?[ -](?:de |of )?{_MONTH},?[ -](?:de |of )?\d{{2,4}}",
    rf"{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}",
    r"\d{4}年\s?\d{1,2}月\s?\d{1,2}日",
    r"\d{4}년 ?\d{1,2}월 ?\d{1,2}일",
    r"\d{8}",
)
_DATE = re.compile(rf"[^\n\d]{{0,32}}?(?<!\d)(?P<date>{'|'.join(DATES)})(?!\d)", re.IGNORECASE)


# `Ada Stone (b. 3 March 1984)`: with a name or a bracket before it, or alone; `b.` at a line's beginning counts a list.
_BORN = re.compile(
    rf"(?:(?<=[(\[,;] )|(?<=[(\[])|(?<=[^\W\d_] )|(?<![\s\S]))b\. ?(?P<date>(?:{'|'.join(DATES[:4])}))(?!\d)",
    re.IGNORECASE,
)


_THEN_BORN = re.compile(
    rf"(?<![\d.])(?P<date>{'|'.join(DATES)}) ?(?:r\. )?(?:geboren|gebürtig|doğumlu|született|születésű|生まれ|出生)",
    re.IGNORECASE,
)
"""Languages that put the word of birth behind the date."""


class BirthDates:
    """Dates that follow a word of birth."""

    def __init__(self, settings: PiiSettings) -> None:
        self._words = Phrases.of([(True, settings.birth_context)])

    def find(self, text: str) -> Iterator[PiiMatch]:
        """Every date of birth in `text`."""
        for pattern in (_BORN, _THEN_BORN):
            yield from (_birth(*born.span("date")) for born in pattern.finditer(text))
        for start, end in blocks(text):
            for _, after, _ in self._words.find(text, max(0, start - _REACH), end):
                # A label and its value may stand in neighbouring table cells or lines.
                skip = re.compile(r"[\s|:\"'*]{0,8}").match(text, after)
                found = _DATE.match(text, skip.end() if skip else after)
                if found:
                    yield _birth(*found.span("date"))


def _birth(left: int, right: int) -> PiiMatch:
    return PiiMatch("birth-date", "DATE_OF_BIRTH", Severity.MEDIUM, left, right, 0.85, "Follows a word of birth.")


_HOUSE = r"\d{1,6}(?:[-/]\d{1,4})?(?: ?[A-Za-z](?![^\W_]))?"
_NAME = r"[A-ZÀ-Þ0-9][\w'’.\-]{0,40}"
_WORDS = rf"[A-ZÀ-Þ][\w'’.\-]{{0,40}}(?: {_NAME}){{0,4}}"
_HOME, _OFFICE = "(?:Apt|Apartment|Flat)", "(?:Suite|Ste|Unit)"
"""A home needs no street before it. An office does, or a line of its own: products have such names, too."""
_UNIT = r"(?:,?\s{1,3}(?:Apt|Apartment|Suite|Ste|Unit|Floor|Flat|Room|Rm|#)\.? ?#?\w{1,6}){0,2}"
_TOWN = r"(?:,\s{1,3}[^\W\d_][\w'’.\-]{0,40}(?: [^\W\d_][\w'’.\-]{0,40}){0,2},? {1,2}[A-Z]{2} \d{5}(?:-\d{4})?)?"
_SMALL = (
    r"(?:de|del|de la|de las|de los|do|da|dos|das|di|dei|del|delle|degli|della|du|des|la|las|le|les|el|van|von|y|e|i)"
)
_STREET_FIRST = (
    r"(?:C/|C\.|Calle|Avda\.?|Avenida|Av\.?|Avenue|Paseo|Pº|Plaza|Pza\.?|Camino|Carretera|Ctra\.?|Ronda|Travesía|Pasaje",
    r"|Rue|Boulevard|Bd|Impasse|Allée|Chemin|Quai|Route|Via|Viale|Piazza|Corso|Vicolo|Strada|Rua|Travessa|Praça|Alameda",
    r"|Estrada|ul\.|ulica|al\.|os\.|pl\.|Jalan|Jl\.)",
)
_GAP = r"(?: |(?<=[./]))"
"""A blank, or nothing behind the point of an abbreviation: `Bd` begins words of a digest, too."""
_SMALLS = rf"(?:{_GAP}{_SMALL}){{0,2}}"
_STREET_LAST = (
    r"[^\W\d_]{3,30}(?:stra(?:ß|ss)e|str\.|gasse|allee|platz|laan|straat|gracht|gatan|gata|vägen|vej|gade|veien|katu"
    r"|utca|ulica|sokak|caddesi)|[^\W\d_]{3,30} (?:Straße|Strasse|Weg|Allee|Platz|Sokak|Cad\.|Caddesi|utca)"
)
_POSTCODE = r"(?:[A-Z]{1,2}-)?(?:\d{5}|\d{4}(?:-\d{3})?|\d{2}-\d{3}|\d{3} \d{2}|\d{4} ?[A-Z]{2})"
_BOX = (
    r"(?<![^\W_])(?:P\.? ?O\.? ?Box|Postfach|Apartado de Correos|Boîte postale|B\.P\.) \d{1,7}(?!\w)"
    r"|(?<![^\W_])(?:(?:PSC|CMR|Unit) \d{1,5},? Box \d{1,5}|USS [A-Z]\w+)\s{1,3}[AFD]PO,? A[AEP] \d{5}"
)
_MARK = rf"(?:(?: [^\W\d_]{{2,20}}){{0,2}} ?[:：]\s{{0,3}}|[\s:：=|]{{1,4}}|(?<={SPACELESS.pattern}))"
_VALUE = re.compile(
    rf"""(?:["'”]? (?:is|was))?["'”]?(?P<mark>{_MARK})["'“]?"""
    r"""(?P<value>(?:[^\n;|"<>{}()]|\([^()\n]{1,40}\)){5,140}?)"""
    r"""(?=[;|"<>{}()\n]|(?<=\w{4})\.(?: (?!\d)|$)|,? (?:after|before|and|since|please)\b|\.?$"""
    r"""|, (?:[^\W\d_][\w.\-]{0,24} ){0,3}[^\W\d_][\w.\-]{0,24}[:：])"""
)
"""The text after a word that announces an address, up to the next label."""
_CAPITAL = "A-ZÀ-ÞĀ-ŽͰ-ΫΆ-ΏА-ЯЀ-Џ"
_TOWN_WORD = rf"[{_CAPITAL}][\w'’.\-]{{1,40}}"
_TAIL_TOWN = (
    rf"{_TOWN_WORD}(?:[ -](?:(?:{_SMALL}|am|an der|bei|im|nad|pod|sur|sous|en|upon|under|i|na|u) )?{_TOWN_WORD}){{0,3}}"
    r"(?: \d{1,2}(?!\d))?"
)
_TAIL_CODE = (
    r"(?:[A-Z]{1,2}[- ])?(?:\d{5}-\d{3,4}|\d{2}-\d{3}|\d{3} \d{2}|\d{4} ?[A-Z]{2}|\d{4,6}|[A-Z]\d[A-Z] ?\d[A-Z]\d"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})(?!\w)"
)
_TAIL_UNIT = r"(?:Apt|Apartment|Suite|Flat|Appartamento|Piso|Puerta|Dpto|Depto|Edif|Wohnung|App|Appt|apto|m)"
_TAIL = re.compile(
    rf"(?: ?,? {{1,3}}{_TAIL_UNIT}\.? {{0,2}}\w{{1,6}}){{0,2}}"
    rf"(?: ?,? {{1,3}}{_TAIL_CODE},? {{1,3}}{_TAIL_TOWN}(?:,? {{0,2}}\([A-Z]{{2}}\)| ?[/,] ?[A-Z]{{2}}(?!\w))?"
    rf"| ?,? {{1,3}}{_TAIL_TOWN},? {{1,3}}(?:[A-Z]{{2,3}},? {{1,3}})?{_TAIL_CODE})"
)
"""The town and its postcode after a street, in either order."""
_PROVINCE = re.compile(r"\([^()\d=]{2,40}\)")
_LONGEST_TAIL = 120
_STREET_SMALL = (
    r"(?:rue|avenue|boulevard|chemin|place|via|viale|piazza|calle|avenida|rua|ulica"
    r"|ul\.|al\.|pl\.|os\.|ул\.|пл\.|бул\.)"
)
_BEGINS = re.compile(rf"(?:the corner of )?[{_CAPITAL}0-9]|{_STREET_SMALL} ")
_TOWN_AFTER = re.compile(
    rf"[^\n:]{{4,80}}?(?: ?,? {_TAIL_CODE},? {{1,2}}{_TAIL_TOWN}(?: ?/ ?[A-Z]{{2}}(?!\w))?"
    rf"|, {{1,2}}{_TAIL_TOWN}, {{1,2}}{_TAIL_CODE})"
)
_NAMES_ON = re.compile(
    r"(?:the corner of )?"
    rf"(?:(?:{_STREET_SMALL}|{_SMALL}|[{_CAPITAL}0-9][\w'’./\-]*|[a-z]|bis|ter)(?:,? {{1,2}}|,?$|(?=\W)))*"
)
_PLACE_NAME = re.compile(rf"[{_CAPITAL}]|{SPACELESS.pattern}|{_STREET_SMALL} ")
_CELL_ENDS = (",", ";", "\t", "|")
_NOT_POSTAL = re.compile(r"[@=()\[\]]|://|\d\.\d+\.\d|:\w*:|[0-9A-Za-z]{20}")


_NO_PART = (
    r"(?!(?:[^\s\d]{1,40} ){0,4}(?:Table|Figure|Fig|Section|Chapter|Article|Step"
    r"|Page|Part|Version|Release|Listing|Note|Line|Item|Nr|No)\b)"
)
"""Numbered parts of a text that are not streets: `Table 4. 10000 Runs`."""
_SPANISH_WORD = r"(?:[A-ZÀ-Þ][\w'’\-]{1,40}|[A-ZÀ-Þ]\w{0,2}\.)"
_SPANISH_WORDS = rf"{_SPANISH_WORD}(?: (?:{_SMALL} )?{_SPANISH_WORD}){{0,4}}"
_NO_SERIAL = r"[\s,.\-–]{0,4}(?:\d{5}[.,]? [A-ZÀ-Þ]|[A-ZÀ-Þ(][^\W\d_]{2}|$)"
"""Behind `s/n` (without number) a town or the end of the text, and not the serial number that `s/n` announces, too."""
_COUNTED = re.compile(
    r"\d{1,4} (?:Layers|Levels|Steps|Rules|Factors?|Principles|Reasons|Ways|Tips|Things|Stages|Phases|Tiers|Pillars"
    r"|Lessons|Habits|Secrets|Minutes|Hours|Days|Weeks|Months|Years|Points|Parts|Items|Ideas|Keys|Myths|Facts|Questions|Modules"
    r"|Percent|Bit|Core|Pin|Axis|Node|Lane|Port|Inch|Volt|Watt)(?![^\W_])"
)
"""A number of things, and no house: `12 Steps Road to Cloud`."""


class Addresses:
    """Streets with house numbers, post boxes and what follows a word such as "address"."""

    def __init__(self, settings: PiiSettings) -> None:
        words = "|".join(re.escape(w) for w in sorted(settings.street_words, key=len, reverse=True))
        self._boxes = re.compile(_BOX, re.IGNORECASE)
        self._patterns = (
            re.compile(
                rf"(?<![\w.$/-]){_HOUSE} (?:[NSEW]\.? )?(?:{_NAME} ){{1,4}}(?i:{words})(?![^\W_])\.?{_UNIT}{_TOWN}"
            ),
            re.compile(
                rf"(?<![\w.+/=]){''.join(_STREET_FIRST)}{_SMALLS}{_GAP}{_NAME}(?: (?:{_SMALL} )?{_NAME}){{0,4}}"
                rf",?(?: n[.ºo°]*| núm\.?| km\.?| Km\.?)? ?(?:{_HOUSE}|s/n)(?![\w.]\d)"
            ),
            re.compile(
                r"(?<![\w.$/-])\d{1,4}(?: ?(?:bis|ter))?,? (?i:rue|avenue|boulevard|chemin|impasse|quai|allée)"
                r" (?:[\w'’\-]+ ?){1,6}"
            ),
            re.compile(rf"(?<![^\W_])(?i:{_STREET_LAST}),? {_HOUSE}(?![\w.]\d)"),
            self._boxes,
            re.compile(
                rf"(?<![\w.$/-])(?:\d{{1,6}} {_WORDS},? {{1,3}}{_OFFICE}|{_WORDS}(?:,\s{{1,3}}| ?\n {{0,3}}){_OFFICE}"
                rf"|(?:\d{{1,6}} )?{_NAME}(?: {_NAME}){{0,4}}(?:,\s{{1,3}}| ?\n {{0,3}}| {{1,3}}){_HOME})"
                rf"\.? ?#?\d{{1,5}}(?!\w)"
            ),
            re.compile(
                rf"(?<![^\W_]){_NO_PART}{_NAME}(?: {_NAME}){{0,3}} \d{{1,4}}[a-z]?,\s{{1,3}}"
                rf"{_POSTCODE} [A-ZÀ-Þ][^\W\d_]+"
            ),
            re.compile(
                rf"(?<![\w.]){_NO_PART}{_WORDS},? {{1,2}}\d{{1,4}}(?:-\d{{1,4}})?[a-z]?(?:,|\.| [-–])\s{{1,3}}"
                r"(?:\d{5}(?:-\d{3})?|\d{2}-\d{3})[.,]? {1,2}(?!Hz|Mio|EUR|USD)[A-ZÀ-Þ][^\W\d_]{2,}"
            ),
            re.compile(rf"(?<![\w.]){_SPANISH_WORDS},? {{0,2}}s ?/ ?n(?={_NO_SERIAL})"),
        )
        self._announced = Phrases.of([(True, settings.address_context)])

    def find(self, text: str) -> Iterator[PiiMatch]:
        """Every postal address in `text`."""
        for start, end in blocks(text):
            before = text.rfind("\n", 0, max(0, start - 1)) + 1
            for pattern in self._patterns:
                # The name of a ship has no number, and stands in the line before its post office.
                for found in pattern.finditer(text, before if pattern is self._boxes else start, end):
                    if "\n" in found[0] and text[max(0, found.start() - 1) : found.start()] in _CELL_ENDS:
                        continue  # the last header of a table and the first cell of the next line
                    tail = _TAIL.match(text, found.end(), min(end, found.end() + _LONGEST_TAIL))
                    stop = tail.end() if tail else found.end()
                    address = _address(found.start(), stop, "A street or box with its number.")
                    yield replace(address, lowered=Lowering.DESCRIPTION) if _COUNTED.match(found[0]) else address
        for start, end in blocks(text):
            for word, after, _ in self._announced.find(text, max(0, start - _REACH), end):
                if text[max(0, word - 1) : word] in _CELL_ENDS and text[after : after + 1] in ("\r", "\n"):
                    continue  # the last header of a table: what follows is the first cell of the next line
                value = _VALUE.match(text, after)
                size = _announced(value["mark"], value["value"]) if value else 0
                if value and size:
                    left = value.start("value")
                    yield _address(left, left + size, "Follows a word that announces an address.")


def _address(start: int, end: int, reason: str) -> PiiMatch:
    return PiiMatch("address", "STREET_ADDRESS", Severity.MEDIUM, start, end, 0.7, reason)


def _announced(mark: str, value: str) -> int:
    """Length of the address at the beginning of what follows a word that announces one; 0 if there is none.

    After a colon all of it is. In a sentence it goes on to a town with its postcode, or as long as its words are
    written like names: `moved to Rome in 2019` is none.
    """
    size = len(value.rstrip(" ,."))
    plain = any(character in ":：=|" for character in mark) and not any(map(str.isalpha, mark))
    if not plain and not SPACELESS.match(value):
        if not _BEGINS.match(value):
            return 0
        town = _TOWN_AFTER.match(value)
        if town is None and mark.strip():
            return 0  # `Address families: …`, `Adresa stanovanja: …`: only a town says so
        size = town.end() if town else len(_NAMES_ON.match(value)[0].rstrip(" ,."))  # type: ignore[index]
    return size if _PLACE_NAME.search(value, 0, size) and looks_postal(value[:size]) else 0


def looks_postal(value: str) -> bool:
    """Whether there are words and a number, and neither a network or mail address nor code."""
    letters = sum(c.isalpha() for c in value)
    return letters >= 4 and any(c.isdigit() for c in value) and not _NOT_POSTAL.search(_PROVINCE.sub("", value))
