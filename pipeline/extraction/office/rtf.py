r"""Text of RTF files, with headers, footers, notes, comments and text boxes under their labels.

Invariants: a group whose kind is not known is skipped if the file says that it may be (`\*`), and read if not. Deleted
text is reported and left out. Objects are reported and never decoded.
"""

import codecs
import re
from dataclasses import dataclass, field

from pipeline.extraction.containers import Refused
from pipeline.extraction.office.colours import RGB
from pipeline.extraction.office.reading import OfficeText
from pipeline.extraction.office.rtf_looks import Formatting
from pipeline.extraction.office.symbols import readable, symbol
from pipeline.extraction.office.word_fields import active
from pipeline.extraction.office.writing import Span, Writing

_TOKEN = re.compile(
    rb"\\(?P<word>[A-Za-z]{1,40})(?P<number>-?\d{1,10})? ?|\\'(?P<byte>[0-9A-Fa-f]{2})|\\(?P<symbol>[^A-Za-z])|"
    rb"(?P<brace>[{}])|[\r\n\x00]+|(?P<text>[^\\{}\r\n\x00]+)|\\",
    re.DOTALL,
)
_MOST_GROUPS = 2000
"""Groups inside each other."""
_CHARACTERS = {
    "tab": "\t", "line": "\n", "emdash": "\u2014", "endash": "\u2013", "bullet": "\u2022", "lquote": "\u2018",
    "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d", "emspace": "\u2003", "enspace": "\u2002",
    "qmspace": "\u2005", "nestcell": "\t", "lbr": "\n", "softline": "\n",
}  # fmt: skip
_SYMBOLS = {"~": "\u00a0", "_": "\u2011", "\\": "\\", "{": "{", "}": "}", "\t": "\t"}
_PARAGRAPH_ENDS = frozenset({"par", "sect", "page", "column", "nestrow"})
_LABELS = {"header": "Header", "headerl": "Header", "headerr": "Header", "headerf": "Header"}
_LABELS |= {"footer": "Footer", "footerl": "Footer", "footerr": "Footer", "footerf": "Footer"}
_LABELS |= {"footnote": "Footnotes", "annotation": "Comments", "shptxt": "Text box"}
_SKIPPED = frozenset(
    [
        *("stylesheet", "info", "pict", "objdata", "objclass", "objname", "sp", "xe", "tc", "bkmkstart", "bkmkend"),
        *("nonshppict", "filetbl", "revtbl", "atnid", "atnauthor", "atnref", "atndate", "ftnsep", "ftnsepc"),
        *("ftncn", "aftnsep", "aftnsepc", "aftncn", "listtable", "listoverridetable", "formfield", "datafield", "txe"),
    ]
)
_ENTERED = frozenset({"shpinst", "annotation", "fldinst", "template", "ud", *_LABELS})
"""Groups that are read although programs may skip them."""
_COLLECTED = {"fonttbl": "fonttbl", "colortbl": "colortbl", "fldinst": "code", "template": "template"}
_COLLECTED |= {"upr": "upr"}
_SYMBOL = "symbol"
"""Codec of fonts whose letters are signs."""
_CHARSETS = {
    0: "cp1252",
    2: _SYMBOL,
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "big5",
}
_CHARSETS |= {161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257"}
_CHARSETS |= {204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850"}
"""Codecs of `\\fcharset`, RTF 1.9.1."""
_REMOTE = re.compile(r"(?:https?|ftp):|\\\\|//", re.IGNORECASE)
_MOST_CODE = 4000
_BULLET = "\uf0b7"
"""The mark of lists, whose font programs leave out."""


@dataclass(slots=True)
class _Sink:
    """A place where text goes: the body, a header, a note."""

    label: str
    depth: int
    """Groups around it."""
    writing: Writing = field(default_factory=Writing)
    spans: list[Span] = field(default_factory=list)
    cell: Writing = field(default_factory=Writing)
    cells: list[Writing] = field(default_factory=list)
    rows: list[list[Writing]] = field(default_factory=list)


def read(data: bytes) -> OfficeText:
    """The text of a file. Raises `Refused` when groups are nested too deep."""
    return _RtfReader(data).read()


class _RtfReader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._codec = "cp1252"
        self._fonts: dict[int, tuple[str, str]] = {}
        self._colours: list[RGB | None] = []
        self._mixing = {"red": 0, "green": 0, "blue": 0}
        self._mixed = False
        self._font = 0
        self._bytes = bytearray()
        self._to_skip = 0
        self._groups = [Formatting()]
        self._sinks = [_Sink("", 0)]
        self._beside: list[tuple[str, Writing]] = []
        self._code: list[str] = []
        self._cell_colours: list[int] = []
        self._cell_colour = 0
        self._paragraphs = 0
        self._notes = 0

    def read(self) -> OfficeText:
        """Everything, in order."""
        at, starred, opened = 0, False, False
        while (match := _TOKEN.match(self._data, at)) is not None:
            at = match.end()
            kind = match.lastgroup
            if kind == "brace":
                self._flush()
                if match[0] == b"{":
                    self._open()
                else:
                    self._close()
                opened, starred = match[0] == b"{", False
                if len(self._groups) == 1:
                    break
                continue
            if kind == "symbol" and match[0] == b"\\*" and opened:
                starred = True
                continue
            if match["word"] is not None:
                word = match["word"].decode("ascii")
                number = int(match["number"]) if match["number"] else None
                if word == "bin":
                    at += max(0, number or 0)
                self._word(word, number, starred=starred)
            elif kind == "byte":
                self._text(bytes([int(match["byte"], 16)]))
            elif kind == "symbol":
                self._symbol(match["symbol"].decode("latin-1"))
            elif kind == "text":
                self._text(match["text"])
            opened = starred = False
        self._flush()
        while len(self._sinks) > 1:
            self._finish()
        self._end_paragraph()
        self._end_table()
        behind = self._data[at:].decode("latin-1").strip(" \r\n\t\x00}")
        self._sinks[0].writing.hide("rtf-unused-part", behind, "behind the end")
        return self._reading()

    def _reading(self) -> OfficeText:
        reading = OfficeText(self._sinks[0].writing)
        body = reading.writing
        front = Writing()
        for label, part in self._beside:
            if label == "Header":
                front.part(label, part)
        body.blocks[:0] = front.blocks
        body.hidden.extend(front.hidden)
        for label in ("Footnotes", "Footer", "Comments"):
            joined = Writing()
            for _, part in (one for one in self._beside if one[0] == label):
                joined.blocks.extend(part.blocks)
                joined.hidden.extend(part.hidden)
                if label == "Comments":
                    joined.hide("rtf-comment", part.text, "comments")
            body.part(label, joined)
        return reading

    # Groups

    def _open(self) -> None:
        if len(self._groups) > _MOST_GROUPS:
            raise Refused("nesting")
        self._groups.append(self._groups[-1].inner())

    def _close(self) -> None:
        group = self._groups.pop()
        outer = self._groups[-1].kind if self._groups else ""
        if group.kind in ("code", "template") and outer != group.kind:
            self._report("".join(self._code)[:_MOST_CODE], group.kind)
            self._code = []
        if len(self._sinks) > 1 and len(self._groups) < self._sinks[-1].depth:
            self._finish()

    def _report(self, code: str, kind: str) -> None:
        writing = self._sinks[-1].writing
        if kind == "template":
            if _REMOTE.match(code.strip()):
                writing.hide("rtf-remote-template", code, "template")
        elif (technique := active(code, "rtf")) is not None:
            writing.hide(technique, code, self._place())

    def _finish(self) -> None:
        """End a place next to the body."""
        self._end_paragraph()
        self._end_table()
        sink = self._sinks.pop()
        part = sink.writing
        if sink.label == "Text box":
            self._target().part(sink.label, part)
        elif sink.label == "Footnotes" and part.blocks:
            part.blocks = [f"[^{self._notes}]: {part.text.lstrip()}"]
            self._beside.append((sink.label, part))
        elif (part.blocks or part.hidden) and (sink.label, part) not in self._beside:
            self._beside.append((sink.label, part))

    def _word(self, word: str, number: int | None, *, starred: bool) -> None:
        group = self._groups[-1]
        if word == "u" and group.kind not in ("skip", "fonttbl", "colortbl"):
            self._flush()
            self._put(chr((number or 0) % 0x10000), surrogates=True)
            self._to_skip = group.skip_after_unicode
            return
        if word == "bin" or group.kind == "skip":
            return
        self._flush()
        if word in _COLLECTED:
            group.kind = _COLLECTED[word]
        elif word == "ud":  # the text of `upr` in Unicode, which stands there in an old encoding first
            group.kind = "text"
        elif word in _LABELS and (not starred or word in _ENTERED):
            self._begin(word)
        elif word in _SKIPPED or (starred and word not in _ENTERED):
            group.kind = "skip"
        elif group.kind in ("fonttbl", "colortbl"):
            self._table_word(word, number or 0)
        elif word in _CHARACTERS:
            self._put(_CHARACTERS[word])
        elif word in _PARAGRAPH_ENDS:
            self._end_paragraph()
        elif not group.set(word, number):
            self._other(word, number or 0)

    def _begin(self, word: str) -> None:
        if word == "footnote":
            self._notes += 1
            self._put(f"[^{self._notes}]")
        group = self._groups[-1]
        group.kind = "text"
        group.set("plain", None)
        group.set("pard", None)
        self._sinks.append(_Sink(_LABELS[word], len(self._groups)))

    def _other(self, word: str, number: int) -> None:
        if word == "uc":
            self._groups[-1].skip_after_unicode = max(0, min(number, 10))
        elif word == "ansicpg":
            self._codec = _known_codec(f"cp{number}") or self._codec
        elif word == "mac":
            self._codec = "mac_roman"
        elif word == "cell":
            self._end_cell()
        elif word == "row":
            self._end_row()
        elif word == "trowd":
            self._cell_colours, self._cell_colour = [], 0
        elif word == "clcbpat":
            self._cell_colour = number
        elif word == "cellx":
            self._cell_colours.append(self._cell_colour)
            self._cell_colour = 0
        elif word in ("objemb", "objocx", "objlink", "objautlink"):
            technique = "rtf-external-link" if "link" in word else "rtf-embedded"
            self._sinks[-1].writing.hide(technique, word, self._place())

    def _table_word(self, word: str, number: int) -> None:
        if word == "f":
            self._font = number
            self._fonts.setdefault(number, ("", self._codec))
        elif word == "fcharset":
            self._fonts[self._font] = (self._fonts.get(self._font, ("", ""))[0], _CHARSETS.get(number, self._codec))
        elif word in self._mixing:
            self._mixing[word], self._mixed = min(255, max(0, number)), True

    # Text

    def _symbol(self, sign: str) -> None:
        self._flush()
        if sign in _SYMBOLS:
            self._put(_SYMBOLS[sign])
        elif sign in "\r\n":
            self._end_paragraph()

    def _text(self, content: bytes) -> None:
        if self._to_skip:  # what programs without Unicode show instead
            skipped = min(self._to_skip, len(content))
            self._to_skip -= skipped
            content = content[skipped:]
        kind = self._groups[-1].kind
        if kind == "colortbl":
            for _ in range(content.count(b";")):
                red, green, blue = self._mixing.values()
                self._colours.append((red, green, blue) if self._mixed else None)
                self._mixing, self._mixed = {"red": 0, "green": 0, "blue": 0}, False
        elif kind != "skip":
            self._bytes += content

    def _flush(self) -> None:
        """Decode the bytes since the last change of formatting."""
        self._to_skip = 0
        if not self._bytes:
            return
        content, kind = bytes(self._bytes), self._groups[-1].kind
        self._bytes.clear()
        if kind == "fonttbl":
            name = content.decode("latin-1").rstrip("; ")
            self._fonts[self._font] = (name, self._fonts.get(self._font, ("", self._codec))[1])
        else:
            font, codec = self._fonts.get(self._groups[-1].values["f"], ("", self._codec))
            is_sign = codec == _SYMBOL
            self._put("".join(symbol(one, font) for one in content) if is_sign else content.decode(codec, "replace"))

    def _put(self, text: str, *, surrogates: bool = False) -> None:
        group = self._groups[-1]
        if group.kind in ("code", "template"):
            self._code.append(text)
        elif group.kind == "text":
            sink = self._sinks[-1]
            cells = self._cell_colours
            cell = cells[len(sink.cells)] if group.values["intbl"] and len(sink.cells) < len(cells) else 0
            technique = group.technique(self._colours, cell)
            if surrogates and sink.spans and "\ud800" <= sink.spans[-1].text[-1:] <= "\udbff":
                high = sink.spans.pop().text
                text = high[:-1] + (high[-1] + text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            font = self._fonts.get(group.values["f"], ("", ""))[0]
            sink.spans.append(Span(readable(text, font).replace(_BULLET, "\u2022"), technique))

    def _place(self) -> str:
        return f"paragraph {self._paragraphs + 1}"

    def _end_paragraph(self) -> None:
        sink, target = self._sinks[-1], self._target()
        level = self._groups[-1].values["outlinelevel"]
        target.add(sink.spans, self._place(), "#" * (level + 1) + " " if level < 6 else "")
        sink.spans = []
        self._paragraphs += 1

    def _target(self) -> Writing:
        """The cell or the text that the next paragraph belongs to."""
        if self._groups[-1].values["intbl"]:
            return self._sinks[-1].cell
        self._end_table()
        return self._sinks[-1].writing

    def _end_cell(self) -> None:
        sink = self._sinks[-1]
        sink.cell.add(sink.spans, self._place())
        sink.spans = []
        sink.cells.append(sink.cell)
        sink.cell = Writing()
        self._paragraphs += 1

    def _end_row(self) -> None:
        sink = self._sinks[-1]
        sink.rows.append(sink.cells)
        sink.cells = []

    def _end_table(self) -> None:
        sink = self._sinks[-1]
        if sink.cell.blocks or sink.cell.hidden:
            sink.cells.append(sink.cell)
            sink.cell = Writing()
        if sink.cells:
            self._end_row()
        if sink.rows:
            sink.writing.table(sink.rows)
            sink.rows = []


def _known_codec(name: str) -> str | None:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None
