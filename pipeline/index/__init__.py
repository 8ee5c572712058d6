"""The index: segments and generations, signed and immutable.

May import `files`, `settings` and `domain`. Start with `generations.py`, then `candidate.py`.
"""
