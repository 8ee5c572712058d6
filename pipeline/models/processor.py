"""Instructions of this machine's processor that decide which arithmetic is native."""

import platform
from pathlib import Path


def instructions() -> frozenset[str]:
    """Flags of an x86 processor as Linux names them; none on other processors and systems."""
    if platform.machine() != "x86_64":
        return frozenset()
    try:
        information = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return frozenset()
    return frozenset(information.partition("\nflags")[2].partition("\n")[0].split())
