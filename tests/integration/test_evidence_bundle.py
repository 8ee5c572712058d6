"""Bundles of evidence, checked as an auditor checks them."""

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.errors import IntegrityError, NotAllowed, NotFound, UsageError
from pipeline.domain.identity.roles import Grant, Role
from pipeline.index.manifest import read_statement
from pipeline.reports.evidence_bundle import EvidenceRequest, export_evidence
from scripts import verify_evidence
from tests.support.evidence import EVERYTHING, OPERATOR, SECRET_WORDS, EvidentHome, commands, verify

EVER = EvidenceRequest(since=EVERYTHING[0], until=EVERYTHING[1])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EvidentHome]:
    """A home that no test changes, but for what exports write to its audit log."""
    made = EvidentHome(tmp_path_factory.mktemp("evident"))
    yield made
    made.workspace.close()


def test_law_11_everything_that_an_auditor_was_given_holds(home: EvidentHome) -> None:
    for name, arguments in commands(home.given, home.manifest()).items():
        assert verify(*arguments)[0] == 0, (name, verify(*arguments)[1])


def test_law_11_the_verifier_runs_without_corpusgate(home: EvidentHome, tmp_path: Path) -> None:
    script = tmp_path / "verify_evidence.py"
    script.write_bytes(Path(verify_evidence.__file__).read_bytes())
    arguments = map(str, commands(home.given, home.manifest())["bundle"])
    command = [sys.executable, "-I", "-S", str(script), *arguments]  # no installed package, no folder of ours
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Generation 2: manifest, 3 attestations and its entry in the audit log hold." in ran.stdout


def test_a_bundle_of_the_same_state_has_the_same_bytes(home: EvidentHome, tmp_path: Path) -> None:
    wanted = EvidenceRequest(generation=1)
    first, second = (export_evidence(home.workspace, OPERATOR, wanted, tmp_path / name) for name in ("one", "two"))
    assert first.sha256 == second.sha256
    with tarfile.open(tmp_path / "one") as archive:
        members = archive.getmembers()
    assert {(one.mtime, one.uid, one.gid, one.mode) for one in members} == {(0, 0, 0, 0o644)}
    names = [one.name for one in members]
    assert names == ["index.dsse.json", *sorted(names[1:])]


def test_law_4_a_bundle_holds_no_text_of_a_document(home: EvidentHome, tmp_path: Path) -> None:
    export_evidence(home.workspace, OPERATOR, EVER, tmp_path / "all.tar")
    for file in (home.given / "bundle.tar", tmp_path / "all.tar"):
        assert SECRET_WORDS.encode() not in file.read_bytes()


def test_a_bundle_of_a_period_has_every_entry_and_generation_of_it(home: EvidentHome, tmp_path: Path) -> None:
    made = export_evidence(home.workspace, OPERATOR, EVER, tmp_path / "all.tar")
    assert made.generations == (1, 2)
    keys = ("--key", home.given / "keys")
    code, said = verify("bundle", tmp_path / "all.tar", "--checkpoint", home.given / "older.note", *keys)
    assert (code, "Generation 1:" in said, "Generation 2:" in said) == (0, True, True), said
    events = list(home.workspace.audit.events())
    assert made.entries == len(events) - 1  # the last one says that it was exported
    assert (events[-1].action, events[-1].fields["digest"]) == ("evidence.exported", made.sha256)


def test_a_bundle_of_an_incident_has_its_exposure_and_every_entry_since_its_first(
    home: EvidentHome, tmp_path: Path
) -> None:
    made = export_evidence(home.workspace, OPERATOR, EvidenceRequest(incident="wiki:a.md"), tmp_path / "incident.tar")
    code, said = verify("bundle", tmp_path / "incident.tar", "--key", home.given / "keys")
    assert (code, made.generations) == (0, (1, 2)), said
    with tarfile.open(tmp_path / "incident.tar") as archive:
        files = {one.name: archive.extractfile(one).read() for one in archive.getmembers()}  # type: ignore[union-attr]
    told = json.loads(files["exposure.json"])
    assert (told["subject"], told["takedowns"][0]["kind"]) == ("wiki:a.md", "document")
    assert "reason" not in told["takedowns"][0]
    entries = [json.loads(line) for line in files["entries.jsonl"].splitlines()]
    assert next(iter(entries))["subject"] == "wiki:a.md"
    newest = [*home.workspace.audit.events()][-2]  # the last one says that it was exported
    assert entries[-1]["seq"] == newest.seq


