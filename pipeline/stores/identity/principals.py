"""Changes to the identity file, each with an audit entry."""

from pipeline.domain.identity.permissions import Principal
from pipeline.settings.home import Home
from pipeline.settings.operator import operator_name
from pipeline.settings.principals import PrincipalSettings
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.audit.verification import AuditLog


class Principals:
    """Writes principals to the identity file."""

    def __init__(self, home: Home, audit: AuditLog) -> None:
        self._home, self._audit = home, audit

    def add(self, entry: PrincipalSettings) -> Principal:
        """Add a principal, or replace the one of the same name; returns it with all its groups."""
        principal = self._home.add_principal(entry)
        details = {"clearance": principal.clearance.value, "groups": len(principal.groups)}
        self._audit.record(AuditEntry(operator_name(), "principal.written", principal.name, details))
        return principal
