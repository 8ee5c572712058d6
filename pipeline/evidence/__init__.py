"""Evidence outside the database: checkpoints in anchors, and whether this home is an older copy of itself.

May import `stores`, `index`, `files`, `settings` and `domain`. Start with `checkpoints.py`.
"""
