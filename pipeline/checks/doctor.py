"""Checks a home part by part, and says how to fix each problem.

Libraries that a check needs are imported in it, so that the child processes start before them.
"""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import SystemRandom

from pipeline.domain.errors import CanaryMissed, CorpusgateError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Role
from pipeline.extraction import canaries
from pipeline.extraction.extractor import Extractor, child_limits
from pipeline.extraction.ocr import installed
from pipeline.extraction.seen import installed as drawing
from pipeline.sandbox import LAYERS, ChildLimits, ChildProcess
from pipeline.workspace import Workspace

_LOW_DISK = 1 << 30
_CONFIDENTIAL = Classification.CONFIDENTIAL.rank
_DECIDING = (Role.OWNER, Role.REVIEWER)
_NAMED = 3
"""Names in one line of the table."""
_UNCONFINED = "Look for what changed in pipeline/sandbox or the kernel; sandbox.require: true stops runs until then."


class Check(Frozen):
    """One part of a home."""

    name: str
    fine: bool
    says: str
    fix: str = ""
    """The way to mend it; of a fine part, advice."""

    @property
    def state(self) -> str:
        """`fine`, `advice` or `problem`."""
        return ("advice" if self.fix else "fine") if self.fine else "problem"


def examine(workspace: Workspace) -> list[Check]:
    """Every check, in the order a person would go; one that fails does not stop the others."""
    # Child processes and hashing need no turn of this thread, which meanwhile loads what the others need.
    with ThreadPoolExecutor(3) as aside:
        with suppress(CorpusgateError):  # read before there are threads; each check says what is wrong with them
            _ = workspace.home.settings
        sandbox = aside.submit(_check, "sandbox", lambda: _sandbox(workspace))
        ocr = aside.submit(_check, "ocr", lambda: _ocr(workspace))
        drawn = aside.submit(_check, "drawing", lambda: _drawing(workspace))
        first = [
            _check("configuration", lambda: _configuration(workspace)),
            _check("policy", lambda: _policy(workspace)),
            _check("identities", lambda: f"{len(workspace.home.identities.principals)} principals"),
            _roles(workspace),
            _check("keys", lambda: _keys(workspace)),
            _check("permissions", lambda: _permissions(workspace)),
        ]
        models = aside.submit(_check, "models", lambda: _models(workspace))
        last = [
            _check("database", lambda: _database(workspace)),
            _check("index", lambda: _index(workspace)),
            _check("checkpoints", lambda: _checkpoints(workspace)),
            _check("backend", lambda: _backend(workspace)),
            _check("clock", lambda: _clock(workspace)),
            _check("break-glass", lambda: _break_glass(workspace)),
            _disk(workspace),
        ]
        return [*first, models.result(), sandbox.result(), ocr.result(), drawn.result(), *last]


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, fine=True, says=look())
    except CorpusgateError as error:
        return Check(name=name, fine=False, says=error.what, fix=error.fix)


def _configuration(workspace: Workspace) -> str:
    settings = workspace.home.settings
    embedding = workspace.embedding
    engine = "onnxruntime in fp32" if embedding.derived else f"torch in {embedding.precision}"
    says = f"{settings.runner.batch}, {embedding.model} with {engine}"
    if embedding.model == settings.embedding.model:
        return says
    return f"{says}, which made what is served (embedding.model names {settings.embedding.model})"


def _policy(workspace: Workspace) -> str:
    from pipeline.stores.review import policy_proposals

    policy = workspace.home.policy
    says = f"version {policy.version}, {len(policy.rules)} rules"
    try:
        with workspace.database.read() as connection:
            last = policy_proposals.in_force(connection)
    except CorpusgateError:
        return f"{says}; the database cannot say whether it was edited by hand"
    edited = last is not None and last.policy_digest != policy.digest
    return f"{says}, edited by hand since activation {last.number}" if last and edited else says


