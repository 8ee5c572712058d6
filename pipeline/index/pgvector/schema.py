"""The tables of the Postgres copy, and the row-level policies that decide which rows a principal sees.

Invariants: every table has row-level security, forced, so that no policy means no row (law 2). The reader's policies
see the principal only through settings of the transaction; where one is missing, no row is visible. An access rule is
evaluated once a query, not once a row: `access` has few rows, and the permitted keys become one array. A chunk is
visible only through a placement that is, and a placement only in the generation the transaction named (law 6). A row
never changes, except for the last generation of a placement.

One schema for each embedding model: vectors of two models cannot be compared, so they never meet in one table. The
planner keeps no statistics about columns that name documents or people: `EXPLAIN` shows nothing about them.
"""

from typing import Final

LAST: Final = 2**31 - 1
"""`until` of a placement that is still good: beyond any generation."""

TENANT, CLEARANCE, LABELS, GENERATION = (
    "corpusgate.tenant",
    "corpusgate.clearance",
    "corpusgate.labels",
    "corpusgate.generation",
)
"""Settings of the reader's transaction: who asks, and which generation it looks at."""

SEPARATOR: Final = "\n"
"""Between labels; a principal's name holds no white space."""

TABLES = ("access", "generations", "counts", "placements", "chunks")

EXACT_UP_TO: Final = 20_000
"""Permitted chunks up to which all of them are scored. Measured in docs/guides/pgvector.md: about 4 µs each."""


def schema_name(model_digest: str) -> str:
    """The schema that holds what this model embedded."""
    return f"corpusgate_{int(model_digest[:12], 16):012x}"


CREATE_TABLES = """
CREATE TABLE {schema}.access (
    key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    access_id text NOT NULL UNIQUE,
    digest text NOT NULL,
    tenant text NOT NULL,
    clearance smallint NOT NULL,
    classification text NOT NULL,
    allow text[] NOT NULL,
    deny text[] NOT NULL,
    until timestamptz
);
CREATE TABLE {schema}.generations (
    number integer PRIMARY KEY,
    digest text NOT NULL,
    manifest_digest text NOT NULL
);
CREATE TABLE {schema}.counts (
    generation integer NOT NULL REFERENCES {schema}.generations ON DELETE CASCADE,
    access integer NOT NULL REFERENCES {schema}.access,
    chunks bigint NOT NULL,
    PRIMARY KEY (generation, access)
);
CREATE TABLE {schema}.placements (
    block uuid NOT NULL,
    since integer NOT NULL,
    until integer NOT NULL DEFAULT 2147483647,
    access integer NOT NULL REFERENCES {schema}.access,
    chunks integer NOT NULL,
    doc_id text NOT NULL,
    version_id text NOT NULL,
    PRIMARY KEY (block, since),
    CHECK (since < until)
);
CREATE INDEX placements_access ON {schema}.placements (access);
CREATE TABLE {schema}.chunks (
    block uuid NOT NULL,
    ordinal integer NOT NULL,
    chunk_id uuid NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    text bytea NOT NULL,
    embedding vector({dimensions}) STORAGE PLAIN NOT NULL,
    PRIMARY KEY (block, ordinal)
);
ALTER TABLE {schema}.access
    ALTER access_id SET STATISTICS 0, ALTER tenant SET STATISTICS 0,
    ALTER allow SET STATISTICS 0, ALTER deny SET STATISTICS 0;
ALTER TABLE {schema}.placements
    ALTER access SET STATISTICS 0, ALTER doc_id SET STATISTICS 0, ALTER version_id SET STATISTICS 0;
ALTER TABLE {schema}.chunks
    ALTER chunk_id SET STATISTICS 0, ALTER text SET STATISTICS 0, ALTER embedding SET STATISTICS 0;
"""

PROTECT_TABLE = """
ALTER TABLE {schema}.{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {schema}.{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY loads ON {schema}.{table} TO {loader} USING (true) WITH CHECK (true);
CREATE POLICY reads ON {schema}.{table} FOR SELECT TO {reader} USING ({condition});
GRANT SELECT ON {schema}.{table} TO {reader};
"""

_PINNED = "(SELECT NULLIF(current_setting('corpusgate.generation', true), '')::integer)"
_LABELS = "(SELECT string_to_array(NULLIF(current_setting('corpusgate.labels', true), ''), E'\\n'))"
_PERMITTED = "access = ANY (ARRAY(SELECT key FROM {schema}.access))"

