"""Attestations about a generation: in-toto statements in DSSE envelopes, next to the index.

Invariants: they are durable before the ledger makes their generation current (law 6), and say nothing that was not
checked before. The subject is the digest of what the generation serves, so a manifest that is signed again keeps them.
They hold digests, counts, moments and ids of canary questions; no text.

Predicates: in-toto Simple Verification Result v0.2, in-toto Test Result v0.1, SLSA Provenance v1.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pipeline import __version__
from pipeline.domain.digests import canonical_json
from pipeline.domain.errors import IntegrityError
from pipeline.domain.serving.canary_questions import CanaryQuestions, CanaryReport, Purpose
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.files.durable import finish_folder, unfinished_folder, write_file
from pipeline.index.manifest import PAYLOAD_TYPE, STATEMENT_TYPE, Statement, json_object
from pipeline.index.signing import Signer, Verifier

FOLDER, SUFFIX = "attestations", ".dsse.json"
AttestationName = Literal["svr", "test-result", "provenance"]
"""Attestations that a generation can have, by the names of their files."""
TYPES: Mapping[str, str] = {
    "svr": "https://in-toto.io/attestation/svr/v0.2",
    "test-result": "https://in-toto.io/attestation/test-result/v0.1",
    "provenance": "https://slsa.dev/provenance/v1",
}
_US = "https://corpusgate.dev"
BUILD_TYPE = f"{_US}/build/generation/v1"
_OURS = "CORPUSGATE_"
_PROPERTIES = (_OURS + "EVERY_DOCUMENT_HAS_A_VERDICT", _OURS + "ADMITTED_BY_POLICY")
_NO_FORBIDDEN = _OURS + "NO_FORBIDDEN_ANSWER"


def place_of(record: GenerationRecord) -> str:
    """Folder of the attestations of a generation, relative to the index."""
    return f"{FOLDER}/{record.number}-{record.digest[:12]}"


def attest(
    index: Path,
    record: GenerationRecord,
    manifest: Statement,
    signer: Signer,
    *,
    questions: CanaryQuestions,
    report: CanaryReport,
    purpose: Purpose,
    started_at: datetime,
) -> None:
    """Write the attestations of a candidate whose canary answers were compared."""
    now = datetime.now(UTC)
    predicates = {
        "svr": _verified(record, report, now),
        "test-result": _tested(questions, report),
        "provenance": _built(record, manifest, purpose, started_at, now),
    }
    _write(index, record, {name: _statement(record, name, one) for name, one in predicates.items()}, signer)


def sign_again(index: Path, records: Iterable[GenerationRecord], verifier: Verifier, signer: Signer) -> None:
    """Sign the attestations of some generations with the key in use. Raises `IntegrityError`."""
    for record in records:
        found = dict(_found(index, record, verifier))
        if found:
            _write(index, record, found, signer)


def require(index: Path, record: GenerationRecord, verifier: Verifier, names: Sequence[AttestationName]) -> None:
    """Raise `IntegrityError` unless the generation has these attestations, and none of its tests failed."""
    found = dict(_found(index, record, verifier)) if names else {}
    for name in names:
        if name not in found:
            raise _refused(record, f"has no attestation {name}", f"Publish again, or take {name} out of it.")
        if found[name]["predicate"].get("result") == "FAILED":
            raise _refused(record, "failed its tests", "Publish a generation that passes them.")


def files_of(index: Path, record: GenerationRecord) -> dict[str, bytes]:
    """The envelopes of a generation's attestations as they are, by file name."""
    return {path.name: path.read_bytes() for path in sorted((index / place_of(record)).glob(f"*{SUFFIX}"))}


def problems(index: Path, record: GenerationRecord, verifier: Verifier) -> dict[str, str]:
    """For each attestation that a generation has, by name: why it does not hold, in a sentence; empty if it does."""
    found = {}
    for file, data in files_of(index, record).items():
        name = file.removesuffix(SUFFIX)
        try:
            result = _opened(record, verifier, file, data)["predicate"].get("result")
            found[name] = "It states that the generation failed its tests." if result == "FAILED" else ""
        except IntegrityError as error:
            found[name] = error.what
    return found


