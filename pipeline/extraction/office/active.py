"""Parts of an office file that run, fetch or hold something: macros, remote templates, links, embedded files.

Each is either handed on to be read or reported by name, so no part of a file goes by unseen.
"""

import re

from pipeline.extraction.office.parts import Parts
from pipeline.extraction.office.reading import Reading

_MACROS = re.compile(
    r"(?:word|xl|ppt)/(?:vba(?:Project|Data)[^/]*\.(?:bin|xml)|(?:macrosheets|dialogsheets)/[^/]+\.xml)", re.IGNORECASE
)
_READABLE = re.compile(r".*\.(?:docx|docm|xlsx|xlsm|pptx|pptm|odt|ods|odp|pdf|rtf|eml|html?|txt|csv)", re.IGNORECASE)
_EMBEDDED = re.compile(r"(?:word|xl|ppt)/(?:embeddings|activeX)/[^/]+\.(?!rels$|xml$)[^/.]+", re.IGNORECASE)
_CHART_DATA = re.compile(r"Microsoft_Excel_(?:Work)?[Ss]heet\d*\.xls[xbm]")
_REMOTE = re.compile(r"(?:https?|ftps?|webdavs?|smb|mhtml|script):|\\\\|//|file:/*\\\\|file://[^/]", re.IGNORECASE)
_ORDINARY_RELATIONS = frozenset({"hyperlink", "externalLinkPath"})
"""Links that a reader follows, and paths of linked workbooks, which their own parts report."""


def survey(parts: Parts, kind: str, reading: Reading) -> None:
    """Report what a package of Office Open XML holds besides text.

    Args:
        parts: The file.
        kind: First word of the techniques: `docx`, `pptx` or `xlsx`.
        reading: Where readable files inside it and all reports go.

    """
    writing = reading.writing
    for name in parts.names:
        if _MACROS.fullmatch(name):
            writing.hide(f"{kind}-macro", name, "macros")
        elif _EMBEDDED.fullmatch(name):
            if not _READABLE.fullmatch(name):
                writing.hide(f"{kind}-embedded", name, "embedded files")
            elif not _CHART_DATA.fullmatch(name.rpartition("/")[2]):  # shown by its chart, which holds its values
                reading.inside.append((name, parts.bytes_of(name)))
        elif name.endswith(".rels"):
            folder, _, file = name.rpartition("/")
            source = f"{folder.removesuffix('_rels')}{file.removesuffix('.rels')}"
            for relation in parts.relations(source).values():
                if not relation.external or relation.kind in _ORDINARY_RELATIONS or not _REMOTE.match(relation.target):
                    continue
                technique = "remote-template" if relation.kind == "attachedTemplate" else "external-link"
                writing.hide(f"{kind}-{technique}", relation.target, f"links, {relation.kind}")
