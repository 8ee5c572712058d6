"""Corpusgate: the gate between documents and a retrieval index.

A folder is a capability; imports run one way, from `cli` and `web` down to `domain`. Start with `runs/refresh.py`.
"""

import logging

logging.getLogger().addHandler(logging.NullHandler())  # Beam would otherwise configure the root logger on import

__version__ = "0.1.0"
