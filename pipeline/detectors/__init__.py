"""Detectors of secrets, personal data, injection and hidden text, each behind one adapter.

May import `models`, `sandbox`, `settings` and `domain`. Start with `suite.py`, then `guarded.py`.
"""
