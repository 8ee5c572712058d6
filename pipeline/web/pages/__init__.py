"""The pages, one module for each noun.

May import `web.display`, `web.security`, `web.serving` and use cases. Start with `home.py`.
"""
