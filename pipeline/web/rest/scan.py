"""`/v1/scan`: what the gate would say of a text or a file, without bringing it in.

Invariants: nothing is stored and nothing is audited. No value is in the answer, nor anything by which values of two
documents could be compared.
"""

from typing import Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.checks.scan import ScanResult
from pipeline.domain.documents.documents import Action
from pipeline.domain.errors import InvalidFields
from pipeline.domain.findings.findings import FindingKind, Lowering, Place, Severity
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification
from pipeline.web.dependencies import ScanningDep, WorkspaceDep
from pipeline.web.parameters import RecordKeeper
from pipeline.web.rest.bodies import content_type, file_and_fields, read_body, text_and_fields, unknown_type
from pipeline.web.security.access import guarded_router

router = guarded_router("/v1/scan", tag="scan", in_schema=True)


class ScannedFinding(Frozen):
    """A finding, without its value."""

    kind: FindingKind
    detector: str
    entity: str
    severity: Severity
    confidence: float
    place: Place
    start: int
    """Offset in the text: of a file, the text that was read from it."""
    end: int
    line: int
    reason: str
    lowered: Lowering | None
    action: Action
    """Of the policy, because of this finding alone."""


class ScanAnswer(Frozen):
    """The verdict that the gate would give, and its reasons."""

    verdict: Action
    rules: tuple[str, ...]
    """The rules that decide."""
    reasons: tuple[str, ...]
    fixes: tuple[str, ...]
    """How to mend it, rule by rule."""
    findings: tuple[ScannedFinding, ...]
    masked: str | None
    """The text with a placeholder for every value; null where a scan did not finish."""


class _Fields(BaseModel):
    model_config = ConfigDict(extra="forbid")

    classification: Classification = Classification.INTERNAL
    name: str = ""


_CLASSIFICATION = {"enum": [level.value for level in Classification], "default": Classification.INTERNAL.value}
_BODIES = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"text": {"type": "string"}, "classification": _CLASSIFICATION},
                    "required": ["text"],
                    "additionalProperties": False,
                },
                "example": {"text": "Call me on +49 30 901820.", "classification": "internal"},
            },
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "name": {"type": "string", "description": "Instead of the name of the file."},
                        "classification": _CLASSIFICATION,
                    },
                    "required": ["file"],
                    "additionalProperties": False,
                }
            },
        },
    }
}


@router.post("", openapi_extra=_BODIES)
async def scan(request: Request, workspace: WorkspaceDep, scanning: ScanningDep, _: RecordKeeper) -> ScanAnswer:
    """Scan a text (JSON) or a file (multipart). Nothing is stored; no value is in the answer."""
    limits = workspace.home.settings.submissions
    kind = content_type(request)
    if kind == "application/json":
        fields, text = text_and_fields(await read_body(request, limits.max_text_bytes), 'Send {"text": …}.')
        if "name" in fields:
            raise _unknown()
        found = await scanning.text(text.decode(), _checked(fields).classification)
    elif kind == "multipart/form-data":
        given, upload = await file_and_fields(request, limits.max_bytes)
        try:
            checked = _checked(given)
            name = checked.name or upload.filename or "document"
            found = await scanning.file(await upload.read(), name, checked.classification)
        finally:
            await upload.close()
    else:
        raise unknown_type("What is to be scanned")
    return _answer(found, workspace.home.policy.fixes(found.rule_ids))


def _checked(fields: dict[str, Any]) -> _Fields:
    try:
        return _Fields.model_validate(fields)
    except ValidationError as error:
        if any(one["type"] == "extra_forbidden" for one in error.errors()):
            raise _unknown() from None
        levels = ", ".join(level.value for level in Classification)
        wrong = {"classification": f"One of {levels}.", "name": "The name of a file."}
        named = {str(one["loc"][0]): wrong[str(one["loc"][0])] for one in error.errors()}
        raise InvalidFields(named, done="Nothing was scanned.") from None


def _unknown() -> InvalidFields:
    return InvalidFields({"form": "It has fields that are not known here."}, done="Nothing was scanned.")


def _answer(found: ScanResult, fixes: list[str]) -> ScanAnswer:
    findings = tuple(
        ScannedFinding(action=one.action, **one.finding.model_dump(include=set(ScannedFinding.model_fields)))
        for one in found.findings
    )
    return ScanAnswer(
        verdict=found.verdict,
        rules=found.rule_ids,
        reasons=found.reasons,
        fixes=tuple(fixes),
        findings=findings,
        masked=found.masked,
    )
