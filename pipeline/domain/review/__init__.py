"""Review: what waits for people, what they decide, and what an operator lets in alone.

Pure. Start with `items.py`.
"""
