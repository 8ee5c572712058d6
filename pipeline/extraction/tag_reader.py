"""Declarations of documents, read in a child process: bytes in, tags and problems out.

Invariants: no answer of a child process is passed on before that very process has read its canary (law 3). A document
whose tags cannot be read within the limits of time and memory has a problem, which keeps it out; no other document
notices (law 15).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pipeline.domain.declarations.declared import Declared, Tag
from pipeline.domain.declarations.feeds import FeedRecord
from pipeline.domain.digests import digest_bytes
from pipeline.domain.documents.stated import StatedTag
from pipeline.domain.errors import CanaryMissed, ChildFailure
from pipeline.sandbox import ChildLimits, ChildProcess
from pipeline.settings.extraction import ExtractionSettings

OVER_LIMITS = "Its tags cannot be read within the limits of time and memory."

_WORKER = "pipeline.extraction.tags_worker:create"
_CANARY = b"---\nclassification: restricted\ndeny: [user:canary]\nlayout: page\n---\nThe canary sings.\n"
_MOST_KEPT = 256
_SEEN = {"classification": "restricted", "deny": ["user:canary"]}


class TagReader:
    """Reads declarations in one child process, which it starts with the first document."""

    def __init__(self, settings: ExtractionSettings) -> None:
        self._child = ChildProcess(_WORKER, _limits(settings))
        self._proved_child = -1
        self._restricting: dict[tuple[str, str, bool, bool], bool] = {}
        """Answers for the last files that may describe several documents."""

    def begin(self) -> None:
        """Have its child load while the caller does something else."""
        self._child.begin()

    def close(self) -> None:
        """End the child process; the next document starts another."""
        self._child.close()

    def front_matter(self, data: bytes, name: str) -> Declared:
        """Read the front matter of a document of that name."""
        answer = self._ask({"do": "front matter", "name": name}, data)
        return _over_limits() if answer is None else _declared(answer[0])

    def metadata_file(self, data: bytes, name: str) -> Declared:
        """Read a metadata file of that name."""
        answer = self._ask({"do": "metadata file", "name": name}, data)
        return _over_limits() if answer is None else _declared(answer[0])

    def restricts(self, data: bytes, name: str, *, is_named: bool, for_folder: bool) -> bool:
        """Whether a file that may describe documents says who may read them; also if it is too much to read."""
        key = digest_bytes(data), name, is_named, for_folder
        if key not in self._restricting:
            asked = {"do": "restricts", "name": name, "is_named": is_named, "for_folder": for_folder}
            answer = self._ask(asked, data)
            if len(self._restricting) >= _MOST_KEPT:
                self._restricting.clear()
            self._restricting[key] = answer is None or bool(answer[0]["restricts"])
        return self._restricting[key]

    def feed_record(self, line: bytes, *, named: bool = False) -> FeedRecord:
        """Name, text and tags of one line of a feed."""
        answer = self._ask({"do": "record", "named": named}, line)
        if answer is None:
            return FeedRecord(None, "", _over_limits())
        return FeedRecord(answer[0]["name"], answer[1].decode("utf-8", "surrogatepass"), _declared(answer[0]))

    def feed_names(self, lines: Sequence[bytes]) -> tuple[list[str | None], str | None]:
        """The name that each line gives its document, and why a feed that begins with the first is not JSON Lines."""
        answer = self._ask({"do": "names", "lengths": [len(line) for line in lines]}, b"".join(lines))
        if answer is not None:
            return list(answer[0]["names"]), answer[0]["shape"]
        if len(lines) == 1:
            return [None], None
        each = [self.feed_names([line]) for line in lines]  # one of them is too much: the others keep their names
        return [names[0] for names, _ in each], each[0][1]

    def _ask(self, header: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes] | None:
        """The answer; None if the child gave none. Raises `ChildFailure` if it cannot be started, `CanaryMissed`."""
        try:
            answer = self._child.call(header, data)
            if self._child.restarts != self._proved_child:
                self._prove()
        except ChildFailure as death:
            if death.reason == "startup":
                raise
            return None
        return answer

    def _prove(self) -> None:
        answer, _ = self._child.call({"do": "front matter", "name": "canary.md"}, _CANARY)
        if _declared(answer) != _canary():
            raise CanaryMissed(
                "The reader of tags did not see what its canary declares, so no tags it gave can be trusted.",
                done="The run was stopped.",
                fix="Run `corpusgate doctor`; the installed libraries may be broken or of another version.",
            )
        self._proved_child = self._child.restarts


@lru_cache(maxsize=4)
def tag_reader(settings: ExtractionSettings) -> TagReader:
    """The reader of this process, which all gates and listings share; its child ends with the process."""
    return TagReader(settings)


def _canary() -> Declared:
    places = ("line 2 of the front matter", "line 3 of the front matter")
    return Declared(tuple(Tag(key, value, place) for (key, value), place in zip(_SEEN.items(), places, strict=True)))


def _declared(answer: dict[str, Any]) -> Declared:
    tags = tuple(Tag(key, value, place) for key, value, place in answer["tags"])
    return Declared(tags, tuple(answer["problems"]), tuple(StatedTag(**tag) for tag in answer["stated"]))


def _over_limits() -> Declared:
    return Declared(problems=(OVER_LIMITS,))


def _limits(settings: ExtractionSettings) -> ChildLimits:
    return ChildLimits(
        memory_bytes=settings.memory_mb << 20,
        cpu_seconds=settings.cpu_seconds,
        wall_seconds=settings.wall_seconds,
        output_bytes=settings.max_characters * 4,
        file_bytes=0,
        require_confinement=settings.require_confinement,
    )
