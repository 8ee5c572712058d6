"""Trains the model of plain orders, and measures it on what its training did not see.

    python -m scripts.train.plain_orders --documents NAME=FOLDER [--documents …] --out FOLDER

Every order is written by `orders.py` and put into an ordinary document; every other window is ordinary text. The same
folders, seed and version give the same weights. One folder in turn, and one family of orders in turn, is left out to
measure; the model that is written is trained on all.
"""

import argparse
import hashlib
import json
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression, SGDClassifier

from pipeline.detectors.plain_orders.features import BITS, VERSION, numbers
from pipeline.detectors.plain_orders.model import LINEAGE, WEIGHTS, OrderFigures, TrainedLineage
from pipeline.detectors.plain_orders.windows import Window, windows
from pipeline.domain.digests import digest_bytes
from scripts.train.carriers import CARRIERS, HOSTS
from scripts.train.documents import documents
from scripts.train.orders import FAMILIES, order

SEED = 7
ORDERS = 18_000
CARRIED = 15_000
"""Documents written by grammar that hold no order, next to the real ones."""
FILES = 250
"""Files that are read of a folder, at most."""
WINDOWS_OF_A_DOCUMENT = 16
ALPHA, ROUNDS = 3e-7, 8
FALSE_ALARMS = 0.004
"""Share of ordinary documents left out of training that may be flagged; other people's are less alike."""
MEASURED = 60
"""Orders of each family that are measured, each in a document that was left out."""
_SHARES = {"form": 1.8, "content": 1.8, "slant": 1.4, "act": 2.0, "reveal": 1.2, "code": 0.6, "ask": 1.3}
_JOINTS = ("\n", "\n", " ", "\n\n")
_REPEATED, _MOST_COPIES = 0.12, 5
"""Share of the orders that stand in their document several times, and how many times more at most."""
_KNOWN = 40
"""Code points by which a copy of an order is known."""
_CROPS = (300, 600, 1200, 2500)

Labels = NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", action="append", required=True, metavar="NAME=FOLDER")
    parser.add_argument("--held", default="", help="names of folders that are measured and never trained on, by commas")
    parser.add_argument("--leave-out", action="store_true", help="measure each family of orders without it, too")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    folders = dict(text.split("=", 1) for text in arguments.documents)
    texts = {name: documents(Path(folder), FILES, Random(f"{SEED} {name}")) for name, folder in folders.items()}
    texts = {name: found for name, found in texts.items() if found}
    held = [name for name in arguments.held.split(",") if name in texts]
    trained = [text for name, found in texts.items() if name not in held for text in found]
    left_out = [text for name in held for text in texts[name]]
    print({name: len(found) for name, found in texts.items()}, flush=True)
    measuring = _Measure(left_out)
    parts = {family: _orders(family, trained) for family in FAMILIES}
    ordinary = [_ordinary(trained, WINDOWS_OF_A_DOCUMENT, "documents"), _ordinary(_carried(), 4, "carriers")]
    figures = {}
    for family in FAMILIES if arguments.leave_out else ():
        some = [part for name, part in parts.items() if name != family]
        weights, bias = _fitted([*some, *ordinary])
        figures[f"family {family}, left out"] = measuring.found(weights, bias, family)
        print(family, figures, flush=True)
    weights, bias = _fitted([*parts.values(), *ordinary])
    threshold = measuring.threshold(weights, bias)
    slope, offset = measuring.calibrated(weights, bias)
    figures |= {f"family {family}, trained on": measuring.found(weights, bias, family) for family in FAMILIES}
    more = [_orders(family, left_out) for family in FAMILIES]
    everything = [*parts.values(), *ordinary, *more, _ordinary(left_out, WINDOWS_OF_A_DOCUMENT, "held")]
    weights, bias = _fitted(everything)  # the last one knows the documents left out before; the threshold does not
    scale = float(np.abs(weights).max()) / 32_767
    stored = np.round(weights / scale).astype("<i2").tobytes()
    labels = np.concatenate([part[1] for part in everything])
    lineage = TrainedLineage(
        code_version=metadata.version("corpusgate"),
        features_version=VERSION,
        seed=SEED,
        generator_digest=_generator(),
        data={name: f"{len(found)} documents" for name, found in sorted(texts.items())},
        data_digest=hashlib.sha256("\0".join(t for n in sorted(texts) for t in texts[n]).encode()).hexdigest(),
        windows=len(labels),
        orders=int(labels.sum()),
        weights_sha256=digest_bytes(stored),
        scale=round(scale, 9),
        bias=round(bias, 6),
        threshold=round(threshold, 3),
        slope=round(slope, 4),
        offset=round(offset, 4),
        figures=OrderFigures(false_alarms=FALSE_ALARMS, found=figures),
    )
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / WEIGHTS).write_bytes(stored)
    (arguments.out / LINEAGE).write_text(json.dumps(lineage.model_dump(mode="json"), indent=1) + "\n", encoding="utf-8")
    print(lineage)


