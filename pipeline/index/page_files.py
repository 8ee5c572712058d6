"""Files of a generation's folder that hold its pages: the list of pages, what they use, and the pages themselves.

Invariants: pages that stay are not written again: their file is linked into the new folder, so that a folder is
complete by itself. A file is durable before its folder gets its name. The bytes of a page are compared with its digest
each time they are read.
"""

import hashlib
import json
import mmap
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.domain.digests import canonical_json
from pipeline.domain.errors import IntegrityError
from pipeline.domain.serving.document_tree import KeyRange
from pipeline.files.durable import HashingFile
from pipeline.index.mapped import damaged, map_verified
from pipeline.index.pages import PlacementPage, PlacementPages

PAGES, USAGE, SUFFIX = "pages.arrow", "usage.json", ".pages"
MOST_FILES = 16
"""Files of pages in a folder; the smallest are merged when there are more."""
_WASTEFUL = 2
"""A file is copied when it is this many times larger than the pages of it that are still used."""
_SHA256 = pa.binary(32)
_COLUMNS: dict[str, pa.DataType] = {
    "first": pa.uint64(),
    "bits": pa.uint8(),
    "documents": pa.int32(),
    "chunks": pa.int64(),
    "root": _SHA256,
    "sha256": _SHA256,
    "size": pa.int64(),
    "file": pa.string(),
    "offset": pa.int64(),
}
_SCHEMA = pa.schema(_COLUMNS)


@dataclass(frozen=True, slots=True)
class PageFiles:
    """The files of pages in one folder.

    Args:
        root: Folder of the index.
        folder: Folder of the generation, relative to `root`.
        digests: SHA-256 of each file, by name, as the manifest says.
        copied: Whether what is read is copied, so that a file that changes later changes nothing.

    """

    root: Path
    folder: str
    digests: Mapping[str, str]
    copied: bool = False
    _mapped: dict[str, mmap.mmap] = field(default_factory=dict)

    def read(self, page: PlacementPage) -> bytes | memoryview:
        """The bytes of a page. Raises `IntegrityError` unless they have its digest."""
        content = memoryview(self._open(page.file))[page.offset : page.offset + page.size]
        content = memoryview(bytes(content)) if self.copied else content
        if (digest := hashlib.sha256(content).hexdigest()) != page.sha256:
            raise damaged(self.name(page.file), f"has SHA-256 {digest[:12]}… instead of {page.sha256[:12]}… in a page")
        return content

    def refuse(self, page: PlacementPage, difference: str) -> IntegrityError:
        """The error for a page whose content is not what it must be."""
        return damaged(self.name(page.file), difference)

    def size(self, file: str) -> int:
        """Bytes of a file."""
        return len(self._open(file))

    def verify(self) -> None:
        """Compare every byte of every file with the manifest. Raises `IntegrityError`."""
        for file, sha256 in self.digests.items():
            map_verified(self.root, self.name(file), sha256)

    def names(self, doc_id: str) -> bool:
        """Whether a file names that document, be it in a page that nothing uses any more."""
        wanted = doc_id.encode("utf-8", "surrogatepass")
        return any(
            doc_id in batch["doc_id"].to_pylist()
            for file in self.digests
            if self._open(file).find(wanted) >= 0
            for batch in self._batches(file)
        )

    def _batches(self, file: str) -> Iterator[pa.RecordBatch]:
        """Every page in a file, used or not."""
        reader = pa.BufferReader(pa.py_buffer(self._open(file)))
        try:
            while reader.tell() < reader.size():
                yield from pa.ipc.open_stream(reader)
        except (pa.ArrowInvalid, OSError):
            raise damaged(self.name(file), "does not hold pages of placements") from None

    def name(self, file: str) -> str:
        """Path of a file inside the index."""
        return f"{self.folder}/{file}"

    def _open(self, file: str) -> mmap.mmap:
        if file not in self._mapped:
            try:
                with (self.root / self.folder / file).open("rb") as opened:
                    if opened.seek(0, 2) == 0:
                        raise damaged(self.name(file), "is empty")
                    self._mapped[file] = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
            except OSError:
                raise damaged(self.name(file), "is missing or cannot be read") from None
        return self._mapped[file]


