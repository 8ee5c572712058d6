"""The review queue, decisions, waivers and break-glass.

Start with `queue.py`.
"""
