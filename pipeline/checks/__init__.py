"""Checks that the ledger, the index, the files, the sources and the configuration agree.

A repair never serves more than before. May import `publishing`, `transforms`, `workspace` and below.
Start with `doctor.py`, then `reconcile.py`.
"""
