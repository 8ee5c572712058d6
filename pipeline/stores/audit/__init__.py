"""The audit log: append, search and verify.

May import `stores` and below. Start with `log.py`.
"""
