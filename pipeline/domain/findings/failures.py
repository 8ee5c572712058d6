"""Sentences about a document that was not read, or not scanned, to its end: the failure, and a way out for its owner.

Invariant: nothing of a document but its media type is in these words; a failure without words of its own is named by
its word, which comes from a closed set or is the name of a class.
"""

EXTRACTION = "extraction"
"""The detector that a failure to read a document is noted under."""

_READING = {
    "encrypted": "{It} is encrypted. Save it without a password.",
    "corrupt": "{It} is damaged, or is not what its name says. See whether it opens, and save it again.",
    "encoding-doubtful": "Its letters can be read in more than one way. Save it as UTF-8.",
    "unsupported": "Files of this type{type} are not read. Save its text as a document of a type that is, such as "
    "PDF, DOCX or Markdown.",
    "no content": "The file has 0 bytes, as after a copy that failed. Copy it again.",
    "no-ocr": "All its words are in pictures, and nothing is installed, or switched on, that reads them. "
    "`corpusgate doctor` says what is missing; a text layer helps as well.",
    "picture-size": "{It} has too many pixels. Save it smaller.",
    "empty": "No text was found in {it}. If it shows some, save it with a text layer.",
    "nesting": "It holds files inside files, too deep. Bring the inner ones by themselves.",
    "styles": "It has more styles than are read of one document, or too deep ones. Save it without those it does not "
    "use, or in a simpler format.",
    "output-size": "It holds more text than is read of one document. Split it.",
    "timeout": "{It} took longer to read than is allowed. Split it, or save it in a simpler format.",
    "memory": "{It} took more memory to read than is allowed. Split it, or save it in a simpler format.",
    "crashed": "{It} stopped the program that reads it. Save it again, or in a simpler format.",
    "protocol": "{It} made the program that reads it answer nonsense, as an attack does. Find out where it came from.",
    "larger than its source allows": "{It} is larger than its source allows. Split it, or ask the operator for a "
    "higher limit.",
    "not readable": "{It} could not be opened. Make it readable; the next refresh tries again.",
    "changed while it was being read": "{It} changed while it was being read. The next refresh tries again.",
    "a link out of its source, not followed": "It is a link out of its source. Put the document itself there.",
    "not a regular file, not opened": "It is a pipe, a socket or a device. Put a document there.",
    "a file of Corpusgate's own, not opened": "It leads to a file that Corpusgate keeps for itself. Remove it.",
}
"""By the word of the failure."""

_SCANNING = {
    "timeout": "took longer than is allowed. Split the document.",
    "memory": "took more memory than is allowed. Split the document.",
    "crashed": "crashed. Save the document again, or in a simpler format; if that does not help, tell the operator.",
}
_SCANS = {
    "secrets": "The scan for secrets",
    "pii": "The scan for personal data",
    "injection": "The scan for instructions",
    "hidden_text": "The scan for hidden text",
    "plain_orders": "The scan for orders",
}
_KINDS = (
    ("image/", "picture"),
    ("application/pdf", "PDF"),
    ("application/zip", "archive"),
    ("application/x-tar", "archive"),
    ("application/gzip", "archive"),
    ("application/x-", "file"),
    ("message/", "mail"),
)


def failure_sentence(detector: str, word: str, media_type: str = "") -> str:
    """What happened, and what the owner can do.

    Args:
        detector: Who did not finish; `EXTRACTION` for reading.
        word: What happened, as `ExtractedText.failure` or `ChildFailure.reason` has it.
        media_type: Of the document, where it is known.

    """
    if detector == EXTRACTION and word in _READING:
        kind = next((kind for beginning, kind in _KINDS if media_type.startswith(beginning)), "file")
        known = f" ({media_type})" if media_type and media_type != "application/octet-stream" else ""
        return _READING[word].format(It=f"The {kind}", it=f"the {kind}", type=known)
    what = _SCANS.get(detector, "Reading it" if detector == EXTRACTION else f"The step {detector}")
    return f"{what} {_SCANNING.get(word, f'did not finish ({word}). Tell the operator.')}"
