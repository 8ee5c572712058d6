"""Delivery of notifications by e-mail and webhook.

May import stores and below. Start with `deliver.py`.
"""