def read_pages(files: PageFiles, pages_sha256: str, usage_sha256: str) -> PlacementPages:
    """The pages of a folder, each of them in a file that is there and long enough. Raises `IntegrityError`."""
    usage = _usage(files, usage_sha256)
    name = files.name(PAGES)
    content = map_verified(files.root, name, pages_sha256)
    try:
        table = pa.ipc.open_file(pa.py_buffer(content[:])).read_all()
    except (pa.ArrowInvalid, OSError):
        raise damaged(name, "does not hold a list of pages") from None
    if not table.schema.equals(_SCHEMA):
        raise damaged(name, "has other columns than a list of pages has")
    columns = (table[column].to_pylist() for column in _SCHEMA.names)
    pages = [
        PlacementPage(KeyRange(first, bits), documents, chunks, root.hex(), sha256.hex(), size, file, offset)
        for first, bits, documents, chunks, root, sha256, size, file, offset in zip(*columns, strict=True)
    ]
    ends = dict[str, int]()
    for page in pages:
        ends[page.file] = max(ends.get(page.file, 0), page.offset + page.size)
    for file, end in ends.items():
        if file not in files.digests:
            raise damaged(name, "names a file of pages that the manifest does not list")
        if files.size(file) < end:
            raise damaged(files.name(file), f"has {files.size(file)} bytes instead of at least {end}")
    return PlacementPages(pages, usage["segments"], usage["access"], files)


def _usage(files: PageFiles, sha256: str) -> dict[str, dict[str, int]]:
    name = files.name(USAGE)
    with suppress(ValueError, AttributeError):
        usage = json.loads(map_verified(files.root, name, sha256)[:])
        if set(usage) == {"segments", "access"} and all(
            isinstance(count, int) and count > 0 for counts in usage.values() for count in counts.values()
        ):
            return dict(usage)
    raise damaged(name, "does not say what documents use")


def write_pages(folder: Path, pages: PlacementPages, number: int) -> dict[str, str]:
    """Write the pages of generation `number` into its unfinished folder; returns each file with its SHA-256.

    Pages that are not written yet go into one new file, with what is left of files that are mostly unused. The other
    files are linked.
    """
    old = pages.source if isinstance(pages.source, PageFiles) else None
    left = _left(pages, old) if old else frozenset()
    name, written = f"placements-{number}{SUFFIX}", list[PlacementPage]()
    digests = {}
    with (folder / name).open("xb") as file:
        out = HashingFile(file)
        for page in pages.pages:
            stays = page.file in left
            written.append(page if stays else page._replace(file=name, offset=out.size))
            if not stays:
                out.write(pages.content(page))
        file.flush()
        os.fsync(file.fileno())
    if out.size:
        digests[name] = out.sha256
    else:
        (folder / name).unlink()
    for kept in sorted(left):
        assert old is not None
        link(old.root / old.name(kept), folder / kept)
        digests[kept] = old.digests[kept]
    usage = canonical_json({"segments": pages.segments, "access": pages.access})
    for file_name, data in {PAGES: _table(written), USAGE: usage}.items():
        digests[file_name] = hashlib.sha256(data).hexdigest()
        with (folder / file_name).open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    return digests


def _left(pages: PlacementPages, old: PageFiles) -> frozenset[str]:
    """Files that stay as they are."""
    used = Counter[str]()
    for page in pages.pages:
        if page.file:
            used[page.file] += page.size
    kept = [file for file, size in used.items() if size * _WASTEFUL >= old.size(file)]
    if len(kept) >= MOST_FILES:
        kept = sorted(kept, key=lambda file: (used[file], file))[MOST_FILES // 2 :]
    return frozenset(kept)


def link(source: Path, target: Path) -> None:
    """Give a durable file a second name, or copy it where that cannot be."""
    try:
        target.hardlink_to(source.resolve())
    except OSError:  # the file system has no links, or has given this file as many as it may have
        shutil.copyfile(source, target)
        with target.open("rb") as file:
            os.fsync(file.fileno())


def _table(pages: list[PlacementPage]) -> bytes:
    columns: dict[str, list[Any]] = {
        "first": [page.span.first for page in pages],
        "bits": [page.span.bits for page in pages],
        "root": [bytes.fromhex(page.root) for page in pages],
        "sha256": [bytes.fromhex(page.sha256) for page in pages],
    }
    columns |= {name: [getattr(page, name) for page in pages] for name in _SCHEMA.names if name not in columns}
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, _SCHEMA) as writer:
        writer.write_table(pa.table(columns, _SCHEMA))
    return sink.getvalue().to_pybytes()
