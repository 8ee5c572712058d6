"""Words in pictures: pages of scans and files that are pictures, read by Tesseract (OCR).

Pictures are decoded and read in the child process only, within the limits of one document.

May import `extraction`, `settings` and `domain`. Start with `document.py`; `installed.py` says if OCR is there.
"""
