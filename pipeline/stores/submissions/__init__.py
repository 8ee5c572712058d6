"""Submissions and their usage.

May import `stores` and below. Start with `submissions.py`.
"""
