"""The bill of materials of a generation: the models of the home, and the sources whose documents it serves.

Invariants: it holds no id and no text of a document: names, owners, licences and classifications of sources, counts and
digests. Manifest, placements and access table of the generation are verified first. The same state gives the same
bytes. Owner and licence are those that the source has now.
"""

from collections import defaultdict

from pipeline.domain.bills import Component, bill, data_component
from pipeline.domain.digests import digest_json
from pipeline.domain.errors import NotFound
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.models.bill import model_components
from pipeline.models.lock import ModelLock
from pipeline.reports.served import contents, versions_by_source
from pipeline.workspace import Workspace


def bill_of_materials(workspace: Workspace, by: Caller, number: int | None = None) -> Component:
    """The bill of a generation, by default the current one.

    Raises:
        NotAllowed: the caller neither audits nor operates the whole corpus.
        NotFound: there is no such generation, or retention removed its files.
        IntegrityError: the generation is not as it was signed.

    """
    by.require(Role.AUDITOR, Role.OPERATOR)
    if number is None:
        record = workspace.ledger.current_generation()
    else:
        record = next((one for one in workspace.ledger.generations() if one.number == number), None)
    if record is None or not (workspace.index / record.manifest).is_file():
        raise NotFound("There is no such generation in the index.", fix="`corpusgate generations list`")
    return bill_of(workspace, record)


def bill_of(workspace: Workspace, record: GenerationRecord) -> Component:
    """The bill of a generation whose files are kept. Raises `IntegrityError`."""
    classifications: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for one in contents(workspace, record).counts:
        classifications[one.source][one.classification.value] = one.documents
    registered = {source.name: source for source in workspace.sources.sources()}
    corpora = []
    for name, versions in versions_by_source(workspace, record).items():
        source = registered.get(name)
        corpora.append(
            data_component(
                name,
                classifications=list(classifications[name]),
                owner=source.owner if source else "unknown",
                content=digest_json(versions),
                licence=source.licence if source else None,
                **{f"documents_{level}": str(count) for level, count in classifications[name].items()},
            )
        )
    return bill(
        record.created_at,
        [*model_components(ModelLock.load(workspace.home.models_lock)), *corpora],
        lifecycle="operations",
        generation=str(record.number),
        generation_digest=record.digest,
        model_digest=record.model_digest,
        policy_digest=record.policy_digest,
    )
