"""Benchmarks of the real command line."""
