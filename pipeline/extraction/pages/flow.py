"""Text of a page as it grows: lines of blocks, with blanks as CSS collapses them."""

import re
from collections.abc import Sequence

_BLANKS = re.compile(r"[ \t\n\r\f]+")
_SPACES_AROUND_END = re.compile(r"[ \t]*\n[ \t]*")
_FENCE = re.compile(r"`{3,}")


class Flow:
    """Blocks in their order, and the one that is being written."""

    def __init__(self) -> None:
        self._blocks: list[tuple[str, bool]] = []
        self._pieces: list[str] = []
        self._prefix = ""
        self._fenced = False
        self._at_edge = False
        self.tight = 0
        """Lists and the like around: their blocks stand on lines without an empty one between them."""

    @property
    def blocks(self) -> Sequence[str]:
        """All blocks so far."""
        return [text for text, _ in self._blocks]

    @property
    def holds_fence(self) -> bool:
        """Whether a block is code."""
        return any(text.startswith("```") for text, _ in self._blocks)

    @property
    def text(self) -> str:
        """All blocks so far, with an empty line between those that stand apart."""
        pieces: list[str] = []
        before = False
        for text, tight in self._blocks:
            if pieces:
                pieces.append("\n" if tight and before else "\n\n")
            pieces.append(text)
            before = tight
        return "".join(pieces)

    def words(self, text: str, white_space: str = "normal") -> None:
        """Add characters of a line."""
        if not text:
            return
        if white_space in ("pre", "pre-wrap", "break-spaces"):
            self._pieces.append(text)
            return
        if white_space == "pre-line":
            lines = _SPACES_AROUND_END.sub("\n", text).split("\n")
            text = "\n".join(_BLANKS.sub(" ", line) for line in lines)
        else:
            text = _BLANKS.sub(" ", text)
        if text.startswith(" ") and (self._at_edge or self._at_blank()):
            text = text[1:]
        self._at_edge = self._at_edge and not text
        if text:
            self._pieces.append(text)

    def open_box(self) -> None:
        """Begin a box in the line: blanks at its beginning are not shown."""
        self._at_edge = True

    def close_box(self) -> None:
        """End a box in the line: blanks at its end are not shown."""
        if self._pieces and not self._at_edge and not self._fenced:
            self._pieces[-1] = self._pieces[-1].rstrip(" ")

    def gap(self) -> None:
        """Keep what follows apart from the words before."""
        if not self._at_blank():
            self._pieces.append(" ")

    def line_end(self) -> None:
        """Go on in the next line."""
        if self._pieces and not self._fenced:
            self._pieces[-1] = self._pieces[-1].rstrip(" ")
        self._pieces.append("\n")

    def prefix(self, mark: str) -> None:
        """Put a mark before the next block, after those that wait already."""
        self._prefix += mark.lstrip() if self._prefix else mark

    def block(self) -> None:
        """End the block; inside of code, the line."""
        if self._fenced:
            if self._pieces and not self._pieces[-1].endswith("\n"):
                self._pieces.append("\n")
            return
        text = "".join(self._pieces)
        self._pieces = []
        text = "\n".join(line.rstrip(" ") for line in text.split("\n")).strip("\n")
        if not text.strip():
            return
        if self._prefix:
            text = self._prefix + (" ".join(text.split("\n")).strip() if "#" in self._prefix else text.strip())
            self._prefix = ""
        self._blocks.append((text, self.tight > 0))

    def forget_prefix(self) -> None:
        """Drop a mark whose block stayed empty."""
        self._prefix = ""

    def add(self, text: str) -> None:
        """Add a block that is ready."""
        is_code = self._fenced
        self._end()
        if text.strip():
            self._blocks.append((self._prefix + text, False))
            self._prefix = ""
        self._fenced = is_code

    def extend(self, other: "Flow") -> None:
        """Add the blocks of another flow."""
        is_code = self._fenced
        self._end()
        self._blocks.extend(other._blocks)
        self._fenced = is_code

    def code(self) -> None:
        """Begin a block of code."""
        self.block()
        self._fenced = True

    def end_code(self) -> None:
        """End the block of code."""
        self._fenced = False
        text = "".join(self._pieces).strip("\n")
        self._pieces = []
        if text.strip():
            longest = max((len(mark) for mark in _FENCE.findall(text)), default=2)
            fence = "`" * (longest + 1)
            self._blocks.append((f"{self._prefix}{fence}\n{text}\n{fence}", False))
            self._prefix = ""

    def _end(self) -> None:
        if self._fenced:
            self.end_code()
        else:
            self.block()

    @property
    def is_code(self) -> bool:
        """Whether a block of code is being written."""
        return self._fenced

    def _at_blank(self) -> bool:
        return not self._pieces or self._pieces[-1][-1:] in (" ", "\n", "\t")
