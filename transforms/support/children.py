"""Child processes of the gates of this process, begun before the graph has anything for them.

Loading them takes as long as loading Beam and building the graph, and does not depend on either.
"""

from pipeline.detectors.suite import begin
from pipeline.extraction.tag_reader import tag_reader
from transforms.support.context import RunContext


def begin_reading(context: RunContext) -> None:
    """Have the child that reads tags load while the caller does something else."""
    tag_reader(context.extraction).begin()


def begin_scanning(context: RunContext) -> None:
    """Have the detectors load while the caller does something else. Each proves itself before its first answer."""
    begin(context.detectors, context.home_folder)
