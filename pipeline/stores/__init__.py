"""The database: ledger, audit log, review queue, takedown, identity. The only folder that speaks SQL.

May import `settings` and `domain`. Start with `ledger/ledger.py`.
"""
