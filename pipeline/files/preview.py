"""Preview of a local source: proof that it is there and can be listed, before anybody approves it.

Invariants: nothing is opened for reading. Names are printable, and parts that could hold a value are masked.
"""

import os
import re
from typing import NamedTuple

from pipeline.domain.declarations.sidecars import is_sidecar
from pipeline.domain.documents.printable_names import printable_name, unscanned_name
from pipeline.domain.errors import UsageError
from pipeline.files.places import FilePlace, fixed, place_of
from pipeline.files.walk import NOT_DOCUMENTS, Kind, Unlisted, reason_of, walk

MOST_COUNTED = 100_000
"""Files after which a preview stops counting."""


class Preview(NamedTuple):
    """The beginning of a listing."""

    first: tuple[str, ...]
    """Names of the first files, as people may see them."""
    files: int
    complete: bool
    """Whether all files were counted."""
    unread: tuple[str, ...] = ()
    """Folders that cannot be read, each with the reason."""
    hidden: int = 0
    """Files whose name, or that of a folder above them, begins with a dot, such as `.git/config`."""


def existing_place(uri: str) -> FilePlace:
    """The place an address names, with links resolved. Raises `UsageError` if it is not there or not an address."""
    try:
        return fixed(place_of(os.path.normpath(uri)))
    except (OSError, ValueError):
        raise _refused("there is nothing at that address") from None


def preview(place: FilePlace, shown: int = 10) -> Preview:
    """The first files of a place, in the order of names. Raises `UsageError` if it cannot be listed."""
    first: list[str] = []
    unread: list[str] = []
    count = hidden = 0
    try:
        for found in walk(place.root, place.enters):
            if isinstance(found, Unlisted):
                unread.append(f"{unscanned_name(printable_name(found.path)) or 'all of it'}: {found.reason}")
            elif found.kind not in NOT_DOCUMENTS and place.holds(found.path) and not is_sidecar(found.path):
                if place.file and found.kind is not Kind.FILE:
                    raise _refused(f"it is not a file that can be read, but a {found.kind}")
                count += 1
                hidden += any(part.startswith(".") for part in found.path.split("/"))
                if len(first) < shown:
                    first.append(unscanned_name(printable_name(found.path)))
                if count >= MOST_COUNTED:
                    return Preview(tuple(first), count, False, tuple(unread[:shown]), hidden)
    except OSError as error:
        raise _refused(reason_of(error)) from None
    except re.error:
        raise _refused("its glob cannot be read") from None
    if unread and not count:
        raise _refused(f"its files cannot be listed, {unread[0]}")
    return Preview(tuple(first), count, True, tuple(unread[:shown]), hidden)


def _refused(why: str) -> UsageError:
    return UsageError(
        f"The source was not registered: uri: {why}.",
        fix="Give a folder, file or glob that this machine can read, or the URL of a bucket.",
    )
