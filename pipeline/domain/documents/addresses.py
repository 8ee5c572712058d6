"""Which addresses of buckets a source may have.

Invariants: pure. Schemes are a list; every other one is refused. So are the machine itself and the metadata services of
clouds, which give away credentials to anyone on the machine who asks.
"""

import ipaddress
import socket
from collections.abc import Collection
from urllib.parse import urlsplit

from pipeline.domain.errors import UsageError

_METADATA_HOSTS = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"}
)
"""Names of metadata services (Google Cloud, AWS); their numeric addresses are link-local or listed below."""

_METADATA_ADDRESSES = frozenset({"100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254"})
"""Numeric addresses that are not link-local: Alibaba Cloud, Azure, Oracle Cloud, AWS over IPv6."""


def refuse_unknown_address(uri: str, schemes: Collection[str]) -> None:
    """Raise `UsageError` for a URL that no source may have."""
    scheme = uri.partition("://")[0].lower()
    if scheme not in schemes:
        raise UsageError(
            f"The source was not registered: uri: addresses may begin with {', '.join(sorted(schemes))} or kafka.",
            fix="Give a local path without a scheme, or copy the files to a bucket or folder first. An operator can "
            "add a scheme that Beam reads to `sources.schemes` of the settings.",
        )
    try:
        parts = urlsplit(uri)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        raise _no_bucket() from None
    if parts.username is not None or not uri.isprintable():
        raise UsageError(
            "The source was not registered: uri: it holds a name or password before the bucket, or characters that "
            "cannot be shown.",
            fix="Give the plain URL of a bucket prefix, and keep credentials in the environment.",
        )
    if not host or _is_machine(host):
        raise _no_bucket()


def _no_bucket() -> UsageError:
    return UsageError(
        "The source was not registered: uri: that is the address of a machine or a metadata service, not a bucket.",
        fix="Give the URL of a bucket prefix, such as s3://bucket/folder.",
    )


def _is_machine(host: str) -> bool:
    if host in _METADATA_HOSTS or host in _METADATA_ADDRESSES or host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(socket.inet_aton(host) if host.isascii() and ":" not in host else host)
    except (OSError, ValueError):
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return address.is_link_local or address.is_loopback or str(address) in _METADATA_ADDRESSES
