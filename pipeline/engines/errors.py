"""A runner's error for people: our own words and class, or only a class name (law 4).

Invariant: the text of a runner's error can quote elements, so the text of a foreign error is dropped.
"""

import re

from pipeline.domain import errors
from pipeline.domain.errors import CorpusgateError, SourceError

_OUR_ERROR = re.compile(r"pipeline\.domain\.errors\.(\w+): ([^\n]*)")

_KAFKA_ERROR = re.compile(r"org\.apache\.kafka\.(?:\w+\.)*(\w+Exception)")


def ours(error: Exception) -> CorpusgateError:
    """Our own error, of its class, out of whatever the runner wrapped it in; of others only the class and the gate."""
    if isinstance(error, CorpusgateError):
        return error
    message = str(error)
    found = _OUR_ERROR.search(message)
    gate = re.search(r"\[while running '([^']*)'", message)
    where = f" in `{gate[1]}`" if gate else ""
    done = "Nothing was published; the last generation keeps serving."
    if found:
        kind = getattr(errors, found[1], CorpusgateError)
        plain = kind if kind.__init__ is CorpusgateError.__init__ else CorpusgateError
        return plain(f"The run stopped{where}: {found[2].split(' [while running')[0]}", done=done)
    if kafka := _KAFKA_ERROR.search(message):
        return SourceError(
            f"The run stopped{where}: Kafka answered {kafka[1]}.",
            done=done,
            fix="Check that the topics and brokers of the sources that are topics exist and can be reached from here.",
        )
    return SourceError(
        f"The run stopped{where} with {type(error).__name__}.",
        done=done,
        fix="Run it again; if it stops again, `corpusgate doctor` checks models, database, index and keys.",
    )
