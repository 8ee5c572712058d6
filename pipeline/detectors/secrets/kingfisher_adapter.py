"""Kingfisher behind one function. The only module that imports `kingfisher_sdk`.

Invariants: nothing in a document switches a rule off (no ignore comments, no markup filter); nothing is validated
over the network; nothing is written outside `cache_dir`, and without one nothing is written at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import kingfisher_sdk

VERSION: str = kingfisher_sdk.__version__
TIME_LIMIT = 20.0
"""Seconds for one text; past it the scan raises, it never returns part of the findings."""
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

    def __init__(self, cache_dir: Path | None = None) -> None:
        rules = kingfisher_sdk.Rules(
            confidence="medium", cache=cache_dir is not None, cache_dir=str(cache_dir) if cache_dir else None
        )
        self.rule_count = len(rules)
        self._scanner = kingfisher_sdk.Scanner(rules, base64=True, dedup=False, policy=_POLICY)

    def scan(self, data: bytes) -> Iterator[KingfisherHit]:
        """Every visible match in UTF-8 `data`."""
        for finding in self._scanner.scan(data, timeout=TIME_LIMIT):
            if not finding.visible:
                continue
            start, end = finding.location["start_offset"], finding.location["end_offset"]
            yield KingfisherHit(finding.rule_id, start, end, finding.secret, finding.is_base64_encoded)
