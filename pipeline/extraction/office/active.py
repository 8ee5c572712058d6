"""Parts of an office file that run, fetch or hold something: macros, remote templates, links, embedded files.

Each is either handed on to be read or reported by name, so no part of a file goes by unseen.
"""

import re

from pipeline.extraction.office.odf_styles import DRAW, LINK, TEXT
from pipeline.extraction.office.parts import Parts
from pipeline.extraction.office.reading import OfficeText

_MACROS = re.compile(
    r"(?:word|xl|ppt)/(?:vba(?:Project|Data)[^/]*\.(?:bin|xml)|(?:macrosheets|dialogsheets)/[^/]+\.xml)", re.IGNORECASE
)
_EMBEDDED = re.compile(r"(?:word|xl|ppt)/embeddings/[^/]+\.(?!rels$|xml$)[^/.]+", re.IGNORECASE)
_CONTROL = re.compile(r"(?:word|xl|ppt)/activeX/[^/]+\.(?!rels$|xml$)[^/.]+", re.IGNORECASE)
_CHART_DATA = re.compile(r"Microsoft_Excel_(?:Work)?[Ss]heet\d*\.xls[xbm]")
_REMOTE = re.compile(r"(?:https?|ftps?|webdavs?|smb|mhtml|script):|\\\\|//|file:/*\\\\|file://[^/]", re.IGNORECASE)
_ORDINARY_RELATIONS = frozenset({"hyperlink", "externalLinkPath"})
"""Links that a reader follows, and paths of linked workbooks, which their own parts report."""
_BASIC = re.compile(r"(?:Basic/[^/]+/(?!script-lb|dialog-lb)[^/]+\.xml|Scripts/.+\.[^/]+)")
_OBJECT = re.compile(r"Object \d+")
"""A file of this name is an OLE object; objects of OpenDocument are folders."""
_LANGUAGE = "{urn:oasis:names:tc:opendocument:xmlns:script:1.0}language"
_FOLLOWED = frozenset({TEXT + "a", DRAW + "a"})
"""Links that a reader follows."""


def survey(parts: Parts, kind: str, reading: OfficeText) -> None:
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
        elif _CONTROL.fullmatch(name):
            writing.hide(f"{kind}-embedded", name, "embedded files")
        elif _EMBEDDED.fullmatch(name):
            if not _CHART_DATA.fullmatch(name.rpartition("/")[2]):  # shown by its chart, which holds its values
                reading.inside.append((name, parts.bytes_of(name)))
        elif name.endswith(".rels"):
            folder, _, file = name.rpartition("/")
            source = f"{folder.removesuffix('_rels')}{file.removesuffix('.rels')}"
            for relation in parts.relations(source).values():
                if not relation.external or relation.kind in _ORDINARY_RELATIONS or not _REMOTE.match(relation.target):
                    continue
                technique = "remote-template" if relation.kind == "attachedTemplate" else "external-link"
                writing.hide(f"{kind}-{technique}", relation.target, f"links, {relation.kind}")


def survey_open_document(parts: Parts, reading: OfficeText) -> None:
    """Report what an OpenDocument file holds besides text.

    Args:
        parts: The file.
        reading: Where all reports go.

    """
    writing = reading.writing
    for name in parts.names:
        if _BASIC.fullmatch(name):
            writing.hide("odf-macro", name, "macros")
        elif _OBJECT.fullmatch(name):
            writing.hide("odf-embedded", name, "embedded files")
    for part in ("content.xml", "styles.xml", "meta.xml"):
        root = parts.root(part)
        for element in root.iter() if root is not None else ():
            target = element.get(LINK + "href", "")
            if element.tag.endswith("}event-listener") and "script" in target + element.get(_LANGUAGE, ""):
                writing.hide("odf-macro", target or "event", "events")
            elif element.tag.endswith(("}dde-source", "}dde-connection-decl")):
                writing.hide("odf-dde", " ".join(element.attrib.values()), "links")
            elif _REMOTE.match(target) and element.tag.endswith("}template"):
                writing.hide("odf-remote-template", target, "links, template")
            elif _REMOTE.match(target) and element.tag not in _FOLLOWED:
                writing.hide("odf-external-link", target, f"links, {element.tag.rpartition('}')[2]}")
