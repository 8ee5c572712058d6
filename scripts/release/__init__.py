"""Releases: reproducible packages, bills of materials, signed provenance, and the audit of dependencies.

Start with `__main__.py`.
"""
