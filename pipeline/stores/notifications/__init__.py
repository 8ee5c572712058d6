"""The outbox of notifications.

Start with `outbox.py`.
"""
