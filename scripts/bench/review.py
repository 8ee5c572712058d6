"""How long pages of a long review queue take: 10,000 items waiting and 20,000 decided, on SQLite or Postgres.

python scripts/bench/review.py DATABASE_URL     (an empty database; it is filled)
"""

import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

import sqlalchemy as sa

from pipeline.domain.documents.documents import Action, Impact
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Grant, Role
from pipeline.domain.review.queue import QueueFilter, Sort
from pipeline.review.service import ReviewService
from pipeline.stores import tables
from pipeline.stores.database import Database
from pipeline.stores.ledger.ledger import Ledger
from tests.support.callers import person
from tests.support.ledger_samples import approved_source, outcome, publication

WAITING, DECIDED = 10_000, 20_000


def fill(database: Database) -> None:
    """Items of ten sources, and as many again and more that were decided."""
    ledger, start = Ledger(database), datetime.now(UTC) - timedelta(days=60)
    for number in range(10):
        source = f"source-{number}"
        approved_source(database, source)
        run, at = f"run-{number}", start + timedelta(days=number)
        ledger.start_run(run, [source], at)
        outcomes = [
            outcome(f"{n}.md", source=source, action=Action.REVIEW, impact=Impact(score=n % 101), run_id=run)
            for n in range((WAITING + DECIDED) // 10)
        ]
        ledger.commit_publication(publication(*outcomes, run_id=run), {}, at)
    with database.begin() as connection:
        items = tables.review_items
        ids = connection.execute(sa.select(items.c.item_id).order_by(items.c.item_id).limit(DECIDED)).scalars().all()
        for at in range(0, DECIDED, 5_000):
            done = sa.update(items).where(items.c.item_id.in_(ids[at : at + 5_000]))
            connection.execute(done.values(state="applied", closed_at=datetime.now(UTC)))
        if not database.is_sqlite:
            connection.execute(sa.text("ANALYZE"))


def main() -> None:
    """Fill and measure."""
    database = Database(sys.argv[1])
    database.migrate()
    fill(database)
    service = ReviewService(database)
    everything = person("user:adam", Role.REVIEWER)
    some = person(
        "user:eve",
        *(
            Grant(role=Role.REVIEWER, sources=(f"source-{n}",), classifications=(Classification.INTERNAL,))
            for n in (1, 4, 7)
        ),
    )
    far = None
    for _ in range(20):
        far = service.page(everything, after=far, size=400, counts=False).next
    cases = {
        "first page by impact, with counts": lambda: service.page(everything),
        "first page by impact": lambda: service.page(everything, counts=False),
        "first page by age": lambda: service.page(everything, sort=Sort.AGE, counts=False),
        "page after 8,000 items": lambda: service.page(everything, after=far, counts=False),
        "one source, part of the name, with counts": lambda: service.page(
            everything, QueueFilter(sources=("source-3",), text="99")
        ),
        "three grants, with counts": lambda: service.page(some),
        "one rule, unclaimed": lambda: service.page(
            everything, QueueFilter(rules=("the-rule",), unclaimed=True), counts=False
        ),
    }
    for name, call in cases.items():
        times = []
        for _ in range(15):
            began = time.perf_counter()
            call()
            times.append(1000 * (time.perf_counter() - began))
        print(f"{name:45} median {statistics.median(times):6.1f} ms   worst {max(times):6.1f} ms")


if __name__ == "__main__":
    main()
