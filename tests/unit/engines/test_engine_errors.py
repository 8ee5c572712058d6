"""What a runner's error becomes for people: our own words and class, or only a class name (law 4)."""

import pytest

from pipeline.domain.errors import CanaryMissed, CorpusgateError, SourceError, code_of
from pipeline.engines.errors import ours


def test_an_error_of_ours_keeps_its_class_and_words_through_the_runner() -> None:
    wrapped = RuntimeError(
        "Traceback…\npipeline.domain.errors.CanaryMissed: A planted sample was missed. [while running 'gate/scan']"
    )
    error = ours(wrapped)
    assert type(error) is CanaryMissed
    assert error.what == "The run stopped in `gate/scan`: A planted sample was missed."
    assert code_of(error) == "canary-missed"


@pytest.mark.parametrize("name", ["RateLimited", "NoSuchError", "ExitCode"])
def test_a_class_that_needs_more_than_words_becomes_the_plain_one(name: str) -> None:
    assert type(ours(RuntimeError(f"pipeline.domain.errors.{name}: Words."))) is CorpusgateError


def test_law_04_an_error_of_others_tells_its_class_only() -> None:
    error = ours(ValueError("could not parse 'the text of a document' [while running 'gate/extract']"))
    assert type(error) is SourceError
    assert "text of a document" not in str(error)
    assert "ValueError" in error.what


def test_what_kafka_answered_is_told_by_its_class() -> None:
    said = "org.apache.kafka.common.errors.UnknownTopicOrPartitionException: the text of a record"
    error = ours(RuntimeError(f"java.lang.RuntimeException: {said} [while running 'read records/read']"))
    assert "Kafka answered UnknownTopicOrPartitionException" in error.what
    assert "text of a record" not in str(error)
