"""Steps between a new home and its first answer, as commands.

Invariant: reads the home, its ledger and its principals; changes nothing. Names in the commands are examples where the
home has none yet.
"""

from pipeline.domain.documents.provenance import Source, SourceState
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Role
from pipeline.workspace import Workspace

_CONTRIBUTES = (SourceState.APPROVED, SourceState.NARROWED)


class NextStep(Frozen):
    """One thing to do, and the command that does it."""

    what: str
    command: str


def next_steps(workspace: Workspace) -> list[NextStep]:
    """The steps that are left, in order; none once documents are served."""
    if workspace.ledger.current_generation() is not None:
        return []
    people = workspace.principals.current().everyone
    owners, reviewers = (
        [name for name, (_, grants) in people.items() if any(one.role is role for one in grants)]
        for role in (Role.OWNER, Role.REVIEWER)
    )
    owner = owners[0] if owners else "user:ada"
    reviewer = next((name for name in reviewers if name != owner), None)
    steps = [] if owners else _person(owner, Role.OWNER, "Add a person who registers sources")
    if reviewer is None:
        reviewer = "user:grace"
        steps += _person(reviewer, Role.REVIEWER, "Add another person, who approves them")
    return steps + _sources(workspace.sources.sources(), owner, reviewer)


def _person(name: str, role: Role, what: str) -> list[NextStep]:
    short = _short(name)
    return [
        NextStep(what=what, command=f"corpusgate principals add {short} --group staff --role {role.value}"),
        NextStep(what="Make a token for them", command=f"corpusgate tokens create {short} --out {short}.token"),
    ]


def _sources(known: list[Source], owner: str, reviewer: str) -> list[NextStep]:
    steps = []
    waiting = next((one for one in known if one.state is SourceState.PENDING), None)
    if not any(one.state in _CONTRIBUTES for one in known):
        name = waiting.name if waiting else "handbook"
        if waiting is None:
            add = f"corpusgate sources add {name} --uri FOLDER --owner {owner} --classification internal"
            command = f"{add} --allow group:staff --token-file {_short(owner)}.token"
            steps.append(NextStep(what="Register a folder as a source", command=command))
        approve = f"corpusgate sources approve {name} --token-file {_short(reviewer)}.token"
        steps.append(NextStep(what="Approve it", command=approve))
    steps.append(NextStep(what="Read it, and serve what passes", command="corpusgate refresh"))
    search = f'corpusgate search "a question" --as {owner}'
    return [*steps, NextStep(what="Ask something", command=search)]


def _short(name: str) -> str:
    return name.partition(":")[2]
