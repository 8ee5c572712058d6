"""Bodies that carry a document: a file as a form, or a text as JSON.

Invariants: nothing is read past its limit; a file is on disk as it arrives, unless it is small. Errors repeat nothing
that was sent.
"""

import json
from collections.abc import AsyncGenerator
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from pipeline.domain.errors import InvalidFields, TooLarge, UsageError
from pipeline.web.security.access import CSRF_FIELD

FIELD_BYTES = 65_536
"""Room for the fields of a form, and for each field."""
_LISTS = ("allow", "deny")
_NOTHING = "Nothing was kept."


def content_type(request: Request) -> str:
    """The media type of the body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def unknown_type(what: str) -> UsageError:
    """`what` came in a form that is not read here."""
    return UsageError(
        f"{what} is multipart/form-data with a file, or application/json with a text.",
        done=_NOTHING,
        fix="Send multipart/form-data or application/json.",
    )


async def read_body(request: Request, limit: int) -> bytes:
    """The body. Raises `TooLarge` if it has more than `limit` bytes."""
    return b"".join([block async for block in _bounded(request, limit)])


async def file_and_fields(request: Request, limit: int) -> tuple[dict[str, Any], UploadFile]:
    """The fields and the file of a form; the caller closes the file.

    Raises:
        TooLarge: The body has more than `limit` bytes.
        InvalidFields: There is no file.
        UsageError: The form cannot be read.

    """
    stream = _bounded(request, limit + FIELD_BYTES)
    parser = MultiPartParser(request.headers, stream, max_files=1, max_fields=64, max_part_size=FIELD_BYTES)
    try:
        form = await parser.parse()
    except MultiPartException:
        raise UsageError(
            "The form cannot be read.",
            done=_NOTHING,
            fix="Send one file, and fields of at most 64 KiB.",
        ) from None
    upload = form.get("file")
    if not isinstance(upload, UploadFile):
        await form.close()
        raise InvalidFields({"file": "A file is missing."}, done=_NOTHING)
    fields: dict[str, Any] = {}
    for name, value in form.multi_items():
        if name in ("file", CSRF_FIELD) or not isinstance(value, str) or not value.strip():
            continue  # an empty field of a form is one that was not filled in
        if name in _LISTS:
            fields[name] = (*fields.get(name, ()), *(one.strip() for one in value.split(",") if one.strip()))
        else:
            fields[name] = value
    return fields, upload


def text_and_fields(body: bytes, example: str) -> tuple[dict[str, Any], bytes]:
    """The other fields and the text of a JSON object, in UTF-8.

    Raises:
        UsageError: It is not an object; `example` says what to send.
        InvalidFields: It has no text.

    """
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise UsageError("The body is not a JSON object.", done=_NOTHING, fix=example)
    text = fields.pop("text", None)
    if not isinstance(text, str):
        raise InvalidFields({"text": "A text is missing."}, done=_NOTHING)
    return fields, text.encode("utf-8", "replace")


async def _bounded(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The body, until it is longer than `limit`."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > limit:
        raise TooLarge(limit)
    read = 0
    async for block in request.stream():
        read += len(block)
        if read > limit:
            raise TooLarge(limit)
        yield block
