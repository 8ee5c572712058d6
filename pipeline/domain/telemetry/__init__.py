"""Names of metrics, figures of gates and notification events.

Pure. Start with `metrics.py`.
"""
