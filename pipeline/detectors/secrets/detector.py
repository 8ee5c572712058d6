"""All engines that look for secrets, as one detector.

Invariants: one finding a value, however many engines saw it; nothing an author writes can switch an engine off;
an engine that fails makes the whole scan fail, without text in the error (law 3, law 4). Deterministic.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from pathlib import Path

from pipeline.detectors.kept_rules import KeptRules
from pipeline.detectors.secrets import detect_secrets_adapter, kingfisher_adapter
from pipeline.detectors.secrets.columns import secret_cells
from pipeline.detectors.secrets.defaults import defaults
from pipeline.detectors.secrets.detect_secrets_adapter import DetectSecrets, DetectSecretsHit
from pipeline.detectors.secrets.engine import RuleEngine, SecretMatch, SecretRule, load_rules
from pipeline.detectors.secrets.harmless import Harmless, harmless_spans
from pipeline.detectors.secrets.kingfisher_adapter import Kingfisher
from pipeline.detectors.secrets.kubernetes import entries
from pipeline.detectors.secrets.near_names import BareValues, Near, NearNames
from pipeline.detectors.secrets.private_keys import private_keys
from pipeline.detectors.secrets.shapes import Shape, Vocabulary
from pipeline.detectors.secrets.suppressions import Context, Suppression, describes
from pipeline.detectors.secrets.values import Judge, Weight, name_kind
from pipeline.detectors.secrets.views import SecretView, concatenated, decoded, joined, plain, wrapped
from pipeline.domain.digests import digest_bytes, digest_json
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.documents.sheet import STRINGS_EXTRACTOR
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.findings.findings import Detection, FindingKind, Severity, merge_overlaps

RULE_FILES = ("secrets.yaml", "secrets-generic.yaml")
"""Packs that every folder of configuration must have; other packs are `secrets-*.yaml` next to them."""
WORDS_FILE = "secrets-words.yaml"
LEAST_CONFIDENCE = 0.3
_SENTENCES = frozenset({"stated", "named", "typed"})
"""Judges of values that may end a sentence, so that its full stop is no part of them."""
_BY_ANY_NAME = frozenset({"ibm-iam", "ibm-cos", "softlayer", "cloudant"})
"""Plugins that take a word such as `token` for the name of their provider."""
_QUOTES = frozenset("\"'`")
_LABEL_END = re.compile(r"[:=：＝]\s*$")
_VERSION = 14
"""Raised when code, not configuration, changes what is found."""


class SecretScanFailed(CorpusgateError):
    """An engine broke; the document counts as not scanned."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place in a view that an engine pointed at, and what its judge made of it."""

    detector: str
    entity: str
    start: int
    end: int
    weight: Weight
    reason: str
    value: str = field(repr=False)


