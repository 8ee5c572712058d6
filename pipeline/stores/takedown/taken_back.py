"""The rules that keep a live version from being served, as one SQL condition (laws 2 and 10).

Invariants: the ledger asks this at query time, and a rollback asks it before it brings a version back. Which records
count, what they name and when is said in `rules.py` only.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, and_, bindparam, exists, or_, select

from pipeline.stores.tables import documents, sources, verdict_waivers, verdicts, versions
from pipeline.stores.tables.columns import UtcDateTime
from pipeline.stores.takedown.rules import GLASS_OVER, RULES, WAIVER_OVER, Moment, Rule, VersionStanding

Name = ColumnElement[str]
LIVE_VERDICT = documents.c.live_verdict
SLICE = 10_000


def standing(verdict: Name = LIVE_VERDICT) -> VersionStanding[Name]:
    """The columns the rules look at, of `documents`, `versions` and `verdicts` joined on one version."""
    stands_on = select(verdict_waivers.c.waiver_id).where(verdict_waivers.c.verdict_id == verdict)
    return VersionStanding(
        version_id=versions.c.version_id,
        doc_id=documents.c.doc_id,
        source=documents.c.source,
        owner=versions.c.owner,
        submitter=versions.c.submitter,
        runs=(versions.c.run_id, verdicts.c.run_id),
        model_digest=verdicts.c.model_digest,
        verdict_id=verdict,
        waivers=(stands_on.correlate_except(verdict_waivers).scalar_subquery(),),
    )


def kept_out(rule: Rule, at: Moment, verdict: Name = LIVE_VERDICT) -> ColumnElement[bool]:
    """SQL: a record of `rule` keeps the version at hand, served by `verdict`, from being served at `at`."""
    named = (and_(*map(_is, rule.key, names)) for names in rule.names(standing(verdict)))
    records = select(1).where(rule.keeps_out(at), or_(*named))
    return exists(records.correlate_except(rule.key[0].table))


def out_of_time(at: Moment, verdict: Name = LIVE_VERDICT) -> ColumnElement[bool]:
    """SQL: what the verdict stands on, a waiver or an emergency admission, is over at `at`."""
    return or_(kept_out(WAIVER_OVER, at, verdict), kept_out(GLASS_OVER, at, verdict))


def taken_back(at: Moment, verdict: Name = LIVE_VERDICT) -> ColumnElement[bool]:
    """SQL: something keeps the version at hand from being served at `at`.

    Expects `documents`, `versions` and `verdicts` joined on one version and the verdict it is served by.
    """
    return or_(*(kept_out(rule, at, verdict) for rule in RULES))


def live_among(connection: Connection, version_ids: Iterable[str], at: datetime) -> set[str]:
    """The versions of `version_ids` that may be served at `at` (law 2)."""
    wanted, query = list(version_ids), _live_query()
    return {
        version
        for start in range(0, len(wanted), SLICE)
        for version in connection.execute(query, {"at": at, "wanted": wanted[start : start + SLICE]}).scalars()
    }


@cache
def _live_query() -> Select[str]:
    """Built once: that takes longer than asking, and every search asks."""
    return (
        select(documents.c.live_version)
        .join(versions, versions.c.version_id == documents.c.live_version)
        .join(verdicts, verdicts.c.verdict_id == documents.c.live_verdict)
        .join(sources, sources.c.name == documents.c.source)
        .where(documents.c.live_version.in_(bindparam("wanted", expanding=True)))
        .where(~taken_back(bindparam("at", type_=UtcDateTime())))
    )


def _is(column: Name, name: Name | str) -> ColumnElement[bool]:
    return column.in_(name) if isinstance(name, ScalarSelect) else column == name
