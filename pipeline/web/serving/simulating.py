"""Simulations of policies that callers send: one at a time.

Invariant: a second one is refused instead of queued. A simulation takes a processor for as long as the corpus is large.
"""

from threading import Lock

from pipeline.domain.errors import Busy
from pipeline.domain.identity.roles import Caller
from pipeline.reports.policy_simulation import PolicyComparison, SimulationQuestion, simulate_text
from pipeline.workspace import Workspace

MOST_CHARACTERS = 200_000
"""Of a policy that is sent. The default policy has about a tenth of it."""


class Simulating:
    """Runs simulations of a server."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._under_way = Lock()

    def try_policy(self, caller: Caller, text: str, asked: SimulationQuestion) -> PolicyComparison:
        """Differences that the policy would make.

        Raises:
            Busy: Another simulation is under way.
            NotAllowed: The caller may not ask.
            InvalidFields: The text is not a policy.
            NotFound: There is no such source.

        """
        if not self._under_way.acquire(blocking=False):
            raise Busy("A simulation is under way.", done="Nothing was simulated.", fix="Try again in a minute.")
        try:
            return simulate_text(self._workspace, caller, text, asked)
        finally:
            self._under_way.release()
