"""Submissions: states, names and limits of documents that people submit.

Pure. Start with `submissions.py`.
"""
