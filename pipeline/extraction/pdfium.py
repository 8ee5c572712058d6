"""The only importer of pypdfium2: its helpers and its raw functions. Used in child processes only."""

import pypdfium2 as pdfium
import pypdfium2.raw as api

__all__ = ["api", "pdfium"]
