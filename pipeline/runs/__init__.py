"""Runs: a batch refresh, a stream, and what both need around the Beam graph.

May import `transforms`, `publishing`, `engines`, `workspace` and below. Start with `refresh.py`.
"""
