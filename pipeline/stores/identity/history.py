"""The history of principals in the database.

Invariants: what a principal is and holds is on record before it has an effect, with an audit entry in the same
transaction. Rows are added and ended, and never removed.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, RowMapping, insert, or_, select, update

from pipeline.domain.digests import digest_json
from pipeline.domain.identity.histories import Origin, PrincipalState, PrincipalStates, state_digest
from pipeline.domain.identity.permissions import Principal
from pipeline.domain.identity.persons import PUBLISHER
from pipeline.domain.identity.roles import Grant
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Database, insert_into
from pipeline.stores.tables import identity_file, principal_history

Held = tuple[Principal, tuple[Grant, ...]]
BEGAN, WRITTEN, REMOVED = "principals.recorded", "principal.written", "principal.removed"
_AT_ONCE = 500
"""Values in one condition: databases have limits."""
_h = principal_history.c


class PrincipalHistory:
    """Writes and reads the history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note_file(self, principals: Mapping[str, Held], by: str = PUBLISHER) -> None:
        """Record how the identity file differs from what was recorded last; `principals` are all of it, by name."""
        states = {name: state_digest(*held) for name, held in principals.items()}
        digest = digest_json(states)
        with self._database.read() as connection:
            if connection.execute(select(identity_file.c.digest)).scalar() == digest:
                return
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            noted = connection.execute(select(identity_file.c.digest)).scalar()
            if noted == digest:
                return
            open_rows = select(_h.principal, _h.digest).where(_h.origin == "file", _h.until.is_(None))
            before = {row.principal: row.digest for row in connection.execute(open_rows)}
            changed = [name for name, state in states.items() if before.get(name) != state]
            removed = [name for name in before if name not in states]
            _end(connection, [*(name for name in changed if name in before), *removed], at)
            rows = [_row(principals[name], states[name], "file", at) for name in changed]
            if rows:
                connection.execute(insert(principal_history), rows)
            file = insert_into(connection, identity_file).values(id=1, digest=digest, began_at=at)
            file = file.on_conflict_do_update(index_elements=["id"], set_={"digest": file.excluded.digest})
            connection.execute(file)
            if noted is None:
                entries = [AuditEntry(by, BEGAN, "principals", {"principals": len(states), "digest": digest})]
            else:
                entries = [_written(by, principals[name], states[name], "file") for name in changed]
                entries += [AuditEntry(by, REMOVED, name, {"origin": "file"}) for name in removed]
            audit_log.append(connection, at, entries)

    def note_request(self, principal: Principal, roles: tuple[Grant, ...], lasts: timedelta) -> None:
        """Record how the identity provider describes a principal who asks.

        An older description can still be in use: a session keeps its own. So another description ends the ones that
        began longer ago than a session `lasts`, and two can hold at a time.
        """
        state = state_digest(principal, roles)
        with self._database.read() as connection:
            if not self._differs(connection, principal.name, state, lasts):
                return
        with audit_log.audited(self._database) as connection:
            if not self._differs(connection, principal.name, state, lasts):
                return
            at = self._database.now(connection)
            others = (_h.principal == principal.name, _h.origin == "oidc", _h.until.is_(None))
            known = connection.execute(select(_h.digest).where(*others)).scalars().all()
            old = update(principal_history).where(*others, _h.digest != state, _h.since <= at - lasts)
            connection.execute(old.values(until=at))
            if state not in known:
                connection.execute(insert(principal_history), [_row((principal, roles), state, "oidc", at)])
            audit_log.append(connection, at, [_written(PUBLISHER, (principal, roles), state, "oidc")])

    def states(
        self,
        *,
        names: Collection[str] | None = None,
        tenant: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> PrincipalStates:
        """States that held at any time from `since` to `until`, by name and time; what is None does not restrict."""
        conditions: list[ColumnElement[bool]] = []
        if names is not None:
            conditions.append(_h.principal.in_(sorted(names)))
        if tenant is not None:
            conditions.append(_h.tenant == tenant)
        if since is not None:
            conditions.append(or_(_h.until.is_(None), _h.until > since))
        if until is not None:
            conditions.append(_h.since <= until)
        query = select(principal_history).where(*conditions).order_by(_h.principal, _h.origin, _h.since)
        with self._database.read() as connection:
            began = connection.execute(select(identity_file.c.began_at)).scalar()
            rows = connection.execute(query).mappings().all()
        return PrincipalStates(began_at=began, states=tuple(_state(row, began) for row in rows))

    def _differs(self, connection: Connection, name: str, state: str, lasts: timedelta) -> bool:
        """Whether there is something to write."""
        at = self._database.now(connection)
        query = select(_h.digest, _h.since).where(_h.principal == name, _h.origin == "oidc", _h.until.is_(None))
        rows = connection.execute(query).all()
        over = any(row.digest != state and row.since <= at - lasts for row in rows)
        return over or all(row.digest != state for row in rows)


def _end(connection: Connection, names: list[str], at: datetime) -> None:
    for first in range(0, len(names), _AT_ONCE):
        some = _h.principal.in_(names[first : first + _AT_ONCE])
        ending = update(principal_history).where(some, _h.origin == "file", _h.until.is_(None))
        connection.execute(ending.values(until=at))


def _row(held: Held, digest: str, origin: Origin, at: datetime) -> dict[str, object]:
    principal, roles = held
    return {
        "principal": principal.name,
        "origin": origin,
        "since": at,
        "digest": digest,
        "until": None,
        "tenant": principal.tenant,
        "clearance": principal.clearance.value,
        "groups": sorted(principal.groups),
        "roles": [grant.model_dump(mode="json") for grant in roles],
    }


def _written(by: str, held: Held, digest: str, origin: Origin) -> AuditEntry:
    principal, roles = held
    details: dict[str, audit_log.Detail] = {
        "clearance": principal.clearance.value,
        "groups": len(principal.groups),
        "roles": len(roles),
        "origin": origin,
        "state": digest,
    }
    return AuditEntry(by, WRITTEN, principal.name, details)


def _state(row: RowMapping, began: datetime | None) -> PrincipalState:
    origin: Origin = "file" if row["origin"] == "file" else "oidc"
    principal = Principal(
        name=row["principal"], tenant=row["tenant"], groups=frozenset(row["groups"]), clearance=row["clearance"]
    )
    return PrincipalState(
        principal=principal,
        roles=tuple(Grant.model_validate(grant) for grant in row["roles"]),
        origin=origin,
        since=row["since"],
        until=row["until"],
        known_before=origin == "file" and began is not None and row["since"] > began,
    )
