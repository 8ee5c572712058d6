"""Web pages: their text as a browser shows it, and the text that it does not show.

Runs in the child process only.

Invariants: what a browser shows is in the text once, in the order of the mark-up. Each run of hidden text names its
technique and its line. Work is bounded: a page that takes more is refused.

May import `extraction` and `domain`. Start with `reading.py`.
"""
