"""Structured identifiers: every rule, label and number plan over the lines that can hold one.

Invariants: every rule runs whatever the language of the text; a match that is a piece of a longer token, or stands on
a technical line, needs a context word; context words are whole words. A value that a line end cuts in two is found
whole where its checksum holds only for both parts together.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from pipeline.detectors.pii import quiet
from pipeline.detectors.pii.broken import Seams
from pipeline.detectors.pii.context import ContextWords
from pipeline.detectors.pii.cut_addresses import cut_addresses
from pipeline.detectors.pii.figures import Reading, read
from pipeline.detectors.pii.needs import CharacterCounts
from pipeline.detectors.pii.phones import INTERNATIONAL, NATIONAL, Phones, is_measure
from pipeline.detectors.pii.recognisers import Recogniser
from pipeline.detectors.pii.regrouped import Regrouped
from pipeline.detectors.pii.settings import PiiSettings
from pipeline.detectors.pii.spans import PiiMatch
from pipeline.detectors.pii.windows import dense_blocks
from pipeline.detectors.pii.words import Phrases
from pipeline.domain.findings.findings import Lowering, Severity

_STANDALONE = 64
_DESCRIBED_REACH = 28
"""Characters before a match in which a word can say that it is another thing: `upgrade from 4.1.2.0 to 4.1.3.0`."""
_DESCRIBED_NUMBER_REACH = 12
_NAMED_REACH = 10
"""The same for a word right before a match, which outweighs a context word: `section 4.1.2.3 of the server`."""
_MOST_IN_FIELD = 3
"""Words next to a value in a text that is one field: a label, and a word behind the value."""
_LETTERS, _LETTER = re.compile(r"[^\W\d_]+"), re.compile(r"[^\W\d_]")
_BETWEEN_VALUES = re.compile(r"[\s,;]+")
_SUBJECT_REACH = 600
"""Characters around a label in which a word can say what the text is about."""
_SHAPE = "Matched by shape."
_FILLER = (
    r"""(?:[\s_\-]{0,2}(?:number|numbers|num|no|nr|nº|n°|№|id|code|card|file|numero|número|nummer)(?![^\W_])\.?){0,2}"""
)
_SEPARATOR = r"""\.?\s{0,2}(?:is|was|are|:|=|=>|\#|-)?[\s:='"#(\[]{0,12}"""


class Identifiers:
    """Finds e-mail addresses, numbers and everything else with a shape or a label."""

    def __init__(self, settings: PiiSettings) -> None:
        self._threshold = settings.threshold
        reach = settings.context_before, settings.context_after
        self._rules = [(Recogniser(rule), ContextWords(settings.words(rule), *reach)) for rule in settings.rules]
        self._described = {rule.id: ContextWords(rule.described, _DESCRIBED_REACH, 0) for rule in settings.rules}
        self._named = {
            rule.id: ContextWords(rule.described, _NAMED_REACH, 0) for rule in settings.rules if rule.described
        }
        self._phones = Phones(settings.phone_regions)
        self._phone_context = ContextWords(settings.phone_context, *reach)
        self._phone_described = ContextWords(settings.phone_described, _DESCRIBED_NUMBER_REACH, 0)
        self._settings = settings
        self._reach = reach
        self._labels = Phrases.of((label, label.words) for label in settings.labels)
        self._beside = {
            label.id: ContextWords(label.beside, _SUBJECT_REACH, _SUBJECT_REACH)
            for label in settings.labels
            if label.beside
        }
        self._value = re.compile(_FILLER + _SEPARATOR + f"(?P<value>{settings.value_shape})", re.IGNORECASE)

    @property
    def named_by(self) -> dict[str, frozenset[str]]:
        """The ids of the rules that each context word and label names."""
        named: dict[str, set[str]] = {word: {"phone"} for word in self._settings.phone_context}
        told = [(rule.id, self._settings.words(rule)) for rule in self._settings.rules]
        for name, words in [*told, *((label.id, label.words) for label in self._settings.labels)]:
            for word in words:
                named.setdefault(word, set()).add(name)
        return {word: frozenset(names) for word, names in named.items()}

    @property
    def rules(self) -> list[tuple[Recogniser, tuple[str, ...]]]:
        """Every rule with its context words."""
        return [(recogniser, self._settings.words(recogniser.rule)) for recogniser, _ in self._rules]

    @cached_property
    def _announcing(self) -> Phrases[bool]:
        """Every context word. Compiled when a text first has groups: most runs of a short process never get there."""
        rules = self._settings.rules
        words = {word for rule in rules for word in self._settings.words(rule)} | set(self._settings.phone_context)
        return Phrases(dict.fromkeys(words, True))

    def find(self, text: str, searched: str) -> Iterator[PiiMatch]:
        """Every identifier in `searched`; several matches may stand on the same place.

        Args:
            text: The whole text, for the words and figures around a match.
            searched: The same text, with fillers in the places where no identifier begins.

        """
        stripped = text.strip(" \t\n\"'.,;:")
        alone = text.find(stripped) if 0 < len(stripped) <= _STANDALONE else -1
        standing = (alone, alone + len(stripped))
        whole = read(text)
        whole = Reading(_without_tags(text), whole.figures)
        reading = whole if searched is text else Reading(whole.words, read(searched).figures)
        blocks = [(0, len(text))] if len(text) <= _STANDALONE else list(dense_blocks(reading.figures))
        yield from self._across_line_ends(whole, Seams(reading.figures, blocks), standing)
        yield from cut_addresses(reading.figures)
        for start, end in blocks:
            lines = _TechnicalLines(whole.figures, start, end)
            yield from self._by_shape(reading, start, end, lines, standing)
            yield from self._by_number_plan(reading, start, end, lines, standing)
            groups = Regrouped(
                reading.figures, start, end, lambda left, right: self._announced(whole.words, left, right)
            )
            yield from self._in_groups(reading, groups, lines)
            yield from self._by_label(reading, start, end)

    def _by_shape(
        self, reading: Reading, start: int, end: int, lines: "_TechnicalLines", standing: tuple[int, int]
    ) -> Iterator[PiiMatch]:
        words, text = reading
        stretch = CharacterCounts.of(text[start:end])
        for recogniser, context in self._rules:
            if not recogniser.able(stretch):
                continue
            rule = recogniser.rule
            for left, right in recogniser.samples(text, start, end):
                yield PiiMatch(rule.id, rule.entity, rule.severity, left, right, rule.alone, _SHAPE, Lowering.SAMPLE)
            for left, right, strength in recogniser.matches(text, start, end, stretch):
                if quiet.fraction(text, left, right):
                    continue
                confidence = rule.alone if strength >= rule.alone_from else 0.0
                lowered = None if rule.in_code else lines.lowering(left, right)
                if lowered is None and self._described[rule.id].near(words, left, right):
                    lowered = Lowering.DESCRIPTION
                if lowered is None and rule.entity == "IP_ADDRESS" and quiet.among_versions(text, left, right):
                    lowered = Lowering.DESCRIPTION
                if rule.entity == "EMAIL_ADDRESS" and (nobody := quiet.mailbox_of_nobody(text[left:right])):
                    yield PiiMatch(rule.id, rule.entity, rule.severity, left, right, rule.alone, _SHAPE, nobody)
                    continue
                if lowered is not None:
                    alone, confidence = confidence, 0.0
                reason, leans = "shape and checksum" if strength == 1.0 else "shape", False
                if confidence < rule.near:
                    if rule.standalone and _stands_alone(text, left, right, standing):
                        confidence, reason = rule.near, f"{reason}, standing alone"
                    elif rule.network == "local" and _is_field(text, left, right):
                        confidence, reason = rule.near, f"{reason}, in a text of one field"
                    elif rule.id in self._named and self._named[rule.id].near(words, left, right):
                        pass
                    elif context.near(words, left, right):
                        leans = confidence < self._threshold and (strength < 1.0 or not rule.standalone)
                        confidence, reason = rule.near, f"{reason}, context word"
                if confidence >= self._threshold:
                    told = f"Matched by {reason}."
                    yield PiiMatch(rule.id, rule.entity, rule.severity, left, right, confidence, told, leans=leans)
                elif lowered is not None and alone >= self._threshold and not quiet.inside_word(text, left, right):
                    yield PiiMatch(rule.id, rule.entity, rule.severity, left, right, alone, _SHAPE, lowered)

    def _across_line_ends(self, reading: Reading, seams: Seams, standing: tuple[int, int]) -> Iterator[PiiMatch]:
        stretch = CharacterCounts.of(seams.text)
        for recogniser, context in self._rules if seams.text else ():
            if not recogniser.proves:
                continue
            rule = recogniser.rule
            for start, end, strength in recogniser.matches(seams.text, 0, len(seams.text), stretch):
                span = seams.span(start, end)
                if strength < 1.0 or span is None or _valid_apart(recogniser, seams, start, end):
                    continue
                confidence = rule.alone if rule.in_code or _isolated(reading.figures, *span) else 0.0
                if context.near(reading.words, *span) or (
                    rule.standalone and _stands_alone(reading.figures, *span, standing)
                ):
                    confidence = max(confidence, rule.near)
                if confidence >= self._threshold:
                    reason = "Matched by shape and checksum, across a line end."
                    yield PiiMatch(rule.id, rule.entity, rule.severity, *span, confidence, reason)

    def _by_number_plan(
        self, reading: Reading, start: int, end: int, lines: "_TechnicalLines", standing: tuple[int, int]
    ) -> Iterator[PiiMatch]:
        words, text = reading
        matches = list(self._phones.matches(text, start, end))
        regions = self._phones.regions(text[left:right] for left, right, style in matches if style >= INTERNATIONAL)
        for left, right, written in matches:
            national = written < NATIONAL and self._phones.is_national(text[left:right], regions)
            style = NATIONAL if national else written
            lowered = lines.lowering(left, right)
            if lowered is None and self._phone_described.near(words, left, right):
                lowered = Lowering.DESCRIPTION
            confidence = 0.0 if lowered else style
            if (left, right) == standing and style >= 0.2:
                confidence = max(confidence, 0.6)
            elif confidence < 0.9 and self._phone_context.near(words, left, right):
                confidence = 0.9
            if confidence >= self._threshold:
                yield replace(_phone(left, right, confidence), leans=style < self._threshold)
            elif lowered is not None and style >= self._threshold and not quiet.inside_word(text, left, right):
                yield _phone(left, right, style, lowered)

    def _announced(self, text: str, left: int, right: int) -> bool:
        """Whether text[left:right] is an international number, or any context word stands near it."""
        before, after = self._reach
        around = max(0, left - before), min(len(text), right + after)
        return text[left] == "+" or next(self._announcing.find(text, *around), None) is not None

    def _in_groups(self, reading: Reading, groups: Regrouped, lines: "_TechnicalLines") -> Iterator[PiiMatch]:
        """Values written in groups with unusual characters between them: only next to a word that announces them."""
        if not groups.text:
            return
        reason = "Matched by shape and context word, in groups."
        stretch = CharacterCounts.of(groups.text)
        for recogniser, context in self._rules:
            rule = recogniser.rule
            for start, end, _ in recogniser.matches(groups.text, 0, len(groups.text), stretch):
                span = groups.span(start, end)
                if span and rule.near >= self._threshold and context.near(reading.words, *span):
                    yield PiiMatch(rule.id, rule.entity, rule.severity, *span, rule.near, reason)
        for start, end, style in self._phones.matches(groups.text, 0, len(groups.text)):
            span = groups.span(start, end)
            if span is None or is_measure(reading.figures[slice(*span)]):
                continue
            alone = style >= INTERNATIONAL and lines.lowering(*span) is None
            if alone or self._phone_context.near(reading.words, *span):
                yield _phone(*span, INTERNATIONAL)

    def _by_label(self, reading: Reading, start: int, end: int) -> Iterator[PiiMatch]:
        for _, after, label in self._labels.find(reading.words, start, end):
            found = self._value.match(reading.figures, after)
            if found and _plausible(found["value"]):
                left, right = found.span("value")
                if label.id in self._beside and not self._beside[label.id].near(reading.words, left, right):
                    continue
                reason = "Follows a label that announces it."
                yield PiiMatch(label.id, label.entity, label.severity, left, right, 0.75, reason, labelled=True)


_TAG = re.compile(
    r"""(?i)</?(?:dl|dt|dd|tr|th|td|col|ol|ul|li|em|tt|kbd|var|cite|label|input|option|select)(?=[\s/>])"""
    r"""|(?<=\s)type=["']text["']"""
)


def _without_tags(text: str) -> str:
    """`text` with blanks for the names of elements of HTML: `<dl>` does not announce a driver licence."""
    return _TAG.sub(lambda tag: " " * len(tag[0]), text) if "<" in text else text


def _phone(left: int, right: int, confidence: float, lowered: Lowering | None = None) -> PiiMatch:
    reason = "A possible number in a numbering plan."
    return PiiMatch("phone", "PHONE_NUMBER", Severity.MEDIUM, left, right, confidence, reason, lowered)


def _stands_alone(text: str, left: int, right: int, standing: tuple[int, int]) -> bool:
    """Whether a text is nothing but text[left:right], or but values with as many figures, such as a cell of two."""
    if standing[0] in (left, left - 1) and right >= standing[1] - 1:
        return True
    if standing[0] < 0:
        return False
    values = _BETWEEN_VALUES.split(text[slice(*standing)])
    digits = {sum(map(str.isdigit, value)) for value in values}
    return len(values) > 1 and digits == {sum(map(str.isdigit, text[left:right]))} and not _LETTER.search(text)


def _is_field(text: str, left: int, right: int) -> bool:
    """Whether a text is text[left:right] with a label: documentation has more to say about its sample addresses.

    By itself such an address names no machine of anyone: each network has its own 10.0.0.1.
    """
    words = len(_LETTERS.findall(text[:left] + " " + text[right:]))
    return len(text) <= _STANDALONE and 0 < words <= _MOST_IN_FIELD


def _valid_apart(recogniser: Recogniser, seams: Seams, start: int, end: int) -> bool:
    """Whether what stands on one side of the line end is a value by itself, and the rest only stands near it."""
    return any(
        strength == 1.0 and left < end and start < right
        for side in seams.sides(start)
        for left, right, strength in recogniser.matches(seams.text, *side)
    )


def _isolated(text: str, left: int, right: int) -> bool:
    """Whether a value over two lines stands by itself: rows of figures pass a checksum one time in ten."""
    if quiet.embedded(text, left, right) or quiet.technical(text[max(0, left - 200) : right + 200]):
        return False
    before, after = text[max(0, left - 8) : left].rstrip(), text[right : right + 8].lstrip()
    return not before[-1:].isdigit() and not after[:1].isdigit()


def _plausible(value: str) -> bool:
    """Whether a labelled value looks issued: enough digits, not a year, a date or a version."""
    digits = sum(c.isdigit() for c in value)
    if digits < 4 or len(value) < 5 or len(value) > 34:
        return False
    return not _OTHER_VALUE.fullmatch(value)


_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_OTHER_VALUE = re.compile(
    rf"(?:\d{{4}}|\d\d?)([-/.]){_MONTH}\1(?:\d{{4}}|\d\d?)|{_MONTH}([-/.]){_DAY}\2(?:\d{{4}}|\d\d)"
    r"|v?\d+(?:\.\d+)+|0x.*"
)
"""A date, a version or an address in memory. Numbers of records are written `28-84-84`, too."""


class _TechnicalLines:
    """Which lines of a block are technical, judged at most once each."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text = text
        self._starts = [start]
        while (cut := text.find("\n", self._starts[-1], end)) >= 0:
            self._starts.append(cut + 1)
        self._ends = [*(s - 1 for s in self._starts[1:]), end]
        self._known: dict[int, bool] = {}

    def lowering(self, left: int, right: int) -> Lowering | None:
        """Why text[left:right] is not read as an identifier unless a word next to it says so."""
        if quiet.embedded(self._text, left, right):
            return Lowering.PIECE
        return Lowering.MACHINE if self.at(left) else None

    def at(self, place: int) -> bool:
        """Whether the line that holds `place` is technical."""
        index = bisect_right(self._starts, place) - 1
        if index not in self._known:
            self._known[index] = quiet.technical(self._text[self._starts[index] : self._ends[index]])
        return self._known[index]
