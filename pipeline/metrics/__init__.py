"""Figures for Prometheus: what is read, and how it is offered, written and pushed. Names stand in `domain.metrics`."""
