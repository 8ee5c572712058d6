"""A copy of the served generation in Postgres with pgvector.

May import `index` and below. Start with `searcher.py`.
"""
