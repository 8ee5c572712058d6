"""Beam answers its repeated questions once, and with the same answers."""

import subprocess
import sys
from collections.abc import Iterator

import apache_beam as beam
from apache_beam.coders import StrUtf8Coder
from apache_beam.internal import pickler
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions
from apache_beam.transforms import userstate
from apache_beam.transforms.userstate import BagStateSpec

from pipeline.engines.quicker import KeptViews, specs_read_once

FLAGS = ["--streaming", "--direct_num_workers", "3"]


class Remembering(beam.DoFn):  # type: ignore[misc]
    def process(
        self, element: tuple[str, str], seen: object = beam.DoFn.StateParam(BagStateSpec("seen", StrUtf8Coder()))
    ) -> Iterator[str]:
        yield element[1]


class Plain(beam.DoFn):  # type: ignore[misc]
    def process(self, element: str) -> Iterator[str]:
        yield element


def test_kept_views_have_the_values_of_beams_own_options() -> None:
    ours, beams = KeptViews(FLAGS), PipelineOptions(FLAGS)
    assert ours.view_as(DirectOptions).direct_num_workers == 3
    assert ours.view_as(StandardOptions) is ours.view_as(StandardOptions)
    assert ours.get_all_options() == beams.get_all_options()


def test_a_value_set_in_one_view_shows_in_the_others_and_in_a_copy() -> None:
    options = KeptViews(FLAGS)
    early = options.view_as(StandardOptions)
    early.streaming = False
    assert options.view_as(StandardOptions).streaming is False
    copied = pickler.loads(pickler.dumps(options))
    assert copied.get_all_options() == options.get_all_options()


def test_specs_are_the_same_inside_and_each_object_has_its_own() -> None:
    fns = [Remembering(), Plain(), Remembering()]
    expected = [userstate.is_stateful_dofn(fn) for fn in fns]
    before = userstate.get_dofn_specs
    with specs_read_once():
        assert [userstate.is_stateful_dofn(fn) for fn in (*fns, *fns)] == [*expected, *expected]
    assert expected == [True, False, True]
    assert userstate.get_dofn_specs is before


def test_beam_comes_without_a_web_client_and_bigquery_can_still_be_imported() -> None:
    program = """
import importlib, sys
from pipeline.engines.beam_import import import_beam
import_beam()
print("requests" in sys.modules, "apache_beam.Pipeline" if hasattr(sys.modules["apache_beam"], "Pipeline") else "")
import apache_beam.io.gcp.bigquery
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.split() == ["False", "apache_beam.Pipeline"]
