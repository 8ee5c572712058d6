"""The pages and the REST interface. No logic.

May import every use case, `workspace` and below. Start with `app.py`, which puts the parts together.
"""
