"""The database: ledger, audit log, review queue, revocations, texts and caches."""
