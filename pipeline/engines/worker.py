"""One of several worker processes of a refresh: Beam's worker, but quiet and on this machine only.

Beam passes its parameters in environment variables. It ends with the refresh, even if that is killed.
"""

import logging
import shlex
import sys

from pipeline.engines import bind_loopback, parent_death
from pipeline.settings.permissions import own_files_only


def command() -> str:
    """What a shell runs to start one."""
    return "exec " + shlex.join(parent_death.command(sys.executable, "-m", "pipeline.engines.worker"))


def _main() -> None:
    logging.getLogger().addHandler(logging.NullHandler())  # or Beam would write its log on standard error
    own_files_only()
    bind_loopback.only()
    from apache_beam.runners.worker import sdk_worker_main

    sdk_worker_main.main(sys.argv)


if __name__ == "__main__":
    _main()