CONDITIONS = {
    "access": "tenant = (SELECT current_setting('corpusgate.tenant', true))"
    " AND clearance <= (SELECT NULLIF(current_setting('corpusgate.clearance', true), '')::smallint)"
    f" AND allow && {_LABELS} AND NOT deny && {_LABELS}"
    " AND (until IS NULL OR until > now())",
    "generations": f"number = {_PINNED}",
    "counts": f"generation = {_PINNED} AND {_PERMITTED}",
    "placements": f"since <= {_PINNED} AND until > {_PINNED} AND {_PERMITTED}",
    # A scalar sub-query with a limit is looked up row by row; EXISTS or IN would let the planner collect every
    # permitted block first, which for a principal who may read much costs more than the whole search.
    "chunks": "(SELECT true FROM {schema}.placements WHERE placements.block = chunks.block LIMIT 1)",
}
"""Which rows of a table the reader sees; the sub-queries are themselves under the policies of their tables."""

CREATE_NEIGHBOURS = """
CREATE INDEX IF NOT EXISTS chunks_neighbours ON {schema}.chunks
    USING hnsw (embedding vector_ip_ops) WITH (m = 16, ef_construction = 100)
"""

WALK = (
    "SET LOCAL hnsw.iterative_scan = strict_order",
    "SET LOCAL hnsw.ef_search = 100",
    "SET LOCAL hnsw.max_scan_tuples = 100000",
    "SET LOCAL hnsw.scan_mem_multiplier = 8",
)
"""How the graph of neighbours is walked: on until enough permitted chunks were met, nearest first."""

PIN = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in (TENANT, CLEARANCE, LABELS, GENERATION))
"""Bind parameters only: nothing a principal is called can become SQL."""

GUARDED = """
SELECT name, row_security_active(to_regclass(name))
    AND NOT has_table_privilege(to_regclass(name), 'INSERT, UPDATE, DELETE, TRUNCATE')
FROM unnest(%s::text[]) AS name
"""
"""Whether row-level security binds the one who asks, and it may only read; null for a table that is not there."""

OPENED = """
SELECT digest, manifest_digest, (SELECT COALESCE(sum(chunks), 0)::bigint FROM {schema}.counts)
FROM {schema}.generations
"""

EXACTLY = """
WITH permitted AS MATERIALIZED (
    SELECT c.block, c.ordinal, c.chunk_id, c.first, c.last, p.doc_id, p.version_id, p.access,
           c.embedding <#> %s AS distance
    FROM {schema}.placements p JOIN {schema}.chunks c ON c.block = p.block
)
SELECT f.block, f.ordinal, f.chunk_id, f.first, f.last, f.doc_id, f.version_id, a.classification, f.distance
FROM (SELECT * FROM permitted ORDER BY distance, chunk_id LIMIT %s) f JOIN {schema}.access a ON a.key = f.access
ORDER BY f.distance, f.chunk_id
"""
"""Every permitted chunk is scored: right whatever the share, quick while the permitted set is small."""

NEAREST = """
SELECT f.block, f.ordinal, f.chunk_id, f.first, f.last, p.doc_id, p.version_id, a.classification, f.distance
FROM (
    SELECT block, ordinal, chunk_id, first, last, embedding <#> %s AS distance
    FROM {schema}.chunks ORDER BY distance LIMIT %s
) f
JOIN {schema}.placements p ON p.block = f.block
JOIN {schema}.access a ON a.key = p.access
ORDER BY f.distance, f.chunk_id
"""
"""The graph is walked, and goes on (`hnsw.iterative_scan`) until enough permitted chunks were met."""

TEXTS = """
SELECT c.block, c.ordinal, c.text FROM {schema}.chunks c
JOIN unnest(%s::uuid[], %s::integer[]) AS wanted (block, ordinal) USING (block, ordinal)
"""

FIND_GENERATION = "SELECT 1 FROM {schema}.generations WHERE number = %s AND digest = %s AND manifest_digest = %s"

UNDO = """
DELETE FROM {schema}.placements WHERE since >= {number};
UPDATE {schema}.placements SET until = 2147483647 WHERE until >= {number} AND until < 2147483647;
DELETE FROM {schema}.generations WHERE number >= {number};
"""
"""What a run that never committed left, or one that is loaded anew."""

