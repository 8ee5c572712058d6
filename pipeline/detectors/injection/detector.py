"""Finds instructions in documents that are meant for the model that will read them.

Invariants: deterministic; a passage is reported where it stands in the given text, also when it was encoded or
disguised. A document's author cannot switch a rule off. Doubtful passages and passages that only talk about
injection are reported with low severity, so that a reviewer sees them and policy need not act on them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.detectors.injection.encodings import decodings, hidden_prose, rot13, unleeted
from pipeline.detectors.injection.learned import LearnedPassage, LearnedReading, TextReading, read_text
from pipeline.detectors.injection.rules import RuleMatch, load_rules
from pipeline.detectors.injection.scoring import InstructionPassage, passages
from pipeline.detectors.injection.views import RuleView, folded, latinised, unemphasised, untagged, widened
from pipeline.detectors.kept_rules import KeptRules
from pipeline.detectors.learned.model import WindowModel
from pipeline.detectors.learned.reading import TrainedModels
from pipeline.detectors.plain_orders.orders import plain_orders
from pipeline.domain.digests import digest_json
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.documents.sheet import STRINGS_EXTRACTOR
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.findings.findings import Detection, FindingKind, Lowering, Severity, merge_overlaps

VERSION = 14
"""Raise it whenever the same text could get other findings without a rule file having changed."""
_REPORTED = 0.35
"""Passages below this confidence are not reported, unless only what stands around them brought them there."""
_OVERT = 0.5
"""From here on a passage is an attack rather than a doubt."""
_DISGUISE = 0.25
"""Weight of a disguise as evidence of its own."""
_DEPTH = 3
"""How often an encoding inside an encoding is followed."""
_DECODE = "decode"
_DOUBT = 0.49
"""Confidence of what a rule finds and the model takes for ordinary: below an attack, enough for a reviewer."""
_ENCODED = 0.6
"""Confidence of a sentence in an encoding, whatever it says."""
_AGREED = " A trained model says so too."
_NOT_AGREED = " A trained model takes it for an ordinary sentence, so a person should look at it."


@dataclass(frozen=True, slots=True)
class _Sighting:
    passage: InstructionPassage
    start: int
    end: int
    technique: str | None
    value: str | None


class InjectionDetector:
    """Rules in YARA-X files, weighed by structure and context, next to two trained models of sentences.

    A rule and the model of overt orders together are sure. A rule that this model doubts and a sentence that only a
    model finds are reported so that a person decides.
    """

    name = "injection"

    def __init__(
        self,
        configs: Path,
        cache_dir: Path | None = None,
        key: Path | None = None,
        overt: Path | None = None,
        plain: Path | None = None,
    ) -> None:
        """Read the rules in `configs`/injection, compiled before if `cache_dir` has them and `key` vouches for them.

        `overt` and `plain` are folders of models that were compared with the model lock. Without them only the rules
        speak.
        """
        kept = KeptRules(cache_dir, key) if cache_dir and key else None
        self._rules = load_rules(configs / "injection", kept)
        self._models = TrainedModels(*(WindowModel.load(folder) if folder else None for folder in (overt, plain)))

    @property
    def kinds(self) -> tuple[FindingKind, ...]:
        """Plain orders are looked for by their model only."""
        return (FindingKind.INJECTION, FindingKind.PLAIN_ORDER) if self._models.plain else (FindingKind.INJECTION,)

    @property
    def digest(self) -> str:
        """Digest of the rules and of the version of the code that weighs them."""
        lineages = [model.lineage.model_dump(mode="json") if model else None for model in self._models]
        return digest_json({"detector": self.name, "version": VERSION, "rules": self._rules.digest, "models": lineages})

    def scan(self, document: ExtractedText) -> list[Detection]:
        """Every passage that reads like an instruction to a machine, and every order out of place.

        Strings without a text around them have no orders out of place.
        """
        try:
            ruled = [_detection(sighting) for sighting in self._sightings(document.text, _DEPTH)]
            ruled += _encoded_sentences(document.text, ruled)
            read = read_text(document.text, self._models)
            overt, plain = self._models
            found = merge_overlaps(ruled if overt is None else _weighed(ruled, overt, read))
            if plain is not None and document.extractor != STRINGS_EXTRACTOR:
                found += plain_orders(plain, read.out_of_place())
            return sorted(found, key=lambda one: (one.start, one.end))
        except CorpusgateError:
            raise
        except Exception as error:
            # The error of a decoder can carry the text it failed on.
            raise CorpusgateError(
                f"The injection scan failed ({type(error).__name__}).",
                done="The document counts as not scanned.",
                fix="Report the document's name to the maintainers, not its text.",
            ) from None

    def confidence(self, text: str) -> float:
        """How likely `text` as a whole holds an instruction to a machine."""
        return max((sighting.passage.confidence for sighting in self._sightings(text, _DEPTH)), default=0.0)

    def _sightings(self, text: str, depth: int) -> Iterator[_Sighting]:
        view = folded(text)
        matches = self._rules.scan(view.text)
        triggers = {match.rule.name for match in matches if match.rule.family == _DECODE and _encoded(view, match)}
        plain = list(_placed(view, matches, None))
        yield from plain
        for technique, other in _disguises(text, view, triggers):
            for sighting in _placed(other, self._rules.scan(other.text), technique):
                seen = [one for one in plain if _overlap(one, sighting)]
                # A passage that is overt without the disguise was not disguised.
                if not any(one.passage.confidence >= _OVERT for one in seen):
                    yield sighting if seen else _hidden(sighting)
        if depth == 0:
            return
        for decoded in decodings(text):
            for inner in self._sightings(decoded.text, depth - 1):
                yield _hidden(_Sighting(inner.passage, decoded.start, decoded.end, decoded.technique, decoded.text))


def _hidden(sighting: _Sighting) -> _Sighting:
    """The sighting with what the disguise says: sentences for people are not hidden."""
    passage = sighting.passage
    if passage.confidence < _REPORTED:
        return sighting
    doubt = (1 - passage.confidence) * (1 - _DISGUISE)
    return replace(sighting, passage=replace(passage, confidence=round(1 - doubt, 4)))


def _overlap(one: _Sighting, other: _Sighting) -> bool:
    return one.start < other.end and other.start < one.end


def _encoded(view: RuleView, match: RuleMatch) -> bool:
    return match.rule.name != "decode_leet" or not view.text[match.start : match.end].isalpha()


def _disguises(text: str, view: RuleView, triggers: set[str]) -> Iterator[tuple[str, RuleView]]:
    latin = latinised(view)
    if latin is not None:
        yield "letters of another script", latin
    bare = untagged(view) if "<" in view.text else None
    if bare is not None:
        yield "mark-up inside words", bare
    flat = unemphasised(text, view)
    if flat is not None:
        yield "emphasis inside words", flat
    wide = widened(text)
    if wide is not None:
        yield "characters without width for spaces", wide
    if "decode_rot13" in triggers:
        yield "ROT13", RuleView(rot13(view.text), view.places)
    if "decode_leet" in triggers:
        yield "digits for letters", RuleView(unleeted(view.text), view.places)
    if "decode_reversed" in triggers:
        places = view.places if view.places is not None else range(len(view.text))
        yield "reversed letters", RuleView(view.text[::-1], places[::-1])


def _placed(view: RuleView, matches: Sequence[RuleMatch], technique: str | None) -> Iterator[_Sighting]:
    evidence = [match for match in matches if match.rule.family != _DECODE]
    for passage in passages(view.text, evidence):
        if passage.undoubted >= _REPORTED:
            first, last = view.span(passage.start, passage.start + 1), view.span(passage.end - 1, passage.end)
            yield _Sighting(passage, min(first[0], last[0]), max(first[1], last[1]), technique, None)


def _detection(sighting: _Sighting) -> Detection:
    passage = sighting.passage
    confidence = passage.confidence
    mention = confidence < _OVERT <= passage.undoubted or confidence < _REPORTED
    if mention:
        severity = Severity.LOW
    elif confidence < _OVERT:
        severity = Severity.MEDIUM if confidence >= 0.4 else Severity.LOW
    elif sighting.technique or (confidence >= 0.95 and len(passage.families) >= 3):
        severity = Severity.CRITICAL
    else:
        severity = Severity.HIGH
    disguise = f" It was disguised: {sighting.technique}." if sighting.technique else ""
    return Detection(
        FindingKind.INJECTION,
        f"injection.{passage.leading.name}",
        f"INJECTION_{passage.leading.family.upper()}",
        sighting.start,
        sighting.end,
        severity,
        confidence,
        passage.leading.reason + disguise,
        sighting.value,
        _lowering(passage) if mention else None,
    )


def _lowering(passage: InstructionPassage) -> Lowering:
    return passage.lowering if passage.undoubted >= _OVERT else Lowering.MENTION


def _weighed(ruled: Sequence[Detection], model: WindowModel, read: TextReading) -> Iterator[Detection]:
    """What rules found, lowered to a doubt if the model takes it for ordinary, and what only the model found."""
    reading = LearnedReading(model, read)
    learned = list(reading.passages())
    certain = []
    for found in ruled:
        overt = found.lowered is None and found.value is None and found.confidence >= _OVERT
        agreed = any(one.start < found.end and found.start < one.end for one in learned)
        if agreed:
            yield replace(found, reason=found.reason + _AGREED)
        elif overt and found.severity is not Severity.CRITICAL and reading.doubts(found.start, found.end):
            yield replace(found, confidence=_DOUBT, severity=Severity.MEDIUM, reason=found.reason + _NOT_AGREED)
        else:
            yield found
        if found.lowered is None:
            certain.append(found)
    for one in learned:
        if not any(one.start < found.end and found.start < one.end for found in certain):
            yield _by_model(one)


def _encoded_sentences(text: str, ruled: Sequence[Detection]) -> list[Detection]:
    """Sentences in an encoding in which no rule sees an order. Only a machine reads them, so a person has to look."""
    return [
        Detection(
            FindingKind.INJECTION,
            "injection.encoded_sentence",
            "INJECTION_ENCODED",
            decoded.start,
            decoded.end,
            Severity.MEDIUM,
            _ENCODED,
            f"It holds a sentence that people cannot read: {decoded.technique}.",
            decoded.text,
        )
        for decoded in hidden_prose(text)
        if not any(found.start < decoded.end and decoded.start < found.end for found in ruled)
    ]


def _by_model(one: LearnedPassage) -> Detection:
    disguise = f" It was disguised: {one.technique}." if one.technique else ""
    return Detection(
        FindingKind.INJECTION,
        "injection.learned",
        "INJECTION_LEARNED",
        one.start,
        one.end,
        Severity.MEDIUM,
        one.confidence,
        "It reads like an order that takes over a model. A trained model says so, not a rule." + disguise,
        one.value,
    )
