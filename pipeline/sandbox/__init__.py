"""Child processes for untrusted input. A child may die, hang or grow without harm to its parent.

Invariants: the parent unpickles nothing and trusts only the length of an answer. Standard error is thrown away, because
it may hold document text. A child inherits no environment variable and no file, and dies with its parent, even after
kill -9. The kernel and the parent enforce its limits on memory, time, written files and answers.
Landlock and seccomp leave it its code and its pipes: no network, no file to write, and none to read but those it was
given.

May import `domain` only. Start with `process.py`.
"""

from pipeline.sandbox.calls import ChildProcess, Ticket
from pipeline.sandbox.confinement import LAYERS
from pipeline.sandbox.limits import ChildLimits

__all__ = ["LAYERS", "ChildLimits", "ChildProcess", "Ticket"]
