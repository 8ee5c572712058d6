"""Makes derived models, and finds them again.

Invariants: a model is converted from a base that was compared with the lock, compared with the reference library before
it is kept, and signed by the home that uses it. Whatever is loaded has the size and the digest its signed lineage says
(law 12). A file that is lost is made again, and must come out the same.
"""

import os
import uuid
from importlib import metadata
from pathlib import Path

from pipeline import __version__
from pipeline.domain.digests import canonical_json, digest_bytes
from pipeline.domain.errors import ModelLockError
from pipeline.domain.serving.engine_choice import DEFAULT_ENGINE
from pipeline.files.durable import UNFINISHED, write_file
from pipeline.models import derived
from pipeline.models.derived import DERIVE, Lineage, Sign, Verify
from pipeline.models.lock import NOT_LOADED, LockedFile, ModelLock, compare
from pipeline.settings.permissions import make_open
from pipeline.settings.places import HomeFiles

_READABLE = 0o644
"""Files of an installation hold nothing of a home, and serve every account that may use the installation."""


def derive(lock: ModelLock, name: str, folder: Path, collection: Path | None = None) -> Lineage:
    """Convert a locked model, compare it with the reference, and keep file and lineage in `folder`.

    Args:
        lock: The model lock.
        name: The base in it.
        folder: Where derived models lie: of the installation, or of one home.
        collection: A folder with a judged collection in BEIR's form, to compare rankings too.

    Raises:
        ModelLockError: The base is not as locked, cannot be derived, or the result differs from the reference.

    """
    from pipeline.models import conversion, engines, parity
    from pipeline.models.embedder import DerivedEmbedder
    from pipeline.models.reference import SentenceTransformerEmbedder

    base, digest, shape = lock.verified(name), lock.digest(name), lock.model(name).shape
    data = conversion.converted(base)
    file = folder / f"{derived.stem(digest)}.onnx"
    _make(folder)
    made = folder / f"{UNFINISHED}{uuid.uuid4().hex}"  # several homes may be made at once
    write_file(made, data, _READABLE)
    try:
        candidates = {
            engine: DerivedEmbedder(base, made, digest, shape=shape, engine=engine).embed
            for engine in engines.runnable()
        }
        embed = candidates[DEFAULT_ENGINE]
        reference = SentenceTransformerEmbedder(base, digest, "fp32", shape=shape)
        lineage = Lineage(
            model=name,
            base_digest=digest,
            recipe=derived.RECIPE,
            versions={
                "corpusgate": __version__,
                **conversion.versions(),
                **{p: metadata.version(p) for p in ("tokenizers", "sentence-transformers", "torch", *candidates)},
            },
            size=len(data),
            sha256=digest_bytes(data),
            parity=parity.compared(reference.embed, embed, collection),
            engines=engines.measured(reference.embed, candidates, collection) if len(candidates) > 1 else (),
        )
        lineage.require(lock, name)
        made.replace(file)
    finally:
        made.unlink(missing_ok=True)
    write_file(_note(folder, digest), canonical_json(lineage.model_dump(mode="json")), _READABLE)
    return lineage


def derived_for_installation(lock: ModelLock, name: str) -> Lineage | None:
    """The lineage of the model as derived for this installation and lock; None if there is none."""
    try:
        lineage = Lineage.parse(_note(derived.installation(), lock.digest(name)).read_bytes())
        lineage.require(lock, name)
    except (OSError, ModelLockError):
        return None
    return lineage


def ensure(files: HomeFiles, name: str, sign: Sign, verify: Verify) -> Lineage:
    """The lineage of a home's model; made where it is missing: taken over from the installation, or derived.

    What an installation says of itself is not signed. It is believed if the lock names the digest; otherwise the base
    is converted again, which must give the same file.
    """
    lock = ModelLock.load(files.models_lock)
    known = derived.read_lineage(files, lock.digest(name), verify)
    if known is not None:
        known.require(lock, name)
        return known
    lineage = derived_for_installation(lock, name)
    if lineage is not None and derived.RECIPE not in lock.model(name).derived:
        lineage = lineage if _converted_again(lock, name) == lineage.sha256 else None
    if lineage is None:
        lineage = derive(lock, name, writable(files))
    derived.write_lineage(files, lineage, sign)
    return lineage


def writable(files: HomeFiles) -> Path:
    """Where a model is derived to: the installation, or this home alone where the installation cannot be written."""
    folder = derived.installation()
    try:
        _make(folder)
        trial = folder / f"{UNFINISHED}{uuid.uuid4().hex}"
        write_file(trial, b"")
        trial.unlink()
    except OSError:
        return files.models
    return folder


def model_file(files: HomeFiles, lock: ModelLock, name: str, verify: Verify) -> Path:
    """The file of a home's derived model, compared with its signed lineage. Raises `ModelLockError`."""
    lineage = derived.read_lineage(files, lock.digest(name), verify)
    if lineage is None:
        raise ModelLockError(f"This home has no derived model of {name!r}.", done=NOT_LOADED, fix=DERIVE)
    lineage.require(lock, name)
    title = f"{derived.stem(lineage.base_digest)}.onnx"
    expected = LockedFile(path=title, size=lineage.size, sha256=lineage.sha256)
    for folder in (derived.installation(), files.models):
        file = folder / title
        # A file that this account may not read counts as missing: the home then gets one of its own.
        if file.is_symlink() or os.access(file, os.R_OK):
            compare(name, expected, file, DERIVE)
            return file
    return _restored(lock, lineage, writable(files) / title)


def _make(folder: Path) -> None:
    """Make a folder of derived models; those of an installation are open to every account, whatever the umask."""
    if folder != derived.installation():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return
    make_open(folder)


def _restored(lock: ModelLock, lineage: Lineage, file: Path) -> Path:
    from pipeline.models import conversion

    data = conversion.converted(lock.verified(lineage.model))
    if digest_bytes(data) != lineage.sha256:
        raise ModelLockError(
            f"The derived model of {lineage.model!r} is lost, and converting again gives another file.",
            done=NOT_LOADED,
            fix=DERIVE,
        )
    write_file(file, data, _READABLE)
    return file


def _converted_again(lock: ModelLock, name: str) -> str:
    from pipeline.models import conversion

    return digest_bytes(conversion.converted(lock.verified(name)))


def _note(folder: Path, digest: str) -> Path:
    return folder / f"{derived.stem(digest)}.json"
