"""The breaker: a source with unusual figures is narrowed before its new documents are published.

Invariants: only approved sources are narrowed, each once, in a transaction of its own with its audit entry. From then
on the policy sends its new documents to review. Nothing else changes: its served documents stay, and other sources
are not affected. Only a person releases it.
"""

from collections.abc import Iterable

from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.errors import Conflict
from pipeline.domain.identity.persons import PUBLISHER
from pipeline.domain.rates.breaches import Breach, WindowRates
from pipeline.stores.audit.log import Detail
from pipeline.workspace import Workspace


def broken(rates: Iterable[WindowRates]) -> dict[str, tuple[Breach, ...]]:
    """What left its bounds, by source; first the figure that says most."""
    found: dict[str, tuple[Breach, ...]] = {}
    for window in rates:
        if window.breaches:
            found[window.source] = (*found.get(window.source, ()), *window.breaches)
    return found


def narrow(workspace: Workspace, rates: Iterable[WindowRates]) -> dict[str, Breach]:
    """Narrow every approved source that left its bounds; returns those newly narrowed, with the reason."""
    narrowed = {}
    for name, breaches in broken(rates).items():
        if workspace.sources.source(name).state is not SourceState.APPROVED:
            continue
        try:
            workspace.sources.narrow_source(name, PUBLISHER, breaches[0].sentence, _why(breaches))
        except Conflict:  # a person was quicker
            continue
        narrowed[name] = breaches[0]
    return narrowed


def _why(breaches: tuple[Breach, ...]) -> dict[str, Detail]:
    first = breaches[0]
    return {
        "figure": first.figure.value,
        "value": first.value,
        "bound": first.bound,
        "bound_kind": first.kind.value,
        "breaches": len(breaches),
    }
