"""Tokens, sessions and login attempts.

May import `stores` and below. Start with `tokens.py`.
"""
