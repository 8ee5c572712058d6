"""Names of people, with a confidence.

Invariants: every finding is low severity, because a name by itself says little; its confidence says how it was
recognised and what stands near. A capitalised phrase the list cannot settle is read by the model once a document and
keeps that reading wherever it stands; the model reads English only, the list every language.
"""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import zip_longest

from pipeline.detectors.pii import name_shapes as shapes
from pipeline.detectors.pii.names import STOP_WORDS, GivenNames, NameModel
from pipeline.detectors.pii.settings import PiiSettings
from pipeline.detectors.pii.spans import PiiMatch
from pipeline.detectors.pii.words import Phrases
from pipeline.domain.findings.findings import Severity
from pipeline.domain.findings.stretches import Stretches

_NEAR = 80
_SENTENCE = 300
_Piece = re.Match[str]


@dataclass(frozen=True, slots=True)
class _Name:
    start: int
    end: int
    confidence: float
    reason: str


class People:
    """Finds persons' names."""

    def __init__(self, settings: PiiSettings, given: GivenNames, model: NameModel) -> None:
        chosen = settings.names
        self._weights = chosen
        self._model = model
        self._given = given.sure | given.ambiguous
        self._single = given.sure - frozenset(chosen.places) - STOP_WORDS
        self._not_names = frozenset(chosen.not_names)
        self._place_prefixes = frozenset(chosen.place_prefixes)
        self._titles = frozenset(chosen.titles)
        self._not_handles = frozenset(chosen.not_handles)
        self._announced = Phrases.of(
            [
                (shapes.AFTER_LABEL, chosen.labels),
                (shapes.AFTER_TITLE, chosen.titles),
                (shapes.AFTER_CUE, chosen.cues),
            ]
        )
        verbs = "|".join(map(re.escape, chosen.verbs))
        self._acts = re.compile(rf" (?:{verbs})(?![^\W_])")
        self._spoken = re.compile(r"(?<![^\W_])(?:says|said|asked|replied|adds|added|told|by) $")

    def find(self, text: str, identifiers: Sequence[PiiMatch]) -> Iterator[PiiMatch]:
        """Every person's name in `text`, weighed by the identifiers and the other names around it."""
        common = STOP_WORDS | {w for w in shapes.LOWER_WORD.findall(text) if w not in self._single}
        names = [*self._after_words(text), *self._capitalised(text, common), *self._lower_case(text)]
        names = _longest([*names, *self._surnames_again(text, names, common), *self._handles(text)])
        spots = Stretches((m.start, m.end) for m in identifiers)
        names = [name for found in names if (name := _outside(found, spots))]
        weights = self._weights
        dense = len({text[n.start : n.end] for n in names}) * 1000 >= weights.dense_per_1000 * max(len(text), 1000)
        for name in names:
            confidence = name.confidence + (weights.dense if dense else 0.0)
            if spots.first(name.start - _NEAR, name.end + _NEAR) is not None:
                confidence += weights.near_identifier
            if confidence >= weights.threshold:
                confidence = min(0.95, round(confidence, 2))
                yield PiiMatch("person", "PERSON", Severity.LOW, name.start, name.end, confidence, name.reason)

    def _after_words(self, text: str) -> Iterator[_Name]:
        for _, after, pattern in self._announced.find(text, 0, len(text)):
            found = pattern.match(text, after)
            if found is None:
                continue
            pieces = _pieces(text, *found.span("name"))
            bare = [_bare(p.group()) for p in pieces]
            if bare[-1] in self._not_names or bare[-1] in self._titles or bare[0] in STOP_WORDS:
                continue
            if pattern is shapes.AFTER_CUE and not self._given.intersection(bare):
                continue
            yield _name(text, pieces, self._weights.announced, "Follows a title or a label.")

    def _capitalised(self, text: str, common: Set[str]) -> Iterator[_Name]:
        unsettled: dict[str, list[_Piece]] = {}
        for run in shapes.RUN.finditer(text):
            pieces = _pieces(text, *run.span())
            article = False
            while pieces and pieces[0].group().lower() in STOP_WORDS:
                article = pieces[0].group() == "The"
                pieces = pieces[1:]
            if not pieces or _bare(pieces[-1].group()) in self._not_names:
                continue
            if _bare(pieces[0].group()) in self._place_prefixes or (article and len(pieces) == 1):
                continue
            found = list(self._by_list(text, pieces)) or list(self._by_build(text, pieces, common))
            yield from found
            if not found and self._worth_reading(pieces, common):
                phrase = text[pieces[0].start() : pieces[-1].end()]
                unsettled.setdefault(phrase, []).append(run)
        yield from self._read(text, unsettled)

    def _by_list(self, text: str, pieces: Sequence[_Piece]) -> Iterator[_Name]:
        index = 0
        while index < len(pieces):
            word = _bare(pieces[index].group())
            last = index
            if word in self._given:
                while last + 1 < len(pieces) and last - index < 4 and self._surname(pieces[last + 1].group()):
                    last += 1
                if last > index and (word in self._single or _bare(pieces[last].group()) in self._given):
                    yield _name(text, pieces[index : last + 1], self._weights.full, "A given name and a surname.")
                elif last == index == len(pieces) - 1 and word in self._single and not pieces[index].group().isupper():
                    yield _name(text, pieces[index:], self._weights.single, "A given name.")
            index = last + 1

    def _by_build(self, text: str, pieces: Sequence[_Piece], common: Set[str]) -> Iterator[_Name]:
        """Names no list knows: with a middle initial, or acting and speaking as people do."""
        words = [_bare(p.group()) for p in pieces]
        if any(w in common or w in self._not_names for w in words) or all(p.group().isupper() for p in pieces):
            return
        if len(words) == 1 and words[0] in shapes.DAYS_AND_MONTHS:
            return
        end = pieces[-1].end()
        if len(words) == 3 and len(words[1].rstrip(".")) == 1 and len(words[0]) > 1 < len(words[2]):
            yield _name(text, pieces, self._weights.full, "Two names around an initial.")
        elif len(words) <= 2 and (
            self._acts.match(text, end) or self._spoken.search(text, max(0, pieces[0].start() - 12), pieces[0].start())
        ):
            yield _name(text, pieces, self._weights.single, "Does or says what people do.")

    def _worth_reading(self, pieces: Sequence[_Piece], common: Set[str]) -> bool:
        words = [p.group() for p in pieces if len(p.group()) > 2]
        return 2 <= len(words) <= 5 and not any(w.isupper() or _bare(w) in common for w in words)

    def _surname(self, word: str) -> bool:
        bare = _bare(word)
        return bare not in self._not_names and bare not in STOP_WORDS and not (word.isupper() and 1 < len(word) < 4)

    def _lower_case(self, text: str) -> Iterator[_Name]:
        for line in shapes.LOWER_LINE.finditer(text):
            if not shapes.ENGLISH.search(line.group()):
                continue
            words = list(shapes.WORD.finditer(text, *line.span()))
            for word, after in zip_longest(words, words[1:]):
                if len(word.group()) < 3 or word.group() not in self._single:
                    continue
                end, confidence = word.end(), self._weights.single
                if after and after.start() == end + 1 and len(after.group()) > 3 and after.group() not in STOP_WORDS:
                    end = after.end()
                yield _Name(word.start(), end, confidence, "A given name in lower case.")

    def _handles(self, text: str) -> Iterator[_Name]:
        for found in shapes.HANDLE.finditer(text):
            line = text[text.rfind("\n", 0, found.start()) + 1 : found.end() + 200].partition("\n")[0]
            if found["name"].lower() in self._not_handles or not shapes.ENGLISH.search(line):
                continue
            yield _Name(*found.span("name"), self._weights.single, "A user's handle.")

    def _surnames_again(self, text: str, names: Iterable[_Name], common: Set[str]) -> Iterator[_Name]:
        """A surname alone, where the full name stands elsewhere in the text."""
        surnames = set()
        for name in names:
            words = shapes.WORD.findall(text[name.start : name.end])
            if len(words) > 1 and len(words[-1]) > 3 and words[-1].lower() not in common | self._not_names:
                surnames.add(words[-1])
        if surnames:
            again = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(surnames)))})(?!\w)")
            for found in again.finditer(text):
                yield _Name(*found.span(), self._weights.single, "A surname met before with its given name.")

    def _read(self, text: str, runs: dict[str, list[_Piece]]) -> Iterator[_Name]:
        """What the model makes of the first sentence of each unsettled phrase, for all its places."""
        sentences: dict[tuple[int, int], list[str]] = {}
        for phrase, places in runs.items():
            sentence = _sentence(text, *places[0].span())
            if shapes.ENGLISH.search(text, *sentence) or not shapes.FOREIGN.search(text, *sentence):
                sentences.setdefault(sentence, []).append(phrase)
        readings = self._model.people([text[s:e] for s, e in sentences])
        for ((base, _), phrases), people in zip(sentences.items(), readings, strict=True):
            for phrase in phrases:
                first = runs[phrase][0]
                for left, right in people:
                    start, end = max(base + left, first.start()), min(base + right, first.end())
                    if start < end:
                        for place in runs[phrase]:
                            begin = place.start() + start - first.start()
                            yield _Name(begin, begin + end - start, self._weights.model, "Read as a name.")


