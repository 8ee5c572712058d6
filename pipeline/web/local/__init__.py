"""Searches for the command line by a running server of the same home, over a socket in the home.

May import `search`, `web.serving`, `settings` and `domain`. Start with `server.py`.
"""
