"""Parameters that several routes share: callers by role, and what people type into forms.

Invariant: a role here only opens the route; the services decide what the role reaches.
"""

from typing import Annotated

from fastapi import Depends, Form, Query
from pydantic import AfterValidator, AwareDatetime

from pipeline.domain.identity.roles import KEEPERS, Caller, Role
from pipeline.domain.moments import in_utc
from pipeline.review.acting import LONGEST_REASON
from pipeline.review.rights import SEE
from pipeline.web.security.access import allow

Anyone = Annotated[Caller, Depends(allow())]
Reader = Annotated[Caller, Depends(allow(Role.READER))]
Owner = Annotated[Caller, Depends(allow(Role.OWNER))]
Reviewer = Annotated[Caller, Depends(allow(Role.REVIEWER))]
Auditor = Annotated[Caller, Depends(allow(Role.AUDITOR))]
Operator = Annotated[Caller, Depends(allow(Role.OPERATOR))]
RecordKeeper = Annotated[Caller, Depends(allow(*KEEPERS))]
"""A caller who may see records of some source."""
ItemSeer = Annotated[Caller, Depends(allow(*SEE))]
"""A caller who may see review items."""

UtcMoment = Annotated[AwareDatetime, AfterValidator(in_utc)]
"""A time with its zone, in UTC from here on."""
Moment = Annotated[UtcMoment | None, Query()]
"""A time with its zone."""
Decision = Annotated[str, Form(max_length=20)]
"""The button that was pressed."""
Sentences = Annotated[str, Form(max_length=10 * LONGEST_REASON)]
"""Words of a person; the service says how many are too many."""
