"""Test vectors of ciphers and hashes: keys that are published so that others can compare.

A key is one of a vector if the lines around it give the other values of the same operation as hexadecimal digits: an
initialisation vector, a plaintext, a ciphertext, a digest. No configuration publishes what its own key makes of a text.

Invariants: pure and linear.
"""

import re
from collections.abc import Iterator

_LINE = re.compile(
    r"(?im)^[ \t#*/;]{0,12}[\"']?(?P<name>count|(?:ex)?key\d{0,2}|k\d?|k?len|[ip]v|iv\d?|nonce|pt|ct"
    r"|plain_?text|cipher_?text|msg|message"
    r"|md|digest|hash|mac|tag|aad|ad|adata|input|output|in|out|result|salt|seed|counter|d|q|r|s|[px]|okm|prk|ikm|info|z|sk|pk"
    r"|entropy(?:input)?|returnedbits|personalizationstring|expected)[\"']?[ \t]{0,20}[:=][ \t]{0,20}[\"']?(?:0x)?"
    r"(?P<value>[0-9a-f]{0,4000})[\"']?[,;]?[ \t\r]*$"
)
_KEYS = frozenset({"key", "k", "key1", "key2", "key0", "exkey", "seed", "sk", "d", "ikm", "prk"})
_RESULTS = frozenset(
    {"pt", "ct", "plaintext", "plain_text", "ciphertext", "cipher_text", "msg", "message", "md", "digest", "mac", "tag",
     "output", "out", "result", "okm", "r", "s", "returnedbits", "expected"}
)  # fmt: skip
_LEAST_LINES = 3
_LEAST_DIGITS = 16
"""Hexadecimal digits of one result at least: a word such as `bad` has few."""


def cipher_vectors(text: str) -> Iterator[tuple[int, int]]:
    """The spans of all blocks of lines that are a test vector."""
    block: list[re.Match[str]] = []
    for line in _LINE.finditer(text):
        if block and text[block[-1].end() : line.start()].strip():
            yield from _vector(block)
            block = []
        block.append(line)
    yield from _vector(block)


def _vector(block: list[re.Match[str]]) -> Iterator[tuple[int, int]]:
    names = {line["name"].lower() for line in block}
    results = [line for line in block if line["name"].lower() in _RESULTS and len(line["value"]) >= _LEAST_DIGITS]
    if len(block) >= _LEAST_LINES and results and not _KEYS.isdisjoint(names):
        yield block[0].start(), block[-1].end()
