"""Office: text and hidden text of office files, read from their XML parts.

Invariants: a reader follows the order of the page and gives each visible character once. Hidden text keeps its
place and is reported; deleted text is only reported. Parts are parsed without DTDs, to a fixed depth.

May import `extraction` and `domain`. Start with `readers.py`.
"""
