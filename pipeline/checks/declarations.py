"""Shows how the gate reads the tags that documents declare, before anyone submits or refreshes them.

Invariants: the gate's own code reads, so the answer here is the answer there. Nothing is stored. Titles and licences
are counted, not shown: they can hold values, and no detector looked at them here.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pipeline.domain.declarations.declared import Declared
from pipeline.domain.declarations.resolve import resolve_tags
from pipeline.domain.declarations.tag_keys import PERMISSION_KEYS
from pipeline.domain.documents.documents import DocumentRef
from pipeline.domain.documents.printable_names import printable_name
from pipeline.domain.documents.provenance import Source
from pipeline.domain.errors import UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import DEFAULT_TENANT, AccessRule, Classification
from pipeline.domain.identity.principal_names import KnownPrincipals, written_principal
from pipeline.extraction.tag_reader import TagReader, tag_reader
from pipeline.workspace import Workspace
from transforms.support.listing import ListedFile, UnreadFeed, look, references
from transforms.support.reading import digest_and_content
from transforms.support.tagging import UNREADABLE, declarations


class ReadTag(Frozen):
    """One tag as the gate reads it."""

    place: str
    key: str
    value: str


class CheckedTags(Frozen):
    """What one document declares."""

    document: str
    sidecar: str | None
    tags: tuple[ReadTag, ...]
    access: AccessRule | None
    """Its readers; None if problems keep it out."""
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


class TagsReport(Frozen):
    """The declarations of a file or folder."""

    documents: tuple[CheckedTags, ...]
    orphans: tuple[str, ...]
    """Metadata files whose document is not there."""
    users_unknown: bool
    """An identity provider names more users, so names of users cannot be checked."""

    @property
    def is_fine(self) -> bool:
        """Whether nothing would be quarantined for its tags."""
        return not self.orphans and not any(document.problems for document in self.documents)


def check_tags(workspace: Workspace, path: Path, source: str | None = None) -> TagsReport:
    """Read the tags of a file, or of every file beneath a folder.

    Args:
        workspace: Of the home with the identity file and the source.
        path: File or folder.
        source: The source whose tags the documents narrow; None to check how they are written alone.

    Raises:
        UsageError: There is no such file.
        NotFound: There is no such source.

    """
    if not path.exists():
        raise UsageError(f"There is no file or folder {printable_name(path.name)}.", fix="Name one that is there.")
    base = None if source is None else workspace.sources.source(source)
    known = workspace.home.known_principals
    here = (base or anyone()).model_copy(update={"uri": str(path.absolute())})
    place = look(here)
    reader, narrows = tag_reader(workspace.home.settings.extraction), base is not None
    documents = [
        *(checked for file in place.files for checked in _checked(here, file, known, reader, narrows=narrows)),
        *(_unread(omission.name, omission.reason) for omission in place.partial),
    ]
    return TagsReport(
        documents=tuple(sorted(documents, key=lambda checked: checked.document)),
        orphans=tuple(sorted(map(printable_name, place.orphans))),
        users_unknown=known.open_users,
    )


def _checked(
    here: Source, file: ListedFile, known: KnownPrincipals, reader: TagReader, *, narrows: bool
) -> Iterator[CheckedTags]:
    sidecars: dict[str, Declared] = {}
    for ref in _references(here, file):
        if isinstance(ref, CheckedTags):
            yield ref
            continue
        problems = ref.problems
        try:
            content = digest_and_content(ref, here.limits.max_bytes)[2]
            declared = declarations(ref, content, sidecars, reader)
        except OSError:
            declared, problems = Declared(), (UNREADABLE,)
        base = here if narrows else as_wide_as(here, declared, known)
        result = resolve_tags(base, declared, None, known)
        problems = tuple(dict.fromkeys(problems + result.problems))
        yield CheckedTags(
            document=printable_name(ref.uri),
            sidecar=None if ref.sidecar is None else printable_name(Path(ref.sidecar).name),
            tags=tuple(
                ReadTag(place=tag.place, key=tag.key, value=_shown(tag.key, tag.value)) for tag in declared.entries
            ),
            access=result.access if narrows and not problems else None,
            problems=problems,
            warnings=result.warnings,
        )


def _references(here: Source, file: ListedFile) -> Iterator[DocumentRef | CheckedTags]:
    try:
        yield from references(here, file)
    except UnreadFeed as unread:
        yield _unread(file.uri, unread.reason)


def _unread(name: str, reason: str) -> CheckedTags:
    """A folder or feed that could not be read to its end."""
    problem = f"It could not be read to its end: {reason}."
    return CheckedTags(document=name, sidecar=None, tags=(), access=None, problems=(problem,), warnings=())


def _shown(key: str, value: object) -> str:
    if key in PERMISSION_KEYS or key in ("owner", "submitter"):
        names = value if isinstance(value, list) else [value]
        return printable_name(", ".join("nothing" if name is None else str(name) for name in names))
    return "nothing" if value is None else f"text of {len(str(value))} characters"


def anyone() -> Source:
    """A source that nothing can widen, for checking how tags are written."""
    return Source(
        name="unnamed", uri="/", owner="unnamed", classification=Classification.PUBLIC, tenant=DEFAULT_TENANT,
        allow=(), registered_by="unnamed", registered_at=datetime.now(UTC),
    )  # fmt: skip


def as_wide_as(source: Source, declared: Declared, known: KnownPrincipals) -> Source:
    """The source as if it were approved for everyone whom a document names."""
    allowed, tenant = declared.tags.get("allow"), declared.tags.get("tenant")
    names = [allowed] if isinstance(allowed, str) else allowed if isinstance(allowed, list) else []
    written = set()
    for name in names:
        try:
            written.add(written_principal(name, known))
        except (TypeError, ValueError, AttributeError):
            continue
    wide = {"allow": tuple(sorted(written)), "tenant": tenant if isinstance(tenant, str) and tenant else source.tenant}
    return source.model_copy(update=wide)
