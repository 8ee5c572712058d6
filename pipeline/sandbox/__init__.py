"""Work on untrusted input, in a child process that may die, hang or swell without hurting anybody.

Invariants: nothing the child says is unpickled or trusted beyond its length, and its standard error is thrown away,
for both may hold document text. A child inherits no environment variable and no file, cannot outlive its parent
(not even one killed with -9), and has limits on memory, processor time, written files and answers that the kernel
and the parent enforce, not the child's good will. Landlock and seccomp leave it its code and its pipes: no network, no
file to write, none to read that it was not handed.
"""

from pipeline.sandbox.calls import ChildProcess, Ticket
from pipeline.sandbox.confinement import LAYERS
from pipeline.sandbox.limits import ChildLimits

__all__ = ["LAYERS", "ChildLimits", "ChildProcess", "Ticket"]
