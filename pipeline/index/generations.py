"""Generations: immutable, signed states of the index.

Invariants: a generation lists every document it serves, under which access rule and in which rows of which segment.
A generation is opened only as the one the ledger recorded. An access-only change writes new pages and a new access
table, and no vector.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

import pyarrow as pa
from pydantic import ValidationError

from pipeline.domain.identity.permissions import AccessRule
from pipeline.domain.serving.document_tree import page_root
from pipeline.domain.serving.publication import GenerationRecord, digest_of_root
from pipeline.index import segments
from pipeline.index.manifest import ACCESS, IN_PAGES, Statement, json_object, read_statement
from pipeline.index.mapped import damaged, map_verified
from pipeline.index.page_files import PAGES, SUFFIX, USAGE, PageFiles, read_pages
from pipeline.index.pages import PlacementPages
from pipeline.index.placements import SCHEMA, Placement, placed_in
from pipeline.index.segments import Segment
from pipeline.index.signing import Verifier

PLACEMENTS = "placements.arrow"
"""All placements of a generation that has no pages."""


class Generation:
    """An opened generation whose manifest, list of pages and access table were verified.

    A page is verified when it is read. A generation of the older format has one table, verified when it is opened.
    """

    def __init__(
        self,
        root: Path,
        record: GenerationRecord,
        statement: Statement,
        access: Mapping[str, AccessRule],
        held: PlacementPages | pa.Table,
    ) -> None:
        self.root, self.record, self.statement, self.access = root, record, statement, access
        self._held = held

    @classmethod
    def open(cls, root: Path, record: GenerationRecord, verifier: Verifier, *, copied: bool = False) -> "Generation":
        """Open the generation the ledger recorded, its placements mapped, or `copied` into memory when they are read.

        Raises:
            IntegrityError: It names what differs from the record, the manifest or a digest.

        """
        folder = Path(record.manifest).parent.as_posix()
        statement = read_statement(root, record, verifier)
        access = _access(map_verified(root, f"{folder}/{ACCESS}", statement.sha256(ACCESS))[:], f"{folder}/{ACCESS}")
        if statement.predicate_type == IN_PAGES:
            files = PageFiles(root, folder, statement.digests(SUFFIX), copied)
            pages = read_pages(files, statement.sha256(PAGES), statement.sha256(USAGE))
            _resolve(pages.access, pages.segments, access, statement, f"{folder}/{USAGE}")
            return cls(root, record, statement, access, pages)
        name = f"{folder}/{PLACEMENTS}"
        content = map_verified(root, name, statement.sha256(PLACEMENTS))
        try:
            table = pa.ipc.open_file(pa.py_buffer(content[:] if copied else content)).read_all()
        except (pa.ArrowInvalid, OSError):
            raise damaged(name, "does not hold placements") from None
        if not table.schema.equals(SCHEMA):
            raise damaged(name, "has other columns than placements have")
        _resolve(_distinct(table, "access_id"), _distinct(table, "segment"), access, statement, name)
        return cls(root, record, statement, access, table)

    @cached_property
    def pages(self) -> PlacementPages:
        """The served documents in pages; made from the table for a generation of the older format."""
        return self._held if isinstance(self._held, PlacementPages) else PlacementPages.of(placed_in(self._held))

    @cached_property
    def placements(self) -> pa.Table:
        """Every placement, in no order. Raises `IntegrityError`, as every page is read."""
        if not isinstance(self._held, PlacementPages):
            return self._held
        table = self._held.table()
        name = f"{Path(self.record.manifest).parent.as_posix()}/{PAGES}"
        _resolve(_distinct(table, "access_id"), _distinct(table, "segment"), self.access, self.statement, name)
        return table

    @property
    def digest(self) -> str:
        """Digest of what it serves, in the present format."""
        if isinstance(self._held, PlacementPages):
            return self.record.digest
        return digest_of_root(self.pages.root, self.access, self.record.model_digest, self.record.policy_digest)

    def documents(self) -> Iterator[Placement]:
        """Every placement, by document id."""
        yield from sorted(placed_in(self.placements), key=lambda placement: placement.doc_id)

    def holds(self, doc_id: str) -> bool:
        """Whether a document of that id is served."""
        return bool(self.pages.placed([doc_id]))

    def names(self, doc_id: str) -> bool:
        """Whether a file of its folder names that document, be it in a page that is no longer used."""
        source = self._held.source if isinstance(self._held, PlacementPages) else None
        return source.names(doc_id) if isinstance(source, PageFiles) else self.holds(doc_id)

    def segments(self, *, fresh: bool = False) -> dict[str, Segment]:
        """Every segment this generation uses, opened and verified."""
        return {digest: self.segment(digest, fresh=fresh) for digest in self.statement.segments}

    def segment(self, digest: str, *, fresh: bool = False) -> Segment:
        """One segment, opened and verified."""
        segment = Segment.open(self.root, digest, fresh=fresh)
        if segment.model_digest != self.record.model_digest:
            raise damaged(f"{segments.FOLDER}/{digest}", "holds vectors of another model than its generation")
        return segment

    def verify(self) -> None:
        """Read every byte this generation stands on again; raises `IntegrityError` naming what differs."""
        from pipeline.index.misplaced import misplaced  # loads pyarrow.compute, which takes a tenth of a second

        opened = self.segments(fresh=True)
        self.verify_pages()
        if wrong := misplaced(self.placements, opened):
            raise damaged(
                self.record.manifest, f"places {len(wrong)} documents in rows that are not theirs, first {wrong[0]}"
            )
        for segment in opened.values():
            _ = segment.approximate  # reads the inverted lists, where there are any

    def verify_pages(self) -> None:
        """Compute pages, roots, counts and digest from the placements again; raises `IntegrityError`."""
        record, said = self.record, self.statement.predicate
        made = PlacementPages.of(placed_in(self.placements))
        if (said.documents, said.chunks) != (made.documents, made.chunks):
            raise damaged(record.manifest, "gives another number of documents or chunks than it places")
        root = made.root
        if isinstance(self._held, PlacementPages):
            if isinstance(self._held.source, PageFiles):
                self._held.source.verify()
            if [page._replace(file="", offset=0) for page in self._held.pages] != list(made.pages):
                raise damaged(record.manifest, "has other pages than its documents give")
            if (self._held.segments, self._held.access) != (made.segments, made.access):
                raise damaged(record.manifest, "says otherwise than its documents what they use")
        else:
            root = page_root(placement.document for placement in self.documents())
        if digest_of_root(root, self.access, record.model_digest, record.policy_digest) != record.digest:
            raise damaged(record.manifest, "serves other documents than its digest says")
        if root != said.document_root:
            raise damaged(record.manifest, "names another document root than its documents have")


def _access(data: bytes, name: str) -> dict[str, AccessRule]:
    try:
        access = {access_id: AccessRule.model_validate(rule) for access_id, rule in json_object(data, name).items()}
    except ValidationError:
        raise damaged(name, "holds something that is no access rule") from None
    if any(rule.access_id != access_id for access_id, rule in access.items()):
        raise damaged(name, "lists an access rule under another access id")
    return access


def _distinct(table: pa.Table, column: str) -> set[str]:
    return set(map(str, table[column].unique().to_pylist()))


def _resolve(
    access_ids: Iterable[str], used: Iterable[str], access: Mapping[str, AccessRule], statement: Statement, name: str
) -> None:
    if not set(access_ids) <= set(access):
        raise damaged(name, "places a document under an access id that has no rule")
    if not set(used) - {""} <= set(statement.segments):
        raise damaged(name, "places a document in a segment the manifest does not list")
