"""Submissions and their usage.

Start with `submissions.py`.
"""
