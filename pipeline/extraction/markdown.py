"""Undoes escapes and padding of a Markdown writer, which would split values that a detector must see whole."""

import re

_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_CELL_PADDING = re.compile(r" {2,}(?=\|)")
_RULE = re.compile(r"-{4,}")
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
_EMBEDDED = re.compile(r"\]\(data:[^)\s]{64,}\)")
_TAB = "&#9;"


def tidy(text: str, *, escaped_everywhere: bool) -> str:
    """Markdown without backslash escapes, cell padding and embedded files.

    Some writers escape all text (`escaped_everywhere`), some only the cells of tables; fenced code is never escaped.
    """
    lines = []
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and line.strip() == fence:
            fence = ""
        elif not fence:
            row = line.startswith("|")
            if row:
                line = _RULE.sub("---", _CELL_PADDING.sub(" ", line))  # noqa: PLW2901
            if row or escaped_everywhere:
                line = _ESCAPE.sub(r"\1", line).replace(_TAB, "\t")  # noqa: PLW2901
            line = _EMBEDDED.sub("]()", line)  # noqa: PLW2901
        lines.append(line)
    return "\n".join(lines)
