"""The file or record a pseudonym stands for, found by listing its source again.

Invariant: nothing that was found is kept: the real name is in the source alone, and goes to those who answer for it.
"""

from pipeline.domain.documents.provenance import split_doc_id
from pipeline.domain.documents.pseudonyms import answers_to
from pipeline.domain.errors import NotFound, SourceError
from pipeline.domain.identity.roles import Caller, Role
from pipeline.files.walk import reason_of
from pipeline.workspace import Workspace
from transforms.support.listing import list_source


def real_name(workspace: Workspace, doc_id: str, caller: Caller) -> str:
    """The name in its source of a document with a pseudonym in its name; for the source's owners and operators.

    Raises:
        NotFound: The source holds no document of that name now.
        SourceError: The source cannot be listed.

    """
    name, wanted = split_doc_id(doc_id)
    source = workspace.sources.source(name)
    caller.require(Role.OWNER, Role.OPERATOR, source=source.name, classification=source.classification)
    key = workspace.home.fingerprint_key
    if source.is_listed:
        try:
            for ref in list_source(source.located(str(workspace.home.folder))):
                if answers_to(key, ref.uri, wanted):
                    return ref.uri
        except OSError as error:
            raise SourceError(
                f"Source {name} cannot be listed: {reason_of(error)}.",
                fix="Mount or restore its folder, and ask again. `corpusgate sources show` names the place.",
            ) from None
    raise NotFound("Its source holds no such document now.", fix="`corpusgate explain DOCUMENT` shows what it was.")
