"""The only importer of pypdfium2: its helpers and its raw functions. Used in child processes only."""

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as api  # type: ignore[import-untyped]

__all__ = ["api", "pdfium"]
