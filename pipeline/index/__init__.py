"""Segments, generations, publishing and searching: what is served, signed and immutable."""
