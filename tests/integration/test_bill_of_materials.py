"""The bill of materials of a generation, from a served home."""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app as command_line
from pipeline.domain.bills import written
from pipeline.domain.digests import digest_json
from pipeline.domain.errors import CorpusgateError, IntegrityError, NotAllowed, NotFound
from pipeline.reports.bill_of_materials import bill_of_materials
from pipeline.reports.evidence_bundle import EvidenceRequest, export_evidence
from pipeline.reports.served import verified_documents
from tests.support.cyclonedx import shape_faults
from tests.support.index_samples import BOARD, Doc, rule
from tests.support.served_home import OPERATOR, REVIEWER, ServedHome

OPEN = Doc("the-swordfish.md", ("what does the swordfish eat",), rule("group:everyone"))
PLANS = Doc("the-plans.md", ("what the board plans",), BOARD)
NEWER = Doc("the-swordfish.md", ("what does the swordfish eat now",), rule("group:everyone"))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path / "home")
    made.refresh(OPEN, PLANS)
    yield made
    made.close()


def corpus(bill: dict[str, Any], name: str = "hand") -> dict[str, Any]:
    (found,) = [one for one in bill["components"] if one["bom-ref"] == f"data:{name}"]
    return dict(found)


def facts(component: dict[str, Any]) -> dict[str, str]:
    return {one["name"].removeprefix("corpusgate:"): one["value"] for one in component["properties"]}


def test_sources_are_data_with_owner_classifications_and_counts(home: ServedHome) -> None:
    bill = bill_of_materials(home.workspace, OPERATOR)
    assert shape_faults(bill) == []
    source, found = home.workspace.sources.source("hand"), corpus(bill)
    assert [one["classification"] for one in found["data"]] == ["internal", "restricted"]
    assert {one["governance"]["owners"][0]["organization"]["name"] for one in found["data"]} == {source.owner}
    assert facts(found) == {"documents-internal": "1", "documents-restricted": "1"}
    record = home.workspace.ledger.current_generation()
    assert record is not None
    versions = sorted(one.version_id for one in verified_documents(home.workspace, record))
    assert [one["content"] for one in found["hashes"]] == [digest_json(versions)]
    whole = facts(bill["metadata"])
    assert (whole["generation"], whole["generation-digest"]) == ("1", record.digest)


def test_the_models_of_the_home_are_there_with_each_file(home: ServedHome) -> None:
    bill = bill_of_materials(home.workspace, OPERATOR)
    models = {one["name"] for one in bill["components"] if one["type"] == "machine-learning-model"}
    assert models == {"all-MiniLM-L6-v2", "en_core_web_sm", "plain-orders", "overt-orders"}
    text = home.workspace.home.models_lock.read_text()
    hashes = [one["hashes"][0]["content"] for model in bill["components"] for one in model.get("components", ())]
    assert len(hashes) > 30
    assert all(digest in text for digest in hashes)


def test_law_04_no_id_and_no_text_of_a_document_is_in_it(home: ServedHome) -> None:
    text = written(bill_of_materials(home.workspace, OPERATOR)).decode()
    assert "swordfish" not in text
    assert "plans" not in text


def test_the_same_state_gives_the_same_bytes_and_a_new_version_another_digest(home: ServedHome) -> None:
    first = written(bill_of_materials(home.workspace, OPERATOR))
    assert first == written(bill_of_materials(home.workspace, OPERATOR, 1))
    home.refresh(NEWER)
    second = bill_of_materials(home.workspace, OPERATOR)
    assert corpus(second)["hashes"] != corpus(json.loads(first))["hashes"]
    assert written(bill_of_materials(home.workspace, OPERATOR, 1)) == first, "an older generation keeps its bill"


def test_law_02_only_auditors_and_operators_get_it_and_only_of_a_kept_generation(home: ServedHome) -> None:
    with pytest.raises(NotAllowed):
        bill_of_materials(home.workspace, REVIEWER)
    with pytest.raises(NotFound):
        bill_of_materials(home.workspace, OPERATOR, 9)


def test_a_generation_that_was_changed_has_no_bill(home: ServedHome) -> None:
    record = home.workspace.ledger.current_generation()
    assert record is not None
    manifest = home.workspace.index / record.manifest
    manifest.write_bytes(manifest.read_bytes().replace(b'"payload":"e', b'"payload":"f'))
    with pytest.raises(IntegrityError):
        bill_of_materials(home.workspace, OPERATOR)


def test_the_command_writes_a_new_file(home: ServedHome, tmp_path: Path) -> None:
    folder, to = str(home.workspace.home.folder), tmp_path / "bill.cdx.json"
    done = CliRunner().invoke(command_line, ["--home", folder, "evidence", "bill", "--to", str(to)])
    assert (done.exit_code, to.read_bytes()) == (0, written(bill_of_materials(home.workspace, OPERATOR)))
    assert "4 models and 3 sets of data" in done.output
    again = CliRunner().invoke(command_line, ["--home", folder, "evidence", "bill", "--to", str(to)])
    assert isinstance(again.exception, CorpusgateError), "nothing is written over"


def test_a_bundle_of_evidence_holds_it_and_the_map_of_controls(home: ServedHome, tmp_path: Path) -> None:
    export_evidence(home.workspace, OPERATOR, EvidenceRequest(generation=1), tmp_path / "bundle.tar")
    with tarfile.open(tmp_path / "bundle.tar") as archive:
        files = {one.name: archive.extractfile(one) for one in archive}
        found = {name: file.read() for name, file in files.items() if file is not None}
    assert found["bills/1.cdx.json"] == written(bill_of_materials(home.workspace, OPERATOR, 1))
    assert found["controls.yaml"] == home.workspace.home.control_map_file.read_bytes()
