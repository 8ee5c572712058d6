"""Seen against extracted: LibreOffice draws an Office file as a PDF, and its words are compared with the text read.

Runs in child processes only, except for the search for the program. May import `extraction`, `sandbox`, `settings` and
`domain`. Start with `converting.py`.
"""
