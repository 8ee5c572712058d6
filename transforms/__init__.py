"""Beam gates, one for each file. A gate only connects its input, the logic in `pipeline` and its output.

May import `pipeline` below the use cases. Gates do not import each other. Start with `tag_provenance.py`.
"""

import pipeline as pipeline  # before Beam: it keeps Beam from configuring the root logger
