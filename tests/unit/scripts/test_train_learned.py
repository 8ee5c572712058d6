"""Training is repeatable: the same texts and seed give the same windows, weights and bias."""

import numpy as np
import pytest

from scripts.train import learned
from scripts.train.learned import _fitted, _orders, _ordinary, _Task

PAGES = [
    "The ferry leaves the harbour at seven.\n\nPassengers with bicycles board first.\n\nIn winter it rests.",
    "Chop the onion and fry it in oil.\n\nAdd the lentils and a litre of stock.\n\nSimmer for twenty minutes.",
    "The pump was serviced in May.\n\nTwo seals were replaced.\n\nThe next check is due in spring.",
]


@pytest.mark.parametrize(("name", "family"), [("overt", "override"), ("overt", "de"), ("plain", "form")])
def test_a_second_small_run_gives_the_same_weights(name: str, family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Task, "number", lambda _task, _family: 25)
    monkeypatch.setattr(learned, "ROUNDS", 3)
    runs = []
    for _ in range(2):
        parts = [_orders(family, PAGES, _Task(name)), _ordinary(PAGES, 3, "documents")]
        weights, bias = _fitted(parts)
        runs.append((weights.tobytes(), bias, np.concatenate([part[1] for part in parts]).tobytes()))
    assert runs[0] == runs[1]
    assert any(runs[0][0])
