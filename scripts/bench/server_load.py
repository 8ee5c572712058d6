"""The clients of the server benchmark, in a process of their own: started by `bench_server.py`, with a plan in a file.

Searchers ask without a pause, so that as many searches are under way as there are clients. Submissions start by the
clock, whether earlier ones are answered or not, and their time counts from the moment they were due. At the end no
client starts anything new, the server gets SIGTERM while requests are under way, and all of those must be answered.

Invariant: an answer is looked at, not only its status: a reader finds something, nothing of a source that is not
theirs, and nothing whose revocation was answered before the question was sent.
"""

import asyncio
import json
import os
import random
import signal
import ssl
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from scripts.bench.server_home import BOARD, HANDBOOK, fresh_question
from tests.support.trial import cpu_seconds, resident_mb

REPEATED_QUESTIONS, K = 200, 10
PAGE, OPENED_PER_PAGE = 50, 3
READY_EVERY, REVOKE_EVERY, SAMPLE_EVERY = 1.0, 5.0, 1.0
SETTLE_SECONDS = 1.0
"""From the last request that is started to SIGTERM: what is on its way to the server then has reached it."""
TIMEOUT = 60.0
SEARCH_FRESH, SEARCH_REPEATED = "search, fresh question", "search, repeated question"
TRIED_LATER = (429, 503)


