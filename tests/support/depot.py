"""A bucket in memory, for tests of sources that Beam's file systems read."""

import io
from collections.abc import Iterator
from typing import Any, ClassVar

from apache_beam.io.filesystem import FileMetadata, FileSystem


class Depot(FileSystem):
    """A bucket in memory, as Beam sees one: names with `/`, and no folders."""

    files: ClassVar[dict[str, bytes]] = {}

    @classmethod
    def scheme(cls) -> str:
        return "depot"

    def join(self, basepath: str, *paths: str) -> str:
        return "/".join((basepath.rstrip("/"), *paths))

    def split(self, path: str) -> tuple[str, str]:
        folder, _, name = path.rpartition("/")
        return folder, name

    def has_dirs(self) -> bool:
        return False

    def _list(self, dir_or_prefix: str) -> Iterator[FileMetadata]:
        for path, content in self.files.items():
            if path.startswith(dir_or_prefix):
                yield FileMetadata(path, len(content), 1.0)

    def exists(self, path: str) -> bool:
        return any(name == path or name.startswith(f"{path.rstrip('/')}/") for name in self.files)

    def open(self, path: str, mime_type: str = "", compression_type: str = "") -> io.BytesIO:
        return io.BytesIO(self.files[path])

    def metadata(self, path: str) -> FileMetadata:
        return FileMetadata(path, len(self.files[path]), 1.0)

    def _refuse(self, *_: object, **__: object) -> Any:
        raise PermissionError("this bucket is only read")

    mkdirs = create = copy = rename = size = last_updated = checksum = delete = _refuse
