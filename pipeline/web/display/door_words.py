"""Errors in the words of the door: a command that an error advises becomes the route or the page that does the same.

Use cases name commands, because the command line can do everything. A caller over REST or a reader of a page may have
no command line, so the same advice names their door. Commands without such a route or page stay: an operator runs them.
"""

import re
from typing import NamedTuple


class DoorWords(NamedTuple):
    """A command, and the same elsewhere. `{}` stands for its argument; empty where a door does not have it."""

    command: str
    route: str
    page: str
    named: str = "…"
    """The argument, where the advice leaves it out."""


SAME = (
    DoorWords("audit list", "GET /v1/audit", "Audit log"),
    DoorWords("audit verify", "POST /v1/audit/verify", "Audit log, Verify"),
    DoorWords("erase list", "GET /v1/erasures", ""),
    DoorWords("explain", "GET /v1/documents/{}", "Documents", "ID"),
    DoorWords("findings", "GET /v1/findings/counts?by=detector-version&past=true", "Findings"),
    DoorWords("generations approve", "POST /v1/generations/held/{}/approve", "Review, Held generations", "ID"),
    DoorWords("generations held", "GET /v1/generations/held/{}", "Review, Held generations", ""),
    DoorWords("generations list", "GET /v1/generations", "Generations"),
    DoorWords("keys list", "GET /v1/keys", ""),
    DoorWords("policy proposals", "GET /v1/policy/proposals", "Policy, Changes"),
    DoorWords("policy propose", "POST /v1/policy/proposals", "Policy, Changes"),
    DoorWords("principals history", "GET /v1/principals/history?principal={}", "", "NAME"),
    DoorWords("principals list", "GET /v1/principals", ""),
    DoorWords("quarantine list", "GET /v1/quarantine", "Quarantine"),
    DoorWords("review confirm", "POST /v1/reviews/{}/confirm", "Review, Break-glass", "ID"),
    DoorWords("review list", "GET /v1/reviews", "Review"),
    DoorWords("review questions", "GET /v1/reviews/questions", "Submissions"),
    DoorWords("review show", "GET /v1/reviews/{}", "Review", "ID"),
    DoorWords("revocations list", "GET /v1/revocations", ""),
    DoorWords("revoke", "POST /v1/revocations", "Documents"),
    DoorWords("runs list", "GET /v1/runs", "Runs"),
    DoorWords("sources add", "POST /v1/sources", "Sources, Register a source"),
    DoorWords("sources list", "GET /v1/sources", "Sources"),
    DoorWords("sources rates", "GET /v1/sources/{}/rates", "Sources", "NAME"),
    DoorWords("submissions list", "GET /v1/submissions", "Submissions"),
    DoorWords("trace", "GET /v1/trace/{}", "Search", "CHUNK"),
    DoorWords("waivers approve", "POST /v1/waivers/{}/approve", "Review, Waivers", "ID"),
    DoorWords("waivers list", "GET /v1/waivers?all=true", "Review, Waivers"),
)
"""By command, sorted."""

OPERATORS = (
    "audit accept-older-copy", "audit checkpoint", "audit export", "backup create", "backup restore",
    "backup verify", "doctor", "init",
    "keys export", "keys rotate", "models add", "models derive", "models list", "models migrate", "notifications",
    "principals add", "reconcile", "refresh", "stream", "tokens create",
    "tokens list",
)  # fmt: skip
"""Commands that errors advise and that only the operator of the machine can run."""

_BY_NAME = {one.command: one for one in SAME}
_NAMES = "|".join(sorted(map(re.escape, _BY_NAME), key=len, reverse=True))
_COMMAND = re.compile(
    rf"(?P<quote>`)?corpusgate (?P<command>{_NAMES})(?![a-z-])"
    r"(?P<rest>(?(quote)(?: [^`]*)?|(?: [A-Za-z0-9][^\s`,;)]*[^\s`,;).]|[A-Z0-9])?))(?(quote)`)"
)
_OPTION = re.compile(r"(?<![\w`-])--([a-z][a-z-]+)(?![\w=])")


def for_rest(advice: str) -> str:
    """The advice for a caller over REST: routes for commands, names of fields for options."""
    if "corpusgate" not in advice and "--" not in advice:
        return advice
    routed = _COMMAND.sub(lambda match: _told(match, _BY_NAME[match["command"]].route), advice)
    outside = re.split(r"(`[^`]*`)", routed)
    return "".join(part if part.startswith("`") else _OPTION.sub(_field, part) for part in outside)


def for_pages(advice: str) -> str:
    """The advice for a reader of pages: pages for commands."""

    def page(match: re.Match[str]) -> str:
        named = _BY_NAME[match["command"]].page
        return f"the page {named}" if named else match[0]

    told = _COMMAND.sub(page, advice)
    return f"{told[:1].upper()}{told[1:]}" if told != advice else advice


def _told(match: re.Match[str], route: str) -> str:
    same = _BY_NAME[match["command"]]
    argument = match["rest"].partition(" --")[0].strip()
    return f"`{route.format(argument or same.named).removesuffix('/')}`"


def _field(match: re.Match[str]) -> str:
    return f"`{match[1].replace('-', '_')}`"