class Clients:
    """All of them, and what they saw."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.people = plan["people"]
        self.times: dict[str, list[tuple[float, float]]] = {}
        """Seconds since the start and milliseconds, by kind of request."""
        self.statuses: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()
        self.accepted: list[dict[str, str]] = []
        self.revoked: dict[str, float] = {}
        self.last_found: list[str] = []
        self.samples: list[dict[str, float]] = []
        self.over = asyncio.Event()
        self.under_way = 0
        self.cut_off = 0
        self.stopping = False
        self._tls = ssl.create_default_context()  # unused over plain HTTP, and slow to make for every client
        self._started = time.monotonic()

    async def run(self) -> dict[str, Any]:
        """Everything, until the server has stopped."""
        drawn = random.Random(7)
        repeated = [fresh_question(drawn) for _ in range(REPEATED_QUESTIONS)]
        work = [self._search(number, repeated) for number in range(self.plan["searchers"])]
        work += [self._submit(), self._review(), self._ready(), self._revoke(), self._sample()]
        tasks = [asyncio.create_task(self._guarded(one)) for one in work]
        await asyncio.sleep(self.plan["seconds"])
        self.over.set()
        seconds = time.monotonic() - self._started
        await asyncio.sleep(SETTLE_SECONDS)
        self.stopping, at_signal = True, self.under_way
        os.kill(self.plan["server"], signal.SIGTERM)
        stopped = time.monotonic()
        await asyncio.gather(*tasks)
        return {
            "seconds": seconds,
            "times": self.times,
            "statuses": self.statuses,
            "problems": self.problems,
            "accepted": self.accepted,
            "samples": self.samples,
            "under_way_at_stop": at_signal,
            "cut_off": self.cut_off,
            "drain_seconds": time.monotonic() - stopped,
        }

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:  # a client that breaks is a problem of its own, not the end of the run
            self.problems[f"a client ended with {type(error).__name__}: {error}"[:300]] += 1

    def _client(self, token: str | None = None) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(base_url=self.plan["url"], headers=headers, timeout=TIMEOUT, verify=self._tls)

    async def _ask(
        self,
        client: httpx.AsyncClient,
        kind: str,
        method: str,
        path: str,
        *,
        due: float | None = None,
        fine: tuple[int, ...] = (200, 201),
        **options: Any,
    ) -> httpx.Response | None:
        """One request, timed; None for anything but a good answer."""
        began = due or time.monotonic()
        self.under_way += 1
        try:
            answer = await client.request(method, path, **options)
        except httpx.HTTPError as error:
            if self.stopping:
                self.cut_off += 1
            self.problems[f"{kind}: {type(error).__name__}"] += 1
            return None
        finally:
            self.under_way -= 1
        took = (time.monotonic() - began) * 1000
        self.statuses[str(answer.status_code)] += 1
        self.times.setdefault(kind, []).append((began - self._started, took))
        if answer.status_code in fine:
            return answer
        if answer.status_code not in TRIED_LATER:  # those are counted as such
            self.problems[f"{kind}: status {answer.status_code}"] += 1
        return None

    async def _search(self, number: int, repeated: list[str]) -> None:
        reader = self.people["readers"][number % len(self.people["readers"])]
        drawn, asks_again = random.Random(number), number % 2 == 0
        kind = SEARCH_REPEATED if asks_again else SEARCH_FRESH
        async with self._client(reader["token"]) as client:
            while not self.over.is_set():
                question = drawn.choice(repeated) if asks_again else fresh_question(drawn)
                asked = time.monotonic()
                answer = await self._ask(client, kind, "POST", "/v1/search", json={"question": question, "k": K})
                if answer is not None:
                    self._judge([one["document"] for one in answer.json()["answers"]], asked, board=reader["board"])

    def _judge(self, documents: list[str], asked: float, *, board: bool) -> None:
        if not documents:
            self.problems["an answer was empty"] += 1
            return
        if not board and any(one.startswith(f"{BOARD}:") for one in documents):
            self.problems["an answer held a document its reader may not read"] += 1
        if any(asked > self.revoked.get(one, asked) for one in documents):
            self.problems["an answer held a document revoked before it was asked for"] += 1
        self.last_found = documents

    async def _submit(self) -> None:
        """Twenty a second by the clock, files and texts in turn, from every owner."""
        count = int(self.plan["seconds"] * self.plan["submissions"])
        clients = [self._client(owner["token"]) for owner in self.people["owners"]]
        tasks = []
        for number in range(count):
            due = self._started + number / self.plan["submissions"]
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if self.over.is_set():
                break
            owner = number % len(clients)
            tasks.append(asyncio.create_task(self._submit_one(clients[owner], owner, number, due)))
        await asyncio.gather(*tasks)
        for client in clients:
            await client.aclose()

    async def _submit_one(self, client: httpx.AsyncClient, owner: int, number: int, due: float) -> None:
        source = self.people["owners"][owner]["source"]
        text = f"# Submission {number}\n\n{fresh_question(random.Random(number))}\n" * 20
        if number // len(self.people["owners"]) % 2:
            body: dict[str, Any] = {"json": {"source": source, "name": f"{number}.md", "text": text}}
        else:
            body = {"data": {"source": source}, "files": {"file": (f"{number}.md", text.encode(), "text/markdown")}}
        kind = "submission, JSON" if "json" in body else "submission, multipart"
        if answer := await self._ask(client, kind, "POST", "/v1/submissions", due=due, fine=(201,), **body):
            receipt = answer.json()
            self.accepted.append({key: receipt[key] for key in ("submission_id", "content_digest")})

    async def _review(self) -> None:
        """Page through the queue, open some items of each page, decide one."""
        after, number = None, 0
        async with self._client(self.people["reviewer"]) as client:
            while not self.over.is_set():
                wanted = {"limit": PAGE} | ({"after": after, "counts": "false"} if after else {})
                kind = "queue, next page" if after else "queue, first page with counts"
                answer = await self._ask(client, kind, "GET", "/v1/reviews", params=wanted)
                if answer is None:
                    continue
                page = answer.json()
                rows = [row["item"]["item_id"] for row in page["rows"]]
                after = page["next"] if number % 10 else None
                for item in rows[:OPENED_PER_PAGE]:
                    if not self.over.is_set():
                        await self._ask(client, "review, open an item", "GET", f"/v1/reviews/{item}")
                if rows and not self.over.is_set():
                    verb = ("approve", "reject")[number % 2]
                    await self._ask(
                        client,
                        "review, decide",
                        "POST",
                        f"/v1/reviews/{rows[0]}/{verb}",
                        json={"reason": "a benchmark"},
                    )
                number += 1

    async def _ready(self) -> None:
        async with self._client() as client:
            await self._again(READY_EVERY, lambda: self._ask(client, "readyz", "GET", "/readyz"))

    async def _revoke(self) -> None:
        async with self._client(self.people["operator"]) as client:
            await self._again(REVOKE_EVERY, lambda: self._revoke_one(client))

    async def _revoke_one(self, client: httpx.AsyncClient) -> None:
        """Take back something that was just found."""
        fresh = [one for one in self.last_found if one not in self.revoked and one.startswith(HANDBOOK)]
        if fresh:
            body = {"kind": "document", "subject": fresh[0], "reason": "a benchmark"}
            if await self._ask(client, "revocation", "POST", "/v1/revocations", json=body):
                self.revoked[fresh[0]] = time.monotonic()

    async def _sample(self) -> None:
        async def sample() -> None:
            pid = self.plan["server"]
            at = time.monotonic() - self._started
            self.samples.append({"at": at, "resident_mb": resident_mb(pid), "cpu_seconds": cpu_seconds(pid)})

        await self._again(SAMPLE_EVERY, sample)

    async def _again(self, seconds: float, action: Callable[[], Awaitable[Any]]) -> None:
        while not self.over.is_set():
            await action()
            try:
                await asyncio.wait_for(self.over.wait(), seconds)
            except TimeoutError:
                continue


def main() -> None:
    """Read the plan, run it, print what happened as JSON."""
    plan = json.loads(Path(sys.argv[1]).read_text())
    print(json.dumps(asyncio.run(_run(plan))))


async def _run(plan: dict[str, Any]) -> dict[str, Any]:
    return await Clients(plan).run()


if __name__ == "__main__":
    main()
