"""HTML reduced to plain elements, by nh3.

Invariant: only the elements of `PLAIN` come out, closed in order and without attributes; all text is escaped. So no
link, picture, style or script comes out, whatever comes in.
"""

import nh3

PLAIN = frozenset(
    ["p", "br", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"]
) | frozenset(["strong", "em", "sup", "sub", "s", "blockquote", "pre"])


def clean(untrusted: str) -> str:
    """The plain elements and the text of `untrusted`; scripts and styles go with their content."""
    return nh3.clean(untrusted, tags=set(PLAIN), attributes={}, link_rel=None, strip_comments=True)
