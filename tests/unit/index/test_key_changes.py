"""Keys that are rotated and revoked while somebody reads."""

from pathlib import Path

import pytest

from pipeline.domain.errors import IntegrityError
from pipeline.index.generations import Generation
from pipeline.index.signing import Signer, Verifier, create_keypair, revoke_key
from pipeline.index.successor import sign_again
from tests.support.index_samples import Doc, World, person


def test_a_running_verifier_refuses_a_key_that_was_revoked_meanwhile(tmp_path: Path) -> None:
    old = create_keypair(tmp_path)
    envelope = Signer.load(tmp_path).sign(b"{}", "text/plain")
    verifier = Verifier.load(tmp_path)
    assert verifier.verify(envelope) == b"{}"
    create_keypair(tmp_path)
    assert verifier.verify(Signer.load(tmp_path).sign(b"[]", "text/plain")) == b"[]"
    revoke_key(tmp_path, old)
    with pytest.raises(IntegrityError, match="revoked key"):
        verifier.verify(envelope)


def test_a_searcher_goes_on_with_the_same_generation_signed_with_another_key(world: World) -> None:
    old = Signer.load(world.keys).key_id
    record = world.publish([Doc("tea.md", ("Tea is served at four.",))])
    assert record is not None
    searcher = world.searcher()
    assert searcher.search("tea", person("ann"))
    generation = Generation.open(world.index, record, Verifier.load(world.keys))
    create_keypair(world.keys)
    signer = Signer.load(world.keys)
    world.current = sign_again(generation, signer, signer.key_id[:8])
    revoke_key(world.keys, old)
    assert world.current.digest == record.digest
    assert [hit.doc_id for hit in searcher.search("tea", person("ann"))] == ["hand:tea.md"]
    with pytest.raises(IntegrityError, match="revoked key"):
        Generation.open(world.index, record, Verifier.load(world.keys))
