"""Lines of a message that its reader joins (RFC 3676, `format=flowed`), so that no word or number is torn apart."""

import re

_QUOTED = re.compile(r">*")
_SIGNATURE = "-- "
_BLANK = " "


def joined(text: str, *, deletes_blank: bool) -> str:
    """The text with one line for each paragraph.

    Args:
        text: The text of a part, as it is in the message.
        deletes_blank: Whether the blank that joins two lines is not part of the text (`delsp=yes`).

    """
    lines: list[str] = []
    depth_of_open = None
    for line in text.splitlines():
        depth = len(_QUOTED.match(line)[0])  # type: ignore[index]  # it matches the empty string
        content = line[depth:].removeprefix(_BLANK)
        goes_on = content.endswith(_BLANK) and content != _SIGNATURE
        piece = content[:-1] if goes_on and deletes_blank else content
        if depth == depth_of_open and content != _SIGNATURE:
            lines[-1] += piece
        else:
            lines.append(f"{'>' * depth} {piece}" if depth else piece)
        depth_of_open = depth if goes_on else None
    return "\n".join(lines)
