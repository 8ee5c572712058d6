"""Who asks: tokens, sessions, OpenID Connect and access to routes.

May import stores.identity and below. Start with `access.py`.
"""
