"""The outbox of notifications.

May import `stores` and below. Start with `outbox.py`.
"""
