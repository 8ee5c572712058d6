"""Corpusgate: the gate between documents and a retrieval index."""

import logging

logging.getLogger().addHandler(logging.NullHandler())  # Beam would otherwise configure the root logger on import

__version__ = "0.1.0"
