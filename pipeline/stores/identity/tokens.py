"""Tokens: made once, shown once, kept as a digest.

Invariants: only the SHA-256 of a token's secret is stored (256 random bits need no slow hash), compared in constant
time. Every token ends by itself. A revoked, expired or unknown token identifies no one. Making and revoking one are
one transaction with their audit entry, which holds the token's id and never its secret (law 4).
"""

import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, bindparam, insert, select, update

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.words import Words, is_plain_label
from pipeline.domain.errors import NotFound, NotIdentified, UsageError
from pipeline.domain.identity.roles import Caller, Grant, narrowed
from pipeline.domain.identity.tokens import Token, TokenState
from pipeline.settings.application import IdentitySettings
from pipeline.settings.principals import Identities
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Connection, Database
from pipeline.stores.identity.ended_access import EndedAccess, end_access
from pipeline.stores.tables import tokens as table

_TOKEN = re.compile(r"cg_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
_COARSE = timedelta(minutes=10)
"""How exactly the last use is known: a busy token must not write at every request."""


_FIELDS = [column for column in table.c if column.name in Token.model_fields]
_PRESENTED = select(*_FIELDS, table.c.secret_digest).where(table.c.token_id == bindparam("token_id"))
"""Every request asks it: built once."""


def token_id_of(presented: str) -> str | None:
    """The public part of something presented as a token; None when it has not the shape of one."""
    match = _TOKEN.fullmatch(presented.strip())
    return match[1] if match else None


class Tokens:
    """Make, verify, list and revoke tokens.

    Args:
        database: Where tokens are kept, as digests.
        settings: How long a token lasts.
        identities: Reads the identity file as it is now.
        words: What people type → the form without values.

    """

    def __init__(
        self, database: Database, settings: IdentitySettings, identities: Callable[[], Identities], words: Words
    ) -> None:
        self._database, self._settings, self._identities, self._words = database, settings, identities, words

    def create(
        self, principal: str, by: str, days: int | None = None, *, name: str = "", grants: Sequence[Grant] | None = None
    ) -> tuple[str, Token]:
        """Make a token for `principal`; the text returned is shown to its holder and kept nowhere.

        Raises:
            NotFound: The identity file has no such principal.
            UsageError: The principal does not hold every grant, the days or the name are out of bounds, or the name
                holds what looks like a value.

        """
        identities = self._identities()
        principal, held = identities.principal(principal).name, identities.grants(principal)
        if grants is not None and not all(narrowed(held, [grant]) for grant in grants):
            raise UsageError(
                f"{principal} does not hold every role that was asked for.",
                fix="A token only narrows what principals.yaml gives: see `corpusgate principals list`.",
            )
        longest = self._settings.token_days_max
        days = self._settings.token_days if days is None else days
        if not 1 <= days <= longest:
            raise UsageError(
                f"A token lasts 1 to {longest} days, not {days}.",
                fix="Ask for fewer days, or raise identity.token_days_max in corpusgate.yaml.",
            )
        if name and not _NAME.fullmatch(name):
            raise UsageError("A token's name has at most 100 printable characters.", fix="Give a shorter name.")
        if not is_plain_label(name) and self._words(name) != name:
            raise UsageError(
                "The token's name holds what looks like a secret or personal data.",
                done="No token was made.",
                fix="Name what the token is for, such as `laptop` or `nightly refresh`.",
            )
        token_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            token = Token(
                token_id=token_id,
                name=name or principal,
                principal=principal,
                grants=None if grants is None else tuple(grants),
                created_by=by,
                created_at=at,
                expires_at=at + timedelta(days=days),
            )
            kept = None if grants is None else [grant.model_dump(mode="json") for grant in grants]
            row = token.model_dump() | {"grants": kept, "secret_digest": digest_text(secret)}
            connection.execute(insert(table), row)
            details: dict[str, audit_log.Detail] = {"token_id": token_id, "days": days, "narrowed": grants is not None}
            audit_log.append(connection, at, [AuditEntry(by, "token.created", principal, details)])
        return f"cg_{token_id}_{secret}", token

    def identify(self, presented: str) -> Caller:
        """The holder of a token, with the roles that are left to it. Raises `NotIdentified`."""
        return self.caller_of(self.verify(presented), "token")

    def caller_of(self, token: Token, means: str) -> Caller:
        """The holder of a valid token, as the identity file has it now. Raises `NotIdentified` if it left the file."""
        identities = self._identities()
        try:
            principal, held = identities.principal(token.principal), identities.grants(token.principal)
        except NotFound:
            raise NotIdentified(
                f"{token.principal} is not a principal any more.", done=_NOTHING, fix="Ask an operator."
            ) from None
        grants = held if token.grants is None else narrowed(held, token.grants)
        return Caller(principal=principal, grants=grants, means=means)

    def verify(self, presented: str) -> Token:
        """The token that was presented. Raises `NotIdentified`."""
        match = _TOKEN.fullmatch(presented.strip())
        if match is None:
            raise NotIdentified("That is no token.", done=_NOTHING, fix=_FIX)
        with self._database.read() as connection:
            at = self._database.now(connection)
            row = connection.execute(_PRESENTED, {"token_id": match[1]}).mappings().first()
        # Compared even where there is no such token: the time taken tells nothing.
        kept = row["secret_digest"] if row else "0" * 64
        if not hmac.compare_digest(kept, digest_text(match[2])) or row is None:
            raise NotIdentified("That token is not known here.", done=_NOTHING, fix=_FIX)
        token = _from_row(row)
        self._refuse_ended(token, at)
        if token.last_used_at is None or at - token.last_used_at > _COARSE:
            with self._database.begin() as connection:
                connection.execute(update(table).where(table.c.token_id == token.token_id).values(last_used_at=at))
        return token

    def still_valid(self, token_id: str) -> Token:
        """A token that was verified before. Raises `NotIdentified` when it has ended since."""
        with self._database.read() as connection:
            at = self._database.now(connection)
            token = _require(connection, token_id)
        self._refuse_ended(token, at)
        return token

    def revoke(self, beginning: str, by: str) -> Token:
        """End a token now, by its id or the beginning of it; twice is once."""
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            token = _require(connection, beginning)
            if token.revoked_at is not None:
                return token
            changes = {"revoked_by": by, "revoked_at": at}
            connection.execute(update(table).where(table.c.token_id == token.token_id).values(**changes))
            entry = AuditEntry(by, "token.revoked", token.principal, {"token_id": token.token_id})
            audit_log.append(connection, at, [entry])
            return token.model_copy(update=changes)

    def revoke_all(self, principal: str | None, by: str) -> EndedAccess:
        """End every token and every session of a principal, or of all with None. Raises `UsageError` for no name."""
        named = None if principal is None else self._identities().named(principal)
        return end_access(self._database, named, by)

    def list_tokens(self, principal: str | None = None) -> list[tuple[Token, TokenState]]:
        """Every token, or those of a principal, oldest first."""
        query = select(*_FIELDS).order_by(table.c.created_at, table.c.token_id)
        if principal is not None:
            query = query.where(table.c.principal == principal)
        with self._database.read() as connection:
            at = self._database.now(connection)
            found = [_from_row(row) for row in connection.execute(query).mappings()]
        return [(token, token.state(at)) for token in found]

    @staticmethod
    def _refuse_ended(token: Token, at: datetime) -> None:
        state = token.state(at)
        if state is not TokenState.VALID:
            raise NotIdentified(f"That token is {state.value}.", done=_NOTHING, fix=_FIX)


_NOTHING = "Nothing was done."
_FIX = "An operator makes a new one with `corpusgate tokens create`."


def _require(connection: Connection, beginning: str) -> Token:
    query = select(*_FIELDS).where(table.c.token_id.startswith(beginning, autoescape=True)).limit(2)
    rows = connection.execute(query).mappings().all() if beginning else []
    if len(rows) != 1:
        what = "Several tokens begin" if rows else "No token begins"
        raise NotFound(f"{what} with that id.", fix="`corpusgate tokens list` shows their ids.")
    return _from_row(rows[0])


def _from_row(row: RowMapping) -> Token:
    return Token.model_validate({column.name: row[column] for column in _FIELDS})
