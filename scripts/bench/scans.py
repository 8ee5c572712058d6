"""How well scans are read, and where they end: character errors, confidence and action by quality.

    python -m scripts.bench.scans [--scans 10] [--json]

It draws pages, scans them in three qualities in its own way, and reads each as a file and as a page of a PDF.
"""

import argparse
import json
import time
from statistics import mean

from rich.console import Console
from rich.table import Table

from pipeline.extraction.extractor import Extractor
from tests.support.scans import QUALITIES, character_errors, prose, saved, scanned_pdf


def measured(scans: int) -> list[dict[str, float | str | int]]:
    """One row for each quality and kind of file."""
    rows: list[dict[str, float | str | int]] = []
    with Extractor() as extractor:
        extractor.extract(saved(QUALITIES["clean"](prose(0))), "warm-up.png")
        for quality, scan in QUALITIES.items():
            for kind in ("picture", "PDF page"):
                errors, seconds, doubtful, failed = [], [], 0, 0
                for seed in range(1, scans + 1):
                    lines = prose(seed)
                    image = scan(lines, seed)
                    data, name = (saved(image), "a.png") if kind == "picture" else (scanned_pdf(image), "a.pdf")
                    started = time.monotonic()
                    extracted = extractor.extract(data, name)
                    seconds.append(time.monotonic() - started)
                    got = "\n".join(line for line in extracted.text.splitlines() if line.strip())
                    errors.append(character_errors("\n".join(lines), got))
                    doubtful += any(run.technique.endswith("-doubtful-ocr") for run in extracted.hidden)
                    failed += extracted.failure is not None
                rows.append(
                    {
                        "quality": quality,
                        "kind": kind,
                        "mean error %": round(100 * mean(errors), 2),
                        "worst error %": round(100 * max(errors), 2),
                        "to review": doubtful,
                        "failed": failed,
                        "seconds": round(mean(seconds), 2),
                    }
                )
        rows.append({"quality": "", "kind": "peak memory, MB", "seconds": extractor.peak_memory_bytes >> 20})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = measured(given.scans)
    if given.json:
        print(json.dumps(rows))
        return
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*(str(row.get(name, "")) for name in rows[0]))
    Console().print(table)


if __name__ == "__main__":
    main()
