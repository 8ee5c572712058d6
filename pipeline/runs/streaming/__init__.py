"""The driver of a stream: what it gives to workers, what it publishes, how it starts and stops.

May import `runs` and below. Start with `driver.py`.
"""
