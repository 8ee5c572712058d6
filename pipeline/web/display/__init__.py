"""Display of pages: templates, assets, charts, wording and error pages.

May import domain. Start with `page.py`.
"""
