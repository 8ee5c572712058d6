"""The demo and its sample corpus."""
