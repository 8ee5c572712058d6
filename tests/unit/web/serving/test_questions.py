"""Vectors of questions: together or alone, remembered or not, the same bits, and nothing of another tenant."""

import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from pipeline.domain.ports import Vectors
from pipeline.web.serving.questions import MOST_TOGETHER, QuestionVectors
from tests.support.models import derived_embedder


class Counting:
    """Embeds by hash and writes down what came together; the first batch waits for `go`."""

    digest, dimensions = "counting", 4

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.go = threading.Event()
        self.fails = False

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        assert self.go.wait(10)
        if self.fails:
            raise RuntimeError("broken")
        return np.array([[len(text), *text.encode()[:3]] for text in texts], np.float32)


async def ask(vectors: QuestionVectors, *questions: str, tenant: str = "t") -> list[Vectors]:
    return await asyncio.gather(*(vectors.of(tenant, question) for question in questions))


def test_questions_that_wait_are_embedded_together_and_a_repeated_one_once() -> None:
    model = Counting()
    vectors = QuestionVectors(model)

    async def run() -> list[Vectors]:
        first = asyncio.create_task(vectors.of("t", "first question"))
        while not model.batches:
            await asyncio.sleep(0.001)
        others = [asyncio.create_task(vectors.of("t", f"abc {n % 20}")) for n in range(40)]
        await asyncio.sleep(0.01)
        model.go.set()
        return [await first, *await asyncio.gather(*others)]

    found = asyncio.run(run())
    assert [len(batch) for batch in model.batches] == [1, MOST_TOGETHER, 20 - MOST_TOGETHER]
    assert [row[0][0] for row in found[1:3]] == [len("abc 0"), len("abc 1")]
    assert all(np.array_equal(found[1 + n], found[21 + n]) for n in range(20))


def test_a_remembered_question_is_not_embedded_again_unless_another_tenant_asks_it() -> None:
    model = Counting()
    model.go.set()
    vectors = QuestionVectors(model)

    async def run() -> None:
        for tenant in ("one", "one", "two"):
            await ask(vectors, "who keeps the lamp", tenant=tenant)

    asyncio.run(run())
    assert len(model.batches) == 2


def test_only_so_many_are_remembered_and_the_longest_unused_goes() -> None:
    model = Counting()
    model.go.set()
    vectors = QuestionVectors(model, remembered=2)

    async def run() -> None:
        for question in ("aaa", "bbb", "aaa", "ccc", "aaa", "bbb"):
            await ask(vectors, question)

    asyncio.run(run())
    assert [batch[0] for batch in model.batches] == ["aaa", "bbb", "ccc", "bbb"]


def test_a_failure_reaches_everybody_who_waited_and_is_not_remembered() -> None:
    model = Counting()
    model.go.set()
    model.fails = True
    vectors = QuestionVectors(model)

    async def run() -> None:
        tasks = [asyncio.create_task(vectors.of("t", question)) for question in ("aaa", "aaa", "bbb")]
        failed = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(one) for one in failed] == [RuntimeError] * 3
        model.fails = False
        assert (await vectors.of("t", "aaa")).shape == (1, 4)

    asyncio.run(run())


def test_one_who_goes_away_ends_nothing_for_others() -> None:
    model = Counting()
    vectors = QuestionVectors(model)

    async def run() -> None:
        gone, stays = (asyncio.create_task(vectors.of("t", "aaa")) for _ in range(2))
        await asyncio.sleep(0.01)
        gone.cancel()
        model.go.set()
        assert (await stays).shape == (1, 4)

    asyncio.run(run())
    assert len(model.batches) == 1


def test_nobody_can_change_what_is_remembered() -> None:
    model = Counting()
    model.go.set()
    [vector] = asyncio.run(ask(QuestionVectors(model), "aaa"))
    with pytest.raises(ValueError, match="read-only"):
        vector[0, 0] = 7


def test_with_the_real_model_company_changes_no_bit() -> None:
    embedder = derived_embedder(threads=None)
    questions = [f"{'Who keeps the lamp and the ladder? ' * (n % 5 + 1)} {n}" for n in range(30)]
    together = asyncio.run(ask(QuestionVectors(embedder), *questions))
    assert all(np.array_equal(one, embedder.embed([text])) for one, text in zip(together, questions, strict=True))
