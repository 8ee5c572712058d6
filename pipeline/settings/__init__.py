"""Settings: the only readers of configuration files and of the environment.

May import `domain` only. Start with `application.py`, then `home.py`.
"""
