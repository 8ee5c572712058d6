"""Which hosts the commands of a text reach: `curl … | sudo bash` and other lines that a reader is meant to type.

Invariants: pure, and linear in the length of a text. A line in a fenced block, after a prompt or in a code span is a
command, and so is a line of prose with a program that fetches or runs something, since formats other than Markdown have
no fences. The result names hosts and counts commands; it holds no line of the text.
"""

import re
from collections import Counter
from collections.abc import Iterator

from pipeline.domain.findings.edits import commands_of, links_of

_HOST = r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.){1,6}[a-z]{2,24}|\d{1,3}(?:\.\d{1,3}){3}"
_FETCHING = r"curl|wget|aria2c|iwr|irm|invoke-webrequest|invoke-restmethod|git clone|ssh|scp|rsync|docker (?:run|pull)"
_TYPED = re.compile(
    rf"(?<![\w-])(?:(?:{_FETCHING})(?:\.exe)?[ \t]+(?:-|[\"'<(]?(?:\w+@|https?:|(?:{_HOST})(?:[/:]|[ \t]*\|)))"
    r"|(?:scp|rsync)[ \t]+\S+[ \t]+[\w@./~-]+:"
    r"|sudo[ \t]+[-\w./]"
    r"|(?:ba|z|da)?sh[ \t]+(?:-c\b|<\(|[\w./-]+\.sh\b)"
    r"|(?:pip3?|npm|pnpm|yarn|brew|gem|cargo|apt|apt-get|dnf|choco|winget)[ \t]+(?:install|add)[ \t]+[-\w@./]"
    r"|powershell(?:\.exe)?[ \t]+-|iex[ \t]*[(\"$]|chmod[ \t]+\+x)",
    re.I,
)
"""Marks of a command in a line of prose. `[.]` and other spellings for people are not found."""
_REACHED = re.compile(
    rf"(?<![\w-])(?P<program>{_FETCHING})(?:\.exe)?(?P<rest>[^\n|;&`]{{1,400}})", re.I
)  # fmt: skip
_BARE = re.compile(
    rf"(?<![\w.@/-])(?P<user>[\w.+-]{{1,64}}@)?(?P<host>{_HOST})(?P<path>[/:][^\s\"'`)<>]{{0,400}})?(?![\w.@-])", re.I
)
_TAKING_FILES = ("scp", "rsync", "docker", "git")
"""Programs that are also given names of files, which look like hosts."""
_OUTPUT = re.compile(r"(?<!\S)(?:-[a-zA-Z]*[oO]|--output|-OutFile|-i)[ =]+\S+", re.I)
_SHARED_HOSTS = frozenset(
    {
        "bitbucket.org", "codeberg.org", "docs.google.com", "drive.google.com", "dropbox.com", "gist.github.com",
        "gist.githubusercontent.com", "github.com", "gitlab.com", "huggingface.co", "pastebin.com",
        "raw.githubusercontent.com", "s3.amazonaws.com", "storage.googleapis.com",
    }
)  # fmt: skip
"""Hosts where everyone can publish: the first part of the path says whose it is."""
_LOOPBACK = re.compile(r"(?:localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0)\Z", re.I)


def typed_lines(text: str) -> list[str]:
    """The commands of a text, each as it stands, without the spaces around it."""
    prose = (line.strip() for line in text.split("\n") if _TYPED.search(line))
    return [*commands_of(text), *prose]


def reached_by_commands(text: str) -> frozenset[str]:
    """Hosts that the commands of a text reach, in lower case; of a shared host also whose part of it."""
    return frozenset(place for line in typed_lines(text) for place in _places(line))


def commands_to_new_places(old: str, new: str) -> int:
    """How many hosts commands of `new` reach that `old` names nowhere; loopback addresses are not counted."""
    reached = reached_by_commands(new)
    if not reached:
        return 0
    mentioned = reached_by_commands(old) | {place for link in links_of(old) for place in _of_link(link)}
    plain = old.casefold()
    return sum(
        1
        for place in reached - mentioned
        if "/" in place or not re.search(rf"(?<![\w.-]){re.escape(place)}(?![\w-])", plain)
    )


def added_commands(old: str, new: str) -> int:
    """How many commands `new` has that `old` has not."""
    return (Counter(set(typed_lines(new))) - Counter(set(typed_lines(old)))).total()


def _places(line: str) -> Iterator[str]:
    for link in links_of(line):
        yield from _of_link(link)
    for command in _REACHED.finditer(line):
        rest = _OUTPUT.sub(" ", command["rest"])
        if "://" not in rest:
            copies = command["program"].casefold().startswith(_TAKING_FILES)
            for bare in _BARE.finditer(rest):
                if copies and not (bare["user"] or bare["path"]):
                    continue
                yield from _of_host(bare["host"], (bare["path"] or "").replace(":", "/"))


def _of_link(link: tuple[str, str]) -> Iterator[str]:
    yield from _of_host(*link)


def _of_host(host: str, path: str) -> Iterator[str]:
    name = host.casefold().removeprefix("www.")
    if _LOOPBACK.match(name):
        return
    whose = path.strip("/").partition("/")[0].casefold()
    yield f"{name}/{whose}" if name in _SHARED_HOSTS and whose else name
