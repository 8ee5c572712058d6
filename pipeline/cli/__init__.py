"""The command line: one module for each noun, no logic.

May import every use case, `workspace` and below. Start with `main.py`.
"""
