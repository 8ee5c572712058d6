"""Reports for people about what is served and why: overview, explanations, timelines, records.

May import `takedown`, `publishing`, `workspace` and below. Start with `records.py`.
"""
