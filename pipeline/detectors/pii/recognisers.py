"""Presidio's recognisers, and our own in presidio's form, as one explicit list.

Invariants: the only importer of presidio. A rule of the settings becomes exactly one recogniser; nothing is loaded
by default. Patterns run under a time limit and running out of it raises (presidio itself would skip the pattern).
Presidio logs matched text in places, so its logger is off. No recogniser sees the network.
"""

import ipaddress
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

import presidio_analyzer.predefined_recognizers as predefined
import regex
import tldextract
from presidio_analyzer import PatternRecognizer

from pipeline.detectors.pii.checksums import checksum
from pipeline.detectors.pii.needs import CharacterCounts, Needs
from pipeline.detectors.pii.settings import PiiRule
from pipeline.domain.errors import ConfigError, CorpusgateError

logging.getLogger("presidio-analyzer").disabled = True

SECONDS_PER_PATTERN = 20.0
_EXACT = int(regex.MULTILINE)  # Our own patterns say themselves where case does not matter.
_SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, fallback_to_snapshot=True)


_EAN_DIGITS = 13
_is_ean = checksum("ean")
_SAMPLE_SSN = regex.compile(r"(?<![\d-])(?:078([- .]?)05\1?1120|123([- .]?)45\2?6789|987([- .]?)65\3?432\d)(?![\d-])")


@dataclass(frozen=True, slots=True)
class _OwnPattern:
    """A regular expression, and how much it says by itself."""

    regex: str
    score: float = 0.5


class _Own:
    """Patterns from the settings, validated by a checksum where the rule names one.

    It has the parts of a recogniser that `Recogniser` uses. A pattern of presidio compiles its expression once more,
    with other flags, only to look at it.
    """

    global_regex_flags = _EXACT

    def __init__(self, rule: PiiRule) -> None:
        self.patterns = [_OwnPattern(pattern) for pattern in rule.patterns]
        self._check = checksum(rule.checksum) if rule.checksum else None

    def validate_result(self, pattern_text: str) -> bool | None:
        """Whether the check digits fit; None where the rule names no checksum."""
        return None if self._check is None else self._check(pattern_text)

    def invalidate_result(self, pattern_text: str) -> bool | None:  # noqa: ARG002
        """None: there is nothing that makes a match invalid but its checksum."""
        return None


class _Email(predefined.EmailRecognizer):
    """Presidio's e-mail pattern, with the bundled list of domain suffixes and never a download."""

    def validate_result(self, pattern_text: str) -> bool:
        return is_host(pattern_text.rpartition("@")[2])


def is_host(name: str) -> bool:
    """Whether a name ends in a public suffix, and has a label before it."""
    return bool(_SUFFIXES(name).fqdn)


_SCHEMES = regex.compile(
    r"3[47]\d{13}|1800\d{11}|2131\d{11}|3(?:0[0-5]|095|[689]\d)\d{11,16}|(?:35|5|6)\d{14,17}|2[2-7]\d{14}"
    r"|4(?:\d{12}|\d{15}|\d{18})|(?:5[06-9]|6)\d{11,18}"
)
"""First digits with the lengths that their schemes issue (ISO/IEC 7812): a telephone's IMEI begins with 35, too."""


class _Card(predefined.CreditCardRecognizer):
    """Presidio's pattern for cards. An article number (EAN-13) that passes their check digit needs a word near it."""

    def validate_result(self, pattern_text: str) -> bool | None:  # type: ignore[override]
        if not _SCHEMES.fullmatch(regex.sub(r"\D", "", pattern_text)):
            return False
        if pattern_text.isdecimal() and len(pattern_text) == _EAN_DIGITS and _is_ean(pattern_text):
            return None if super().validate_result(pattern_text) else False
        return super().validate_result(pattern_text)


class _Address(predefined.IpRecognizer):
    """Presidio's pattern for network addresses, for those that are routed everywhere or for the others."""

    def __init__(self, network: str) -> None:
        super().__init__()
        self._public = network == "public"

    def invalidate_result(self, pattern_text: str) -> bool:
        address = _address(pattern_text)
        return address is None or _names_nothing(address) or address.is_global != self._public


_DOCUMENTED_MAC = regex.compile(
    r"(?i)(?<![\w:-])(?:00([:-])00\1(?:5e)\1(?:00)\1(?:53)\1|01([:-])(?:00)\2(?:5e)\2(?:90)\2(?:10)\2)"
    r"[0-9a-f]{2}(?![\w:-])"
)
"""Addresses of interfaces that are kept for documentation (RFC 9542, sections 2.1.2 and 2.1.4)."""


