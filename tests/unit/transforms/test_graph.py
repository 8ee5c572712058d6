"""The graph itself: what crosses a shuffle, and how it is written."""

import pickle
import shutil
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import apache_beam as beam
from apache_beam import coders
from apache_beam.portability import common_urns
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from pipeline.domain.documents.documents import Binding, Chunk, Document
from pipeline.runs.graph import build
from pipeline.settings.application import DetectorSettings, ExtractionSettings, GuardSettings
from pipeline.settings.embedding import EmbeddingSettings
from pipeline.settings.home import default_configs
from transforms.support.coders import SHUFFLED, ModelCoder
from transforms.support.context import RunContext


def context_in(folder: Path) -> RunContext:
    return RunContext(
        run_id="run",
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        home=str(folder),
        staging=str(folder / "staging"),
        binding=Binding(policy_digest="p", detector_digest="d", model_digest="m"),
        policy_json="{}",
        sources={},
        extraction=ExtractionSettings(),
        detectors=DetectorSettings(folder=str(default_configs() / "detectors")),
        embedding=EmbeddingSettings(),
        deletions=GuardSettings(),
        fingerprint_key_file="none",
        reuse_vectors=False,
    )


def graph(folder: Path) -> beam.Pipeline:
    (folder / "configs").mkdir()
    shutil.copyfile(default_configs() / "models.lock.yaml", folder / "configs" / "models.lock.yaml")
    pipeline = beam.Pipeline(runner=FnApiRunner())
    build(pipeline, context_in(folder))
    return pipeline


def test_law_01_no_text_crosses_a_shuffle_and_nothing_is_pickled_there(tmp_path: Path) -> None:
    proto = graph(tmp_path).to_runner_api(use_fake_coders=False)
    parts = proto.components
    shuffles = [t for t in parts.transforms.values() if t.spec.urn == common_urns.primitives.GROUP_BY_KEY.urn]
    assert len(shuffles) >= 3, "the join, the renames and the counts"
    allowed = {"TupleCoder", "StrUtf8Coder"} | {f"{model.__name__}Coder" for model in SHUFFLED}
    for shuffle in shuffles:
        (name,) = shuffle.inputs.values()
        used = {type(coder).__name__ for coder in _coders(parts, parts.pcollections[name].coder_id)}
        numbers = {"FastPrimitivesCoder"} if "CountCombineFn" in shuffle.unique_name else set()
        assert used <= allowed | numbers, shuffle.unique_name


def test_every_element_that_is_shuffled_has_a_deterministic_coder() -> None:
    for model in SHUFFLED:
        coder = coders.registry.get_coder(model)
        assert isinstance(coder, ModelCoder), model
        assert coder.is_deterministic()
    for model in (Document, Chunk):
        assert not isinstance(coders.registry.get_coder(model), ModelCoder)


def _coders(parts: object, coder_id: str) -> list[coders.Coder]:
    from apache_beam.runners.pipeline_context import PipelineContext

    context = PipelineContext(parts)
    found: list[coders.Coder] = []
    waiting = [context.coders[coder_id]]
    while waiting:
        coder = waiting.pop()
        found.append(coder)
        inner = getattr(coder, "coders", None)
        waiting.extend(inner() if callable(inner) else [])
        inside = ("_coder", "_value_coder", "_elem_coder")
        waiting.extend(getattr(coder, name) for name in inside if hasattr(coder, name))
    return found


def test_a_context_that_was_used_travels_as_its_fields_alone(tmp_path: Path) -> None:
    context = context_in(tmp_path)
    untouched = pickle.dumps(context)
    for name, value in vars(RunContext).items():
        if isinstance(value, cached_property) and name not in ("policy", "surroundings", "seen"):
            getattr(context, name)
    assert "erased" in vars(context)
    assert pickle.dumps(context) == untouched
    assert pickle.loads(pickle.dumps(context)) == context
