"""The REST interface, one module for each noun.

May import `web.security`, `web.serving` and use cases. Start with `search.py`.
"""
