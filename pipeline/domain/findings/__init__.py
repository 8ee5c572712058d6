"""Findings: what a detector saw, how a value is masked, and how two texts differ.

Pure. Start with `findings.py`.
"""
