"""Pages: templates, shared parts, and the navigation by role.

Invariants: everything is escaped by default and an undefined name is an error. No page holds inline script or style.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pipeline import __version__
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.findings.masking import spelled
from pipeline.domain.identity.roles import Caller, Role
from pipeline.review.rights import SEE
from pipeline.web.display.assets import ASSETS
from pipeline.web.display.door_words import for_pages
from pipeline.web.display.wording import FILTERS, WORDS
from pipeline.web.security.identity import csrf_token

_TEMPLATES = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """A line of the navigation, for callers with one of `roles`; `key` is the second key of `g` shortcuts."""

    label: str
    path: str
    roles: frozenset[Role]
    key: str
    place: int = 20
    """Entries are in this order; those of the same place in the order of the modules of pages."""
    unbounded: bool = False
    """Only for callers whose role covers every source and classification."""

    def shown_to(self, caller: Caller) -> bool:
        """Whether the page opens for the caller."""
        return any(caller.may(role) if self.unbounded else caller.may_somewhere(role) for role in self.roles)


def navigation_of(modules: Iterable[ModuleType]) -> tuple[NavigationEntry, ...]:
    """The navigation: the entry `NAVIGATION` of each module of pages that has one, in order."""
    entries = [module.NAVIGATION for module in modules if hasattr(module, "NAVIGATION")]
    return tuple(sorted(entries, key=lambda entry: entry.place))


def _when(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _ago(moment: datetime, now: datetime | None = None) -> str:
    """How long something waits, in the largest unit that fits: `3 h`."""
    seconds = max(0, int(((now or datetime.now(UTC)) - moment).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "now"


environment = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
environment.globals.update(WORDS)
environment.filters["when"] = _when
environment.filters.update(FILTERS)
environment.filters["ago"] = _ago
environment.filters["for_pages"] = for_pages
environment.filters["spelled"] = spelled


def _broken_glass(request: Request) -> str:
    """What everybody is told until people have looked at it: how much an operator let in alone, never what."""
    try:
        broken = request.app.state.workspace.reviews.open_break_glass()
    except CorpusgateError:
        return ""  # the page at hand may be the one that says that the ledger cannot be read
    if not broken:
        return ""
    one = len(broken) == 1
    what = "One document was" if one else f"{len(broken)} documents were"
    return f"{what} admitted by an operator alone. Reviewers still have to review {'it' if one else 'them'}."


def page(
    request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> HTMLResponse:
    """Render a template, with the caller, the CSRF token and the navigation."""
    caller: Caller | None = getattr(request.state, "caller", None)
    secret: str | None = getattr(request.state, "session", None)
    entries: tuple[NavigationEntry, ...] = request.app.state.navigation
    shown = [entry for entry in entries if caller and entry.shown_to(caller)]
    html = environment.get_template(template).render(
        broken_glass=_broken_glass(request) if caller else "",
        may_review=caller is not None and any(caller.may_somewhere(role) for role in SEE),
        request=request,
        path=request.url.path,
        caller=caller,
        csrf=csrf_token(secret) if secret else "",
        navigation=shown,
        asset=ASSETS.url,
        version=__version__,
        Role=Role,
        **context,
    )
    return HTMLResponse(html, status, headers)
