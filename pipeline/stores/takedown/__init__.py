"""Revocations, rollbacks and erasures.

Start with `revocations.py`.
"""
