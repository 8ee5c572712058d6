"""Buckets as Beam's file systems show them: the files of a prefix, of a glob or of one object's address.

Invariants: names are listed, nothing is opened. The library takes seconds to load, so it is loaded when an
address is looked at.
"""

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from pipeline.domain.declarations.sidecars import could_be_sidecar, is_feed, pair
from pipeline.domain.documents.printable_names import printable_name, unscanned_name
from pipeline.domain.errors import UsageError
from pipeline.files.preview import MOST_COUNTED, Preview

if TYPE_CHECKING:
    from apache_beam.io.filesystem import FileMetadata

_GLOB = frozenset("*?[")


class BucketFiles(NamedTuple):
    """The files that an address matches."""

    root: str
    """The prefix that names of documents are relative to."""
    files: "dict[str, FileMetadata]"
    """Files that match, by their whole path."""
    nearby: "dict[str, FileMetadata]"
    """The same, and metadata files of the same prefixes."""

    def name(self, path: str) -> str:
        """The name of a file in its source."""
        return posixpath.relpath(path, self.root) if path != self.root else posixpath.basename(path)


def bucket_files(uri: str, limit: int | None = None) -> BucketFiles:
    """The files of an address, at most `limit`.

    Raises:
        FileNotFoundError: A prefix or object is not there.
        Exception: Whatever a file system of Beam raises when it cannot list.

    """
    from apache_beam.io.filesystems import FileSystems

    root, pattern = _root_and_pattern(uri)
    if not _GLOB & set(pattern.removesuffix("/**")) and not FileSystems.exists(root):
        raise FileNotFoundError(root)
    matched = {file.path: file for file in FileSystems.match([pattern], [limit])[0].metadata_list}
    return BucketFiles(root, matched, dict(matched) if pattern.endswith("/**") else _with_metadata_files(matched))


def bucket_preview(uri: str, shown: int = 10) -> Preview:
    """The first documents of an address, in the order of names.

    Raises `UsageError` if nothing is there, or it cannot be listed from here. The message of a file system
    is not repeated: it could hold credentials.
    """
    from apache_beam.io.filesystems import FileSystems
    from apache_beam.options.pipeline_options import PipelineOptions

    FileSystems.set_options(PipelineOptions([]))  # some file systems need them, as a run has them
    try:
        bucket = bucket_files(uri, MOST_COUNTED)
    except FileNotFoundError:
        raise _refused("there is nothing at that address", "Give the URL of a prefix that holds files.") from None
    except Exception as error:
        cause = type(error.__context__ or error).__name__
        raise _refused(
            f"it cannot be listed from this machine ({cause})",
            "Check the address and the credentials in the environment, and that the extra of apache-beam for such "
            "addresses is installed: aws for s3, gcp for gs, azure for azfs, hadoop for hdfs.",
        ) from None
    documents = sorted(bucket.name(path) for path in pair(bucket.files, bucket.nearby).documents)
    first = tuple(unscanned_name(printable_name(name)) for name in documents[:shown])
    return Preview(first, len(documents), len(bucket.files) < MOST_COUNTED)


def _with_metadata_files(matched: "dict[str, FileMetadata]") -> "dict[str, FileMetadata]":
    """A glob or the path of one file matches no metadata files, so their prefixes are listed."""
    from apache_beam.io.filesystems import FileSystems

    found = dict(matched)
    for folder in {posixpath.dirname(path) for path in matched}:
        listed = FileSystems.match([f"{folder}/*"])[0].metadata_list
        found |= {file.path: file for file in listed if could_be_sidecar(file.path)}
    return found


def _root_and_pattern(uri: str) -> tuple[str, str]:
    """The prefix that document names are relative to, and the pattern to match."""
    if _GLOB & set(uri):
        parts = uri.split("/")
        first = next(i for i, part in enumerate(parts) if _GLOB & set(part))
        return "/".join(parts[:first]), uri
    if is_feed(uri):
        return posixpath.dirname(uri), uri
    return uri.rstrip("/"), uri.rstrip("/") + "/**"


def _refused(why: str, fix: str) -> UsageError:
    return UsageError(f"The source was not registered: uri: {why}.", fix=fix)