ADD_ACCESS = """
INSERT INTO {schema}.access (access_id, digest, tenant, clearance, classification, allow, deny, until)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (access_id) DO NOTHING
"""

CREATE_INCOMING = """
CREATE TEMPORARY TABLE incoming (
    block uuid PRIMARY KEY, access integer, chunks integer, doc_id text, version_id text
) ON COMMIT DROP
"""
COPY_INCOMING = "COPY pg_temp.incoming FROM STDIN (FORMAT BINARY)"
INCOMING_TYPES = ("uuid", "int4", "int4", "text", "text")

UNPLACED = """
SELECT i.block FROM pg_temp.incoming i
WHERE NOT EXISTS (SELECT FROM {schema}.placements p WHERE p.block = i.block)
"""
"""Blocks that have to be written, unless a Beam job wrote exactly them ahead of the load."""

DROP_CHUNKS = "DELETE FROM {schema}.chunks WHERE block = ANY (%s)"

CREATE_ARRIVING = "CREATE TEMPORARY TABLE arriving (LIKE {schema}.chunks INCLUDING STORAGE) ON COMMIT DROP"
COPY_ARRIVING = "COPY pg_temp.arriving FROM STDIN (FORMAT BINARY)"
CHUNK_TYPES = ("uuid", "int4", "uuid", "int8", "int8", "bytea", "vector")
ADD_CHUNKS = "INSERT INTO {schema}.chunks SELECT * FROM pg_temp.arriving ON CONFLICT DO NOTHING"
"""By way of a temporary table: Postgres does not COPY into a table under row-level security."""

PLACE = """
UPDATE {schema}.placements p SET until = {number}
WHERE until = 2147483647 AND NOT EXISTS (
    SELECT FROM pg_temp.incoming i
    WHERE (i.block, i.access, i.doc_id, i.version_id) = (p.block, p.access, p.doc_id, p.version_id)
);
INSERT INTO {schema}.placements (block, since, access, chunks, doc_id, version_id)
SELECT i.block, {number}, i.access, i.chunks, i.doc_id, i.version_id FROM pg_temp.incoming i
WHERE NOT EXISTS (SELECT FROM {schema}.placements p WHERE p.block = i.block AND p.until = 2147483647);
"""

ADD_GENERATION = "INSERT INTO {schema}.generations (number, digest, manifest_digest) VALUES (%s, %s, %s)"
COUNT = """
INSERT INTO {schema}.counts
SELECT {number}, access, sum(chunks) FROM {schema}.placements
WHERE since <= {number} AND until > {number} GROUP BY access;
"""

FORGET = """
DELETE FROM {schema}.generations WHERE number <> {number};
DELETE FROM {schema}.placements WHERE until <= {number};
DELETE FROM {schema}.chunks c WHERE NOT EXISTS (SELECT FROM {schema}.placements p WHERE p.block = c.block);
DELETE FROM {schema}.access a WHERE NOT EXISTS (SELECT FROM {schema}.placements p WHERE p.access = a.key);
"""
"""Everything the given generation does not serve."""

OTHER_SCHEMAS = """
SELECT nspname FROM pg_namespace
WHERE nspname ~ '^corpusgate_[0-9a-f]{{12}}$' AND nspname <> %s AND pg_has_role(nspowner, 'USAGE')
"""

PLACED = """
SELECT p.block, p.chunks, p.doc_id, p.version_id, a.access_id
FROM {schema}.placements p JOIN {schema}.access a ON a.key = p.access WHERE since <= {number} AND p.until > {number}
"""

ACCESS = "SELECT access_id, key, digest, tenant, clearance, classification, allow, deny, until FROM {schema}.access"

BLOCK_DIGESTS = """
SELECT block, sha256(string_agg(
    uuid_send(chunk_id) || int8send(first) || int8send(last) || sha256(text) || sha256(vector_send(embedding)),
    ''::bytea ORDER BY ordinal))
FROM {schema}.chunks WHERE %s::uuid[] IS NULL OR block = ANY (%s) GROUP BY block
"""

CONTENTS = """
SELECT c.text, c.embedding, array(SELECT DISTINCT p.doc_id FROM {schema}.placements p WHERE p.block = c.block)
FROM {schema}.chunks c
"""
"""Everything that was put into a schema and is still there."""
