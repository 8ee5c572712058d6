"""Submitting documents: the inbox they are kept in, the service that takes them, and receipts."""