def test_an_incident_about_nothing_on_record_is_refused(home: EvidentHome, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        export_evidence(home.workspace, OPERATOR, EvidenceRequest(incident="wiki:nowhere.md"), tmp_path / "b.tar")
    assert not (tmp_path / "b.tar").exists()


def test_law_11_a_manifest_that_was_signed_over_another_log_is_named(home: EvidentHome, tmp_path: Path) -> None:
    """The mark in the manifest is of an entry in the bundle, and the verifier compares the two."""
    export_evidence(home.workspace, OPERATOR, EvidenceRequest(generation=2), tmp_path / "bundle.tar")
    bundle = verify_evidence.Bundle.read(tmp_path / "bundle.tar", verify_evidence.read_keys([home.given / "keys"]))
    assert bundle.verify({})
    lines = bundle.files["entries.jsonl"].splitlines()
    statement = read_statement(home.workspace.index, home.workspace.ledger.generations()[0], home.workspace.verifier)
    mark = statement.predicate.log
    assert mark is not None
    (entry,) = (one for one in map(json.loads, lines) if one["seq"] == mark.entries)
    (manifest,) = (name for name in bundle.files if name.endswith("/manifest.dsse.json"))
    with pytest.raises(verify_evidence.DoesNotHold, match="names another entry"):
        bundle._generation(manifest, [*map(json.loads, lines), entry | {"hash": "0" * 64}])


def test_a_bundle_without_the_proof_its_reader_needs_says_so(home: EvidentHome, tmp_path: Path) -> None:
    export_evidence(home.workspace, OPERATOR, EvidenceRequest(generation=2), tmp_path / "bundle.tar")
    keys = ("--key", home.given / "keys")
    code, said = verify("bundle", tmp_path / "bundle.tar", "--checkpoint", home.given / "older.note", *keys)
    assert (code, "no proof that its log continues" in said) == (1, True)


def test_what_cannot_be_in_a_bundle_is_named(home: EvidentHome, tmp_path: Path) -> None:
    home.reopen()
    policy = home.folder / "configs" / "policy.yaml"
    before = policy.read_text()
    policy.write_text(before.replace("    fix: ", "    fix: Please. ", 1))
    made = export_evidence(home.workspace, OPERATOR, EvidenceRequest(generation=2), tmp_path / "bundle.tar")
    policy.write_text(before)
    home.reopen()
    assert "another policy" in made.absent[0]
    assert "Not in it: the policy file" in verify("bundle", tmp_path / "bundle.tar", "--key", home.given / "keys")[1]


def test_requests_that_make_no_sense_are_refused(home: EvidentHome, tmp_path: Path) -> None:
    to, reader = tmp_path / "bundle.tar", OPERATOR.model_copy(update={"grants": (Grant(role=Role.READER),)})
    with pytest.raises(NotAllowed):
        export_evidence(home.workspace, reader, EVER, to)
    with pytest.raises(NotFound):
        export_evidence(home.workspace, OPERATOR, EvidenceRequest(generation=9), to)
    backwards = EvidenceRequest(since=EVERYTHING[1], until=EVERYTHING[0])
    with pytest.raises(UsageError):
        export_evidence(home.workspace, OPERATOR, backwards, to)
    forged = (home.given / "older.note").read_text().replace("\n", "x\n", 1)
    with pytest.raises(IntegrityError):
        export_evidence(home.workspace, OPERATOR, EvidenceRequest(generation=2, kept=forged), to)
    assert not to.exists()


def test_an_export_of_the_log_is_json_that_others_read(home: EvidentHome) -> None:
    lines = (home.given / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, len(lines) + 1))
