"""Publication of a generation: canaries, compaction, retention and signing keys.

May import workspace and below. Start with `publish.py`.
"""
