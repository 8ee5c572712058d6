"""Separation of duties: whether two names are the same person.

Invariant: any doubt counts as the same person, so spelling never turns a submitter into an approver (law 8).
"""

from pipeline.domain.identity.permissions import principal_id

PUBLISHER = "service:corpusgate"
"""Who publishes, in the audit log."""


def person(name: str) -> str:
    """One spelling for one person: full principal name where it is one, without case and surrounding space."""
    try:
        return principal_id(name).casefold()
    except ValueError:
        return name.strip().casefold()


def same_person(one: str, other: str) -> bool:
    """Whether two names mean one person."""
    return person(one) == person(other)
