"""Kingfisher behind one function. The only module that imports `kingfisher_sdk`.

Invariants: nothing in a document switches a rule off (no ignore comments, no markup filter); nothing is validated
over the network. Compiled rules are taken from disk only if a key vouches for them: kingfisher itself looks for damage
and for other versions, and trusts who wrote them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import kingfisher_sdk

from pipeline.detectors.kept_rules import KeptRules, rules_name

VERSION: str = kingfisher_sdk.__version__
TIME_LIMIT = 20.0
"""Seconds for one text; past it the scan raises, it never returns part of the findings."""
_CONFIDENCE: Final = "medium"
_FILES, _TITLE_END = "*.vscdb", b"\n"
_POLICY = kingfisher_sdk.DetectionPolicy(
    inline_ignores=False, ignore_comments=(), markup_context=False, cli_match_semantics=True, base64_max_depth=2
)


@dataclass(frozen=True, slots=True)
class KingfisherHit:
    """One match: byte offsets in what was scanned, the rule that fired, the (decoded) value."""

    rule: str
    start: int
    end: int
    value: str = field(repr=False)
    encoded: bool = False


class Kingfisher:
    """Kingfisher's built-in rules at medium confidence. Compiling them takes seconds: make one a process."""

    def __init__(self, kept: KeptRules | None = None) -> None:
        rules = _compiled() if kept is None else _kept(kept)
        self.rule_count = len(rules)
        self._scanner = kingfisher_sdk.Scanner(rules, base64=True, dedup=False, policy=_POLICY)

    def scan(self, data: bytes) -> Iterator[KingfisherHit]:
        """Every visible match in UTF-8 `data`."""
        for finding in self._scanner.scan(data, timeout=TIME_LIMIT):
            if not finding.visible:
                continue
            start, end = finding.location["start_offset"], finding.location["end_offset"]
            yield KingfisherHit(finding.rule_id, start, end, finding.secret, finding.is_base64_encoded)


def _compiled(cache: Path | None = None) -> kingfisher_sdk.Rules:
    return kingfisher_sdk.Rules(confidence=_CONFIDENCE, cache=cache is not None, cache_dir=cache and str(cache))


def _kept(kept: KeptRules) -> kingfisher_sdk.Rules:
    """The rules from a file that the key vouches for, or compiled and kept.

    Kingfisher names its file by the rules, its build and the processor. It reads one from a folder, so that what was
    vouched for is laid into a folder of this process alone.
    """
    name = rules_name({"built-in": _CONFIDENCE}, VERSION)
    try:
        with TemporaryDirectory(dir=kept.folder) as scratch:
            folder, found = Path(scratch), kept.read(name)
            laid: set[Path] = set()
            if found is not None:
                title, _, compiled = found.partition(_TITLE_END)
                file = folder / Path(title.decode()).name
                file.write_bytes(compiled)
                laid = {file}
            rules = _compiled(folder)
            if rules.cache_status == "stored":
                [file] = set(folder.glob(_FILES)) - laid or laid
                kept.write(name, file.name.encode() + _TITLE_END + file.read_bytes())
            return rules
    except (OSError, ValueError):
        return _compiled()