def _found(index: Path, record: GenerationRecord, verifier: Verifier) -> Iterator[tuple[str, dict[str, Any]]]:
    for file, data in files_of(index, record).items():
        yield file.removesuffix(SUFFIX), _opened(record, verifier, file, data)


def _opened(record: GenerationRecord, verifier: Verifier, file: str, data: bytes) -> dict[str, Any]:
    name, place = file.removesuffix(SUFFIX), f"{place_of(record)}/{file}"
    statement = json_object(verifier.verify(json_object(data, place), PAYLOAD_TYPE), place)
    if statement.get("subject") != _subject(record) or statement.get("predicateType") != TYPES.get(name):
        raise _refused(record, f"has an attestation {name} about something else", "Restore the index.")
    return statement


def _write(index: Path, record: GenerationRecord, statements: Mapping[str, dict[str, Any]], signer: Signer) -> None:
    with unfinished_folder(index / FOLDER) as folder:
        for name, statement in statements.items():
            envelope = signer.sign(canonical_json(statement), PAYLOAD_TYPE)
            write_file(folder / f"{name}{SUFFIX}", canonical_json(envelope))
        finish_folder(folder, index / place_of(record), replace=True)


def _statement(record: GenerationRecord, name: str, predicate: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "_type": STATEMENT_TYPE,
        "subject": _subject(record),
        "predicateType": TYPES[name],
        "predicate": dict(predicate),
    }


def _subject(record: GenerationRecord) -> list[dict[str, Any]]:
    return [{"name": f"generation/{record.number}", "digest": {"sha256": record.digest}}]


def _resource(name: str, digest: str) -> dict[str, Any]:
    return {"name": name, "digest": {"sha256": digest}}


def _verified(record: GenerationRecord, report: CanaryReport, now: datetime) -> dict[str, Any]:
    asked = [_NO_FORBIDDEN] if report.results and not report.forbidden else []
    return {
        "verifier": {"id": f"{_US}/gate/v1", "policies": [_resource("policy", record.policy_digest)]},
        "timeCreated": _moment(now),
        "properties": [*_PROPERTIES, *asked],
    }


def _tested(questions: CanaryQuestions, report: CanaryReport) -> dict[str, Any]:
    failed = {result.question_id for result in report.forbidden}
    warned = {result.question_id for result in (*report.missing, *report.below)} - failed
    passed = {result.question_id for result in report.results} - failed - warned
    return {
        "result": "FAILED" if failed else "WARNED" if warned or not passed else "PASSED",
        "configuration": [_resource("canary questions", questions.digest)],
        "passedTests": sorted(passed),
        "warnedTests": sorted(warned),
        "failedTests": sorted(failed),
    }


def _built(
    record: GenerationRecord, manifest: Statement, purpose: Purpose, started_at: datetime, now: datetime
) -> dict[str, Any]:
    segments = [_resource(f"segment {digest[:12]}", digest) for digest in manifest.segments]
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {"purpose": purpose.value, "parent": record.parent},
            "internalParameters": {"documents": record.documents, "chunks": record.chunks},
            "resolvedDependencies": [
                _resource("documents", manifest.predicate.document_root),
                _resource("model", record.model_digest),
                _resource("policy", record.policy_digest),
                *segments,
            ],
        },
        "runDetails": {
            "builder": {"id": f"{_US}/publisher/v1", "version": {"corpusgate": __version__}},
            "metadata": {
                "invocationId": record.run_id,
                "startedOn": _moment(started_at),
                "finishedOn": _moment(now),
            },
        },
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refused(record: GenerationRecord, what: str, fix: str) -> IntegrityError:
    return IntegrityError(
        f"Generation {record.number} {what}.",
        done="It was not served.",
        fix=f"`serving.require` in corpusgate.yaml asks for it. {fix}",
    )
