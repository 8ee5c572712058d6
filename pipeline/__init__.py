"""Corpusgate: the gate between documents and a retrieval index."""

__version__ = "0.1.0"
