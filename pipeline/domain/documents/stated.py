"""Tags that a document gives where none is read: in its words, its fields or its properties."""

from pipeline.domain.frozen import Frozen


class StatedTag(Frozen):
    """Something that a document says and that only a tag should say, such as `Classification: confidential`."""

    place: str
    """Where, as the beginning of a sentence for people: `Line 3 of its text`."""
    key: str
    level: str | None = None
    """The classification that it gives, if it is one in plain writing."""
    of_file: bool = False
    """Whether a property or marking says it, where a level below that of the document does not contradict it."""
