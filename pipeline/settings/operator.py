"""The name of the account that runs this process."""

import getpass
import os


def operator_name() -> str:
    """The identity of the command line: `operator:NAME`, or the number of an account that has no name."""
    try:
        return f"operator:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"operator:uid-{os.getuid()}"
