"""Identity of callers: tokens, sessions, OpenID Connect and access to routes.

May import `workspace`, `stores.identity`, `settings` and `domain`. Start with `access.py`.
"""
