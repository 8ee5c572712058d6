"""The retrieval log: answers wait in a journal file, go to the database in batches, and are counted and verified.

May import `stores` and below. Start with `recorder.py`.
"""
