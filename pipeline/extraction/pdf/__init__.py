"""Text of PDFs as a reader sees it: glyphs by their place on the page, in reading order, each once.

Runs in the child process only. May import `extraction` and `domain`. Start with `document.py`.
"""