def _roles(workspace: Workspace) -> Check:
    """Whether owners and reviewers reach more than they need while there is something confidential to reach."""
    try:
        people = workspace.home.identities.everyone
        sources = [one.name for one in workspace.sources.sources() if one.classification.rank >= _CONFIDENTIAL]
    except CorpusgateError:
        return Check(name="roles", fine=True, says="not looked at: identities or database cannot be read")
    wide = sorted(
        name for name, (_, grants) in people.items() if any(one.role in _DECIDING and not one.bounded for one in grants)
    )
    if not wide or not sources:
        return Check(name="roles", fine=True, says="no owner or reviewer reaches confidential sources without a bound")
    return Check(
        name="roles",
        fine=True,
        says=f"{_some(wide)} own or review every source and classification, with {_some(sources)} confidential "
        "or restricted",
        fix="Bound the roles in configs/principals.yaml, such as {role: reviewer, classifications: [public, internal]}",
    )


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _break_glass(workspace: Workspace) -> str:
    waiting = workspace.reviews.open_break_glass()
    if waiting:
        raise CorpusgateError(
            f"{len(waiting)} versions were let in by an operator alone and nobody has looked at them.",
            fix=f"Somebody else confirms or undoes it: corpusgate review confirm {waiting[0].item_id}, or undo",
        )
    return "nothing waits to be looked at"


def _keys(workspace: Workspace) -> str:
    _ = workspace.home.fingerprint_key
    return f"signing key {workspace.signer.key_id[:12]}, {len(workspace.verifier.key_ids)} trusted"


def _permissions(workspace: Workspace) -> str:
    closed = workspace.home.close_to_others()
    mended = f"; {closed} files and folders were open to others and no longer are" if closed else ""
    return f"no other account can open a file of this home{mended}"


def _models(workspace: Workspace) -> str:
    from pipeline.models.derivation import model_file
    from pipeline.models.engines import require_runnable
    from pipeline.models.lock import ModelLock

    lock = ModelLock.load(workspace.home.models_lock)
    embedding = workspace.embedding
    names = (embedding.model, workspace.home.settings.detectors.names_model)
    for name in names:
        lock.verified(name)
    locked = f"{', '.join(names)}: every file as locked"
    if not embedding.derived:
        return locked
    require_runnable(embedding.derived_engine, embedding.model)
    if workspace.model_lineage is None:
        return f"{locked}; the derived model is made at the first refresh or search"
    model_file(workspace.home, lock, embedding.model, workspace.verifier.verify)
    return f"{locked}, the derived model as signed"


def _sandbox(workspace: Workspace) -> str:
    required = workspace.home.settings.sandbox.require
    limits = ChildLimits(memory_bytes=256 << 20, wall_seconds=10, file_bytes=0, require_confinement=required)
    with ChildProcess("pipeline.sandbox.probe:create", limits) as child:
        reached = child.call({"read": str(workspace.home.fingerprint_key_file)})[0]["reached"]
        if child.confined and set(child.confined) >= set(LAYERS):
            if reached:
                raise CorpusgateError(f"A child process could {', '.join(reached)}.", fix=_UNCONFINED)
            return "children read no file but their code, write none, and have no network (Landlock, seccomp)"
        held = " and ".join(child.confined) or "nothing"
        return f"this kernel confines {held} of a child; it could {', '.join(reached) or 'do nothing it should not'}"


def _ocr(workspace: Workspace) -> str:
    """Whether words in pictures are read. Scans are refused without OCR, which is not a fault."""
    settings = workspace.home.settings.extraction
    if settings.ocr.mode == "off":
        return "off: scans are refused, and pictures in documents are not read"
    engine = installed.find(settings.ocr)
    if engine is None:
        return f"not installed: scans are refused. {installed.missing(settings.ocr)}"
    loaded = {"folder": engine.folder, "languages": engine.languages}
    with ChildProcess("pipeline.extraction.ocr.probe:create", child_limits(settings, engine), loaded) as child:
        # A second try, with another word: OCR may misread one.
        if not any(_reads_word(child, settings.ocr.seconds) for _ in range(2)):
            raise CanaryMissed(
                "OCR did not read a word that was drawn for it, so scans would stop a run.",
                fix="Install the Python package tesserocr and the language data again, or set extraction.ocr.mode: off",
            )
    return f"words in pictures are read: {engine.name}"


