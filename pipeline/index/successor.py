"""Writes and signs generations whose segments are durable already.

Invariant: a folder gets its name when everything in it is durable, the manifest included (law 6).
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pipeline.domain.checkpoints import LogMark
from pipeline.domain.digests import canonical_json, digest_bytes
from pipeline.domain.identity.permissions import AccessRule
from pipeline.domain.serving.publication import GenerationRecord, digest_of_root
from pipeline.files.durable import finish_folder, unfinished_folder, write_file
from pipeline.index import segments
from pipeline.index.generations import Generation
from pipeline.index.manifest import (
    ACCESS,
    FOLDER,
    IN_PAGES,
    MANIFEST,
    PAYLOAD_TYPE,
    Predicate,
    Statement,
    Subject,
)
from pipeline.index.page_files import link, write_pages
from pipeline.index.pages import PlacementPages
from pipeline.index.signing import Signer


def write_successor(
    root: Path,
    current: GenerationRecord | None,
    pages: PlacementPages,
    access: Mapping[str, AccessRule],
    signer: Signer,
    *,
    run_id: str,
    at: datetime,
    model_digest: str,
    policy_digest: str,
    log: LogMark | None,
    rolled_back_to: int | None = None,
    erased: tuple[str, ...] = (),
) -> GenerationRecord:
    """Write and sign the generation that follows `current`. Rules in `access` that no document uses are left out.

    `log` is how far the audit log is: an older copy of the database is seen by it.
    """
    predicate = Predicate(
        number=current.number + 1 if current else 1,
        parent=current.number if current else None,
        run_id=run_id,
        created_at=at,
        model_digest=model_digest,
        policy_digest=policy_digest,
        document_root=pages.root,
        documents=pages.documents,
        chunks=pages.chunks,
        rolled_back_to=rolled_back_to,
        erased=erased,
        log=log,
    )
    return write_generation(
        root, pages, {access_id: access[access_id] for access_id in pages.access}, predicate, signer
    )


def write_generation(
    root: Path,
    pages: PlacementPages,
    access: Mapping[str, AccessRule],
    predicate: Predicate,
    signer: Signer,
    edition: str = "",
) -> GenerationRecord:
    """Write and sign a generation.

    `edition` names a second copy of a generation, which is written while the ledger still points at the first.
    """
    digest = digest_of_root(pages.root, access, predicate.model_digest, predicate.policy_digest)
    with unfinished_folder(root / FOLDER) as folder:
        rules = canonical_json({access_id: rule.model_dump(mode="json") for access_id, rule in access.items()})
        write_file(folder / ACCESS, rules)
        files = {ACCESS: digest_bytes(rules), **write_pages(folder, pages, predicate.number)}
        statement = Statement(
            subject=(
                Subject(name="generation", digest={"sha256": digest}),
                *(Subject(name=file, digest={"sha256": sha256}) for file, sha256 in files.items()),
                *(
                    Subject(name=f"{segments.FOLDER}/{s}/{segments.DESCRIPTION}", digest={"sha256": s})
                    for s in sorted(pages.segments)
                ),
            ),
            predicate_type=IN_PAGES,
            predicate=predicate,
        )
        return _signed(root, folder, statement, digest, signer, edition)


def sign_again(generation: Generation, signer: Signer, edition: str) -> GenerationRecord:
    """Write a second copy of a generation, the same but for who signed it."""
    root, old = generation.root, (generation.root / generation.record.manifest).parent
    with unfinished_folder(root / FOLDER) as folder:
        for subject in generation.statement.subject:
            if (source := old / subject.name).is_file() and source.parent == old:
                link(source, folder / subject.name)
        return _signed(root, folder, generation.statement, generation.record.digest, signer, edition)


def _signed(
    root: Path, folder: Path, statement: Statement, digest: str, signer: Signer, edition: str
) -> GenerationRecord:
    """Write the manifest and give the folder its name."""
    predicate = statement.predicate
    payload = canonical_json(statement.model_dump(mode="json", by_alias=True))
    envelope = canonical_json(signer.sign(payload, PAYLOAD_TYPE))
    name = f"{predicate.number}-{digest[:12]}" + (f"-{edition}" if edition else "")
    write_file(folder / MANIFEST, envelope)
    # A folder of this name was never current: the number of a current generation is taken.
    finish_folder(folder, root / FOLDER / name, replace=True)
    facts = predicate.model_dump(exclude={"document_root", "erased", "log"})
    return GenerationRecord(
        digest=digest, manifest=f"{FOLDER}/{name}/{MANIFEST}", manifest_digest=digest_bytes(envelope), **facts
    )
