"""Search in one generation: permitted rows, scores and hits.

May import `index` and below. Start with `searcher.py`.
"""
