from datetime import timedelta

import pytest
import sqlalchemy as sa

from pipeline.domain.errors import TooManyAttempts
from pipeline.stores import tables
from pipeline.stores.audit.verification import AuditLog
from pipeline.stores.database import Database
from pipeline.stores.identity.login_attempts import Attempts, LoginAttempts

ADDRESS, TOKEN = Attempts("address 192.0.2.7", 8), Attempts("token 0a from 192.0.2.7", 2)


@pytest.fixture
def attempts(database: Database) -> LoginAttempts:
    return LoginAttempts(database, longest_wait_seconds=60)


def wait(attempts: LoginAttempts, *counted: Attempts) -> int:
    """Seconds somebody has to wait; 0 for nobody."""
    try:
        attempts.check(counted)
    except TooManyAttempts as error:
        return error.seconds
    return 0


def test_each_failure_beyond_the_free_ones_doubles_the_wait_up_to_the_longest(
    attempts: LoginAttempts, database: Database
) -> None:
    waits = []
    for _ in range(10):
        attempts.failed([TOKEN])
        with database.read() as connection:
            row = connection.execute(sa.select(tables.login_attempts)).one()
        waits.append((row.blocked_until - row.failed_at).total_seconds())
    assert waits == [0, 0, 2, 4, 8, 16, 32, 60, 60, 60]
    assert 55 < wait(attempts, TOKEN) <= 60


def test_each_thing_is_counted_for_itself_and_any_of_them_waits(attempts: LoginAttempts) -> None:
    for _ in range(3):
        attempts.failed([ADDRESS, TOKEN])
    assert wait(attempts, ADDRESS) == 0
    assert 0 < wait(attempts, ADDRESS, TOKEN) <= 2
    assert wait(attempts, Attempts("token 0a from 198.51.100.9", 2)) == 0, "its holder elsewhere is not locked out"


def test_a_success_forgets(attempts: LoginAttempts) -> None:
    for _ in range(2):
        attempts.failed([TOKEN])
    attempts.succeeded([TOKEN])
    attempts.failed([TOKEN])
    assert wait(attempts, TOKEN) == 0


def test_failures_are_forgotten_after_a_day(attempts: LoginAttempts, database: Database) -> None:
    for _ in range(5):
        attempts.failed([TOKEN])
    with database.begin() as connection:
        past = database.now(connection) - timedelta(hours=25)
        connection.execute(sa.update(tables.login_attempts).values(failed_at=past, blocked_until=past))
    attempts.failed([ADDRESS])
    with database.read() as connection:
        assert connection.execute(sa.select(tables.login_attempts.c.key)).scalars().all() == [ADDRESS.key]


def test_the_beginning_of_a_wait_is_audited_once(attempts: LoginAttempts, database: Database) -> None:
    for _ in range(6):
        attempts.failed([TOKEN])
    events = list(AuditLog(database).events())
    assert [(event.action, event.subject) for event in events] == [("login.throttled", TOKEN.key)]
