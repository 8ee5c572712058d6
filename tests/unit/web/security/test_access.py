"""The door of a route costs no thread of its own."""

import inspect
from collections.abc import Iterator

from fastapi.dependencies.models import Dependant

from pipeline.web import app as application


def dependencies(dependant: Dependant) -> Iterator[object]:
    """Everything that is called before the route's own function."""
    for one in dependant.dependencies:
        yield one.call
        yield from dependencies(one)


def test_what_stands_before_a_route_is_called_on_the_event_loop() -> None:
    """FastAPI calls what is not asynchronous in a thread of a pool that requests compete for."""
    called = {call for route in application.routes() for call in dependencies(route.dependant)}
    assert called
    for call in called:
        step = call if inspect.isfunction(call) else type(call).__call__
        assert inspect.iscoroutinefunction(step), call
