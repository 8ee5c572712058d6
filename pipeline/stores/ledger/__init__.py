"""The ledger: runs, documents, versions, verdicts, generations and their history.

Start with `ledger.py`.
"""
