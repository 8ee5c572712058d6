"""The proof of an erasure: every file of the home and every row of the database, searched for erased content.

Invariants: probes are collected before anything is removed and live in memory only. Text that another document also
holds is recognised, with the id of that document. Text that is also part of an identifier does not count where
identifiers stay; every other find counts. No message quotes a probe.
"""

import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Set
from contextlib import suppress
from pathlib import Path

import numpy as np

from pipeline.domain.documents.documents import document_id
from pipeline.domain.serving.erasing import EvidenceSearch
from pipeline.evidence import attestations
from pipeline.files.landing import FOLDER as LANDED
from pipeline.files.landing import uri_at
from pipeline.index import manifest, placements, segments
from pipeline.index.byte_search import Probe, Probes, text_pieces, vector_pieces
from pipeline.index.erase import rows_of, segments_on_disk
from pipeline.index.segments import ROW_FILE, Segment, SegmentDescription
from pipeline.stores.takedown.erasures import Erasures
from pipeline.workspace import Workspace

"""Folder of the signed receipts."""

FORMAT_WORDS = "\0".join(
    (
        *(manifest.PAYLOAD_TYPE, "payloadType", "signatures"),
        *(segments.DESCRIPTION, segments.VECTORS, segments.ROW_FILE, *SegmentDescription.model_fields),
        *segments.ROWS.names,
        *placements.SCHEMA.names,
    )
).encode()
"""Words that the files of an index and its signatures are made of."""

Advance = Callable[[int, int], None]
"""Told how many bytes were searched, and of how many."""


class Evidence:
    """What the document is made of, as long as something holds it."""

    def __init__(self, workspace: Workspace, doc_id: str) -> None:
        self.doc_id, self.segments, self.rows = doc_id, list[Segment](), 0
        self.chunk_digests: set[str] = set()
        self._texts: set[str] = set()
        self._vectors: dict[bytes, str] = {}
        others: set[str] = set()
        for name in segments_on_disk(workspace.index):
            segment = Segment.open(workspace.index, name)
            mine = rows_of(segment, doc_id)
            digests = np.asarray(segment.rows["text_digest"].to_pylist(), dtype=object)
            others.update(digests[~mine].tolist())
            rows = np.flatnonzero(mine)
            if len(rows):
                self.segments.append(segment)
                self.rows += len(rows)
            for row in rows.tolist():
                self.chunk_digests.add(digests[row])
                self.add_text(segment.rows["text"][row].as_py())
                self._vectors |= dict.fromkeys(vector_pieces(segment.vectors[row]), digests[row])
        self.shared_chunks = self.chunk_digests & others

    def add_text(self, text: str) -> None:
        """Look for pieces of this text too."""
        self._texts.update(text_pieces(text))

    def add_file(self, path: Path) -> None:
        """Look for pieces of a file that no run may have read yet; one that is not UTF-8 text adds nothing."""
        with suppress(OSError, UnicodeDecodeError):
            self.add_text(path.read_text("utf-8"))

    def probes(self) -> Probes:
        """Everything to look for. A vector of text that another document has as well is not the document's alone."""
        vectors = [piece for piece, digest in self._vectors.items() if digest not in self.shared_chunks]
        return Probes(sorted(self._texts), vectors)


