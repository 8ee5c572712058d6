"""Submissions: the inbox that keeps the files, the service that accepts them, and receipts.

May import `stores`, `files`, `settings` and `domain`. Start with `service.py`.
"""
