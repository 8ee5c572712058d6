"""Hidden text: what readers of a format meet, and what is only found by looking for it, in order and within bounds.

Runs in the child process only.

Invariants: a run names its technique and its place, and its label holds no document text. The number and the length
of runs are bounded. Parts that run or fetch something come first, then runs whose text was also extracted, because an
index would serve them.

May import `extraction` and `domain`. Start with `pdf.py`.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from pipeline.domain.declarations.file_properties import FileProperty
from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction import media_types as kinds
from pipeline.extraction.containers import Refused
from pipeline.extraction.hidden import old_office, pdf

MAX_RUNS = 200
MAX_CHARACTERS = 4000
_MESSAGE_WORDS = 6
"""So many words of a property are a message, fewer are a name, a date or a keyword."""
_WORD = re.compile(r"[^\W\d_]{2,}")

_FIRST = ("-dde", "-remote-template", "-macro", "-unread-page", "-doubtful-ocr", "-ocr", "-embedded", "-external-link")
"""Techniques that no number of other runs may push out, in this order."""
_LAST = ("-property", "-comment", "-alt-text", "-unused-part", "-field-code", "-formula", "-aria-hidden", "-ocr-layer")
"""Techniques that ordinary files use often."""

_FINDERS: dict[str, Callable[[bytes], Iterable[HiddenRun]]] = {
    kinds.PDF: pdf.hidden_runs,
    **dict.fromkeys((kinds.DOC, kinds.XLS, kinds.PPT), old_office.hidden_runs),
}


def messages(properties: Iterable[FileProperty], text: str) -> Iterator[HiddenRun]:
    """Properties of a file that are sentences, which no reader of its text sees."""
    for value in dict.fromkeys(one.value.strip() for one in properties):
        words = sum(_WORD.search(word) is not None for word in value.split())
        if words >= _MESSAGE_WORDS and value not in text:
            yield HiddenRun(technique="file-property", text=value, place="properties")


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
    crowded = len(runs) > MAX_RUNS
    runs.sort(key=lambda run: _order(run, text, crowded=crowded))
    return [run.model_copy(update={"text": run.text[:MAX_CHARACTERS]}) for run in runs[:MAX_RUNS]]


def _order(run: HiddenRun, text: str, *, crowded: bool) -> tuple[int, bool, int]:
    """The rank of a run. If there are too many, long ones go first, so that short ones cannot push them out."""
    first = next((at for at, ending in enumerate(_FIRST) if run.technique.endswith(ending)), len(_FIRST))
    rank = first + run.technique.endswith(_LAST)
    unseen = " ".join(run.text.split())[:200] not in text
    return rank, unseen and not crowded, -len(run.text) if crowded else 0
