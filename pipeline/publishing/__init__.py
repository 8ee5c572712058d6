"""Publication of a generation: canary questions, compaction, retention and signing keys.

May import `workspace` and below. Start with `publish.py`.
"""
