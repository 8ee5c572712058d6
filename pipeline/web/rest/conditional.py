"""Answers with an ETag: a client that has the same content gets 304 and no body.

Invariant: the tag is the digest of exactly the bytes that would be sent to this caller.
"""

from fastapi import Request, Response
from pydantic import BaseModel

from pipeline.domain.digests import digest_bytes

JSON = "application/json"


def conditional(request: Request, content: BaseModel) -> Response:
    """`content` as JSON, or 304."""
    body = content.model_dump_json().encode()
    tag = f'"{digest_bytes(body)[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    if _matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=JSON, headers=headers)


def _matches(given: str, tag: str) -> bool:
    known = {one.strip().removeprefix("W/") for one in given.split(",")}
    return tag in known or given.strip() == "*"
