"""Attestations of a generation, and serving that asks for them."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.errors import IntegrityError
from pipeline.domain.identity.permissions import Principal
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.evidence.attestations import TYPES, place_of
from pipeline.publishing.keys import revoke, rotate
from pipeline.workspace import Workspace
from tests.support.gated_home import File, GatedHome

OPERATOR = Caller(principal=Principal(name="user:olga"), grants=(Grant(role=Role.OPERATOR),), means="test")
ALL = tuple(TYPES)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[GatedHome]:
    made = GatedHome(tmp_path / "home", "wiki")
    made.files["wiki:a.md"] = File("first")
    made.refresh()
    yield made
    made.close()


def reopen(home: GatedHome, *required: str) -> GenerationRecord:
    """A fresh process, with these attestations required; returns the generation it finds."""
    folder = home.workspace.home.folder
    settings = folder / "configs" / "corpusgate.yaml"
    text = settings.read_text()
    begin = text.index("  require: [", text.index("\nserving:"))
    end = text.index("]", begin)
    settings.write_text(f"{text[:begin]}  require: [{', '.join(required)}{text[end:]}")
    home.workspace.close()
    home.workspace = Workspace(folder)
    current = home.workspace.ledger.current_generation()
    assert current is not None
    return current


def files(home: GatedHome, record: GenerationRecord) -> Path:
    return home.workspace.index / place_of(record)


def predicate(home: GatedHome, record: GenerationRecord, name: str) -> dict[str, Any]:
    envelope = json.loads((files(home, record) / f"{name}.dsse.json").read_text())
    home.workspace.verifier.verify(envelope)
    statement = json.loads(base64.b64decode(envelope["payload"]))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == TYPES[name]
    assert statement["subject"] == [{"name": f"generation/{record.number}", "digest": {"sha256": record.digest}}]
    return dict(statement["predicate"])


def test_a_publication_is_attested(home: GatedHome) -> None:
    record = reopen(home, *ALL)
    verified = predicate(home, record, "svr")
    assert verified["verifier"]["policies"] == [{"name": "policy", "digest": {"sha256": record.policy_digest}}]
    assert "CORPUSGATE_ADMITTED_BY_POLICY" in verified["properties"]
    tested = predicate(home, record, "test-result")
    assert (tested["result"], tested["passedTests"], tested["failedTests"]) == ("WARNED", [], [])  # none was asked
    built = predicate(home, record, "provenance")
    used = {one["name"]: one["digest"]["sha256"] for one in built["buildDefinition"]["resolvedDependencies"]}
    assert (used["model"], used["policy"]) == (record.model_digest, record.policy_digest)
    assert built["runDetails"]["metadata"]["invocationId"] == record.run_id
    assert home.read("ada") == {"wiki:a.md": "first"}


@pytest.mark.parametrize("name", ALL)
def test_a_generation_without_a_required_attestation_is_not_served(home: GatedHome, name: str) -> None:
    record = reopen(home)
    (files(home, record) / f"{name}.dsse.json").unlink()
    assert home.read("ada") == {"wiki:a.md": "first"}  # required by default: none
    reopen(home, name)
    with pytest.raises(IntegrityError, match=f"has no attestation {name}"):
        home.read("ada")


def test_an_attestation_of_another_generation_or_key_does_not_count(home: GatedHome) -> None:
    older = reopen(home)
    home.files["wiki:b.md"] = File("second")
    home.refresh()
    newer = reopen(home, "svr")
    kept = (files(home, newer) / "svr.dsse.json").read_bytes()
    (files(home, newer) / "svr.dsse.json").write_bytes((files(home, older) / "svr.dsse.json").read_bytes())
    with pytest.raises(IntegrityError, match="about something else"):
        home.read("ada")
    envelope = json.loads(kept)
    envelope["payload"] = base64.b64encode(base64.b64decode(envelope["payload"]).replace(b"ADMITTED", b"FORGOTTEN"))
    envelope["payload"] = envelope["payload"].decode()
    (files(home, newer) / "svr.dsse.json").write_text(json.dumps(envelope))
    reopen(home, "svr")
    with pytest.raises(IntegrityError, match="does not match its content"):
        home.read("ada")
    (files(home, newer) / "svr.dsse.json").write_bytes(kept)
    reopen(home, "svr")
    assert len(home.read("ada")) == 2


def test_a_revoked_key_leaves_attestations_of_the_key_in_use(home: GatedHome) -> None:
    old = home.workspace.signer.key_id
    rotate(home.workspace, OPERATOR)
    reopen(home)
    revoke(home.workspace, old, OPERATOR)
    record = reopen(home, *ALL)
    assert predicate(home, record, "svr")["properties"]
    assert home.read("ada") == {"wiki:a.md": "first"}
