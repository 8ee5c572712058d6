"""Vector arithmetic and vector indexes: exact and approximate.

May import `files` and `domain`. Start with `exact.py`.
"""
