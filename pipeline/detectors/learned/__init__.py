"""Models trained to tell orders to an assistant from ordinary sentences: windows of a text, their features, weights.

May import `domain` only. Start with `model.py`; the models are trained by `scripts/train`.
"""
