"""Ingest rates of a source, and the limits they can exceed.

Pure. Start with `ingest_rates.py`.
"""
