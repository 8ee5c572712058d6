"""Detection of plain orders: an instruction or question to an assistant that does not belong to the document around it.

May import `learned` and `domain`. Start with `detector.py`; the model is trained by `scripts/train`.
"""

from pipeline.detectors.plain_orders.detector import PlainOrderDetector

__all__ = ["PlainOrderDetector"]
