"""Beam gates, one per file: wiring only, the logic they wire is in `pipeline`."""

import logging

logging.getLogger().addHandler(logging.NullHandler())  # Beam would otherwise configure the root logger on import
