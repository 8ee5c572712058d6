"""Takedown: revoke, roll back and erase what is served.

May import `publishing`, `workspace` and below. Start with `revoke.py`.
"""
