"""Derived models: their lineage, and the files they lie in.

Invariants: a derived model is one file, made from the locked safetensors of its base by a recipe of a known number. Its
lineage names base, recipe, versions and figures, and is signed with the home's key (law 12). The file may lie in the
home or in the installation; the lineage alone says which file it must be.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError

from pipeline.domain.digests import canonical_json
from pipeline.domain.errors import IntegrityError, ModelLockError
from pipeline.domain.frozen import Frozen
from pipeline.domain.serving.engine_choice import EngineFigures
from pipeline.files.durable import write_file
from pipeline.models.lock import NOT_LOADED, ModelLock
from pipeline.settings import places
from pipeline.settings.places import HomeFiles

RECIPE = "bert-mean-fp32-1"
"""How the file is made from its base. Any change of the graph or of its numbers gets a new name."""
TOKENS, VECTOR = "tokens", "vector"
"""Its one input, the ids of the tokens of one text, and its one output, the text's unit vector."""
LINEAGE_TYPE = "application/vnd.corpusgate.model-lineage+json"

DerivedEngine = Literal["onnxruntime", "openvino"]
"""Libraries that compute a derived file: in 32 bits, and in bfloat16."""
OPENVINO: Literal["openvino"] = "openvino"

DERIVE = "Derive it: corpusgate models derive. Or set embedding.engine: torch."

Sign = Callable[[bytes, str], dict[str, object]]
"""Gives a signed envelope around a payload of a type."""
Verify = Callable[[Mapping[str, object], str], bytes]
"""Gives the payload of an envelope of a type; raises `IntegrityError` unless a trusted key signed it."""


class Ranking(Frozen):
    """How well both engines rank a collection with judgements."""

    collection: str
    """Digest of its files."""
    questions: int
    reference_ndcg: float
    derived_ndcg: float


class Parity(Frozen):
    """How close vectors of the derived model are to those of the reference library."""

    texts: int
    texts_digest: str
    lowest_cosine: float
    largest_difference: float
    """Between two numbers of the same place of a vector."""
    ranking: Ranking | None = None


class Lineage(Frozen):
    """Where a derived model comes from."""

    model: str
    """Name of its base in the model lock."""
    base_digest: str
    recipe: str
    versions: dict[str, str]
    """Of the packages that converted and compared it."""
    format: Literal["onnx"] = "onnx"
    size: int = Field(ge=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    parity: Parity
    engines: tuple[EngineFigures, ...] = ()
    """Of the machine that derived it, if it can run more than one engine."""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The lineage written in `data`. Raises `ModelLockError`."""
        try:
            return cls.model_validate_json(data)
        except ValidationError:
            raise ModelLockError(
                "The lineage of a derived model cannot be read.", done=NOT_LOADED, fix=DERIVE
            ) from None

    def require(self, lock: ModelLock, name: str) -> None:
        """Raise `ModelLockError` unless this is about the locked model and made by the recipe of today."""
        if (self.model, self.base_digest) != (name, lock.digest(name)):
            raise ModelLockError(
                f"The derived model of {name!r} was made from other files than the lock names.",
                done=NOT_LOADED,
                fix=DERIVE,
            )
        if self.recipe != RECIPE:
            raise ModelLockError(
                f"The derived model of {name!r} was made by recipe {self.recipe}, this version needs {RECIPE}.",
                done=NOT_LOADED,
                fix=DERIVE,
            )
        pinned = lock.model(name).derived.get(RECIPE)
        if pinned is not None and pinned != self.sha256:
            raise ModelLockError(
                f"The derived model of {name!r} has SHA-256 {self.sha256[:12]}…, the lock says {pinned[:12]}….",
                done=NOT_LOADED,
                fix=DERIVE,
            )


def stem(base_digest: str) -> str:
    """Name of the files of a derived model, without ending."""
    return f"{base_digest[:16]}-{RECIPE}"


def installation() -> Path:
    """Folder of the models that were derived for this Python environment, and serve all its homes."""
    return places.installation() / "models"


def lineage_file(files: HomeFiles, base_digest: str) -> Path:
    """The signed lineage in a home."""
    return files.models / f"{stem(base_digest)}.lineage.json"


def write_lineage(files: HomeFiles, lineage: Lineage, sign: Sign) -> None:
    """Sign a lineage with the key of a home and keep it there."""
    envelope = sign(canonical_json(lineage.model_dump(mode="json")), LINEAGE_TYPE)
    files.models.mkdir(mode=0o700, exist_ok=True)
    write_file(lineage_file(files, lineage.base_digest), canonical_json(envelope))


def read_lineage(files: HomeFiles, base_digest: str, verify: Verify) -> Lineage | None:
    """The lineage a home has signed; None if it has none. Raises `ModelLockError` if it does not hold."""
    try:
        envelope = json.loads(lineage_file(files, base_digest).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        envelope = None
    try:
        payload = verify(envelope if isinstance(envelope, dict) else {}, LINEAGE_TYPE)
    except IntegrityError as error:
        raise ModelLockError(
            f"The lineage of the derived model is not trusted: {error.what}", done=NOT_LOADED, fix=DERIVE
        ) from None
    return Lineage.parse(payload)


def sign_lineages_again(files: HomeFiles, sign: Sign, verify: Verify) -> None:
    """Sign every lineage of a home with the key in use; one that does not hold stays as it is, and stays refused."""
    for path in files.models.glob("*.lineage.json"):
        lineage = None
        try:
            lineage = Lineage.parse(verify(json.loads(path.read_bytes()), LINEAGE_TYPE))
        except (IntegrityError, ModelLockError, ValueError):
            continue
        write_lineage(files, lineage, sign)
