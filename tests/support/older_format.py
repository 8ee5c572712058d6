"""Generations as they were written before placements stood in pages: one table, one Merkle root over everything."""

import pyarrow as pa

from pipeline.domain.digests import canonical_json, digest_bytes
from pipeline.domain.serving.document_tree import page_root
from pipeline.domain.serving.publication import GenerationRecord, digest_of_root
from pipeline.files.durable import write_file
from pipeline.index.generations import PLACEMENTS, Generation
from pipeline.index.manifest import ACCESS, MANIFEST, ONE_TABLE, PAYLOAD_TYPE, Statement, Subject
from pipeline.index.placements import SCHEMA
from pipeline.index.signing import Signer


def in_older_format(generation: Generation, signer: Signer) -> GenerationRecord:
    """Write the same generation in the older format; returns how the ledger would have recorded it."""
    placements = list(generation.documents())
    root = page_root(placement.document for placement in placements)
    record, said = generation.record, generation.statement.predicate
    digest = digest_of_root(root, generation.access, record.model_digest, record.policy_digest)
    rows = [p.document.model_dump() | {"segment": p.segment, "start": p.start, "stop": p.stop} for p in placements]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, SCHEMA) as writer:
        writer.write_table(pa.Table.from_pylist(rows, SCHEMA))
    rules = {access_id: rule.model_dump(mode="json") for access_id, rule in generation.access.items()}
    files = {PLACEMENTS: sink.getvalue().to_pybytes(), ACCESS: canonical_json(rules)}
    statement = Statement(
        subject=(
            Subject(name="generation", digest={"sha256": digest}),
            *(Subject(name=file, digest={"sha256": digest_bytes(data)}) for file, data in files.items()),
            *(subject for subject in generation.statement.subject if subject.name.startswith("segments/")),
        ),
        predicate_type=ONE_TABLE,
        predicate=said.model_copy(update={"document_root": root}),
    )
    payload = canonical_json(statement.model_dump(mode="json", by_alias=True))
    envelope = canonical_json(signer.sign(payload, PAYLOAD_TYPE))
    folder = generation.root / "generations" / f"{record.number}-{digest[:12]}-older"
    folder.mkdir()
    for name, data in {**files, MANIFEST: envelope}.items():
        write_file(folder / name, data)
    manifest = f"generations/{folder.name}/{MANIFEST}"
    return record.model_copy(update={"digest": digest, "manifest": manifest, "manifest_digest": digest_bytes(envelope)})
