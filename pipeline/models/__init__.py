"""Embedding models: the lock of their files, derived models, the embedders, the splitter and the vector cache.

May import `files`, `settings` and `domain`. Start with `lock.py`, then `derived.py`.
"""
