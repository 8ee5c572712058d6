"""Names of metrics, figures per gate and notification events.

Pure. Start with `metrics.py`.
"""
