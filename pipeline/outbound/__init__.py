"""Requests to receivers outside: guarded, bounded posts over HTTP.

May import settings and the domain. Start with `posting.py`.
"""
