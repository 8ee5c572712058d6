"""Settings of the policy as a controlled file."""

from typing import Literal

from pipeline.domain.frozen import Frozen


class PolicySettings(Frozen):
    """How a run treats a `policy.yaml` that was edited by hand."""

    hand_edits: Literal["shown", "refused"] = "shown"
    """`shown`: a run goes by the edited file, and the audit log says so. `refused`: runs stop until the file is
    restored, or its edit was proposed and approved."""