class _Measure:
    """Documents that training did not see, alone and with an order in them."""

    def __init__(self, texts: Sequence[str]) -> None:
        chance = Random(f"{SEED} measure")
        self._ordinary = _Documents(texts)
        self._with = {
            family: _Documents(
                [
                    placed(_cropped(chance.choice(texts), chance), order(family, chance), chance)[0]
                    for _ in range(MEASURED)
                ]
            )
            for family in FAMILIES
        }

    def threshold(self, weights: Labels, bias: float) -> float:
        return float(np.quantile(self._ordinary.scores(weights, bias), 1 - FALSE_ALARMS))

    def found(self, weights: Labels, bias: float, family: str) -> float:
        return round(float((self._with[family].scores(weights, bias) >= self.threshold(weights, bias)).mean()), 3)

    def calibrated(self, weights: Labels, bias: float) -> tuple[float, float]:
        """Slope and offset of the logistic function from a document's best score to the chance of an order in it."""
        plain = self._ordinary.scores(weights, bias)
        orders = np.concatenate([self._with[family].scores(weights, bias) for family in FAMILIES])
        scores = np.concatenate([plain, orders]).reshape(-1, 1)
        shares = np.concatenate([np.full(len(plain), 0.5 / len(plain)), np.full(len(orders), 0.5 / len(orders))])
        fit = LogisticRegression(C=1e6).fit(scores, np.repeat((0, 1), (len(plain), len(orders))), shares * len(scores))
        return float(fit.coef_[0][0]), float(fit.intercept_[0])


class _Documents:
    """The best score of each document, for any weights."""

    def __init__(self, texts: Sequence[str]) -> None:
        found = [list(windows(text)) for text in texts]
        found = [units for units in found if units]
        self._matrix = matrix([unit for units in found for unit in units])
        self._starts = np.cumsum([0, *(len(units) for units in found[:-1])])

    def scores(self, weights: Labels, bias: float) -> Labels:
        best: Labels = np.maximum.reduceat(self._matrix @ weights + bias, self._starts)
        return best


Part = tuple[csr_matrix, Labels]


def matrix(units: Sequence[Window]) -> csr_matrix:
    """One row a window, each of length 1."""
    rows = [numbers(unit) for unit in units]
    ends = np.cumsum([0, *map(len, rows)])
    values = np.concatenate([np.full(len(row), 1 / np.sqrt(len(row)), np.float32) for row in rows])
    return csr_matrix((values, np.concatenate(rows).astype(np.int32), ends), shape=(len(rows), 1 << BITS))


def placed(text: str, command: str, chance: Random) -> tuple[str, int, int]:
    """A text with an order put into it, and where the order stands."""
    edges = [edge for unit in windows(text) for edge in (unit.start, unit.end)] or [0]
    draw = chance.random()
    at = 0 if draw < 0.2 else len(text) if draw < 0.45 else chance.choice(edges)
    joint = chance.choice(_JOINTS)
    after = "\n" if joint == " " and command[-1] not in ".?!" and chance.random() < 0.7 else joint
    before, rest = text[:at].rstrip(" "), text[at:].lstrip(" ")
    head = before + joint if before else ""
    return head + command + (after if rest else "") + rest, len(head), len(head) + len(command)


def _orders(family: str, texts: Sequence[str]) -> Part:
    chance = Random(f"{SEED} {family}")
    units: list[Window] = []
    labels: list[int] = []
    total = sum(_SHARES.get(name, 1.0) for name in FAMILIES)
    for _ in range(round(ORDERS * _SHARES.get(family, 1.0) / total)):
        host = _cropped(chance.choice(texts), chance) if chance.random() < 0.6 else chance.choice(HOSTS)(chance)
        command = order(family, chance)
        copies = chance.randint(1, _MOST_COPIES) if chance.random() < _REPEATED else 0
        for _ in range(copies):
            host = placed(host, command, chance)[0]
        text, start, end = placed(host, command, chance)
        said = start + len(command.split("\n```", 1)[0].split(":\n", 1)[0])
        near = []
        for unit in windows(text):
            shared = min(unit.end, said) - max(unit.start, start)
            if shared > 0 and 2 * shared >= min(unit.end - unit.start, said - start):
                units.append(unit)
                labels.append(1)
            elif shared <= 0 and not start <= unit.start < end and unit.text[:_KNOWN] not in command:
                near.append(unit)
        near.sort(key=lambda unit: min(abs(unit.start - end), abs(unit.end - start)))
        units += near[:2]
        labels += [0] * len(near[:2])
    return matrix(units), np.array(labels, np.float32)


def _ordinary(texts: Sequence[str], most: int, name: str) -> Part:
    chance = Random(f"{SEED} {name}")
    units: list[Window] = []
    for text in texts:
        found = list(windows(text))
        units += chance.sample(found, min(most, len(found)))
    return matrix(units), np.zeros(len(units), np.float32)


def _carried() -> list[str]:
    chance = Random(f"{SEED} carried")
    return [chance.choice(CARRIERS)(chance) for _ in range(CARRIED)]


def _cropped(text: str, chance: Random) -> str:
    most = chance.choice(_CROPS)
    if len(text) <= most:
        return text
    start = chance.randrange(len(text) - most)
    line = text.find("\n", start, start + 200)
    start = line + 1 if line >= 0 else start
    return text[start : start + most]


def _fitted(parts: Sequence[Part]) -> tuple[Labels, float]:
    model = SGDClassifier(loss="log_loss", alpha=ALPHA, max_iter=ROUNDS, tol=None, random_state=SEED, average=10_000)
    model.fit(vstack([part[0] for part in parts]).tocsr(), np.concatenate([part[1] for part in parts]))
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def _generator() -> str:
    """Digest of what the generator writes for one seed."""
    chance = Random(SEED)
    written = [order(family, chance) for family in FAMILIES for _ in range(200)]
    written += [make(chance) for make in CARRIERS for _ in range(50)]
    return hashlib.sha256("\0".join(written).encode()).hexdigest()


if __name__ == "__main__":
    main()
