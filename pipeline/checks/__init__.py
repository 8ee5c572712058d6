"""Read-only checks: does what is stored, indexed and configured agree? Nothing here changes what is served.

May import reports, publishing, search, stores, index and everything below. Start with `doctor.py`.
"""
