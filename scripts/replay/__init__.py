"""Replays of a public handbook."""
