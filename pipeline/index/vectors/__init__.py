"""Vector arithmetic and vector indexes: exact and approximate.

May import domain only. Start with `exact.py`.
"""