def _outside(name: _Name, spots: Stretches) -> _Name | None:
    """What of `name` lies before the first identifier it overlaps: an address, say, that follows without a comma."""
    spot = spots.first(name.start, name.end)
    if spot is None:
        return name
    start, _ = spot
    return None if start <= name.start + 2 else replace(name, end=start - 1)


def _pieces(text: str, start: int, end: int) -> list[_Piece]:
    return list(shapes.PIECE.finditer(text, start, end))


def _bare(word: str) -> str:
    lowered = word.lower()
    return lowered[:-2] if lowered.endswith(("'s", "’s")) else lowered


def _name(text: str, pieces: Sequence[_Piece], confidence: float, reason: str) -> _Name:
    end = pieces[-1].end()
    if text[end - 2 : end] in ("'s", "’s"):
        end -= 2
    return _Name(pieces[0].start(), end, confidence, reason)


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around text[start:end], at most `_SENTENCE` characters to each side of it."""
    floor, ceiling = max(0, start - _SENTENCE), min(len(text), end + _SENTENCE)
    before = [m.end() for m in shapes.SENTENCE_END.finditer(text, floor, start)]
    after = shapes.SENTENCE_END.search(text, end, ceiling)
    return (before[-1] if before else floor), (after.start() + 1 if after else ceiling)


def _longest(names: Iterable[_Name]) -> list[_Name]:
    """One name a place: where they overlap, the most confident and then the longest one."""
    kept: list[_Name] = []
    for name in sorted(names, key=lambda n: (n.start, -n.confidence, -n.end)):
        if kept and name.start < kept[-1].end:
            last = kept[-1]
            if (name.confidence, name.end - name.start) > (last.confidence, last.end - last.start):
                kept[-1] = name
            continue
        kept.append(name)
    return kept
