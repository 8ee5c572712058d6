"""Stretches of a text whose random characters are harmless, each with the reason.

Invariants: pure and linear; the stretches are in order of place and do not overlap.
"""

import re
from collections.abc import Iterator

from pipeline.detectors.secrets.cipher_vectors import cipher_vectors
from pipeline.detectors.secrets.kept_elsewhere import kept_elsewhere
from pipeline.detectors.secrets.published import published
from pipeline.detectors.secrets.suppressions import Suppression, claims_of, is_documented_claims, only_leads_elsewhere

Harmless = tuple[int, int, Suppression]
"""Start, end and why nothing between them counts."""


_TOKEN = re.compile(r"\beyJ[\w-]{10,200}\.eyJ[\w-]{10,2000}\.[\w-]{20,700}(?![\w-])")
_LINK = re.compile(r"https?://[^\s\"'<>]{1,200}[/=]$")
_REST_OF_LINK = re.compile(r"(?:/[\w-]{1,6}){1,6}(?![\w/-])")
_OF_AN_EMULATOR = re.compile(
    r"(?:AccountKey=)?(?:Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    r"|C2y6yDjf5/R\+ob0N8A7Cgv30VRDJIWEHLM\+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==)"
)
"""The fixed, published keys of the local emulators of Azure Storage and Azure Cosmos DB."""
_BEFORE = 210
"""Characters before a token in which its link begins."""


def _tokens(text: str) -> Iterator[Harmless]:
    """JSON Web Tokens that claim what the documentation of the form claims, or in a link only where it leads."""
    for token in _TOKEN.finditer(text):
        claims = claims_of(token[0])
        if is_documented_claims(claims):
            yield *token.span(), Suppression.SAMPLE
        elif _LINK.search(text, max(0, token.start() - _BEFORE), token.start()) and only_leads_elsewhere(claims):
            rest = _REST_OF_LINK.match(text, token.end())
            yield token.start(), rest.end() if rest else token.end(), Suppression.PUBLIC


def harmless_spans(text: str) -> list[Harmless]:
    """Public keys and certificates, encrypted values, addresses of stored values, test vectors and samples."""
    found: list[Harmless] = [(start, end, Suppression.PUBLIC) for start, end in published(text)]
    found += kept_elsewhere(text)
    found += _tokens(text)
    found += ((start, end, Suppression.SAMPLE) for start, end in cipher_vectors(text))
    found += ((*key.span(), Suppression.SAMPLE) for key in _OF_AN_EMULATOR.finditer(text))
    kept: list[Harmless] = []
    for span in sorted(found):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept
