"""Trains a model of windows, of plain or of overt orders, and measures it on what its training did not see.

    python -m scripts.train.learned plain|overt --documents NAME=FOLDER [--documents …] --out FOLDER

Every order is written by `orders.py` or `overt.py` and put into an ordinary document; every other window is ordinary
text. The same folders, seed and version give the same weights. One family of orders in turn can be left out to measure;
the model that is written is trained on all.
"""

import argparse
import hashlib
import json
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression, SGDClassifier

from pipeline.detectors.learned.features import BITS, VERSION, numbers
from pipeline.detectors.learned.model import LINEAGE, WEIGHTS, TrainedLineage, TrainingFigures
from pipeline.detectors.learned.windows import Window, windows
from pipeline.domain.digests import digest_bytes
from scripts.train.carriers import CARRIERS, HOSTS
from scripts.train.documents import documents
from scripts.train.orders import FAMILIES
from scripts.train.overt import LANGUAGES, OVERT, foreign_text, hard, plain, taking_over

TASKS = ("plain", "overt")
SEED = 7
ORDERS = 12_000
OF_A_LANGUAGE = 220
"""Orders in each language other than English."""
CARRIED = 4_000
"""Documents written by grammar that hold no order, next to the real ones."""
FILES = 25
"""Files that are read of a folder, at most."""
WINDOWS_OF_A_DOCUMENT = 7
ALPHA, ROUNDS = 3e-7, 8
FALSE_ALARMS = {"plain": 0.012, "overt": 0.01}
"""Share of ordinary documents left out of training that may be flagged; other people's are less alike."""
MEASURED = 30
"""Orders of each family that are measured, each in a document that was left out."""
_SHARES = {"form": 1.8, "content": 1.8, "slant": 1.4, "act": 2.0, "reveal": 1.2, "code": 1.0, "ask": 1.3}
_TAGGED = 0.12
"""Share of the orders that stand in mark-up."""
_JOINTS = ("\n", "\n", " ", "\n\n")
_REPEATED, _MOST_COPIES = 0.12, 5
"""Share of the orders that stand in their document several times, and how many times more at most."""
_KNOWN = 40
"""Code points by which a copy of an order is known."""
_ALONE, _SAME_LANGUAGE, _REAL = 0.2, 0.55, 0.75
_HARD, _FOREIGN = 6_000, 120
"""Ordinary documents with the words of orders, and those of each language."""
_CROPS = (300, 600, 1200, 2500)

Labels = NDArray[np.float32]


class TrainedFit(NamedTuple):
    """Bias, threshold, calibration and figures of fitted weights."""

    bias: float
    threshold: float
    slope: float
    offset: float
    windows: int
    orders: int
    figures: dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", choices=TASKS, action="append", help="plain, overt; both if none is named")
    parser.add_argument("--documents", action="append", required=True, metavar="NAME=FOLDER")
    parser.add_argument("--held", default="", help="names of folders that are measured and never trained on, by commas")
    parser.add_argument(
        "--leave-out",
        action="store_true",
        help="measure each family of orders and each source of others without it, too",
    )
    parser.add_argument(
        "--others", action="append", type=Path, default=[], help="texts of others by source, as JSON lines"
    )
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    folders = dict(text.split("=", 1) for text in arguments.documents)
    texts = {name: documents(Path(folder), FILES, Random(f"{SEED} {name}")) for name, folder in folders.items()}
    texts = {name: found for name, found in texts.items() if found}
    held = [name for name in arguments.held.split(",") if name in texts]
    trained = [text for name, found in texts.items() if name not in held for text in found]
    left_out = [text for name in held for text in texts[name]]
    print({name: len(found) for name, found in texts.items()}, flush=True)
    ordinary = [_ordinary(trained, WINDOWS_OF_A_DOCUMENT, "documents"), _ordinary(_carried(), 5, "carriers")]
    held_ordinary, held_part = _Documents(left_out), _ordinary(left_out, WINDOWS_OF_A_DOCUMENT, "held")
    for name in arguments.task or TASKS:
        task = _Task(name)
        measuring = _Measure(left_out, held_ordinary, task)
        parts = {family: _orders(family, trained, task) for family in task.families}
        others = _others(arguments.others) if task.overt else {}
        fitted = _Fit(task, measuring, parts, ordinary, others)
        figures = fitted.left_out_families() if arguments.leave_out else {}
        _write(arguments.out / name, texts, task, *fitted.final([held_part], figures, arguments.leave_out))


class _Fit:
    """One model: fitted without something to measure it, and on all."""

    def __init__(
        self,
        task: "_Task",
        measuring: "_Measure",
        parts: dict[str, "Part"],
        ordinary: list["Part"],
        others: dict[str, "Source"],
    ) -> None:
        self._task, self._measuring, self._parts = task, measuring, parts
        self._ordinary, self._others = ordinary, others

    def left_out_families(self) -> dict[str, float]:
        """Share of orders of each family that are found without it."""
        figures = {}
        for family in self._task.families:
            some = [part for name, part in self._parts.items() if name != family]
            figures[f"{family}, left out"] = self._measuring.found(*_fitted([*some, *self._ordinary]), family)
            print(family, figures[f"{family}, left out"], flush=True)
        return figures

    def final(self, more: list["Part"], figures: dict[str, float], leave_out: bool) -> tuple[Labels, TrainedFit]:
        """Weights fitted on all, with a threshold and figures from fits that did not know what they measure."""
        own = [*self._parts.values(), *self._ordinary]
        for source, (_, attacks, ordinary) in self._others.items() if leave_out else ():
            some = [part for name, (part, _, _) in self._others.items() if name != source]
            figures |= self._measuring.source(*_fitted([*own, *some]), source, attacks, ordinary)
        known = [*own, *(part for part, _, _ in self._others.values())]
        weights, bias = _fitted(known)
        threshold = self._measuring.threshold(weights, bias)
        slope, offset = self._measuring.calibrated(weights, bias)
        figures |= {
            f"{family}, trained on": self._measuring.found(weights, bias, family) for family in self._task.families
        }
        everything = [*known, *more]
        weights, bias = _fitted(everything)  # it knows the documents left out before; the threshold does not
        labels = np.concatenate([part[1] for part in everything])
        return weights, TrainedFit(bias, threshold, slope, offset, len(labels), int(labels.sum()), figures)


def _write(folder: Path, texts: dict[str, list[str]], task: "_Task", weights: Labels, fit: TrainedFit) -> None:
    scale = float(np.abs(weights).max()) / 32_767
    stored = np.round(weights / scale).astype("<i2").tobytes()
    lineage = TrainedLineage(
        code_version=metadata.version("corpusgate"),
        features_version=VERSION,
        seed=SEED,
        generator_digest=_generator(),
        data={name: f"{len(found)} documents" for name, found in sorted(texts.items())},
        data_digest=hashlib.sha256("\0".join(t for n in sorted(texts) for t in texts[n]).encode()).hexdigest(),
        windows=fit.windows,
        orders=fit.orders,
        weights_sha256=digest_bytes(stored),
        scale=round(scale, 9),
        bias=round(fit.bias, 6),
        threshold=round(fit.threshold, 3),
        slope=round(fit.slope, 4),
        offset=round(fit.offset, 4),
        figures=TrainingFigures(false_alarms=FALSE_ALARMS[task.name], found=fit.figures),
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WEIGHTS).write_bytes(stored)
    (folder / LINEAGE).write_text(json.dumps(lineage.model_dump(mode="json"), indent=1) + "\n", encoding="utf-8")
    print(lineage, flush=True)


class _Task:
    """Which orders a model learns: what writes them, of which families, and whether one may stand alone."""

    def __init__(self, name: str) -> None:
        self.name, self.overt = name, name == "overt"
        self.families = [*(OVERT if self.overt else FAMILIES), *LANGUAGES]
        self.written = taking_over if self.overt else plain

    def number(self, family: str) -> int:
        """How many orders of a family are written."""
        if family in LANGUAGES:
            return OF_A_LANGUAGE
        own = [name for name in self.families if name not in LANGUAGES]
        return round(ORDERS * _SHARES.get(family, 1.0) / sum(_SHARES.get(name, 1.0) for name in own))


class _Measure:
    """Documents that training did not see, alone and with an order in them."""

    def __init__(self, texts: Sequence[str], ordinary: "_Documents", task: _Task) -> None:
        chance = Random(f"{SEED} measure")
        self._share, self._families = FALSE_ALARMS[task.name], task.families
        self._ordinary = ordinary
        self._with = {
            family: _Documents(
                [
                    placed(_cropped(chance.choice(texts), chance), task.written(family, chance), chance)[0]
                    for _ in range(MEASURED)
                ]
            )
            for family in task.families
        }

    def threshold(self, weights: Labels, bias: float) -> float:
        return float(np.quantile(self._ordinary.scores(weights, bias), 1 - self._share))

    def found(self, weights: Labels, bias: float, family: str) -> float:
        return round(float((self._with[family].scores(weights, bias) >= self.threshold(weights, bias)).mean()), 3)

    def source(
        self, weights: Labels, bias: float, name: str, attacks: "_Documents | None", plain: "_Documents | None"
    ) -> dict[str, float]:
        """Shares of documents of a source that was left out that reach the threshold, with and without an order."""
        threshold = self.threshold(weights, bias)
        kinds = ((f"source {name}, left out", attacks), (f"ordinary of {name}, left out", plain))
        shares = {
            kind: round(float((texts.scores(weights, bias) >= threshold).mean()), 3) for kind, texts in kinds if texts
        }
        print(shares, flush=True)
        return shares

    def calibrated(self, weights: Labels, bias: float) -> tuple[float, float]:
        """Slope and offset of the logistic function from a document's best score to the chance of an order in it."""
        plain = self._ordinary.scores(weights, bias)
        orders = np.concatenate([self._with[family].scores(weights, bias) for family in self._families])
        scores = np.concatenate([plain, orders]).reshape(-1, 1)
        shares = np.concatenate([np.full(len(plain), 0.5 / len(plain)), np.full(len(orders), 0.5 / len(orders))])
        fit = LogisticRegression(C=1e6).fit(scores, np.repeat((0, 1), (len(plain), len(orders))), shares * len(scores))
        return float(fit.coef_[0][0]), float(fit.intercept_[0])


class _Documents:
    """The best score of each document, for any weights."""

    def __init__(self, texts: Sequence[str], alone: bool = False) -> None:
        found = [[unit for unit in windows(text) if alone or not unit.alone] for text in texts]
        found = [units for units in found if units]
        self._matrix = matrix([unit for units in found for unit in units])
        self._starts = np.cumsum([0, *(len(units) for units in found[:-1])])

    def scores(self, weights: Labels, bias: float) -> Labels:
        best: Labels = np.maximum.reduceat(self._matrix @ weights + bias, self._starts)
        return best


Part = tuple[csr_matrix, Labels]
Source = tuple[Part, _Documents | None, _Documents | None]
"""Windows to learn from, documents with an overt order, documents without."""
_LICENCES = ("Apache-2.0", "MIT")
_QUESTIONS = ("direct_prompt", "mixed")


