"""The tags of a document: those of its source, narrowed by what the document declares.

Invariants: pure. Anything missing or contradictory is a problem that ends in quarantine, never a default that widens
(law 2). A document may narrow what its source allows and never widen it: its author has no right to grant access that
the source's owner did not grant. Problems name key and place, never a value.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pipeline.domain.declarations.declared import Declared, Tag
from pipeline.domain.declarations.lookalikes import stated_problems
from pipeline.domain.documents.provenance import Source
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import AccessRule, Classification, canonical, to_the_second
from pipeline.domain.identity.persons import same_person
from pipeline.domain.identity.principal_names import KnownPrincipals, written_principal

_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z._-]{0,63}")
MAX_TEXT = 500
"""Characters of a title, licence, owner or submitter."""


class TaggingResult(Frozen):
    """The tags of a document, or the problems that make them unresolvable."""

    owner: str
    submitter: str
    licence: str | None
    title: str | None
    access: AccessRule
    problems: tuple[str, ...] = ()
    """Sentences for a person; any entry quarantines the document."""
    warnings: tuple[str, ...] = ()
    """Doubts that an author should look at; the document may still be served."""


def resolve_tags(
    source: Source,
    declared: Declared | Mapping[str, Any],
    submitter: str | None = None,
    known: KnownPrincipals | None = None,
) -> TaggingResult:
    """Combine a source's tags with what a document declares about itself.

    A tag that cannot be understood, or that would widen access beyond the source, is a problem; the resulting rule is
    then the source's own, and policy quarantines the document.

    Args:
        source: Whose tags hold where nothing is declared.
        declared: As read, with its problems; or plain values by key.
        submitter: The verified one, if there is one: a document cannot name another.
        known: Which principals exist; None if they are not all known.

    """
    if not isinstance(declared, Declared):
        declared = Declared(tuple(Tag(key, value, "") for key, value in declared.items()))
    return _Resolution(source, declared, submitter, known).result()


class _Resolution:
    def __init__(
        self, source: Source, declared: Declared, submitter: str | None, known: KnownPrincipals | None
    ) -> None:
        self._source, self._submitter, self._known = source, submitter, known
        self._tags, self._places = declared.tags, declared.places
        self._problems, self._warnings = list(declared.problems), list[str]()
        self._stated = declared.stated

    def result(self) -> TaggingResult:
        """All tags, each checked."""
        base = self._source.access_rule
        narrowed: dict[str, Any] = {
            "classification": self._classification(base.classification),
            "allow": self._allow(base.allow),
            "deny": (*base.deny, *self._principals("deny")),
            "until": self._until(base.until),
        }
        if "tenant" in self._tags and self._tags["tenant"] is None:
            self._complain("tenant", "Its `tenant` has no value: write it, or leave the key out")
        elif self._text("tenant", base.tenant) != base.tenant:
            self._complain("tenant", "It declares another tenant than its source")
        owner = self._person("owner", self._source.owner)
        named = self._submitter or self._source.registered_by
        submitter = self._person("submitter", named, meant=True)
        if self._submitter is not None and not same_person(submitter, named):
            self._complain("submitter", "It names another submitter than the one who submitted it")
        self._problems += stated_problems(self._stated, narrowed["classification"])
        licence, title = self._text("licence", self._source.licence), self._text("title", None)
        return TaggingResult(
            owner=owner,
            submitter=self._submitter or submitter,
            licence=licence,
            title=title,
            access=base if self._problems else AccessRule(tenant=base.tenant, **narrowed),
            problems=tuple(dict.fromkeys(self._problems)),
            warnings=tuple(self._warnings),
        )

    def _complain(self, key: str, sentence: str) -> None:
        self._problems.append(sentence + self._place(key))

    def _place(self, key: str) -> str:
        place = self._places.get(key)
        return f" ({place})." if place else "."

    def _classification(self, base: Classification) -> Classification:
        if "classification" not in self._tags:
            return base
        value = self._tags["classification"]
        try:
            wanted = Classification(value.strip(" ").lower() if isinstance(value, str) else value)
        except ValueError:
            levels = "public, internal, confidential, restricted"
            self._complain("classification", f"Its classification is not one of {levels}")
            return base
        if wanted.rank < base.rank:
            self._complain("classification", "It declares a lower classification than its source was approved for")
        return wanted

    def _allow(self, base: tuple[str, ...]) -> tuple[str, ...]:
        if "allow" not in self._tags:
            return base
        before = len(self._problems)
        names = self._principals("allow")
        if len(self._problems) > before:
            return base
        if not names:
            self._complain("allow", "Its list of allowed principals is empty")
        elif not set(names) <= set(map(canonical, base)):
            self._complain("allow", "It allows principals its source was not approved for")
        return names

    def _principals(self, key: str) -> tuple[str, ...]:
        """The names of a list in canonical form; nothing, with a problem, for a list that cannot be read."""
        if key not in self._tags:
            return ()
        value = self._tags[key]
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
            self._complain(key, f"Its `{key}` is not a list of names such as `[group:staff, user:ada]`")
            return ()
        if key == "deny" and not names:
            self._complain(key, "Its list of denied principals is empty: name one, or leave the key out")
        written = []
        for number, name in enumerate(names, 1):
            try:
                written.append(written_principal(name, self._known))
            except ValueError as error:
                self._complain(key, f"Entry {number} of its `{key}` {error}")
                continue
            self._check_known(key, number, written[-1])
        return tuple(written)

    def _check_known(self, key: str, number: int, name: str) -> None:
        if self._known is None or self._known.may_exist(name):
            return
        sentence = f"Entry {number} of its `{key}` is not a principal or group that Corpusgate knows"
        if key == "deny":
            self._complain(key, f"{sentence}, so the denial can match no one: correct the name")
        else:
            self._warnings.append(sentence + self._place(key))

    def _until(self, base: datetime | None) -> datetime | None:
        """A moment as YAML or JSON gives it; one without a time zone could be read as a later one."""
        if "until" not in self._tags:
            return base
        value = self._tags["until"]
        try:
            until = to_the_second(value if isinstance(value, datetime) else datetime.fromisoformat(value))
        except (TypeError, ValueError, OverflowError):
            self._complain("until", "Its `until` is not a moment with a time zone, such as 2027-01-31T18:00:00Z")
            return base
        if base is not None and until > base:
            self._complain("until", "It lets access end later than its source does")
        return until

    def _person(self, key: str, base: str, *, meant: bool = False) -> str:
        """A declared owner or submitter: a principal, or the one the source has on record, as it is written there.

        With `meant`, a name that lacks its kind is still the person it seems to be, besides being a problem: the
        person who seems to have submitted a document must not decide about it (law 8).
        """
        value = self._tags.get(key)
        if key not in self._tags or (isinstance(value, str) and same_person(value, base)):
            return base
        if not isinstance(value, str) or len(value) > MAX_TEXT:
            self._complain(key, f"Its `{key}` is not one principal such as `user:ada`")
            return base
        try:
            return written_principal(value, self._known)
        except ValueError as error:
            self._complain(key, f"Its `{key}` {error}")
            return f"user:{value.casefold()}" if meant and _PLAIN_NAME.fullmatch(value) else base

    def _text(self, key: str, base: str | None) -> str | None:
        value = self._tags.get(key)
        if value is None:
            return base
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number or isinstance(value, str)) or len(text := _digits(value)) > MAX_TEXT:
            self._complain(key, f"Its {key} is not a short text")
            return base
        text = " ".join(text.split())
        if any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
            self._complain(key, f"Its {key} holds characters that are not text")
            return base
        return text or base


def _digits(value: Any) -> str:
    try:
        return str(value)
    except ValueError:  # a number of more digits than Python writes
        return "0" * (MAX_TEXT + 1)
