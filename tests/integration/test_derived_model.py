"""Homes and their derived models: made before there was one, rolled back across engines, and no PyTorch at run time."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.checks.doctor import Check, examine
from pipeline.domain.errors import Conflict, IntegrityError
from pipeline.models.derived import RECIPE, lineage_file
from pipeline.models.lock import ModelLock
from pipeline.models.reference import reference_digest
from pipeline.takedown.rollback import rollback
from pipeline.workspace import Workspace
from tests.support.index_samples import Doc, person
from tests.support.models import MODEL
from tests.support.served_home import OPERATOR, ServedHome
from tests.support.trial import Home

TEA, SOUP = Doc("tea.md", ("Tea is at four.",)), Doc("soup.md", ("Soup is served at noon.",))


@pytest.fixture
def made_before(tmp_path: Path) -> ServedHome:
    """A home that serves what the reference engine embedded, with a lock that names no derived file and no lineage."""
    home = ServedHome(tmp_path / "home")
    lock = home.workspace.home.models_lock
    text = lock.read_text()
    before, _, after = text.partition("    derived:\n")
    lock.write_text(before + after.partition("\n")[2])
    base = ModelLock.load(lock).digest(MODEL)
    assert RECIPE not in ModelLock.load(lock).model(MODEL).derived
    lineage_file(home.workspace.home, base).unlink()
    home.embedder.digest = reference_digest(base, "fp32")
    home.refresh(TEA, SOUP)
    home.workspace.close()
    return ServedHome(tmp_path / "home", fresh=False)


def test_a_home_made_before_serves_on_embeds_again_at_its_next_refresh_and_rolls_back(made_before: ServedHome) -> None:
    home = made_before
    current = home.current()
    assert current.model_digest != home.workspace.binding().model_digest
    assert len(home.workspace.searcher.search("When is tea?", person("user:ann"), 5)) == 2
    assert home.workspace.model_lineage is not None

    home.refresh(TEA, SOUP)  # under the digest of today: a refresh reuses no vector of another digest
    after = home.current()
    assert after.model_digest == home.workspace.binding().model_digest != current.model_digest
    assert len(home.workspace.searcher.search("When is tea?", person("user:ann"), 5)) == 2

    home.refresh(gone=[SOUP])
    rollback(home.workspace, current.number, OPERATOR, "the new vectors are doubted")
    assert home.current().model_digest == current.model_digest
    assert home.workspace.searcher.search("When is tea?", person("user:ann"), 5)


def test_doctor_finds_no_problem_in_a_home_whose_derived_model_is_still_to_be_made(made_before: ServedHome) -> None:
    def models() -> Check:
        return next(check for check in examine(made_before.workspace) if check.name == "models")

    assert models().fine
    assert models().says.endswith("the derived model is made at the first refresh or search")
    made_before.workspace.searcher.search("When is tea?", person("user:ann"), 5)
    assert models().says.endswith("the derived model as signed")


def test_a_home_that_stays_with_the_reference_keeps_its_digest(made_before: ServedHome) -> None:
    settings = made_before.workspace.home.configs / "corpusgate.yaml"
    settings.write_text(settings.read_text().replace("  engine: auto\n", "  engine: torch\n"))
    settings.write_text(settings.read_text().replace("  precision: auto\n", "  precision: fp32\n"))
    workspace = Workspace(made_before.workspace.home.folder)
    assert workspace.binding().model_digest == made_before.current().model_digest
    workspace.prepare_model()
    assert not list(workspace.home.models.glob("*"))


def test_law_12_vectors_of_other_files_are_not_searched_nor_rolled_back_to(tmp_path: Path) -> None:
    home = ServedHome(tmp_path / "home")
    home.embedder.digest = reference_digest("0" * 64, "fp32")
    home.refresh(TEA)
    with pytest.raises(IntegrityError, match="another embedding model"):
        home.workspace.searcher.search("When is tea?", person("user:ann"), 5)
    home.embedder.digest = home.workspace.binding().model_digest
    home.refresh(TEA, SOUP)
    with pytest.raises(Conflict, match="another embedding model"):
        rollback(home.workspace, 1, OPERATOR, "why not")


ASKING = """
import sys
from pathlib import Path
from fastapi.testclient import TestClient
from pipeline.cli import main
from pipeline.web.app import create_app
from pipeline.workspace import Workspace
home, *commands = sys.argv[1:]
for command in commands:
    main.app(["--home", home, *command.split()], standalone_mode=False)
with TestClient(create_app(Workspace(Path(home))), base_url="http://127.0.0.1:8460") as client:
    while client.get("/readyz").status_code != 200:
        pass
heavy = {"torch", "transformers", "sentence_transformers", "onnx", "safetensors"}
print("loaded:", sorted(heavy & set(sys.modules)), "onnxruntime" in sys.modules)
"""


def test_refresh_search_and_serve_load_no_pytorch(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "tea.md").write_text("# Tea\n\nTea is at four, in the small kitchen.\n")
    home = Home.make(tmp_path / "home")
    home.add_source("kitchen", corpus)
    home("principals", "add", "ann", "--group", "everyone", "--clearance", "internal")
    asked = ["refresh --json", "search tea --as user:ann"]
    done = subprocess.run(
        [sys.executable, "-c", ASKING, str(home.folder), *asked], capture_output=True, text=True, check=False
    )
    assert "Tea is at four" in done.stdout, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded: [] True", done.stderr
