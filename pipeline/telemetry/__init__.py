"""Metrics, traces and progress. `domain/telemetry/metrics.py` holds the names of metrics.

`tracing.py` and `progress.py` may be imported from anywhere above `domain`; the rest from use cases and doors only.
May import `workspace`, `stores` and below. Start with `prometheus.py`.
"""
