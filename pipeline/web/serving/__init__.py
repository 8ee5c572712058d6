"""The running server: limits, the search pool, health and background loops.

May import use cases. Start with `shield.py`.
"""
