"""Beam gates, one per file: wiring only, the logic they wire is in `pipeline`."""

import pipeline as pipeline  # before Beam: it keeps Beam from configuring the root logger
