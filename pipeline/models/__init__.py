"""The embedding model: the lock of its files, the embedder, the splitter and the vector cache.

May import `settings` and `domain`. Start with `lock.py`.
"""
