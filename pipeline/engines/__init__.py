"""Engines that run a Beam graph: runners, worker processes and the tools they need.

May import `settings` and `domain`. Start with `runners.py`.
"""
