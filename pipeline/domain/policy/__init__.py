"""Policy: rules over findings, tags and impact that lead to a verdict.

Pure. Start with `policy.py`.
"""
