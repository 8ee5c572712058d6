"""Changes to the identity file, each with an audit entry."""

import re

from pipeline.domain.documents.words import Words, is_plain_label
from pipeline.domain.errors import UsageError
from pipeline.domain.identity.permissions import Principal
from pipeline.settings.home import Home
from pipeline.settings.operator import operator_name
from pipeline.settings.principals import PrincipalSettings
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.audit.verification import AuditLog

_ADDRESS = re.compile(r"user:[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")


class Principals:
    """Writes principals to the identity file."""

    def __init__(self, home: Home, audit: AuditLog, words: Words) -> None:
        self._home, self._audit, self._words = home, audit, words

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
        principal = self._home.add_principal(entry)
        details = {"clearance": principal.clearance.value, "groups": len(principal.groups)}
        self._audit.record(AuditEntry(operator_name(), "principal.written", principal.name, details))
        return principal
