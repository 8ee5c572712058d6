"""Beam gates, one per file: wiring only, the logic they wire is in `pipeline`."""
