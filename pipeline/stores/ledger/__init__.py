"""The ledger: runs, documents, versions, verdicts, generations and their history.

May import `stores` and below. Start with `ledger.py`.
"""
