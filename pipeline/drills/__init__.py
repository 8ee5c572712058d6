"""Drills: rehearsals of bad days on a copy of a home, with a signed record of what was proven.

May import `backups`, `checks`, `takedown`, `publishing`, `workspace` and below. Start with `rehearse.py`.
"""
