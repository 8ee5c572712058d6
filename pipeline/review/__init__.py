"""Review: the use cases of reviewers, owners and operators. Every act is audited.

May import `stores`, `extraction`, `files`, `settings` and `domain`. Start with `service.py`.
"""
