"""Locates Prism, an engine that is not a Python package.

Invariants: nothing is downloaded here; `make tools` does that. A configured engine is used, or is an error. Otherwise
the PATH decides, then the folder that `make tools` fills.
"""

import shutil
from pathlib import Path

from pipeline.domain.errors import ConfigError

TOOLS = Path(__file__).resolve().parents[2] / ".tools"
"""What `make tools` fills."""

PRISM_VERSION = "v2.77.0"


def prism(given: str = "", tools: Path = TOOLS) -> Path:
    """The Prism program. Raises `ConfigError` when there is none."""
    found = Path(given).expanduser() if given else Path(shutil.which("prism") or tools / "prism" / "prism")
    if not found.is_file():
        raise ConfigError(
            f"There is no Prism at {given}." if given else "Prism is not installed: streams on one machine need it.",
            fix="Run `make tools` in Corpusgate's folder, or `go install github.com/apache/beam/sdks/v2/go/cmd/prism@"
            f"{PRISM_VERSION}` and put it on the PATH or name it in `runner.prism`. See docs/guides/engines.md.",
        )
    return found
