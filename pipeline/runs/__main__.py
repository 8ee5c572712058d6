"""`python -m pipeline.runs HOME SOURCE`: one refresh in a process of its own, started by `start.py`.

Invariant: nothing is printed. The ledger, the audit log and the notifications say how the run ended.
"""

import sys
from pathlib import Path

from pipeline.domain.errors import CorpusgateError, ExitCode
from pipeline.runs.finish import finish
from pipeline.workspace import Workspace


def main(home: str, source: str) -> int:
    """Refresh `source` of `home`; returns the exit code."""
    from pipeline.runs.refresh import refresh  # imports Beam: seconds, which a missing argument need not wait for

    workspace, result = Workspace(Path(home)), None
    try:
        result = refresh(workspace, [source])
    except CorpusgateError as error:
        return error.exit_code
    finally:
        for _ in finish(workspace, result, None):
            pass  # the figures of the next run replace these
        workspace.close()
    return ExitCode.FINE


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
