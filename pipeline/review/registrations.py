"""Steps in the life of a source: register, approve, narrow, release, revoke.

Invariants: every step needs a role that reaches the source and its classification; the person who registered a source
never approves or releases it (law 8, held by the registry). More roles may stop a source than trust it.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import ValidationError

from pipeline.domain.documents.addresses import refuse_unknown_address
from pipeline.domain.documents.kafka import topic_of
from pipeline.domain.documents.provenance import Source, SourceState
from pipeline.domain.documents.words import Words, is_plain_path
from pipeline.domain.errors import InvalidFields, NotFound, UsageError
from pipeline.domain.identity.persons import same_person
from pipeline.domain.identity.principal_names import KnownPrincipals, written_principal
from pipeline.domain.identity.roles import Caller, Role
from pipeline.files.buckets import bucket_preview
from pipeline.files.places import refuse_own_and_system
from pipeline.files.preview import Preview, existing_place, preview
from pipeline.stores.ledger.source_registry import SourceRegistry

_NAMED = ("allow", "deny")
SEE = (Role.OWNER, Role.REVIEWER, Role.AUDITOR, Role.OPERATOR)


_NOT_REGISTERED = "The source was not registered."


class RegisteredSource(NamedTuple):
    """A source that was just registered, and what its registrant should look at."""

    source: Source
    warnings: tuple[str, ...]
    """Doubts about its tags, in sentences."""
    preview: Preview | None
    """The first files that it would read now; None for an inbox or a topic."""


class RegistrationService:
    """Steps in the life of a source, each by a verified person."""

    def __init__(
        self,
        registry: SourceRegistry,
        words: Words,
        known: Callable[[], KnownPrincipals],
        own: Callable[[], tuple[str, ...]],
        schemes: Callable[[], tuple[str, ...]],
    ) -> None:
        self._registry, self._words, self._known = registry, words, known
        self._own, self._schemes = own, schemes

    def list_sources(self, caller: Caller) -> list[Source]:
        """The sources the caller has a part in, by name."""
        return [source for source in self._registry.sources() if _sees(caller, source.name)]

    def show(self, caller: Caller, name: str) -> Source:
        """A source the caller has a part in. Raises `NotFound` for others and for unknown names alike."""
        if not _sees(caller, name):
            raise _unknown()
        try:
            return self._registry.source(name)
        except NotFound:
            raise _unknown() from None

    def steps(self, caller: Caller, source: Source) -> tuple[str, ...]:
        """Which of `approve`, `narrow`, `release` and `revoke` the caller could take now."""
        reviews = caller.may(Role.REVIEWER, source.name, source.classification)
        stops = reviews or caller.may(Role.OPERATOR, source.name, source.classification)
        trusts = reviews and not same_person(caller.name, source.registered_by)
        open_to = {
            "approve": trusts and source.state is SourceState.PENDING,
            "narrow": stops and source.state is SourceState.APPROVED,
            "release": trusts and source.state in (SourceState.NARROWED, SourceState.REVOKED),
            "revoke": stops and source.state is not SourceState.REVOKED,
        }
        return tuple(step for step, open_now in open_to.items() if open_now)

    def register(self, caller: Caller, definition: Mapping[str, object]) -> RegisteredSource:
        """Register a source. It contributes nothing until another person approves it."""
        try:
            source = Source.model_validate(
                {**definition, "registered_by": caller.name, "registered_at": datetime.now(UTC)}
            )
            source = source.model_copy(update={key: self._principals(key, getattr(source, key)) for key in _NAMED})
            _ = source.access_rule
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            raise UsageError(
                f"The source was not registered: {'.'.join(map(str, first['loc']))}: {first['msg']}.",
                fix="Correct that value and try again.",
            ) from None
        if not source.is_inbox and "://" not in source.uri and not source.uri.startswith("/"):
            raise UsageError(
                "The source was not registered: uri: it is relative, so the folder is ambiguous.",
                fix="Give an absolute path, or the URL of a bucket.",
            )
        caller.require(Role.OWNER, source=source.name, classification=source.classification)
        placed, listed = self._placed(source)
        self._refuse_values(placed)
        warnings = (*self.warnings(placed), *_about_hidden(listed))
        return RegisteredSource(self._registry.add_source(placed, caller.name), warnings, listed)

    def _placed(self, source: Source) -> tuple[Source, Preview | None]:
        """The source with an address that means one place for good, and the listing that proves it is there."""
        if source.is_inbox:
            return source, None
        if source.is_kafka:
            topic_of(source.uri)
            return source, None
        if "://" in source.uri:
            refuse_unknown_address(source.uri, self._schemes())
            return source, bucket_preview(source.uri)
        place = existing_place(source.uri)
        refuse_own_and_system(place, self._own())
        return source.model_copy(update={"uri": place.uri}), preview(place)

    def warnings(self, source: Source) -> tuple[str, ...]:
        """Doubts about a source: principals that it allows and that neither identity file nor provider can name."""
        known = self._known()
        return tuple(
            f"{name} is not a principal or group that Corpusgate knows: correct the name, or add it to "
            "configs/principals.yaml. Until then no one reads through it."
            for name in source.allow
            if not known.may_exist(name)
        )

    def _principals(self, key: str, names: tuple[str, ...]) -> tuple[str, ...]:
        """Names as they are compared. Raises `UsageError` for one that is not written in full, or denies no one."""
        known = self._known()
        written = []
        for number, name in enumerate(names, 1):
            try:
                written.append(written_principal(name, known))
            except ValueError as error:
                raise InvalidFields(
                    {key: f"Entry {number} {error}."}, done=_NOT_REGISTERED, fix="Correct that name and try again."
                ) from None
            if key == "deny" and not known.may_exist(written[-1]):
                raise InvalidFields(
                    {key: f"Entry {number} is not a principal or group that Corpusgate knows, so it denies no one."},
                    done=_NOT_REGISTERED,
                    fix="Correct the name, or add it to configs/principals.yaml first.",
                )
        return tuple(written)

    def approve(self, caller: Caller, name: str) -> Source:
        """Let a pending source contribute."""
        self._require(caller, name, Role.REVIEWER)
        return self._registry.approve_source(name, caller.name)

    def narrow(self, caller: Caller, name: str, reason: str) -> Source:
        """Send everything new of a source to review; what it serves keeps serving."""
        self._require(caller, name, Role.REVIEWER, Role.OPERATOR)
        return self._registry.narrow_source(name, caller.name, self._words(reason))

    def release(self, caller: Caller, name: str, reason: str) -> Source:
        """Trust a narrowed or revoked source again."""
        self._require(caller, name, Role.REVIEWER)
        return self._registry.release_source(name, caller.name, self._words(reason))

    def revoke(self, caller: Caller, name: str, reason: str) -> Source:
        """Stop serving a source at once."""
        self._require(caller, name, Role.REVIEWER, Role.OPERATOR)
        return self._registry.revoke_source(name, caller.name, self._words(reason))

    def _refuse_values(self, source: Source) -> None:
        """Refuse a source whose own strings, which leave with every document, hold a value."""
        strings = {
            "name": () if is_plain_path(source.name) else (source.name,),
            "uri": () if is_plain_path(source.uri) else (source.uri,),
            "owner": (source.owner,),
            "licence": (source.licence,) if source.licence else (),
            "tenant": (source.tenant,),
            "allow": source.allow,
            "deny": source.deny,
        }
        for field, texts in strings.items():
            if any(self._words(text) != text for text in texts):
                raise InvalidFields(
                    {field: "It holds what looks like a secret or personal data."},
                    done=_NOT_REGISTERED,
                    fix="Name a team, a folder or a role instead, and keep credentials in the environment.",
                )

    def _require(self, caller: Caller, name: str, *roles: Role) -> None:
        source = self.show(caller, name)
        caller.require(*roles, source=name, classification=source.classification)


def _sees(caller: Caller, name: str) -> bool:
    return any(caller.may_in(role, name) for role in SEE)


def _unknown() -> NotFound:
    return NotFound("There is no source of that name.", fix="`corpusgate sources list` shows them.")


def _about_hidden(listed: Preview | None) -> tuple[str, ...]:
    """A doubt about files that few people mean to serve, such as those of a checked-out repository's `.git`."""
    if listed is None or not listed.hidden:
        return ()
    return (
        f"{listed.hidden:,} of its files are hidden or in hidden folders, such as .git, and are read like the others. "
        "To leave them out, register a pattern such as FOLDER/**/*.md under another name.",
    )
