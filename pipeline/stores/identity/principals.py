"""The identity file as it is used: what changed in it is on record before it has an effect."""

import re
from collections.abc import Sequence
from datetime import timedelta
from time import monotonic

from pipeline.domain.documents.words import Words, is_plain_label
from pipeline.domain.errors import UsageError
from pipeline.domain.identity.departures import Departure
from pipeline.domain.identity.histories import state_digest
from pipeline.domain.identity.permissions import Principal
from pipeline.domain.identity.persons import PUBLISHER
from pipeline.domain.identity.roles import Grant
from pipeline.settings.home import Home
from pipeline.settings.operator import operator_name
from pipeline.settings.principals import Identities, PrincipalSettings
from pipeline.stores.database import Database
from pipeline.stores.identity.departures import end_work
from pipeline.stores.identity.ended_access import end_access
from pipeline.stores.identity.history import PrincipalHistory

_ADDRESS = re.compile(r"user:[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_LOOK_AGAIN_SECONDS = 60.0
"""A busy principal of the identity provider must not read the history at every request."""
_REMEMBERED = 10_000


class Principals:
    """Reads and writes the identity file, and keeps the history of principals. Safe to use from many threads."""

    def __init__(self, home: Home, database: Database, words: Words) -> None:
        self._home, self._database, self._words = home, database, words
        self.history = PrincipalHistory(database)
        self._noted: Identities | None = None
        self._seen: dict[str, tuple[str, float]] = {}

    def current(self) -> Identities:
        """The identity file as it is now. Raises `LedgerError` if a change of it cannot be put on record."""
        identities = self._home.identities
        if identities is not self._noted:
            self._note(identities, PUBLISHER)
        return identities

    def note_request(self, principal: Principal, roles: Sequence[Grant]) -> None:
        """Record a principal of the identity provider who asks, as the provider describes it now."""
        state, now = state_digest(principal, roles), monotonic()
        seen = self._seen.get(principal.name)
        if seen is not None and seen[0] == state and now - seen[1] < _LOOK_AGAIN_SECONDS:
            return
        lasts = timedelta(hours=self._home.settings.identity.session_hours)
        self.history.note_request(principal, tuple(roles), lasts)
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen[principal.name] = state, now

    def add(self, entry: PrincipalSettings) -> Principal:
        """Add a principal, or replace the one of the same name; returns it with all its groups.

        Raises:
            UsageError: Its name, tenant or a group is not one, or holds what looks like a secret or personal data.

        """
        for label in (entry.name, entry.tenant, *entry.groups):
            # Many identity providers name users by their address, and the account is what its provider calls it.
            if not _ADDRESS.fullmatch(label) and not is_plain_label(label) and self._words(label) != label:
                raise UsageError(
                    "The principal was not added: its name, tenant or a group holds what looks like a secret or "
                    "personal data.",
                    fix="Use the name that its provider gives the account.",
                )
        self.current()  # what somebody changed by hand before is not this operator's change
        principal = self._home.add_principal(entry)
        self._note(self._home.identities, operator_name())
        return principal

    def change(self, name: str, **fields: object) -> Principal:
        """Change fields of a principal's entry; returns it with all its groups. Raises as `add`, and `NotFound`."""
        entry = self.current().entry(name)
        return self.add(PrincipalSettings.model_validate({**dict(entry), **fields}))

    def disable(self, name: str) -> Departure:
        """Take every role from a principal, and end its access and its unused approvals. Its name stays known.

        Raises `NotFound` if the identity file does not have it.
        """
        by = operator_name()
        principal = self.change(name, roles=())
        return self._departed(principal.name, by)

    def remove(self, name: str) -> Departure:
        """Take a principal out of the identity file, and end its access and its unused approvals.

        Removing it again finishes what was interrupted. Raises `NotFound` if there is nothing to remove or to end.
        """
        by = operator_name()
        wanted = self.current().named(name)
        removed = self._home.remove_principals([wanted])
        if removed:
            self._note(self._home.identities, by)
        departure = self._departed(wanted, by)
        if not removed and not departure.ended_anything:
            self.current().principal(wanted)  # raises
        return departure

    def _departed(self, name: str, by: str) -> Departure:
        access = end_access(self._database, name, by)
        work = end_work(self._database, name, by)
        return Departure(principal=name, tokens=access.tokens, sessions=access.sessions, work=work)

    def _note(self, identities: Identities, by: str) -> None:
        self.history.note_file(identities.everyone, by)
        self._noted = identities
