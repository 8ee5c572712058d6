"""Tokens, sessions and login attempts.

Start with `tokens.py`.
"""
