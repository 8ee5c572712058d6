"""Runs: a batch refresh, a stream, and what both need around the Beam graph.

May import transforms, publishing, engines and below. Start with `refresh.py`.
"""
