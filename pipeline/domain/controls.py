"""The control map: which control of which framework is met by which mechanism, and why.

Invariants: pure; files are read elsewhere. A control that is met or partly met names a mechanism, and a mechanism names
code and tests. A control that is not met, or not ours, says why in one sentence.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from pipeline.domain.frozen import Frozen

Sentence = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9`][^\n]*[.]$", max_length=600)]
CHECKPOINT, DETECTORS = "checkpoint", "detectors"
"""Evidence that is not an entry of the audit log: the newest checkpoint, and the newest run that scanned something."""
_ACTION = re.compile(rf"[a-z_]+\.[a-z_]+|{CHECKPOINT}|{DETECTORS}")


class ControlStatus(StrEnum):
    """How far a control is met."""

    MET = "met"
    PARTLY = "partly"
    NOT_MET = "not-met"
    NOT_OURS = "not-ours"
    """It concerns a part that Corpusgate does not have, such as the language model or the organisation."""


class Framework(Frozen):
    """A catalogue of controls."""

    title: str
    edition: str
    """Version or date of the text that the rows were written from."""
    checked: Sentence
    """How the ids and their wording were checked."""


class Mechanism(Frozen):
    """One thing that Corpusgate does, and where it can be seen."""

    does: Sentence
    gate: str
    """The gate in `transforms`, or the folder in `pipeline` or next to it, that does it."""
    code: tuple[str, ...] = Field(min_length=1)
    """Paths from the top of the repository."""
    settings: tuple[str, ...] = ()
    """Names as in docs/reference/settings.md."""
    tests: tuple[str, ...] = Field(min_length=1)
    """`file::function`, from the top of the repository."""
    metrics: tuple[str, ...] = ()
    commands: tuple[str, ...] = Field(min_length=1)
    """Commands that show it."""
    recorded: tuple[str, ...] = ()
    """Actions of the audit log that show it at work, `checkpoint` or `detectors`."""


class Control(Frozen):
    """One control of one framework."""

    framework: str
    id: str
    asks: Sentence
    """The control in our own words."""
    status: ControlStatus
    by: tuple[str, ...] = ()
    """Names of the mechanisms."""
    why: Sentence


class ControlMap(Frozen):
    """`configs/controls.yaml`."""

    schema_version: Literal[1] = 1
    frameworks: dict[str, Framework]
    mechanisms: dict[str, Mechanism]
    controls: tuple[Control, ...]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if problem := next(iter(_problems(self)), None):
            raise ValueError(problem)
        return self

    def selected(self, framework: str = "", status: ControlStatus | None = None) -> tuple[Control, ...]:
        """The controls of a framework with a status, in the order of the file; by default all."""
        return tuple(
            control
            for control in self.controls
            if framework in ("", control.framework) and status in (None, control.status)
        )

    def coverage(self) -> tuple["FrameworkCoverage", ...]:
        """Counts of each framework, in the order of the file."""
        return tuple(
            FrameworkCoverage(
                framework=name,
                title=f"{framework.title} ({framework.edition})",
                counts={
                    status: sum(control.status is status for control in self.selected(name)) for status in ControlStatus
                },
            )
            for name, framework in self.frameworks.items()
        )


class FrameworkCoverage(Frozen):
    """How many controls of a framework have which status."""

    framework: str
    title: str
    counts: dict[ControlStatus, int]


class LastEvidence(Frozen):
    """The newest record in a home that shows a mechanism at work."""

    of: str
    """An action of the audit log, `checkpoint` or `detectors`."""
    at: datetime


class MappedControl(Control):
    """A control with everything that its mechanisms name."""

    gates: tuple[str, ...]
    code: tuple[str, ...]
    settings: tuple[str, ...]
    tests: tuple[str, ...]
    metrics: tuple[str, ...]
    commands: tuple[str, ...]
    recorded: tuple[str, ...]
    last: LastEvidence | None = None
    """None if nothing is on record, or no home was asked."""


class ControlReport(Frozen):
    """The control map as one home can show it."""

    coverage: tuple[FrameworkCoverage, ...]
    """Of every framework, whatever was asked for."""
    controls: tuple[MappedControl, ...]
    asked_home: bool
    """Whether `last` was looked up."""


def mapped(control: Control, mechanisms: Mapping[str, Mechanism], last: Mapping[str, datetime]) -> MappedControl:
    """A control with its mechanisms written out. `last` holds the newest moment of each kind of evidence."""
    used = [mechanisms[name] for name in control.by]
    recorded = _each(one.recorded for one in used)
    known = [LastEvidence(of=name, at=last[name]) for name in recorded if name in last]
    return MappedControl(
        **control.model_dump(),
        gates=_each((one.gate,) for one in used),
        code=_each(one.code for one in used),
        settings=_each(one.settings for one in used),
        tests=_each(one.tests for one in used),
        metrics=_each(one.metrics for one in used),
        commands=_each(one.commands for one in used),
        recorded=recorded,
        last=max(known, key=lambda one: one.at, default=None),
    )


def _each(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in part))


def _problems(found: ControlMap) -> Iterable[str]:
    """Everything that does not fit together, in sentences."""
    counted = Counter((control.framework, control.id) for control in found.controls)
    yield from (f"{framework} {number} occurs twice" for (framework, number), times in counted.items() if times > 1)
    used = {name for control in found.controls for name in control.by}
    yield from (f"no control uses the mechanism {name}" for name in found.mechanisms if name not in used)
    for control in found.controls:
        name = f"{control.framework} {control.id}"
        if control.framework not in found.frameworks:
            yield f"{name}: there is no framework {control.framework}"
        yield from (f"{name}: there is no mechanism {one}" for one in control.by if one not in found.mechanisms)
        if control.status in (ControlStatus.MET, ControlStatus.PARTLY) and not control.by:
            yield f"{name} is {control.status.value} and names no mechanism"
        if control.status in (ControlStatus.NOT_MET, ControlStatus.NOT_OURS) and control.by:
            yield f"{name} is {control.status.value} and names a mechanism"
    for name, mechanism in found.mechanisms.items():
        wrong = [one for one in mechanism.recorded if not _ACTION.fullmatch(one)]
        yield from (f"mechanism {name}: {one} is neither an action nor a word for evidence" for one in wrong)
