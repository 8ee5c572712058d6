"""Search as a principal: answers, passages and questions about a past moment.

May import `workspace` and below. Start with `answers.py`.
"""
