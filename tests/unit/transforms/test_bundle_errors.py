"""What a worker says about a failed bundle holds no text of a document (law 4)."""

import subprocess
import sys

import pytest

from pipeline.domain.errors import CanaryMissed, ChildFailure
from transforms.support.bundle_errors import described

SECRET = "the text of a document"


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


def as_beam_does(error: Exception, replacement: Exception) -> Exception:
    """Another error with the gate's name in its text, raised while the first was handled."""
    try:
        try:
            raise error
        except Exception:
            replacement._tagged_with_step = True  # type: ignore[attr-defined]
            raise replacement  # noqa: B904
    except Exception as caught:
        return caught


def test_the_text_of_an_error_that_is_not_ours_is_withheld_and_its_gate_stays() -> None:
    says = described(raised(ValueError(f"{SECRET} [while running 'gate/scan pii']")))
    assert SECRET not in says
    assert "builtins.ValueError: (text withheld) [while running 'gate/scan pii']" in says
    assert "in raised" in says


def test_an_error_in_whose_chain_a_document_is_quoted_is_withheld_as_a_whole() -> None:
    says = described(as_beam_does(ValueError(SECRET), RuntimeError(f"ValueError: {SECRET} [while running 'x']")))
    assert SECRET not in says
    assert "[while running 'x']" in says


@pytest.mark.parametrize(
    "error", [CanaryMissed("A canary was missed."), ChildFailure("crashed", "A canary was missed.")]
)
def test_our_own_error_keeps_its_class_and_words(error: Exception) -> None:
    says = described(as_beam_does(error, RuntimeError(f"whatever: {error} [while running 'scan']")))
    assert f"pipeline.domain.errors.{type(error).__name__}: A canary was missed." in says
    assert says.rstrip().endswith("[while running 'scan']")


def test_a_worker_that_fails_on_a_document_prints_none_of_it() -> None:
    program = f"""
import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
import transforms.support.bases
def fail(text):
    raise ValueError(text)
options = PipelineOptions(["--direct_running_mode=multi_threading", "--direct_num_workers=1"])
pipeline = beam.Pipeline(runner="FnApiRunner", options=options)
_ = pipeline | beam.Create([{SECRET!r}]) | "my gate" >> beam.Map(fail)
try:
    pipeline.run()
except RuntimeError as error:
    print("ERROR", error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert "ERROR" in done.stdout
    assert "(text withheld) [while running 'my gate']" in done.stdout
    assert "my gate" in done.stderr, "a worker in a process of its own says where it failed"
    said = [line for line in (done.stdout + done.stderr).splitlines() if SECRET in line and "Create" not in line]
    assert said == []
