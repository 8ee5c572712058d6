"""Search in one generation: permitted rows, scores and hits.

May import index.vectors and below. Start with `searcher.py`.
"""