class ErasureSearch:
    """One search through a home."""

    def __init__(self, workspace: Workspace, store: Erasures, evidence: Evidence) -> None:
        self._workspace, self._store, self._doc_id = workspace, store, evidence.doc_id
        self.probes = evidence.probes()
        self.found: Counter[str] = Counter()
        """Places with something nobody else has."""
        self._shared: set[str] = set()
        self._identifiers: set[Probe] = set()
        """What identifiers that stay are made of, too."""
        self._declared: dict[Probe, set[str]] = {}
        """What other documents say about themselves."""
        self._operators: set[str] = set()

    def run(self, doomed: Collection[Path], advance: Advance, *, served_copy: bool = True) -> EvidenceSearch:
        """Search everything but the files that are about to be removed.

        Without `served_copy`, the copy that a database serves from is left out: before the document left it.
        """
        self.found.clear()
        home = self._workspace.home.folder.resolve()
        rows = self._search_rows()
        sources = self._sources(home)
        files = [p for p in self._files(home) if not any(p.is_relative_to(q) for q in (*doomed, *sources))]
        total, done = sum(path.stat().st_size for path in files if path.exists()), 0
        for path in files:
            hits, size = self.probes.search_file(path)
            for probe in hits:
                self._explain(path, home, probe)
            done += size
            advance(done, total)
        copy = self._workspace.serving_copy if served_copy else None
        for owners, content in copy.contents() if copy else ():
            rows += 1
            for probe in self.probes.search(content):
                self._tell(owners if probe.text is not None else frozenset(), "the serving copy in Postgres")
        return EvidenceSearch(
            text_probes=self.probes.texts,
            vector_probes=self.probes.vectors,
            files=len(files),
            bytes=done,
            rows=rows,
            found=self.found.total(),
            shared_with=tuple(sorted(self._shared)),
            not_searched=tuple(sorted(path.relative_to(home).as_posix() for path in sources)),
            identifiers=len(self._identifiers),
            operators_files=tuple(sorted(self._operators)),
        )

    def _search_rows(self) -> int:
        """Search every row of the database; what is found tells, too, what the database's own files may hold."""
        self._identifiers = set(self.probes.search(self._store.schema_words() + b"\0" + FORMAT_WORDS))
        self._declared, words, rows = {}, Counter[tuple[str, Probe]](), 0
        for row in self._store.rows():
            rows += 1
            if not self.probes.search(row.content):
                continue
            self._identifiers.update(self.probes.search(row.identifiers))
            for probe in self.probes.search(row.of_document):
                if row.doc_id == self._doc_id:
                    words[row.table, probe] += 1
                else:
                    self._declared.setdefault(probe, set()).add(row.doc_id)
            words += Counter({(row.table, probe): count for probe, count in self.probes.search(row.words).items()})
        for (table, probe), count in words.items():
            if probe not in self._identifiers and probe not in self._declared:
                self.found[f"table {table}"] += count
        self._identifiers = {probe for probe in self._identifiers if probe.text is not None}
        return rows

    def _files(self, home: Path) -> Iterator[Path]:
        """Every regular file of the home, the index and the database, wherever the settings put them."""
        roots = {home, self._workspace.index.resolve()}
        seen: set[Path] = set()
        for root in sorted(roots):
            for path in sorted(root.rglob("*")):
                if path not in seen and stat.S_ISREG(path.lstat().st_mode):
                    seen.add(path)
                    yield path
        yield from (path for path in map(Path.resolve, self._workspace.database.files) if path not in seen)

    def _sources(self, home: Path) -> list[Path]:
        """Folders of sources inside the home, which are their owners'."""
        places = [
            Path(source.uri.split("*", 1)[0]).expanduser().resolve()
            for source in self._workspace.sources.sources()
            if not source.is_inbox and "://" not in source.uri
        ]
        return [place for place in places if place != home and place.is_relative_to(home)]

    def _explain(self, path: Path, home: Path, probe: Probe) -> None:
        """Whose text it is that was found: another document's, or nobody's who may have it."""
        place = path.relative_to(home).as_posix() if path.is_relative_to(home) else path.name
        owners = self._owners(path, probe)
        if not owners - {self._doc_id}:
            if probe in self._identifiers and self._holds_identifiers(path):
                return
            if probe.text is not None and self._is_operators(path):
                self._operators.add(place)
                return
        self._tell(owners, place)

    def _holds_identifiers(self, path: Path) -> bool:
        """Whether a file of the home names documents, people and sources because that is what it is for."""
        home, index = self._workspace.home, self._workspace.index
        places = [
            index / manifest.FOLDER,
            index / segments.FOLDER,
            index / attestations.FOLDER,
            *self._workspace.database.files,
            home.receipts,
            home.checkpoints,
            home.cache,
            *map(home.path, (LANDED, home.settings.stream.folder)),
        ]
        return any(path.is_relative_to(place.resolve()) for place in places)

    def _is_operators(self, path: Path) -> bool:
        """Whether operators of the home wrote the file, for Corpusgate to read: a file of another name is a stray."""
        home = self._workspace.home
        return any(path.is_relative_to(place.resolve()) for place in (*home.configuration, home.keys))

    def _tell(self, owners: Set[str], place: str) -> None:
        if others := owners - {self._doc_id}:
            self._shared |= others
        else:
            self.found[place] += 1

    def _owners(self, path: Path, probe: Probe) -> set[str]:
        if probe.text is None:
            return set()
        if path in (file.resolve() for file in self._workspace.database.files):
            return self._declared.get(probe, set())
        if path.name == ROW_FILE and path.parent.parent.name == segments.FOLDER:
            rows = Segment.open(self._workspace.index, path.parent.name).rows
            pairs = zip(rows["doc_id"].to_pylist(), rows["text"].to_pylist(), strict=True)
            return {str(doc_id) for doc_id, text in pairs if probe.text in str(text)}
        if path.is_relative_to(self._workspace.home.texts):
            return self._store.documents_of_text(path.name)
        if path.is_relative_to(self._workspace.home.inbox):
            owner = self._store.document_of_file(path.name)
            return {owner} if owner else set()
        landed = self._workspace.home.path(LANDED)
        if path.is_relative_to(landed) and (uri := uri_at(path)):
            return {document_id(path.relative_to(landed).parts[0], uri)}
        return set()
