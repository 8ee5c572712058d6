"""Files on disk: durable writes, spools, source files and stored texts.

May import `domain` only. Start with `durable.py`.
"""
