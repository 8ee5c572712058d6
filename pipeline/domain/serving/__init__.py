"""Serving: generations, canary questions, takedown and erasure.

Pure. Start with `publication.py`.
"""
