"""The one base of every model that is a value.

Invariants: an instance never changes. An unknown key is an error, in settings, stored records and messages alike: a
misspelt key must not be ignored, and a record of a newer version must not be half understood.
"""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: immutable, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
