"""HTML from a child process that opened a hostile file, cleaned again for a page.

Invariant: only plain elements are left. The child has cleaned it already, but it opened the file, so it is not trusted.
"""

import re

from markupsafe import Markup

from pipeline.domain.clean_html import clean

_HEADING = re.compile(r"<h([1-6])>")
_HEADING_END = re.compile(r"</h[1-6]>")
_HEADER_CELL = re.compile(r"<(/?)th>")


def plain(untrusted: str) -> Markup:
    """The harmless part. Headings become paragraphs, so that they do not mix with those of the page.

    Cleaned HTML holds a `<` only where a tag without attributes begins, so tags can be replaced as text.
    """
    html = _HEADING.sub(r'<p class="heading-\1">', clean(untrusted))
    html = _HEADER_CELL.sub(r"<\1td>", _HEADING_END.sub("</p>", html))
    return Markup(html)  # noqa: S704 - plain elements and escaped text only
