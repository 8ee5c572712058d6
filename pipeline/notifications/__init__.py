"""Delivery of notifications by e-mail and webhook.

May import `stores`, `settings` and `domain`. Start with `deliver.py`.
"""
