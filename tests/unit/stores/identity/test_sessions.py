from datetime import timedelta

import pytest
import sqlalchemy as sa

from pipeline.settings.application import IdentitySettings
from pipeline.settings.principals import Identities, PrincipalSettings
from pipeline.stores import tables
from pipeline.stores.audit.verification import AuditLog
from pipeline.stores.database import Database
from pipeline.stores.identity.sessions import Sessions
from pipeline.stores.identity.tokens import Tokens

ADA = Identities(schema_version=1, principals=(PrincipalSettings(name="user:ada"),))


@pytest.fixture
def sessions(database: Database) -> Sessions:
    return Sessions(database, hours=12, idle_minutes=60)


def moved(database: Database, **back: timedelta) -> None:
    """As if these moments of every session lay further back."""
    with database.begin() as connection:
        at = database.now(connection)
        connection.execute(sa.update(tables.sessions).values({name: at - by for name, by in back.items()}))


def test_a_session_is_found_by_its_id_until_it_is_closed(sessions: Sessions, database: Database) -> None:
    token = Tokens(database, IdentitySettings(), lambda: ADA, str).create("user:ada", "operator:root", 1)[1]
    secret = sessions.open("user:ada", "token", token_id=token.token_id)
    found = sessions.find(secret)
    assert found is not None
    assert (found.principal, found.token_id, found.claims) == ("user:ada", token.token_id, None)
    assert found.expires_at - found.created_at == timedelta(hours=12)
    sessions.close(secret)
    sessions.close(secret)
    assert sessions.find(secret) is None
    actions = [event.action for event in AuditLog(database).events("user:ada")]
    assert actions == ["token.created", "session.opened", "session.closed"]


def test_claims_come_back_as_they_were(sessions: Sessions) -> None:
    claims = {"sub": "ada", "groups": ["staff", "é"]}
    found = sessions.find(sessions.open("user:ada", "oidc", claims=claims))
    assert found is not None
    assert found.claims == claims


def test_ids_are_long_and_none_is_like_another(sessions: Sessions) -> None:
    made = {sessions.open("user:ada", "oidc", claims={}) for _ in range(20)}
    assert len(made) == 20
    assert {len(secret) for secret in made} == {43}  # 256 bits in base64url


@pytest.mark.parametrize(
    "back",
    [{"expires_at": timedelta(0)}, {"seen_at": timedelta(minutes=60)}, {"expires_at": timedelta(days=2)}],
    ids=["at its end", "idle", "long ago"],
)
def test_a_session_that_has_ended_is_not_found_and_swept_by_the_next(
    sessions: Sessions, database: Database, back: dict[str, timedelta]
) -> None:
    secret = sessions.open("user:ada", "oidc", claims={})
    moved(database, **back)
    assert sessions.find(secret) is None
    sessions.open("user:eve", "oidc", claims={})
    with database.read() as connection:
        assert connection.execute(sa.select(tables.sessions.c.principal)).scalars().all() == ["user:eve"]


def test_using_a_session_keeps_it_from_idling_but_not_from_ending(sessions: Sessions, database: Database) -> None:
    secret = sessions.open("user:ada", "oidc", claims={})
    moved(database, seen_at=timedelta(minutes=59))
    assert sessions.find(secret) is not None
    moved(database, created_at=timedelta(hours=13), expires_at=timedelta(hours=1))
    assert sessions.find(secret) is None


def test_what_is_no_id_finds_nothing(sessions: Sessions) -> None:
    sessions.open("user:ada", "oidc", claims={})
    for secret in ("", "x", "%", "' or 1=1 --", "\ud800"):
        assert sessions.find(secret) is None
