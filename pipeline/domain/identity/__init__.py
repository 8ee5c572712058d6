"""Principals, roles and access rules: who may read and who may decide.

Pure. Start with `permissions.py`.
"""
