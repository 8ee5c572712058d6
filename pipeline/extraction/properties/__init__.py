"""Properties of files: keywords, custom properties, sensitivity labels and headers, outside the text of a document.

Runs in the child process only.

Invariants: a file inside a file is looked at too, to a fixed depth. A file that cannot be read is a failure, not a
file without properties.

May import `extraction` and `domain`. Start with `office.py`.
"""

from collections.abc import Callable, Collection, Iterator

from pipeline.domain.declarations.file_properties import FileProperty
from pipeline.domain.declarations.front_matter import front_matter
from pipeline.extraction import archives, outlook
from pipeline.extraction import media_types as kinds
from pipeline.extraction.containers import REFINED, Refused, refine
from pipeline.extraction.decoding import decode
from pipeline.extraction.properties import mail, notebook, office, old_office, pdf, picture, rich_text, web_page

_ENCLOSED = "a file inside it"


def _of_letter(data: bytes) -> Iterator[FileProperty]:
    """The properties of a message of Outlook: what its bytes show, and what the mail that it is declares."""
    yield from old_office.properties(data)
    yield from mail.properties(outlook.as_mail(data))


def _of_archive(_: bytes) -> Iterator[FileProperty]:
    return iter(())


_READERS: dict[str, Callable[[bytes], Iterator[FileProperty]]] = {
    kinds.HTML: web_page.properties,
    kinds.EMAIL: mail.properties,
    kinds.MAILBOX: mail.mailbox_properties,
    kinds.PDF: pdf.properties,
    kinds.RTF: rich_text.properties,
    kinds.NOTEBOOK: notebook.properties,
    kinds.MSG: _of_letter,
    **dict.fromkeys((kinds.DOC, kinds.XLS, kinds.PPT), old_office.properties),
    **dict.fromkeys(archives.READ, _of_archive),
    **dict.fromkeys(kinds.PICTURES, picture.properties),
}
_ZIPPED = REFINED - {kinds.DOC, kinds.XLS, kinds.PPT, kinds.MSG}


def find(
    data: bytes, media_type: str, *, inner_text: bool, depth: int, unread: Collection[bytes] = ()
) -> Iterator[FileProperty]:
    """The properties of a file and of the files inside it.

    Args:
        data: The file.
        media_type: Its kind.
        inner_text: Whether text was taken out of files inside it: then each of them must be readable.
        depth: How many files inside each other may lie in it.
        unread: Contents of the files inside that are reported as not read: they need not be readable here either.

    Raises:
        Refused: They cannot be read.

    """
    reader = office.properties if media_type in _ZIPPED else _READERS.get(media_type)
    if reader is None:
        return
    if depth < 0 and media_type not in kinds.PICTURES:
        raise Refused("nesting")
    try:
        yield from reader(data)
        for name, content in _enclosed(data, media_type):
            try:
                found = list(_inside(name, content, inner_text=inner_text, depth=depth - 1, unread=unread))
            except Refused:
                if inner_text and content not in unread:
                    raise
                continue
            yield from (one._replace(holder=_ENCLOSED) for one in found)
    except (MemoryError, Refused):
        raise
    except Exception:  # a parser's doubt, and its message may quote the document
        raise Refused("corrupt") from None


def _inside(
    name: str, content: bytes, *, inner_text: bool, depth: int, unread: Collection[bytes]
) -> Iterator[FileProperty]:
    kind = refine(kinds.sniff(content, name), content)
    if kind not in kinds.PLAIN:
        yield from find(content, kind, inner_text=inner_text, depth=depth, unread=unread)
    elif name:
        yield from _declared(content, name)


def _enclosed(data: bytes, media_type: str) -> Iterator[tuple[str, bytes]]:
    if media_type in (kinds.EMAIL, kinds.MAILBOX):
        yield from mail.attached(data, media_type)
    elif media_type == kinds.MSG:
        yield from mail.attached(outlook.as_mail(data), kinds.EMAIL)
    elif media_type in archives.READ:
        yield from archives.read(data, media_type, archives.RoomToUnpack()).files
    elif media_type in _ZIPPED:
        yield from office.embedded(data)
    elif media_type == kinds.PDF:
        yield from pdf.pictures(data)


def _declared(content: bytes, name: str) -> Iterator[FileProperty]:
    """The tags of a text inside a file: each is a property of the file around it."""
    declared = front_matter(decode(content) or "", name)
    yield from (FileProperty(tag.key, str(tag.value), is_custom=True) for tag in declared.entries)
    yield from (FileProperty(tag.key, tag.level or "unreadable", is_custom=True) for tag in declared.stated)
    if declared.problems:
        yield FileProperty("classification", "unreadable", is_custom=True)
