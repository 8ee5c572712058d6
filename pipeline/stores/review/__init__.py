"""The review queue, decisions, waivers and break-glass.

May import `stores` and below. Start with `queue.py`.
"""
