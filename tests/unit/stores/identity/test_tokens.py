import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from pipeline.domain.errors import NotFound, NotIdentified, UsageError
from pipeline.domain.identity.roles import Grant, Role
from pipeline.domain.identity.tokens import TokenState
from pipeline.settings.application import IdentitySettings
from pipeline.settings.principals import Identities, PrincipalSettings
from pipeline.stores import tables
from pipeline.stores.audit.verification import AuditLog
from pipeline.stores.database import Database
from pipeline.stores.identity.tokens import Tokens, token_id_of


def without_digits(words: str) -> str:
    """Words as they are kept here: a digit stands for a value."""
    return re.sub(r"\d", "", words)


@pytest.fixture
def tokens(database: Database) -> Tokens:
    ada = PrincipalSettings(name="user:ada", roles=(Grant(role=Role.READER), Grant(role=Role.REVIEWER)))
    return Tokens(database, IdentitySettings(), lambda: Identities(schema_version=1, principals=(ada,)), without_digits)


@pytest.mark.parametrize("name", ["laptop", "nightly refresh 2", "ci-runner.eu_1"])
def test_a_plain_label_needs_no_detector(tokens: Tokens, name: str) -> None:
    assert tokens.create("user:ada", "operator:root", 30, name=name)[1].name == name


@pytest.mark.parametrize("name", ["call 212 664 7665", "login kW7", "of wren@example.org 1"])
def test_law_04_a_label_with_a_value_is_refused_and_kept_nowhere(tokens: Tokens, database: Database, name: str) -> None:
    with pytest.raises(UsageError) as refused:
        tokens.create("user:ada", "operator:root", 30, name=name)
    assert name not in str(refused.value)
    assert tokens.list_tokens() == []


def test_a_token_identifies_its_principal_until_it_ends(tokens: Tokens, database: Database) -> None:
    text, made = tokens.create("user:ada", "operator:root", 30, name="laptop")
    assert re.fullmatch(r"cg_[0-9a-f]{16}_[A-Za-z0-9_-]{43}", text)  # 43 characters of base64url are 256 bits
    assert tokens.verify(text).principal == "user:ada"
    assert made.expires_at - made.created_at == timedelta(days=30)
    with database.begin() as connection:
        past = datetime.now(UTC) - timedelta(seconds=1)
        connection.execute(sa.update(tables.tokens).values(expires_at=past))
    with pytest.raises(NotIdentified, match="expired"):
        tokens.verify(text)


def test_law_04_neither_database_nor_audit_log_holds_a_token(tokens: Tokens, database: Database) -> None:
    text, made = tokens.create("user:ada", "operator:root", 30)
    tokens.verify(text)
    tokens.revoke(made.token_id, "operator:root")
    secret = text.split("_", 2)[2]
    with database.read() as connection:
        everything = [
            repr(row) for table in tables.metadata.sorted_tables for row in connection.execute(sa.select(table)).all()
        ]
    assert any(made.token_id in row for row in everything)
    assert not [row for row in everything if secret in row]


def test_making_and_revoking_are_audited_by_id(tokens: Tokens, database: Database) -> None:
    _, made = tokens.create("user:ada", "operator:root", 30)
    tokens.revoke(made.token_id[:6], "operator:root")
    tokens.revoke(made.token_id, "operator:root")
    events = list(AuditLog(database).events("user:ada"))
    assert [(event.actor, event.action) for event in events] == [
        ("operator:root", "token.created"),
        ("operator:root", "token.revoked"),
    ]
    assert all(made.token_id in event.details for event in events)


def test_a_revoked_token_identifies_nobody(tokens: Tokens) -> None:
    text, made = tokens.create("user:ada", "operator:root", 30)
    tokens.revoke(made.token_id, "operator:root")
    with pytest.raises(NotIdentified, match="revoked"):
        tokens.verify(text)
    with pytest.raises(NotIdentified, match="revoked"):
        tokens.still_valid(made.token_id)
    assert [state for _, state in tokens.list_tokens()] == [TokenState.REVOKED]


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda t: t[:3] + "0" * 16 + t[19:]]
)
def test_a_wrong_secret_and_an_unknown_id_sound_the_same(tokens: Tokens, spoil) -> None:  # type: ignore[no-untyped-def]
    text, _ = tokens.create("user:ada", "operator:root", 30)
    with pytest.raises(NotIdentified, match="not known here") as caught:
        tokens.verify(spoil(text))
    assert text[20:40] not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "cg_", "Bearer x", "cg_0123456789abcdef_short", "cg_0123456789abcdef_" + "a" * 44]
)
def test_what_is_no_token_is_refused_without_repeating_it(tokens: Tokens, text: str) -> None:
    assert token_id_of(text) is None
    with pytest.raises(NotIdentified, match="no token"):
        tokens.verify(text)


def test_a_token_cannot_outlast_the_longest(tokens: Tokens) -> None:
    for days in (0, 366):
        with pytest.raises(UsageError, match="1 to 365"):
            tokens.create("user:ada", "operator:root", days)


def test_grants_come_back_as_they_were_given(tokens: Tokens) -> None:
    grants = [Grant(role=Role.REVIEWER, sources=("handbook",)), Grant(role=Role.READER)]
    text, _ = tokens.create("user:ada", "operator:root", 30, grants=grants)
    assert tokens.verify(text).grants == tuple(grants)
    nothing, _ = tokens.create("user:ada", "operator:root", 30, grants=[])
    assert tokens.verify(nothing).grants == ()


def test_a_beginning_that_several_tokens_share_revokes_none(tokens: Tokens) -> None:
    made = [tokens.create("user:ada", "operator:root", 1)[1] for _ in range(17)]
    shared = next(a.token_id[0] for a in made if sum(b.token_id[0] == a.token_id[0] for b in made) > 1)
    for beginning in (shared, "", "%", "zz"):
        with pytest.raises(NotFound):
            tokens.revoke(beginning, "operator:root")
    assert {state for _, state in tokens.list_tokens()} == {TokenState.VALID}


def test_the_last_use_is_known_coarsely(tokens: Tokens, database: Database) -> None:
    text, made = tokens.create("user:ada", "operator:root", 30)
    assert made.last_used_at is None
    tokens.verify(text)
    ((first, _),) = tokens.list_tokens()
    tokens.verify(text)
    ((second, _),) = tokens.list_tokens()
    assert first.last_used_at is not None
    assert second.last_used_at == first.last_used_at
