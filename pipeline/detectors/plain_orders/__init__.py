"""Plain orders: an instruction or question to an assistant that does not belong to the document around it.

May import `learned` and `domain`. Start with `orders.py`. The injection detector reads the text for it; the model is
trained by `scripts/train`.
"""
