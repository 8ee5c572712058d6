"""Rotates and revokes the keys that sign generations and lineages of models.

Invariants: what a revoked key signed is signed again first, generations after every byte was verified against the
ledger; so searching never stops, and a generation that does not verify stops the revocation. Both are audited.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pipeline.domain.errors import UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller, Role
from pipeline.evidence.attestations import sign_again as sign_attestations_again
from pipeline.index import signing
from pipeline.index.erase import kept_on_disk
from pipeline.index.generations import Generation
from pipeline.index.signing import create_keypair, public_pem, revoke_key, trusted_keys
from pipeline.index.successor import sign_again
from pipeline.models.derived import sign_lineages_again
from pipeline.publishing.run import publisher_lock
from pipeline.stores.audit.log import AuditEntry, append, audited
from pipeline.stores.takedown.erasures import point_at
from pipeline.workspace import Workspace


class PublicKey(Frozen):
    """A key that was ever trusted, for who checks signatures elsewhere."""

    key_id: str
    state: Literal["in use", "trusted", "revoked"]
    pem: str


def public_keys(workspace: Workspace) -> list[PublicKey]:
    """Every public key, and whether what it signed is accepted. Private keys stay where they are."""
    folder, used = workspace.home.keys, workspace.signer.key_id
    return [
        PublicKey(
            key_id=key_id,
            state="revoked" if not valid else "in use" if key_id == used else "trusted",
            pem=public_pem(folder, key_id).decode("ascii"),
        )
        for key_id, valid in trusted_keys(folder).items()
    ]


def write_public_keys(keys: Sequence[PublicKey], folder: Path) -> list[Path]:
    """Write one PEM file a key, named by its id and state; returns the files."""
    return signing.write_public_keys(folder, {f"{key.key_id}.{key.state.replace(' ', '-')}": key.pem for key in keys})


def rotate(workspace: Workspace, by: Caller) -> str:
    """Sign with a new key from now on; what older ones signed stays trusted."""
    by.require(Role.OPERATOR)
    with publisher_lock(workspace):
        key_id = create_keypair(workspace.home.keys)
        workspace.audit.record(AuditEntry(by.name, "key.rotated", key_id))
    return key_id


def revoke(workspace: Workspace, key_id: str, by: Caller) -> list[int]:
    """Refuse a key from now on; returns the generations that were signed again. Not the key in use: rotate first."""
    by.require(Role.OPERATOR)
    trusted = [one for one, valid in trusted_keys(workspace.home.keys).items() if valid and one.startswith(key_id)]
    if len(trusted) != 1 or not key_id:
        raise UsageError("That names no single trusted key.", fix="`corpusgate keys list` shows them.")
    if trusted[0] == workspace.signer.key_id:
        raise UsageError("That key is in use.", fix="Run `corpusgate keys rotate` first.")
    with publisher_lock(workspace):
        records = kept_on_disk(workspace.index, workspace.ledger.generations())
        written = []
        for record in records:
            generation = Generation.open(workspace.index, record, workspace.verifier)
            generation.verify()
            edition = workspace.signer.key_id[:8]
            if f"-{edition}" not in record.manifest:
                written.append(sign_again(generation, workspace.signer, edition))
        with audited(workspace.database) as connection:
            point_at(connection, written)
            details = {"generations": len(written)}
            append(connection, datetime.now(UTC), [AuditEntry(by.name, "key.revoked", trusted[0], details)])
        sign_attestations_again(workspace.index, records, workspace.verifier, workspace.signer)
        sign_lineages_again(workspace.home, workspace.signer.sign, workspace.verifier.verify)
        revoke_key(workspace.home.keys, trusted[0])
        workspace.checkpoints.make(again=True)
    return [record.number for record in written]
