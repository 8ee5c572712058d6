"""Finders of secrets, personal data, injection and hidden text, each behind one adapter."""