class SecretDetector:
    """Finds credentials of every kind. Satisfies `pipeline.domain.ports.Detector`."""

    name = "secrets"
    kinds = (FindingKind.SECRET,)

    def __init__(self, configs: Path | str, cache_dir: Path | None = None, key: Path | None = None) -> None:
        """Read the rule packs in `configs`; take kingfisher's rules from `cache_dir` if `key` vouches for them."""
        configs = Path(configs)
        files = rule_files(configs)
        packs = [load_rules(file) for file in files]
        self._engine = RuleEngine([rule for pack in packs for rule in pack])
        self._judge = Judge(Vocabulary(configs / WORDS_FILE))
        self._bare_values = BareValues(self._judge.vocabulary)
        self._near_names = NearNames(self._judge.vocabulary)
        self._detect_secrets = DetectSecrets()
        self._kingfisher = Kingfisher(KeptRules(cache_dir, key) if cache_dir and key else None)
        self._digest = digest_json(
            {
                "version": _VERSION,
                "files": [digest_bytes(file.read_bytes()) for file in (*files, configs / WORDS_FILE)],
                "detect-secrets": detect_secrets_adapter.VERSION,
                "kingfisher": kingfisher_adapter.VERSION,
            }
        )

    @property
    def digest(self) -> str:
        """Changes with rules, letter table, engine versions and the version of this code."""
        return self._digest

    def scan(self, document: ExtractedText) -> list[Detection]:
        """Every secret in `document.text`, sorted by place; lowered where its meaning speaks against it (law 5)."""
        found = [
            Detection(
                kind=FindingKind.SECRET,
                detector=candidate.detector,
                entity=candidate.entity,
                start=start,
                end=end,
                severity=Severity.LOW if lowered else candidate.weight.severity,
                confidence=LEAST_CONFIDENCE if lowered else round(candidate.weight.confidence, 4),
                reason=candidate.reason,
                value=None if document.text[start:end] == candidate.value else candidate.value,
                lowered=lowered,
            )
            for start, end, candidate in self._candidates(
                document.text, strings=document.extractor == STRINGS_EXTRACTOR
            )
            if (lowered := candidate.weight.lowered) or candidate.weight.suppressed is None
            if lowered or candidate.weight.confidence >= LEAST_CONFIDENCE
        ]
        return merge_overlaps(found)

    def suppressed(self, document: ExtractedText) -> list[tuple[int, int, str, Suppression]]:
        """What matched a rule and was not reported: span, rule and the reason. For people who tune rules."""
        return sorted(
            {
                (start, end, candidate.detector, candidate.weight.suppressed)
                for start, end, candidate in self._candidates(document.text)
                if candidate.weight.suppressed is not None
            }
        )

    def _candidates(self, text: str, *, strings: bool = False) -> list[tuple[int, int, Candidate]]:
        try:
            view, harmless = plain(text), harmless_spans(text)
            spans = []
            for reading in (view, *_readings(view)):
                for candidate in self._search(reading, in_strings=strings):
                    start, end = reading.source_span(candidate.start, candidate.end)
                    if not 0 <= start < end <= len(text):
                        raise ValueError("span")
                    spans.append((start, end, _unless_harmless(candidate, start, end, harmless)))
        except Exception as error:  # any doubt fails closed, and the cause may quote the document
            raise SecretScanFailed(
                f"The secret scan broke ({type(error).__name__}).",
                done="The document counts as not scanned.",
                fix="Run `corpusgate doctor`; if it stays, report the document's digest.",
            ) from None
        return spans

    def _search(self, view: SecretView, *, in_strings: bool) -> Iterator[Candidate]:
        for match in self._engine.matches(view):
            yield self._own(view, match)
        if view.fragment:
            yield from map(_near, self._near_names.find(view) if view.named else ())
            return
        for start, end in private_keys(view.text):
            weight = Weight(0.98, Severity.CRITICAL)
            yield Candidate(
                "secrets.private-key", "PRIVATE_KEY", start, end, weight, _PRIVATE_KEY, view.text[start:end]
            )
        yield from self._by_kingfisher(view)
        for start, end in self._bare_values.find(view.text) if in_strings else ():
            weight = Weight(0.4, Severity.MEDIUM)
            yield Candidate("secrets.bare-value", "GENERIC_SECRET", start, end, weight, _BARE, view.text[start:end])
        for near in self._near_names.find(view):
            yield _near(near)
        for default in defaults(view):
            context = Context(default.name, quoted=view.text[default.start - 1] in _QUOTES)
            weight = self._judge.named(default.value, context, name_kind(default.name))
            yield Candidate(
                "secrets.default", "GENERIC_SECRET", default.start, default.end, weight, _DEFAULT, default.value
            )
        yield from self._of_kubernetes(view)
        yield from self._in_columns(view)
        for hit in self._detect_secrets.scan(view.text):
            yield self._by_detect_secrets(view, hit)

    def _own(self, view: SecretView, match: SecretMatch) -> Candidate:
        rule, value = match.rule, view.text[match.start : match.end]
        context = _context(view.text, match.start, match.end, match.key)
        start, end = match.span
        if rule.judge in _SENTENCES and not context.quoted:
            value = value.rstrip(".,;:!?)" if rule.judge == "stated" else ".,;:)" if rule.judge == "typed" else ".,;:")
            end -= match.end - match.start - len(value)
            context = _context(view.text, match.start, match.start + len(value), match.key)
        weight = self._weigh(rule, value, match.key, context)
        return Candidate(f"secrets.{rule.id}", rule.entity, start, max(end, start + 1), weight, rule.reason, value)

    def _weigh(self, rule: SecretRule, value: str, key: str, context: Context) -> Weight:
        judge, full = self._judge, Weight(rule.confidence, rule.severity)
        match rule.judge:
            case "none":
                return full
            case "token":
                return judge.token(value, rule.entropy, full, context)
            case "twin":
                return judge.twin(value, rule.entropy, full, context)
            case "named":
                return judge.named(value, context, name_kind(context.key))
            case "secret" | "password":
                return judge.named(value, context, rule.judge)
            case "login":
                return judge.login(value, key, context)
            case "basic":
                return judge.basic(value)
            case "random":
                return judge.random(value, context)
            case "provider":
                return judge.provider(value, context)
            case "stated" if (
                context.quoted and context.after[:1] == " " and judge.vocabulary.shape(value) is Shape.WORDS
            ):
                return Weight(suppressed=Suppression.PROSE)  # the first word of a quoted sentence
            case "stated" if _LABEL_END.search(context.line):
                return judge.named(value, replace(context, key=key), "password")
            case "stated":
                return judge.stated(value, context)
            case "typed":
                return judge.typed(value, context)
            case "command":
                return judge.command(value, context)
            case "setting":
                return judge.setting(value, context)
            case "seed":
                return judge.seed(value)
            case "codes":
                return judge.codes(value)

    def _of_kubernetes(self, view: SecretView) -> Iterator[Candidate]:
        for entry in entries(view.text):
            kind, context = name_kind(entry.key), Context(entry.key, quoted=True)
            named = kind != "named"
            weight = self._judge.named(entry.value, context, kind) if named else self._judge.typed(entry.value, context)
            yield Candidate(
                "secrets.kubernetes", "KUBERNETES_SECRET", entry.start, entry.end, weight, _ENTRY, entry.value
            )

    def _in_columns(self, view: SecretView) -> Iterator[Candidate]:
        for cell in secret_cells(view):
            weight = self._judge.cell(cell.value, cell.header, password=cell.password, account=cell.has_account)
            yield Candidate("secrets.column", "GENERIC_SECRET", cell.start, cell.end, weight, _COLUMN, cell.value)

    def _by_kingfisher(self, view: SecretView) -> Iterator[Candidate]:
        for hit in self._kingfisher.scan(view.data):
            start, end = view.characters(hit.start, hit.end)
            rule = hit.rule.rpartition("betterleaks.")[2]
            full = Weight(0.6, Severity.HIGH) if "generic" in rule else Weight(0.9, Severity.CRITICAL)
            context = _context(view.text, start, end, "")
            if rule.endswith("-uri"):
                weight = self._judge.login(hit.value, _user(context), context)
            else:
                weight = self._judge.token(hit.value, 0.0, full, context)
            entity = rule.upper().replace("-", "_").replace(".", "_")
            yield Candidate(
                f"kingfisher.{rule}", entity, start, end, weight, f"Kingfisher's rule {rule} matched.", hit.value
            )

    def _by_detect_secrets(self, view: SecretView, hit: DetectSecretsHit) -> Candidate:
        context = _context(view.text, hit.start, hit.end, "")
        if hit.plugin == "private-key":
            weight = Weight(suppressed=Suppression.MASKED)  # private_keys() also asks for key material
        elif hit.plugin == "basic-auth" and context.after[:1] != "@":
            weight = Weight(suppressed=Suppression.LOCATION)  # the same word elsewhere on the line
        elif hit.plugin == "basic-auth":
            weight = self._judge.login(hit.value, _user(context), context)
        elif hit.plugin == "keyword":
            weight = self._judge.named(hit.value, context, name_kind(context.key))
        elif hit.plugin in _BY_ANY_NAME and describes(_label(context.line)):
            weight = Weight(suppressed=Suppression.NAME)
        elif hit.plugin in _BY_ANY_NAME and self._judge.vocabulary.shape(hit.value) is Shape.WORDS:
            weight = Weight(suppressed=Suppression.WORDS)
        else:
            weight = self._judge.token(hit.value, 3.0, Weight(0.7, Severity.HIGH), context)
        entity = hit.plugin.upper().replace("-", "_") + "_CREDENTIAL"
        reason = f"The detect-secrets plugin {hit.plugin} matched."
        return Candidate(f"detect-secrets.{hit.plugin}", entity, hit.start, hit.end, weight, reason, hit.value)


