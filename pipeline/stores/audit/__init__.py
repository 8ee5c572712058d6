"""The audit log: append, search and verify.

Start with `log.py`.
"""
