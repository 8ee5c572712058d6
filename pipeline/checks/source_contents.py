"""Present contents of sources, for reconciliation: names and content digests, without verdicts.

Invariants: a source that cannot be listed and read completely is a failure with a word for it, never a short listing
(law 9). No text is kept.
"""

from collections.abc import Iterator

from pipeline.checks.reconcile import SourceContents
from pipeline.domain.documents.provenance import Source, SourceState
from pipeline.domain.documents.served import known_ref
from pipeline.files.landing import Landing
from pipeline.files.walk import reason_of
from pipeline.workspace import Workspace
from transforms.support.listing import list_inbox, list_source
from transforms.support.reading import digest_of


def source_contents(workspace: Workspace) -> Iterator[SourceContents]:
    """Every source that contributes, as it is now."""
    for source in workspace.sources.sources():
        if source.state in (SourceState.APPROVED, SourceState.NARROWED):
            yield _contents(workspace, source)


def _contents(workspace: Workspace, source: Source) -> SourceContents:
    located = source.located(str(workspace.home.folder))
    try:
        if source.is_kafka:
            references = list(Landing(workspace.home.folder, source.name).present())
        elif source.is_inbox:
            counting, _ = workspace.submissions.snapshot([source.name])
            references = list(list_inbox(located, counting))
        else:
            references = list(list_source(located, workspace.home.own_places))
        marks, key = workspace.ledger.masked_strings([source.name]), workspace.home.fingerprint_key
        most = source.limits.max_bytes
        digests = {known_ref(ref, key, marks).doc_id: digest_of(ref, most)[1] for ref in references}
        return SourceContents(source.name, digests)
    except OSError as error:
        return SourceContents(source.name, failure=reason_of(error))
    except Exception as error:  # whatever a file system raises, the source counts as not listed
        return SourceContents(source.name, failure=type(error).__name__)