class _Mac(predefined.MacAddressRecognizer):
    """Presidio's pattern for addresses of interfaces, without those that are kept for documentation."""

    def invalidate_result(self, pattern_text: str) -> bool:
        return _DOCUMENTED_MAC.fullmatch(pattern_text) is not None or bool(super().invalidate_result(pattern_text))


_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
_RESOLVERS = frozenset(
    map(
        ipaddress.ip_address,
        ("1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "9.9.9.9", "2001:4860:4860::8888", "2606:4700:4700::1111"),
    )
)
"""Public name servers that every handbook names."""
_MASK = 0xFFFFFFFF


def _address(text: str) -> _Ip | None:
    try:
        return ipaddress.ip_interface(text).ip
    except ValueError:
        return None


def _names_nothing(address: _Ip) -> bool:
    """Whether an address stands for no machine of anyone: this machine, every machine, a mask, a public name server."""
    if address.is_loopback or address.is_unspecified or address.is_multicast or address in _RESOLVERS:
        return True
    flipped = int(address) ^ _MASK
    return isinstance(address, ipaddress.IPv4Address) and flipped & (flipped + 1) == 0


def versions() -> dict[str, str]:
    """Versions of what decides about matches here."""
    return {name: metadata.version(name) for name in ("presidio-analyzer", "python-stdnum", "tldextract")}


class Recogniser:
    """One rule, ready to run over a stretch of text."""

    def __init__(self, rule: PiiRule) -> None:
        self.rule = rule
        self._inner = _build(rule)
        flags = self._inner.global_regex_flags
        try:
            self._patterns = [
                (regex.compile(p.regex, flags), p.score, Needs.of(p.regex, flags or 0))
                for p in self._inner.patterns  # type: ignore[has-type]
            ]
        except regex.error as error:
            raise ConfigError(
                f"A pattern of the rule {rule.id} in pii.yaml is not a regular expression: {error}.",
                fix="Correct it in configs/detectors/pii.yaml.",
            ) from None

    def able(self, stretch: CharacterCounts) -> bool:
        """Whether anything in a stretch of text can match. Samples need as much as values do."""
        return any(needs.met(stretch) for _, _, needs in self._patterns)

    @property
    def checks(self) -> bool:
        """Whether it knows the check digits of what it looks for."""
        return self.rule.checksum is not None or type(self._inner).validate_result not in (
            PatternRecognizer.validate_result,
            _Own.validate_result,
        )

    @property
    def proves(self) -> bool:
        """Whether a match can be certain by itself."""
        return self.checks or any(score >= 1.0 for _, score, _ in self._patterns)

    def samples(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Numbers that are never issued because documentation uses them: presidio takes them for invalid."""
        if isinstance(self._inner, predefined.UsSsnRecognizer):
            yield from (found.span() for found in _SAMPLE_SSN.finditer(text, start, end))
        if isinstance(self._inner, _Mac):
            yield from (found.span() for found in _DOCUMENTED_MAC.finditer(text, start, end))
        if isinstance(self._inner, _Address) and self.rule.network == "public":
            for pattern, _, _ in self._patterns:
                for found in pattern.finditer(text, start, end, timeout=SECONDS_PER_PATTERN):
                    address = _address(found[0])
                    if address is not None and _names_nothing(address):
                        yield found.span()

    def matches(
        self, text: str, start: int, end: int, stretch: CharacterCounts | None = None
    ) -> Iterator[tuple[int, int, float]]:
        """Valid matches in text[start:end]: place and how much the pattern says by itself (1.0: checksum passed).

        `stretch` counts what stands there, for a caller that has counted already.
        """
        try:
            for pattern, score, needs in self._patterns:
                if stretch is not None and not needs.met(stretch):
                    continue
                for found in pattern.finditer(text, start, end, timeout=SECONDS_PER_PATTERN):
                    value = found.group()
                    valid = self._inner.validate_result(value) if value else False
                    if valid is False or self._inner.invalidate_result(value):
                        continue
                    yield found.start(), found.end(), 1.0 if valid else score
        except TimeoutError:
            raise CorpusgateError(
                f"The recogniser {self.rule.id} ran out of time.",
                done="The scan was given up.",
                fix="Split the document.",
            ) from None


def _build(rule: PiiRule) -> PatternRecognizer | _Own:
    if rule.presidio is None:
        return _Own(rule)
    if rule.presidio == "EmailRecognizer":
        return _Email()
    if rule.presidio == "CreditCardRecognizer":
        return _Card()
    if rule.presidio == "MacAddressRecognizer":
        return _Mac()
    if rule.network is not None:
        return _Address(rule.network)
    try:
        found: PatternRecognizer = getattr(predefined, rule.presidio)()
        return found
    except AttributeError:
        raise ConfigError(f"Presidio has no {rule.presidio}.", fix="Name one of its pattern recognisers.") from None
