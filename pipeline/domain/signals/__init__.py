"""The signals report: figures of a period, their trend, and the signals that need a person.

Pure. Start with `report.py`; then `escalations.py`.
"""
