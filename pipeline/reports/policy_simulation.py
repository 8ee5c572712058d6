"""Differences that a policy would make, from the records of the ledger: no document is read, extracted or scanned.

Invariants: reads only. Auditors and operators of the whole corpus may ask. Names of documents are shown as they may be
shown; there is no text, and no preview of a finding.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from pipeline.domain.documents.changes import is_settled
from pipeline.domain.documents.provenance import Source, SourceState
from pipeline.domain.errors import NotFound
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.policy.backtest import WEEKS, Backtest, BacktestTally
from pipeline.domain.policy.policy import Policy
from pipeline.domain.policy.recorded import PolicyTrial
from pipeline.domain.policy.rule_differences import PolicyDifferences, policy_differences
from pipeline.domain.policy.simulated import Simulation, SimulationTally
from pipeline.domain.policy.simulation import SimulatedVerdict
from pipeline.domain.policy.waivers import ActiveWaivers
from pipeline.review.sent_policy import sent_policy
from pipeline.stores.ledger import policy_evidence
from pipeline.workspace import Workspace

_WEEK = timedelta(weeks=1)
SIMULATING = (Role.AUDITOR, Role.OPERATOR)
"""Roles that may try a policy, if they reach every source and classification."""
_LOOKED_AT = (SourceState.APPROVED, SourceState.NARROWED)
_SAMPLED = "A sample: {documents:,} of {known:,} documents, chosen by their digests, the same ones each time."
_SILENT = "No finding on record has the kind {kind}, which a rule asks for: its detector never ran, or found nothing."
_APPROVALS = "Approvals are bound to the policy that asked for them, so versions that people approved wait again."


class SimulationQuestion(NamedTuple):
    """The part of the records that a simulation looks at."""

    sources: tuple[str, ...] = ()
    """Names of sources; none for all that contribute."""
    sample: int | None = None
    """How many documents to look at, about; None for all."""
    weeks: int = WEEKS
    """How many weeks of the past to compare; 0 for none."""


class PolicyComparison(Frozen):
    """A policy next to the one in force, at the next run, and in the past."""

    differences: PolicyDifferences
    next_run: Simulation
    past: Backtest | None
    """None if it was not asked for, or nothing was decided in that time."""


Noted = Callable[[str, SimulatedVerdict], None]
"""Called with the name of each document and the verdict it would get."""


def simulate(
    workspace: Workspace, caller: Caller, policy: Policy, asked: SimulationQuestion, noted: Noted | None = None
) -> PolicyComparison:
    """Compare a policy with the verdicts on record.

    Raises:
        NotAllowed: The caller is neither auditor nor operator of the whole corpus.
        NotFound: There is no such source, or it contributes nothing.

    """
    caller.require(*SIMULATING)
    sources = _sources(workspace, asked.sources)
    names = [source.name for source in sources]
    with workspace.database.read() as connection:
        at = workspace.database.now(connection)
        known = sum(policy_evidence.count_documents(connection, name) for name in names)
        canaries = policy_evidence.canary_documents(connection)
    binding = workspace.binding()
    waivers = ActiveWaivers(workspace.waivers.active(names, at), at)
    trial = PolicyTrial(policy, workspace.home.policy, waivers, binding.detector_digest)
    tally, kinds = SimulationTally(canaries), set[str]()
    share = 1.0 if asked.sample is None or asked.sample >= known else asked.sample / known
    after = binding.model_copy(update={"policy_digest": policy.digest}).digest
    for source in sources:
        for known_version, recorded in policy_evidence.latest_decisions(workspace.database, source.name, share):
            settled = is_settled(known_version, after)
            found = (
                SimulatedVerdict(recorded.action, recorded.rule_ids)
                if settled
                else trial.second_look(known_version, recorded, source.state)
            )
            kinds.update(finding.kind for finding in recorded.findings)
            tally.add(known_version, recorded.rule_ids, found, approval=recorded.approved)
            if noted is not None:
                noted(known_version.doc_id, found)
    readers = [principal for principal, _ in workspace.home.identities.everyone.values()]
    next_run = Simulation(
        policy_version=policy.version,
        policy_digest=policy.digest,
        current_digest=workspace.home.policy.digest,
        documents=tally.documents,
        known=known,
        unchanged=tally.unchanged,
        transitions=tally.transitions(),
        rules=tally.rules(),
        leaves=tally.leaves,
        enters=tally.enters,
        waits=tally.waits,
        approvals_void=tally.void,
        access=tally.access(),
        principals=tally.principals(readers, at),
        redaction=tally.redaction(),
        canaries=tally.canaries(),
        gaps=tally.gaps(),
        notes=tuple(_notes(tally, known, share, policy, kinds)),
    )
    return PolicyComparison(
        differences=policy_differences(workspace.home.policy, policy),
        next_run=_as_shown(next_run, workspace.recorded_names),
        past=_past(workspace, trial, names, at, asked.weeks),
    )


def simulate_text(workspace: Workspace, caller: Caller, text: str, asked: SimulationQuestion) -> PolicyComparison:
    """The same for a policy that was sent as YAML. Words that come back were scanned (law 14).

    Raises:
        NotAllowed: The caller is neither auditor nor operator of the whole corpus.
        InvalidFields: It is not a policy.
        NotFound: There is no such source, or it contributes nothing.

    """
    caller.require(*SIMULATING)
    found = simulate(workspace, caller, sent_policy(text, workspace.words), asked)
    return found.model_copy(update={"differences": found.differences.shown(workspace.words)})


def _sources(workspace: Workspace, names: tuple[str, ...]) -> list[Source]:
    chosen = [workspace.sources.source(name) for name in dict.fromkeys(names)] or workspace.sources.sources()
    found = [source for source in chosen if source.state in _LOOKED_AT]
    silent = [source.name for source in chosen if source.state not in _LOOKED_AT]
    if names and silent:
        raise NotFound(
            f"Source {silent[0]} contributes nothing.", fix="`corpusgate sources list` shows the state of each source."
        )
    return found


def _past(workspace: Workspace, trial: PolicyTrial, names: list[str], at: datetime, weeks: int) -> Backtest | None:
    tally, first = BacktestTally(), None
    if not weeks:
        return None
    for one in policy_evidence.verdicts_since(workspace.database, at - weeks * _WEEK, names):
        first = first or one.decided_at
        tally.add(one.recorded.action, one.state, trial.first_look(one.recorded))
    if first is None:
        return None
    return tally.result(first, round(max((at - first) / _WEEK, 1.0), 2))


def _notes(tally: SimulationTally, known: int, share: float, policy: Policy, kinds: set[str]) -> Iterator[str]:
    if share < 1:
        yield _SAMPLED.format(documents=tally.documents, known=known)
    asked_for = {
        kind.value
        for kind in FindingKind
        if any(f'"{kind.value}"' in rule.when for rule in policy.rules) and kind is not FindingKind.SCAN_FAILED
    }
    yield from (_SILENT.format(kind=kind) for kind in sorted(asked_for - kinds))
    if tally.void:
        yield _APPROVALS


def _as_shown(found: Simulation, shown: Callable[[str], str]) -> Simulation:
    """The same with the names of documents as they may be shown."""
    return found.model_copy(
        update={
            name: tuple(one.model_copy(update={"examples": tuple(map(shown, one.examples))}) for one in changes)
            for name, changes in (("transitions", found.transitions), ("canaries", found.canaries))
        }
    )
