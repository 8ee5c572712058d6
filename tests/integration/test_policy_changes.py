"""A policy from proposal to rollback: approved by another person, in force at the next run, on record."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from pipeline.domain.errors import ConfigError, Conflict, IntegrityError, InvalidFields, NotAllowed
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.policy.proposals import PolicyOrigin, ProposalState
from pipeline.reports.policy_changes import policy_changes, propose_policy, roll_back_policy
from pipeline.runs.policy_in_force import restore_policy, settle_policy
from pipeline.runs.refresh import refresh
from pipeline.stores.tables import policy_proposals
from pipeline.workspace import Workspace
from tests.support.callers import person

OLGA, OTTO = person("user:olga", Role.OPERATOR), person("user:otto", Role.OPERATOR)
ROSA, OWEN = person("user:rosa", Role.REVIEWER), person("user:owen", Role.OWNER)
KEY = "_".join(["ghp", "b2Kq9ZxV7mLpT4sRw8NcYf3HdGj6UeA1oX55"])


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace(tmp_path / "home")
    made.create()
    yield made
    made.close()


def text_of(workspace: Workspace) -> str:
    return workspace.home.policy_file.read_text()


def stricter(workspace: Workspace, points: int = 50) -> str:
    text = text_of(workspace)
    changed = text.replace("change.impact >= 70", f"change.impact >= {points}")
    assert changed != text
    return changed


def proposed(workspace: Workspace, by: Caller = OLGA, points: int = 50) -> str:
    return propose_policy(workspace, by, stricter(workspace, points), "large changes come too often").proposal_id


def actions(workspace: Workspace) -> list[str]:
    return [event.action for event in workspace.audit.events() if event.action.startswith("policy.")]


def refusing(workspace: Workspace) -> None:
    settings = workspace.home.settings
    policy = settings.policy.model_copy(update={"hand_edits": "refused"})
    workspace.home.__dict__["settings"] = settings.model_copy(update={"policy": policy})


def test_an_approved_policy_takes_effect_at_the_next_run_and_goes_back_in_one_act(workspace: Workspace) -> None:
    before, shipped = workspace.home.policy.digest, text_of(workspace)
    refresh(workspace)
    name = proposed(workspace)
    proposal = policy_changes(workspace).show(name, ROSA)
    assert [one.rule_id for one in proposal.evidence.differences.rules] == ["high-impact"]
    assert proposal.evidence.simulation.documents == 0
    refresh(workspace)
    assert workspace.home.policy.digest == before, "a proposal changes nothing"
    approved = policy_changes(workspace).approve(name[:8], ROSA, "it is what we want")
    assert (approved.state, approved.decided_by) == (ProposalState.APPROVED, "user:rosa")
    assert workspace.home.policy.digest == before, "an approval waits for a run"
    refresh(workspace, dry_run=True)
    assert workspace.home.policy.digest == before
    refresh(workspace)
    assert workspace.home.policy.digest == proposal.policy_digest == workspace.binding().policy_digest
    assert text_of(workspace) == stricter_of(shipped)
    assert policy_changes(workspace).show(name, ROSA).state is ProposalState.APPLIED

    back = roll_back_policy(workspace, OTTO, "too many reviews")
    assert (back.state, back.origin, back.policy_digest) == (ProposalState.APPROVED, PolicyOrigin.ROLLBACK, before)
    refresh(workspace)
    assert (workspace.home.policy.digest, text_of(workspace)) == (before, shipped)
    assert [one.origin.value for one in policy_changes(workspace).activations(ROSA)] == [
        "rollback",
        "proposal",
        "found",
    ]
    refresh(workspace)
    assert actions(workspace) == [
        "policy.found",
        "policy.proposed",
        "policy.approved",
        "policy.activated",
        "policy.rollback",
        "policy.activated",
    ]


def test_law_08_a_policy_that_was_edited_by_hand_does_not_come_back_by_a_rollback(workspace: Workspace) -> None:
    refresh(workspace)
    first = workspace.home.policy.digest
    file = workspace.home.folder / "configs" / "policy.yaml"
    shipped = file.read_text()
    file.write_text(shipped.replace("change.impact >= 70", "change.impact >= 99"))
    refresh(workspace)
    loose = workspace.home.policy.digest
    file.write_text(stricter_of(shipped))
    refresh(workspace)
    assert [one.origin.value for one in policy_changes(workspace).activations(ROSA)] == ["found"] * 3
    assert len({first, loose, workspace.home.policy.digest}) == 3
    assert roll_back_policy(workspace, OTTO, "back to what we began with").policy_digest == first


def stricter_of(text: str) -> str:
    return text.replace("change.impact >= 70", "change.impact >= 50")


def test_law_08_no_person_approves_their_own_policy(workspace: Workspace) -> None:
    name = proposed(workspace)
    with pytest.raises(NotAllowed):
        policy_changes(workspace).approve(name, person("user:OLGA", Role.REVIEWER), "fine")
    assert policy_changes(workspace).reject(name, OLGA, "a mistake").state is ProposalState.WITHDRAWN
    with pytest.raises(Conflict):
        policy_changes(workspace).approve(name, ROSA, "fine")


def test_only_operators_propose_and_owners_see_nothing(workspace: Workspace) -> None:
    for who in (ROSA, OWEN):
        with pytest.raises(NotAllowed):
            proposed(workspace, who)
        with pytest.raises(NotAllowed):
            roll_back_policy(workspace, who, "go back")
    name = proposed(workspace)
    changes = policy_changes(workspace)
    for act in (lambda: changes.show(name, OWEN), lambda: changes.list_proposals(OWEN), lambda: changes.standing(OWEN)):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(NotAllowed):
        changes.approve(name, person("user:ana", Role.AUDITOR), "fine")
    with pytest.raises(NotAllowed):
        restore_policy(workspace, ROSA)


def test_law_08_an_approval_ends_when_another_policy_came_into_force(workspace: Workspace) -> None:
    first, second = proposed(workspace), proposed(workspace, points=60)
    changes = policy_changes(workspace)
    changes.approve(first, ROSA, "fine")
    changes.approve(second, ROSA, "better")
    assert changes.show(first, ROSA).state is ProposalState.STALE
    assert settle_policy(workspace) is not None
    assert workspace.home.policy.digest == changes.show(second, ROSA).policy_digest
    third = propose_policy(workspace, OLGA, text_of(workspace).replace(">= 60", ">= 65"), "again").proposal_id
    workspace.home.policy_file.write_text(text_of(workspace).replace(">= 60", ">= 20"))
    settle_policy(workspace)
    assert changes.show(third, ROSA).state is ProposalState.STALE
    with pytest.raises(Conflict):
        changes.approve(third, ROSA, "fine")


def test_law_08_an_approval_for_a_file_that_was_edited_before_the_first_run_puts_nothing_in_force(
    workspace: Workspace,
) -> None:
    name = proposed(workspace)
    policy_changes(workspace).approve(name, ROSA, "fine")
    workspace.home.policy_file.write_text(stricter(workspace, points=60))
    edited = workspace.home.read_policy_again().digest
    assert policy_changes(workspace).show(name, ROSA).policy_digest != edited
    settle_policy(workspace)
    assert workspace.home.policy.digest == edited
    assert policy_changes(workspace).show(name, ROSA).state is not ProposalState.APPLIED


def test_law_08_an_approval_that_expired_puts_nothing_in_force(workspace: Workspace) -> None:
    before = workspace.home.policy.digest
    name = proposed(workspace)
    policy_changes(workspace).approve(name, ROSA, "fine")
    with workspace.database.begin() as connection:
        late = {"expires_at": workspace.database.now(connection)}
        connection.execute(update(policy_proposals).where(policy_proposals.c.proposal_id == name).values(late))
    settle_policy(workspace)
    assert workspace.home.policy.digest == before
    assert policy_changes(workspace).show(name, ROSA).state is ProposalState.OPEN


def test_a_file_edited_by_hand_is_shown_in_the_audit_log_and_used(workspace: Workspace) -> None:
    settle_policy(workspace)
    workspace.home.policy_file.write_text(stricter(workspace))
    assert policy_changes(workspace).standing(ROSA).drifted
    refresh(workspace)
    assert actions(workspace) == ["policy.found", "policy.drifted"]
    assert not policy_changes(workspace).standing(ROSA).drifted
    refresh(workspace)
    assert actions(workspace) == ["policy.found", "policy.drifted"], "it is noted once"


def test_a_file_edited_by_hand_stops_runs_where_the_setting_refuses_it(workspace: Workspace) -> None:
    settle_policy(workspace)
    refusing(workspace)
    shipped = text_of(workspace)
    workspace.home.policy_file.write_text(stricter(workspace))
    for dry_run in (True, False):
        with pytest.raises(ConfigError, match="edited by hand"):
            refresh(workspace, dry_run=dry_run)
    restore_policy(workspace, OTTO)
    assert text_of(workspace) == shipped
    refresh(workspace)
    assert actions(workspace) == ["policy.found", "policy.restored"]
    with pytest.raises(Conflict):
        restore_policy(workspace, OTTO)


def test_comments_and_the_changelog_are_edited_freely(workspace: Workspace) -> None:
    settle_policy(workspace)
    refusing(workspace)
    workspace.home.policy_file.write_text("# another remark\n" + text_of(workspace))
    assert settle_policy(workspace) is None


def test_a_policy_changed_in_the_database_after_its_approval_is_not_put_in_force(workspace: Workspace) -> None:
    before = workspace.home.policy.digest
    name = proposed(workspace)
    policy_changes(workspace).approve(name, ROSA, "fine")
    with workspace.database.begin() as connection:
        other = stricter(workspace, 99)
        connection.execute(update(policy_proposals).values(policy_text=other))
    with pytest.raises(IntegrityError):
        settle_policy(workspace)
    assert workspace.home.read_policy_again().digest == before


def test_a_run_that_died_after_writing_the_file_is_finished_by_the_next(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = proposed(workspace)
    policy_changes(workspace).approve(name, ROSA, "fine")
    refusing(workspace)
    settle_policy_dies(workspace, monkeypatch)
    assert policy_changes(workspace).show(name, ROSA).state is ProposalState.APPROVED
    found = settle_policy(workspace)
    assert found is not None
    assert found.origin is PolicyOrigin.PROPOSAL
    assert not policy_changes(workspace).standing(ROSA).drifted


def settle_policy_dies(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is written; the transaction is not committed."""
    settle = workspace.home.read_policy_again
    calls = iter((settle, None))

    def dies() -> object:
        call = next(calls)
        if call is None:
            raise KeyboardInterrupt
        return call()

    with monkeypatch.context() as patch:
        patch.setattr(workspace.home, "read_policy_again", dies)
        with pytest.raises(KeyboardInterrupt):
            settle_policy(workspace)


def test_a_policy_with_a_value_or_in_force_already_is_not_kept(workspace: Workspace) -> None:
    text = stricter(workspace)
    with pytest.raises(InvalidFields) as refused:
        propose_policy(workspace, OLGA, f"{text}# the key is {KEY}\n", "a new rule")
    assert KEY not in str(refused.value)
    with pytest.raises(InvalidFields):
        propose_policy(workspace, OLGA, "rules: [", "a new rule")
    with pytest.raises(Conflict):
        propose_policy(workspace, OLGA, text_of(workspace), "a new rule")
    proposed(workspace)
    with pytest.raises(Conflict):
        proposed(workspace)
    with pytest.raises(Conflict):
        roll_back_policy(workspace, OLGA, "there is none before")
