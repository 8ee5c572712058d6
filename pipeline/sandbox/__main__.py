"""Entry point of a child process: `python -m pipeline.sandbox PARENT_PID`."""

import sys

from pipeline.sandbox.child import serve

if __name__ == "__main__":
    serve(int(sys.argv[1]))
