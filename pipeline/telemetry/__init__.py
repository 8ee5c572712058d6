"""Metrics, traces and progress. Names of metrics stand in `domain/telemetry/metrics.py`.

`tracing.py` and `progress.py` may be imported from anywhere above domain; the rest from use cases and doors only.
"""
