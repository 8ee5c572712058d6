"""Runs on record, and what each did to which document, for people who keep the sources it read.

Invariant: a run of a source that the caller does not keep does not exist for them.
"""

from collections.abc import Iterable

from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.run_changes import RunDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import KEEPERS, Caller, keeps
from pipeline.domain.serving.runs import Run
from pipeline.reports.older_forms import PresentIds
from pipeline.stores.ledger.run_documents import documents_of, generations_of
from pipeline.workspace import Workspace

_AT_ONCE = 500


class RunView(Frozen):
    """A run, and the generation it published."""

    run: Run
    generation: int | None


def list_runs(workspace: Workspace, caller: Caller, most: int = 50, after: str = "") -> list[RunView]:
    """Up to `most` runs that the caller may know of, newest first; with `after`, those that follow that run.

    Raises `NotFound` for a run that they may not know of.
    """
    last = run_view(workspace, caller, after).run if after else None
    kept: list[Run] = []
    while len(kept) < most:  # however many in between are not for the caller
        found = workspace.ledger.runs(_AT_ONCE, last)
        kept += [run for run in found if _keeps(caller, run.sources)]
        if len(found) < _AT_ONCE:
            break
        last = found[-1]
    return _with_generations(workspace, kept[:most])


def run_view(workspace: Workspace, caller: Caller, run_id: str) -> RunView:
    """One run by its id. Raises `NotFound`."""
    run = workspace.ledger.find_run(run_id)
    if run is None or not _keeps(caller, run.sources):
        raise NotFound("There is no such run.", done="Nothing was shown.", fix="`corpusgate runs list` shows runs.")
    return _with_generations(workspace, [run])[0]


def run_documents(
    workspace: Workspace, caller: Caller, run_id: str, verdict: Action | None = None, after: str = "", size: int = 50
) -> list[RunDocument]:
    """Up to `size` documents of a run after `after`, by id. Raises `NotFound`."""
    run_view(workspace, caller, run_id)
    present = PresentIds(workspace)
    with workspace.database.read() as connection:
        found = documents_of(connection, run_id, verdict, after, size)
    return [
        one.model_copy(update={"doc_id": present(one.doc_id), "before": one.before and present(one.before)})
        for one in found
    ]


def _with_generations(workspace: Workspace, runs: list[Run]) -> list[RunView]:
    with workspace.database.read() as connection:
        numbers = generations_of(connection, [run.run_id for run in runs])
    return [RunView(run=run, generation=numbers.get(run.run_id)) for run in runs]


def _keeps(caller: Caller, sources: Iterable[str]) -> bool:
    """Whether every source of a run is the caller's; a run that read none is for keepers of everything."""
    named = tuple(sources)
    if not named:
        return any(caller.may(role) for role in KEEPERS)
    return all(keeps(caller, source) for source in named)
