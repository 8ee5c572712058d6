"""Revocations, rollbacks and erasures.

May import `stores` and below. Start with `revocations.py`.
"""
