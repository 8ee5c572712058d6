"""The form of words in which texts are compared: how they are drawn and encoded makes no difference. Pure."""

import re
import unicodedata

from pipeline.domain.documents.confusables import SAME

_PLAIN = re.compile(r"[\x00-\x7f]*")


def folded(text: str) -> str:
    """The text without case, accents, invisible characters, other widths and look-alike letters of other scripts."""
    if _PLAIN.fullmatch(text):
        return text.casefold()
    parts = unicodedata.normalize("NFKD", text)
    return "".join(one for one in parts if unicodedata.category(one) not in ("Mn", "Cf")).translate(SAME).casefold()
