"""Parts that gates share: coders, reading, listing, scanning and measurements.

May import `pipeline` below the use cases. Start with `context.py`.
"""
