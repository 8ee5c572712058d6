"""Display of pages: templates, assets, charts, wording and error pages.

May import `review`, `web.security` and `domain`. Start with `page.py`.
"""