def _others(files: Sequence[Path]) -> dict[str, Source]:
    """Texts of others by source.

    A record has `text`, `label`, `source`, `license`, `kind`, `explicitness`, and the `payload_span` of an order inside
    a document. Orders whose place is not known and questions among prompts are measured and not learned.
    """
    records = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    found = {}
    for source in sorted({record["source"] for record in records if record.get("explicitness") != "implicit"}):
        units: list[Window] = []
        labels: list[int] = []
        texts: tuple[list[str], list[str]] = ([], [])
        for record in records:
            if record["source"] != source or record.get("explicitness") == "implicit":
                continue
            texts[record["label"]].append(record["text"])
            span, kind = record.get("payload_span"), (record["kind"], record.get("explicitness"))
            unplaced = record["label"] and not span and (kind[0].startswith("indirect") or kind == _QUESTIONS)
            if unplaced or not any(known in record["license"] for known in _LICENCES):
                continue
            start, end = span or (0, len(record["text"]) if record["label"] else 0)
            for unit in windows(record["text"]):
                units.append(unit)
                labels.append(int(unit.start < end and start < unit.end))
        part = (matrix(units), np.array(labels, np.float32)) if units else _NOTHING
        attacks, plain_ones = (_Documents(some, alone=True) if some else None for some in reversed(texts))
        found[source] = part, attacks, plain_ones
    return found


_NOTHING: Part = (csr_matrix((0, 1 << BITS), dtype=np.float32), np.array([], np.float32))


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
    if chance.random() < _TAGGED:
        tag = chance.choice(("p", "li", "td", "div", "span"))
        joint, after = f"{joint}<{tag}>", f"</{tag}>{after}"
    before, rest = text[:at].rstrip(" "), text[at:].lstrip(" ")
    head = before + joint if before or "<" in joint else ""
    return head + command + (after if rest or "<" in after else "") + rest, len(head), len(head) + len(command)


def _orders(family: str, texts: Sequence[str], task: _Task) -> Part:
    chance = Random(f"{SEED} {family}")
    units: list[Window] = []
    labels: list[int] = []
    for _ in range(task.number(family)):
        host = _host(family, texts, task, chance)
        command = task.written(family, chance)
        copies = chance.randint(1, _MOST_COPIES) if chance.random() < _REPEATED else 0
        for _ in range(copies):
            host = placed(host, command, chance)[0]
        text, start, end = placed(host, command, chance)
        said = end if task.overt else start + len(command.split("\n```", 1)[0].split(":\n", 1)[0])
        near = []
        for unit in windows(text):
            shared = min(unit.end, said) - max(unit.start, start)
            if unit.alone and not task.overt:
                continue
            if shared > 0 and (task.overt or 2 * shared >= min(unit.end - unit.start, said - start)):
                units.append(unit)
                labels.append(1)
            elif shared <= 0 and not start <= unit.start < end and unit.text[:_KNOWN] not in command:
                near.append(unit)
        near.sort(key=lambda unit: min(abs(unit.start - end), abs(unit.end - start)))
        units += near[:2]
        labels += [0] * len(near[:2])
    return matrix(units), np.array(labels, np.float32)


def _host(family: str, texts: Sequence[str], task: _Task, chance: Random) -> str:
    draw = chance.random()
    if task.overt and draw < _ALONE:
        return ""
    if family in LANGUAGES and draw < _SAME_LANGUAGE:
        return foreign_text(family, chance)
    return _cropped(chance.choice(texts), chance) if draw < _REAL else chance.choice(HOSTS)(chance)


def _ordinary(texts: Sequence[str], most: int, name: str) -> Part:
    chance = Random(f"{SEED} {name}")
    units: list[Window] = []
    for text in texts:
        found = list(windows(text))
        units += chance.sample(found, min(most, len(found)))
    return matrix(units), np.zeros(len(units), np.float32)


def _carried() -> list[str]:
    chance = Random(f"{SEED} carried")
    found = [chance.choice(CARRIERS)(chance) for _ in range(CARRIED)]
    found += [hard(chance) for _ in range(_HARD)]
    return found + [foreign_text(language, chance) for language in LANGUAGES for _ in range(_FOREIGN)]


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
    written = [make(family, chance) for make, names in ((plain, FAMILIES), (taking_over, OVERT)) for family in names]
    written += [make(language, chance) for make in (plain, taking_over, foreign_text) for language in LANGUAGES]
    written += [hard(chance) for _ in range(200)]
    written += [make(chance) for make in CARRIERS for _ in range(50)]
    return hashlib.sha256("\0".join(written).encode()).hexdigest()


if __name__ == "__main__":
    main()
