"""The history of principals in both databases."""

import json
from datetime import timedelta

from sqlalchemy import update

from pipeline.domain.identity.permissions import Principal
from pipeline.domain.identity.roles import Grant, Role
from pipeline.stores.audit.log import events
from pipeline.stores.database import Database
from pipeline.stores.identity.history import Held, PrincipalHistory
from pipeline.stores.tables import principal_history

HOURS = timedelta(hours=12)
READER = (Grant(role=Role.READER),)


def held(name: str, *groups: str, roles: tuple[Grant, ...] = READER) -> Held:
    return Principal(name=name, groups=frozenset(groups)), roles


def file(*entries: Held) -> dict[str, Held]:
    return {principal.name: (principal, roles) for principal, roles in entries}


def spans(history: PrincipalHistory, **wanted: object) -> list[tuple[str, list[str], bool, bool]]:
    """Name, groups, whether it still holds, whether what was before is known."""
    found = history.states(**wanted).states  # type: ignore[arg-type]
    return [(s.principal.name, sorted(s.principal.groups), s.until is None, s.known_before) for s in found]


def audited(database: Database) -> list[tuple[str, str, str]]:
    with database.read() as connection:
        return [(e.action, e.subject, e.actor) for e in events(connection) if e.action.startswith("principal")]


def test_the_first_look_says_that_nothing_is_known_of_before(database: Database) -> None:
    history = PrincipalHistory(database)
    history.note_file(file(held("user:ann", "group:staff"), held("user:bob")))
    assert spans(history) == [("user:ann", ["group:staff"], True, False), ("user:bob", [], True, False)]
    assert audited(database) == [("principals.recorded", "principals", "service:corpusgate")]


def test_a_change_a_new_principal_and_a_removal_are_kept_with_their_audit_events(database: Database) -> None:
    history = PrincipalHistory(database)
    history.note_file(file(held("user:ann", "group:staff"), held("user:bob")))
    began = history.states().began_at
    history.note_file(file(held("user:ann", "group:board"), held("user:cyd")), "operator:olaf")
    assert spans(history) == [
        ("user:ann", ["group:staff"], False, False),
        ("user:ann", ["group:board"], True, True),
        ("user:bob", [], False, False),
        ("user:cyd", [], True, True),
    ]
    assert audited(database)[1:] == [
        ("principal.written", "user:ann", "operator:olaf"),
        ("principal.written", "user:cyd", "operator:olaf"),
        ("principal.removed", "user:bob", "operator:olaf"),
    ]
    assert history.states().began_at == began
    with database.read() as connection:
        written = [json.loads(e.details) for e in events(connection, "user:ann")]
    assert [(one["groups"], one["clearance"], one["origin"]) for one in written] == [(1, "public", "file")]


def test_an_equal_file_writes_nothing(database: Database) -> None:
    history = PrincipalHistory(database)
    for _ in range(2):
        history.note_file(file(held("user:ann", "group:a", "group:b"), held("user:bob")))
        history.note_file(file(held("user:bob"), held("user:ann", "group:b", "group:a")))
    assert len(spans(history)) == 2
    assert len(audited(database)) == 1


def test_roles_are_part_of_the_state(database: Database) -> None:
    history = PrincipalHistory(database)
    history.note_file(file(held("user:ann")))
    history.note_file(file(held("user:ann", roles=())))
    before, after = history.states().states
    assert (before.searches, after.searches) == (True, False)


def test_a_principal_that_comes_back_has_two_times(database: Database) -> None:
    history = PrincipalHistory(database)
    for entries in ([held("user:ann")], [], [held("user:ann")]):
        history.note_file(file(*entries))
    first, second = history.states(names=["user:ann"]).states
    assert first.until is not None
    assert first.until < second.since
    assert second.until is None


def test_states_of_a_time_and_a_tenant(database: Database) -> None:
    history = PrincipalHistory(database)
    history.note_file(file(held("user:ann", "group:staff")))
    history.note_file(file(held("user:ann", "group:board")))
    old, new = history.states().states
    assert history.states(since=old.since, until=old.since).states == (old,)
    assert history.states(since=new.since, until=new.since).states == (new,), "the end of a time is not in it"
    assert history.states(since=old.since, until=new.since).states == (old, new)
    assert history.states(until=old.since - HOURS).states == ()
    assert history.states(tenant="elsewhere").states == ()
    assert history.states(names=["user:bob"]).states == ()


def test_many_principals_are_compared_in_slices(database: Database) -> None:
    history = PrincipalHistory(database)
    names = [f"user:p{number:04d}" for number in range(1_201)]
    history.note_file(file(*map(held, names)))
    history.note_file({})
    assert not any(state.until is None for state in history.states().states)


def test_a_principal_of_the_provider_is_kept_from_its_first_request(database: Database) -> None:
    history = PrincipalHistory(database)
    for _ in range(3):
        history.note_request(*held("user:ann", "group:staff"), HOURS)
    assert spans(history) == [("user:ann", ["group:staff"], True, False)]
    assert audited(database) == [("principal.written", "user:ann", "service:corpusgate")]


def test_an_older_description_holds_as_long_as_its_session_can_last(database: Database) -> None:
    history = PrincipalHistory(database)
    history.note_request(*held("user:ann", "group:staff"), HOURS)
    for _ in range(3):  # two sessions take turns
        history.note_request(*held("user:ann", "group:board"), HOURS)
        history.note_request(*held("user:ann", "group:staff"), HOURS)
    assert [(groups, holds) for _, groups, holds, _ in spans(history)] == [
        (["group:staff"], True),
        (["group:board"], True),
    ], "both hold, and turns add no rows"
    began = history.states().states[0].since
    with database.begin() as connection:
        of_staff = update(principal_history).where(principal_history.c.groups == ["group:staff"])
        assert connection.execute(of_staff.values(since=began - HOURS)).rowcount == 1
    history.note_request(*held("user:ann", "group:board"), HOURS)
    assert [(groups, holds) for _, groups, holds, _ in spans(history)] == [
        (["group:staff"], False),
        (["group:board"], True),
    ]


def test_the_file_does_not_end_what_the_provider_says(database: Database) -> None:
    history = PrincipalHistory(database)
    history.note_request(*held("user:ann", "group:staff"), HOURS)
    history.note_file(file(held("user:ann")))
    history.note_file({})
    assert [(state.origin, state.until is None) for state in history.states().states] == [
        ("file", False),
        ("oidc", True),
    ]
