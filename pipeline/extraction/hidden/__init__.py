"""Hidden text: text in the raw format that a reader of the rendered document does not see.

Runs in the child process only.

Invariants: a run names its technique and its place, and its label holds no document text. The number and the length
of runs are bounded. Runs whose text was also extracted come first, because an index would serve them.

May import `extraction` and `domain`. Start with `html.py`.
"""

from collections.abc import Callable, Iterable

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction import media_types as kinds
from pipeline.extraction.containers import Refused
from pipeline.extraction.hidden import html, mail, pdf

MAX_RUNS = 200
MAX_CHARACTERS = 4000

_FINDERS: dict[str, Callable[[bytes], Iterable[HiddenRun]]] = {
    kinds.HTML: html.hidden_runs,
    kinds.EMAIL: mail.hidden_runs,
    kinds.PDF: pdf.hidden_runs,
}


def find(data: bytes, media_type: str, text: str, met: Iterable[HiddenRun] = ()) -> list[HiddenRun]:
    """The hidden runs of a document.

    Args:
        data: The document.
        media_type: Its kind.
        text: Its extracted text.
        met: Runs that its reader met already.

    Raises:
        Refused: It cannot be checked.

    """
    finder = _FINDERS.get(media_type)
    try:
        runs = [run for run in (*met, *(finder(data) if finder else ())) if run.text.strip()]
    except (MemoryError, Refused):
        raise
    except Exception:  # a parser's doubt, and its message may quote the document
        raise Refused("corrupt") from None
    runs.sort(key=lambda run: " ".join(run.text.split())[:200] not in text)
    return [run.model_copy(update={"text": run.text[:MAX_CHARACTERS]}) for run in runs[:MAX_RUNS]]
