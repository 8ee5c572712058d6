"""Refuse words and patterns that make prose hard to read: `make check` runs it.

    python -m scripts.check_prose [--update] [--words] [--all] [PATH …]

It reads docstrings, comments, sentences in the code's own strings, names of tests, Markdown, templates and the comments
of YAML files. scripts/prose_baseline.json holds how many hits each file may have: those it had when the check was made,
or fewer. A new file may have none. `--update` writes lower counts and never raises the sum. `--words` counts by
pattern.
"""

import argparse
import ast
import io
import json
import re
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
BASELINE = Path(__file__).with_name("prose_baseline.json")

PATTERNS = {
    "anew": (r"\banew\b", "again"),
    "whoever": (r"\bwho(?:m|so)?ever\b", "anyone who"),
    "nobody": (r"\bnobody(?:'s)?\b", "no one for people, none for things"),
    "beside": (r"\bbeside\b", "next to"),
    "of these": (r"\bof these\b", "name the things"),
    "is no": (r"(?<!\bthere )\b(?:is|are|was|were) no\b(?! longer| one)", "is not a"),
    "no more": (r"\bno more\b(?! than)", "no longer"),
    "tells": (r"\btells\b", "returns, shows or says"),
    "wire it": (r"\bwire it\b", "inputs → outputs, or nothing"),
    "clause as subject": (
        r"(?:^|(?<=[.!] )|(?<=\n))(?:What|Who) (?:is|are|was|were|has|have|had|may|must|can|could|will|would|does|did|"
        r"cannot|[a-z]+s|[a-z]+ed|(?:it|they|the|a|an|no|this|that|each|every|people|users|reviewers|others|nobody) "
        r"[a-z]+) [^?.!]*[.!;:,]",
        "name the thing: the document, the reviewer, the source",
    ),
}
"""Name of the pattern to its expression and to what to write instead."""
_COMPILED = {
    name: re.compile(pattern, re.IGNORECASE if name != "clause as subject" else 0)
    for name, (pattern, _) in PATTERNS.items()
}

_APART = (
    *("tests/data/", "configs/demo/", "pipeline/stores/migrations/", "CHANGELOG.md"),
    *("scripts/check_prose.py", "tests/unit/scripts/test_check_prose.py"),
    *("docs/reference/commands.md", "docs/reference/settings.md", "docs/reference/policy.md", "docs/internals/map.md"),
)
"""Samples and records of the past; the check itself, which holds the words; and pages generated from checked code."""
_SENTENCE = 4
"""Words from which a string of the code counts as a sentence."""


class ProseHit(NamedTuple):
    """One place with a refused pattern."""

    line: int
    pattern: str
    text: str


def passages(name: str, text: str) -> Iterator[tuple[int, str]]:
    """Line and text of each passage of prose in a file."""
    if name.endswith(".py"):
        yield from python_passages(name, text)
    elif name.endswith((".md", ".html", ".txt")) or name == "configs/policy.yaml":
        yield 1, without_code(text)
    else:  # YAML, shell, Makefile, units: comments
        for number, line in enumerate(text.splitlines(), 1):
            if comment := re.search(r"(?:^|\s)#+ (.*)", line):
                yield number, without_code(comment[1])


def without_code(text: str) -> str:
    """Markdown with its code blanked out, so that lines keep their numbers."""
    blank = lambda match: "\n" * match[0].count("\n")  # noqa: E731
    text = re.sub(r"^```.*?^```", blank, text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "``", text)


def python_passages(name: str, text: str) -> Iterator[tuple[int, str]]:
    """Docstrings, comments, names of tests and, in the program itself, strings that are sentences."""
    tree = ast.parse(text)
    strings = name.startswith(("pipeline/", "transforms/")) and not name.startswith("pipeline/detectors/")
    documentation: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            documentation.add(id(node.value))
            yield node.lineno, without_code(node.value.value)
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.lineno, node.name.replace("_", " ")
    if strings:
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in documentation:
                continue
            if len(node.value.split()) >= _SENTENCE:
                yield node.lineno, without_code(node.value)
    block: list[str] = []
    start = last = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT:
            continue
        if token.start[0] != last + 1 and block:
            yield start, "\n".join(block)
            block = []
        if not block:
            start = token.start[0]
        block.append(token.string.lstrip("# "))
        last = token.start[0]
    if block:
        yield start, "\n".join(block)


def hits(name: str, text: str) -> list[ProseHit]:
    """Every refused pattern in a file."""
    return [
        ProseHit(line + passage.count("\n", 0, match.start()), pattern, " ".join(match[0].split())[:80])
        for line, passage in passages(name, text)
        for pattern, expression in _COMPILED.items()
        for match in expression.finditer(passage)
    ]


def files(paths: list[str]) -> list[str]:
    """The files with prose that Git knows, or those of them that are named."""
    listed = subprocess.run(["git", "ls-files", "-z", *paths], cwd=ROOT, capture_output=True, text=True, check=True)
    kinds = (".py", ".md", ".html", ".yaml", ".yml", ".sh", ".service", ".conf", ".timer", "Makefile", "Dockerfile")
    return [
        name
        for name in listed.stdout.split("\0")
        if name.endswith(kinds) and not name.startswith(_APART) and (ROOT / name).is_file()
    ]


def lowered(allowed: Mapping[str, int], counts: Mapping[str, int]) -> dict[str, int]:
    """The baseline after a change: never higher in total.

    A file keeps the smaller of its allowance and its count. A file that is gone passes its allowance on to new files:
    the file was renamed, or a part of it moved.
    """
    spare = sum(count for name, count in allowed.items() if name not in counts)
    result = {}
    for name, count in counts.items():
        given = allowed.get(name, 0)
        if name not in allowed:
            given = min(count, spare)
            spare -= given
        result[name] = min(count, given)
    return {name: count for name, count in sorted(result.items()) if count}


def main(arguments: list[str] | None = None) -> int:
    """Compare with the baseline; 1 if a file has more hits than it may."""
    parser = argparse.ArgumentParser(prog="python -m scripts.check_prose")
    parser.add_argument("--update", action="store_true", help="write lower counts to the baseline")
    parser.add_argument("--words", action="store_true", help="print the number of hits of each pattern")
    parser.add_argument("--all", action="store_true", help="print every hit, allowed or not")
    parser.add_argument("paths", nargs="*", help="files and folders to look at; default: all")
    asked = parser.parse_args(arguments)
    found = {name: hits(name, (ROOT / name).read_text(encoding="utf-8")) for name in files(asked.paths)}
    if asked.words:
        counts = Counter(hit.pattern for places in found.values() for hit in places)
        print("\n".join(f"{counts[name]:6} {name}" for name in PATTERNS) + f"\n{counts.total():6} in all")
        return 0
    allowed: dict[str, int] = json.loads(BASELINE.read_text(encoding="utf-8"))
    if asked.update:
        allowed = lowered(allowed, {name: len(places) for name, places in found.items()})
        BASELINE.write_text(json.dumps(allowed, indent=1) + "\n", encoding="utf-8")
    worse = {name: places for name, places in found.items() if len(places) > allowed.get(name, 0)}
    for name, places in (found if asked.all else worse).items():
        for hit in places:
            print(f"{name}:{hit.line}: {hit.pattern}: {hit.text!r}; write: {PATTERNS[hit.pattern][1]}")
    for name in worse:
        print(f"{name} has {len(found[name])} hits and may have {allowed.get(name, 0)}")
    return int(bool(worse))


if __name__ == "__main__":
    sys.exit(main())