_DEFAULT = "A default value is given for a name that says it is a credential."
_COLUMN = "The header of its column says that it is a credential."
_ENTRY = "An entry of a Kubernetes Secret."
_BARE = "A generated value stands in a name, a title or a tag."


def _unless_harmless(candidate: Candidate, start: int, end: int, harmless: Sequence[Harmless]) -> Candidate:
    """The candidate; lowered if it stands inside something that is harmless as a whole."""
    at = bisect_right(harmless, start, key=itemgetter(0)) - 1
    if at >= 0 and end <= harmless[at][1]:
        return replace(candidate, weight=Weight(suppressed=harmless[at][2]))
    return candidate


def rule_files(configs: Path) -> list[Path]:
    """The rule packs of a folder. A home made before a pack came goes on without it."""
    named = [configs / name for name in RULE_FILES]
    return named + sorted({*configs.glob("secrets-*.yaml")} - {*named, configs / WORDS_FILE})


def _near(near: Near) -> Candidate:
    weight = Weight(0.4, Severity.MEDIUM) if near.doubtful else Weight(0.6, Severity.HIGH)
    weight = replace(weight, suppressed=near.suppressed)
    reason = "A generated value stands near the name of a credential, in whatever it is wrapped."
    return Candidate("secrets.near-a-name", "GENERIC_SECRET", near.start, near.end, weight, reason, near.value)


_PRIVATE_KEY = "Armour of a private key with key material behind it."


def _readings(view: SecretView) -> Iterator[SecretView]:
    for text in concatenated(view):
        yield text
        yield from joined(text)
    yield from wrapped(view)
    for whole in joined(view):
        yield whole
        yield from decoded(whole)
    for inner in decoded(view):
        yield inner
        yield from _readings(inner)


def _context(text: str, start: int, end: int, key: str) -> Context:
    """What stands around a value on its line, at most 200 characters of it."""
    line = text[max(0, start - 200, text.rfind("\n", 0, start) + 1) : start]
    quoted = line.rstrip("\\")[-1:] in {'"', "'", "`"}
    if not key:
        key = _last_name(line)
    return Context(key, quoted, text[end : end + 40], line.rstrip("\\\"'`") if quoted else line)


def _user(context: Context) -> str:
    """The user of a URL whose password comes next."""
    return context.line.rpartition("://")[2].rstrip(":")


def _label(line: str) -> str:
    """The last two words of a line, without signs behind them: the name of the value that comes next."""
    return " ".join(re.findall(r"[\w.-]+", line[-120:])[-2:])


def _last_name(line: str) -> str:
    names = re.findall(r"[A-Za-z_][\w.-]*", line[-120:])
    return names[-1] if names else ""
