"""Rollback, pruning and repair killed at each step, and on a full disk: the last good generation serves (law 6)."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.checks import reconcile
from pipeline.publishing import retention
from pipeline.settings.application import RetentionSettings
from pipeline.stores.ledger.ledger import Ledger
from pipeline.stores.ledger.retained import Retained
from pipeline.stores.takedown import rolled_back
from pipeline.stores.takedown.revocations import Revocations
from pipeline.takedown import rollback
from tests.support.faults import die_in_call, run_elsewhere, until_the_disk_suffices
from tests.support.index_samples import Doc
from tests.support.served_home import OPERATOR, ServedHome

ONE, TWO, THREE = (Doc("only.md", (f"This is revision {number}.",)) for number in (1, 2, 3))
OTHER = Doc("other.md", ("Somebody revoked this.",))

STEPS: dict[str, tuple[Any, str]] = {
    "written": (rollback, "write_successor"),
    "rewritten": (reconcile, "write_successor"),
    "pointers moved": (rolled_back, "roll_back"),
    "committed": (Ledger, "commit_publication"),
    "marked": (Retained, "mark_pruned"),
    "removed": (retention, "remove_folder"),
}
"""After which call the process dies."""


def keep_few(home: ServedHome) -> None:
    settings = home.workspace.home.settings
    few = {"retention": RetentionSettings(generations=2, days=0)}
    home.workspace.home.__dict__["settings"] = settings.model_copy(update=few)


ACTS: dict[str, Callable[[ServedHome], object]] = {
    "rollback": lambda home: rollback.rollback(home.workspace, 1, OPERATOR, "a mistake"),
    "prune": lambda home: retention.prune(home.workspace, OPERATOR),
    "repair": lambda home: reconcile.reconcile(home.workspace, repair_by=OPERATOR),
}
AFTER = {
    "rollback": {*ONE.texts},
    "prune": {*THREE.texts},
    "repair": {*THREE.texts},
}


def act_and_die(folder: str, act: str, step: str) -> None:
    home = ServedHome(Path(folder), fresh=False)
    keep_few(home)
    owner, name = STEPS[step]
    die_in_call(owner, name, after=True)
    ACTS[act](home)


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path / "home", database_url)
    keep_few(made)
    made.refresh(ONE)
    made.refresh(TWO)
    made.refresh(THREE, OTHER)
    Revocations(made.workspace.database).revoke("document", OTHER.doc_id, "user:oscar", "a mistake")
    yield made
    made.close()


def sound(home: ServedHome, expected: set[str]) -> None:
    """What is served verifies to the last byte, and is what it should be."""
    assert home.found() == expected
    live = home.live()
    assert {doc: version for doc, version in home.held().items() if doc in live} == live
    assert home.workspace.audit.verify().ok


@pytest.mark.parametrize(
    ("act", "step", "done"),
    [
        ("rollback", "written", False),
        ("rollback", "pointers moved", False),
        ("rollback", "committed", True),
        ("prune", "marked", True),
        ("prune", "removed", True),
        ("repair", "rewritten", False),
        ("repair", "committed", True),
        ("repair", "marked", True),
    ],
)
def test_law_06_killed_at_any_step_it_serves_the_last_good_generation(
    home: ServedHome, act: str, step: str, done: bool
) -> None:
    killed = run_elsewhere(
        "tests.integration.test_taking_back_crash:act_and_die", home.workspace.home.folder, act, step
    )
    assert killed.returncode == -signal.SIGKILL
    sound(home, AFTER[act] if done else set(THREE.texts))
    if act != "rollback" or not done:
        ACTS[act](home)
    sound(home, AFTER[act])
    reconcile.reconcile(home.workspace, repair_by=OPERATOR)
    assert reconcile.reconcile(home.workspace).differences == ()
    sound(home, AFTER[act])


@pytest.mark.parametrize("act", ["rollback", "repair", "prune"])
def test_law_06_on_a_full_disk_it_serves_the_last_good_generation(
    home: ServedHome, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    _, failed = until_the_disk_suffices(monkeypatch, lambda: ACTS[act](home), lambda: sound(home, AFTER["repair"]))
    assert failed >= (1 if act == "prune" else 5)
    sound(home, AFTER[act])
