"""Backups of a live home, and homes restored from them.

May import `takedown`, `publishing`, `workspace` and below. Start with `create.py`.
"""
