"""Two questions that Beam asks again and again while it builds and runs a graph, answered once each.

Together they were a third of the processor time between an edited document and its publication: every view of the
options parses all flags again, and every look at a DoFn inspects the signatures of all its methods.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms import userstate

_VIEWS = "_views"


class KeptViews(PipelineOptions):
    """Options that make each view once. All views of one object share their values anyway."""

    def view_as(self, cls: type[Any]) -> Any:
        """The options as a subclass of Beam's, which knows the names of its own."""
        views: dict[type[Any], Any] = self.__dict__.setdefault(_VIEWS, {})
        if cls not in views:
            views[cls] = super().view_as(cls)
        return views[cls]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != _VIEWS}


@contextlib.contextmanager
def specs_read_once() -> Iterator[None]:
    """Inside, Beam looks at the states and timers of each DoFn object once. They are declared in its code."""
    inspected = userstate.get_dofn_specs
    found: dict[int, tuple[object, Any]] = {}

    def get_dofn_specs(dofn: object) -> Any:
        if id(dofn) not in found:
            found[id(dofn)] = dofn, inspected(dofn)  # kept, so that no other object gets its id
        return found[id(dofn)][1]

    userstate.get_dofn_specs = get_dofn_specs
    try:
        yield
    finally:
        userstate.get_dofn_specs = inspected
