"""Peers of the detectors that this project does not install: gitleaks, agent-cordon, the local rule of aicordon.

A peer that is not installed raises `ImportError` and is left out by name. Nothing calls out.
"""

import json
import shutil
import subprocess
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Span = tuple[int, int, str]
"""Start, end, entity. Code points, end-exclusive."""
Scan = Callable[[str], list[Span]]


def gitleaks_peer(texts: Sequence[str]) -> Scan:
    """`gitleaks dir` with its default rules, once over all texts: a start takes longer than a text."""
    program = shutil.which("gitleaks")
    if program is None:
        raise ImportError("gitleaks is not on the path")
    names = {text: f"{number:06}.txt" for number, text in enumerate(dict.fromkeys(texts))}
    with tempfile.TemporaryDirectory() as folder:
        for text, name in names.items():
            Path(folder, name).write_text(text, "utf-8")
        report = Path(folder, "report.json")
        command = [program, "dir", folder, "-f", "json", "-r", str(report), "--exit-code", "0", "--no-banner"]
        subprocess.run([*command, "-l", "error", "--ignore-gitleaks-allow"], check=True, capture_output=True)
        found: dict[str, list[dict[str, Any]]] = {}
        for one in json.loads(report.read_text("utf-8")):
            found.setdefault(Path(one["File"]).name, []).append(one)

    def scan(text: str) -> list[Span]:
        starts = [0, *(place + 1 for place, letter in enumerate(text) if letter == "\n"), len(text) + 1]
        return [
            (starts[one["StartLine"] - 1], max(starts[min(one["EndLine"], len(starts) - 1)] - 1, 1), one["RuleID"])
            for one in found.get(names.get(text, ""), ())
        ]

    return scan


def agent_cordon_peer() -> Scan:
    """`agent_cordon.scan`; what it calls suspicious counts."""
    import agent_cordon  # type: ignore[import-not-found]

    return lambda text: [(0, len(text), "INJECTION")] if agent_cordon.scan(text).is_suspicious else []


def aicordon_peer() -> Scan:
    """The local rule of aicordon; its other detector asks a service and is not run."""
    from aicordon import picket  # type: ignore[import-not-found]

    detector = picket.load()
    return lambda text: [(0, len(text), "INJECTION")] if detector.check(text).flagged else []


def reliability(outcomes: Sequence[tuple[float, bool]]) -> list[tuple[str, int, float]]:
    """Bins of confidence with their number of findings and the share that is right, from (confidence, right)."""
    edges = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    bins: dict[int, list[bool]] = {}
    for confidence, right in outcomes:
        bins.setdefault(bisect_right(edges, confidence), []).append(right)
    lower, upper = (0.0, *edges), (*edges, 1.0)
    return [
        (f"{lower[at]:.1f} to {upper[at]:.1f}", len(rights), sum(rights) / len(rights))
        for at, rights in sorted(bins.items())
    ]
