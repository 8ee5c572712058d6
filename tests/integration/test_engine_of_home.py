"""A new home takes the fastest engine when it is asked to; the figures are made up, so no machine decides."""

from pathlib import Path

import pytest

from pipeline.domain.errors import ConfigError, Conflict
from pipeline.domain.serving.engine_choice import EngineFigures
from pipeline.models.derived import Lineage
from pipeline.publishing.models_of_home import choose_engine
from pipeline.workspace import Workspace
from tests.support.index_samples import Doc
from tests.support.models import derived_model
from tests.support.served_home import ServedHome


def figures(engine: str, rate: float) -> EngineFigures:
    return EngineFigures(engine=engine, texts_per_processor_second=rate, lowest_cosine=0.99996, same_bits=True)


def derived(monkeypatch: pytest.MonkeyPatch, *engines: EngineFigures) -> None:
    lineage: Lineage = derived_model()[1].model_copy(update={"engines": engines})
    monkeypatch.setattr(Workspace, "derive_model", lambda *_: lineage)


@pytest.mark.parametrize(
    ("engines", "chosen"),
    [
        ((figures("onnxruntime", 20), figures("openvino", 33)), "openvino"),
        ((figures("onnxruntime", 20), figures("openvino", 21)), "onnxruntime"),
        ((), "onnxruntime"),
    ],
)
def test_a_new_home_keeps_the_chosen_engine_in_its_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engines: tuple[EngineFigures, ...], chosen: str
) -> None:
    workspace = Workspace(tmp_path / "home")
    workspace.create()
    assert workspace.home.settings.embedding.engine == "auto"
    derived(monkeypatch, *engines)
    assert choose_engine(workspace)[0] == chosen
    with pytest.raises(ConfigError, match="names an engine already"):
        choose_engine(workspace)
    workspace.close()
    again = Workspace(tmp_path / "home")
    assert again.home.settings.embedding.library == chosen
    again.close()


def test_a_home_that_serves_keeps_its_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = ServedHome(tmp_path / "home")
    home.refresh(Doc("tea.md", ("tea is at four",)))
    derived(monkeypatch, figures("onnxruntime", 20), figures("openvino", 33))
    with pytest.raises(Conflict, match="serves vectors of one engine"):
        choose_engine(home.workspace)
    assert home.workspace.home.settings.embedding.engine == "auto"
    home.close()
