"""Drills: faults injected into a real run."""