def _reads_word(child: ChildProcess, seconds: float) -> bool:
    drawn = canaries.word(SystemRandom())
    return drawn in child.call({"draw": [drawn], "seconds": seconds})[0]["read"]


def _drawing(workspace: Workspace) -> str:
    """Whether Office files are compared with how they look. Without LibreOffice they are not, which is not a fault."""
    settings = workspace.home.settings.extraction
    if settings.rendering.office == "off":
        return "off: Office files are not compared with how they look"
    program = drawing.find(settings.rendering)
    if program is None:
        return f"not installed: Office files are not compared with how they look. {drawing.missing(settings.rendering)}"
    with Extractor(settings) as extractor:
        extractor.prove_drawing()
    return f"Office files are compared with how they look: {program.name}"


def _database(workspace: Workspace) -> str:
    return f"{len(workspace.sources.sources())} sources, {len(workspace.ledger.generations())} generations"


def _index(workspace: Workspace) -> str:
    from pipeline.index.generations import Generation

    current = workspace.ledger.current_generation()
    if current is None:
        return "nothing is served yet"
    Generation.open(workspace.index, current, workspace.verifier).verify()
    return f"generation {current.number}: {current.documents} documents, every signature and digest holds"


def _checkpoints(workspace: Workspace) -> str:
    workspace.checkpoints.require_newest()
    states, newest = workspace.checkpoints.examine(), workspace.checkpoints.stored.newest()
    for state in states:
        if state.unreachable or state.behind:
            missing = state.unreachable or "it lacks the newest checkpoint"
            raise CorpusgateError(
                f"The anchor {state.folder} is of no use now: {missing}.",
                fix="Make it writable again, then run `corpusgate audit checkpoint`.",
            )
    if newest is None:
        return "none yet; each publication makes one"
    witnesses = workspace.checkpoints.witnesses()
    for witness in sorted(witnesses, key=lambda one: not one.ahead):
        if witness.problem:
            fix = (
                "Stop serving from this home and put the newest copy back."
                if witness.ahead
                else "Run `corpusgate audit checkpoint` after the next change; look at the witness if it stays behind."
            )
            raise CorpusgateError(f"The witness {witness.name}: {witness.problem}.", fix=fix)
    outside = len(workspace.home.settings.audit.anchors)
    where = f"in {outside} anchors outside the home" if outside else "in the home only (audit.anchors names no folder)"
    cosigned = f", cosigned by {', '.join(one.name for one in witnesses)}" if witnesses else ""
    return f"the newest is over {newest.size:,} entries of the audit log, {where}{cosigned}"


def _backend(workspace: Workspace) -> str:
    copy, current = workspace.serving_copy, workspace.ledger.current_generation()
    if copy is None:
        return "faiss, from the files themselves"
    from pipeline.index.generations import Generation
    from pipeline.index.pgvector.rights import examine_rights

    rights = examine_rights(workspace.home.vectors_url, workspace.home.vectors_reader_url)
    if current is None:
        return f"{rights}; nothing is served yet"
    differences = copy.differences(Generation.open(workspace.index, current, workspace.verifier))
    if differences:
        raise CorpusgateError(
            f"Postgres does not hold what the signed generation {current.number} holds: {', '.join(differences)}.",
            fix="If it is not loaded, refresh. If it was changed, find out by whom, drop its schema and refresh.",
        )
    return f"{rights}; every row is as signed"


def _clock(workspace: Workspace) -> str:
    current = workspace.ledger.current_generation()
    now = datetime.now(UTC)
    if current is not None and current.created_at > now + timedelta(minutes=1):
        raise CorpusgateError(
            "The clock is behind the newest generation.", fix="Set the clock: approvals and revocations depend on it."
        )
    return f"{now:%Y-%m-%d %H:%M} UTC"


def _disk(workspace: Workspace) -> Check:
    free = shutil.disk_usage(workspace.home.folder if workspace.home.folder.exists() else "/").free
    fine = free > _LOW_DISK
    return Check(
        name="disk",
        fine=fine,
        says=f"{free / (1 << 30):.1f} GiB free",
        fix="" if fine else "Make room before a refresh.",
    )
