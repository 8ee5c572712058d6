"""How much versions on record have in common with what a run brings: equal contents, and nearly equal texts.

Equal content is found by the index of the ledger. Nearly equal text is found by sketches, which are compared in bands
(locality-sensitive hashing: Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3), so the time grows
with the number of sketches only. Short texts are compared by their words. Parts of texts are found by `content_parts`.

Invariants: no text is read. Nothing is decided here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, or_, select

from pipeline.domain.documents.documents import SERVED
from pipeline.domain.documents.pasts import Arrival, Older
from pipeline.domain.findings.resemblance import PERMUTATIONS, Sketches, resemblances, unpacked
from pipeline.domain.findings.short_texts import NearTexts, Words, differ_in_numbers, likeness, words_of
from pipeline.stores.ledger.content_parts import KeptOutParts
from pipeline.stores.tables import documents, passage_samples, sketches, verdicts, versions, word_sketches

NEARLY_EQUAL = 0.6
"""Share of passages in common from which a text is an edit of another; about one sentence in six differs."""
_PAGE = 20_000
_BAND = 4
"""Permutations of a band: texts that share six tenths agree in one of sixteen bands with probability 0.89."""
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], np.uint64)
SLICE = 5_000


class Shares:
    """How much each version on record has in common with each arrival, and with what is served under its name."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, float]] = defaultdict(dict)
        self._equal: set[tuple[str, str]] = set()
        self._current: set[str] = set()
        self._served: dict[str, Any] = {}
        self._sketches: dict[str, Sketches] = {}
        self._words: dict[str, Words] = {}
        self._by_words: dict[tuple[str, str], bool] = {}
        """Arrival and version that only words find, and whether they differ in numbers alone."""
        self._parts = KeptOutParts()

    @classmethod
    def of(cls, connection: Connection, arrivals: Sequence[Arrival]) -> "Shares":
        """Look them up."""
        found = cls()
        found._find_equal(connection, arrivals)
        found._find_same_name(connection, arrivals)
        found._find_alike(connection, [one for one in arrivals if one.sketch is not None])
        found._find_near(connection, {one.doc_id: words_of(one.words) for one in arrivals if one.words})
        found._find_served(connection, arrivals)
        found._parts = KeptOutParts.of(connection, arrivals, found._of)
        return found

    @property
    def version_ids(self) -> set[str]:
        """Every version found."""
        return {version_id for shares in self._of.values() for version_id in shares} | self._parts.version_ids

    def is_served(self, arrival: Arrival) -> bool:
        """Whether the ledger serves exactly this version already."""
        served = self._served.get(arrival.doc_id)
        return served is not None and served.live_version == arrival.version_id

    def older(self, arrival: Arrival, facts: Mapping[str, dict[str, Any]]) -> Iterator[Older]:
        """The versions found for an arrival."""
        served = self._served.get(arrival.doc_id)
        for version_id, share in self._of.get(arrival.doc_id, {}).items():
            if version_id not in facts:
                continue
            yield Older(
                version_id=version_id,
                share=share,
                equal=(arrival.doc_id, version_id) in self._equal,
                by_words=(arrival.doc_id, version_id) in self._by_words,
                numbers=self._by_words.get((arrival.doc_id, version_id), False),
                current=version_id in self._current,
                serving_share=self._serving_share(served, version_id, facts[version_id]["content"]),
                **_of_record(facts[version_id]),
            )
        sample = None if served is None else served.passages
        for version_id, share, serving_share in self._parts.older(arrival.doc_id, sample):
            if version_id in facts:
                yield Older(
                    version_id=version_id,
                    share=share,
                    equal=False,
                    part=True,
                    serving_share=serving_share,
                    **_of_record(facts[version_id]),
                )

    def _serving_share(self, served: Any, version_id: str, content: str) -> float:
        if served is None:
            return 0.0
        if served.content_digest == content:
            return 1.0
        other, words = self._sketches.get(version_id), self._words.get(version_id)
        shares = [0.0]
        if served.sketch is not None and other is not None:
            shares.append(float(resemblances(served.sketch, other.reshape(1, -1))[0]))
        if served.words is not None and words is not None:
            shares.append(likeness(words, words_of(served.words)))
        return max(shares)

    def _find_equal(self, connection: Connection, arrivals: Iterable[Arrival]) -> None:
        by_content: dict[str, list[str]] = defaultdict(list)
        for arrival in arrivals:
            by_content[arrival.content_digest].append(arrival.doc_id)
        query = select(versions.c.version_id, versions.c.content_digest)
        for row in in_slices(connection, query, versions.c.content_digest, by_content):
            for doc_id in by_content[row.content_digest]:
                self._of[doc_id][row.version_id] = 1.0
                self._equal.add((doc_id, row.version_id))

    def _find_same_name(self, connection: Connection, arrivals: Iterable[Arrival]) -> None:
        """Of each name the version it serves, or served last."""
        last: dict[str, str] = {}
        query = select(documents.c.doc_id, versions.c.version_id).select_from(
            documents.join(versions, versions.c.doc_id == documents.c.doc_id).join(
                verdicts, verdicts.c.version_id == versions.c.version_id
            )
        )
        query = query.where(
            verdicts.c.action.in_(SERVED),
            or_(documents.c.live_version.is_(None), documents.c.live_version == versions.c.version_id),
        ).order_by(verdicts.c.decided_at, verdicts.c.verdict_id)
        for row in in_slices(connection, query, documents.c.doc_id, {one.doc_id for one in arrivals}):
            last[row.doc_id] = row.version_id
        for doc_id, version_id in last.items():
            self._of[doc_id].setdefault(version_id, 0.0)
            self._current.add(version_id)

    def _find_alike(self, connection: Connection, arrivals: Sequence[Arrival]) -> None:
        if not arrivals:
            return
        wanted: Sketches = np.stack([unpacked(one.sketch) for one in arrivals if one.sketch is not None])
        keys = _band_keys(wanted)
        query = select(sketches.c.version_id, sketches.c.sketch).execution_options(yield_per=_PAGE)
        for page in connection.execute(query).partitions(_PAGE):
            known: Sketches = np.stack([unpacked(row.sketch) for row in page])
            near = np.zeros(len(known), np.bool_)
            for band, of_band in enumerate(_band_keys(known)):
                near |= np.isin(of_band, keys[band])
            for row in np.flatnonzero(near).tolist():
                shares: NDArray[np.float64] = (wanted == known[row]).mean(axis=1)
                version_id = page[row].version_id
                self._sketches[version_id] = known[row]
                for at in np.flatnonzero(shares >= NEARLY_EQUAL).tolist():
                    of_arrival = self._of[arrivals[at].doc_id]
                    of_arrival[version_id] = max(of_arrival.get(version_id, 0.0), float(shares[at]))

    def _find_near(self, connection: Connection, short: dict[str, Words]) -> None:
        if not short:
            return
        texts = NearTexts(short)
        query = select(word_sketches.c.version_id, word_sketches.c.words).execution_options(yield_per=_PAGE)
        for row in connection.execute(query):
            older = words_of(row.words)
            for doc_id, share in texts.near(older):
                self._words[row.version_id] = older
                if row.version_id not in self._of[doc_id]:
                    self._by_words[doc_id, row.version_id] = differ_in_numbers(older, short[doc_id])
                self._of[doc_id][row.version_id] = max(self._of[doc_id].get(row.version_id, 0.0), share)

    def _find_served(self, connection: Connection, arrivals: Iterable[Arrival]) -> None:
        query = (
            select(
                documents.c.doc_id,
                documents.c.live_version,
                versions.c.content_digest,
                sketches.c.sketch,
                word_sketches.c.words,
                passage_samples.c.passages,
            )
            .join(versions, versions.c.version_id == documents.c.live_version)
            .outerjoin(sketches, sketches.c.version_id == documents.c.live_version)
            .outerjoin(word_sketches, word_sketches.c.version_id == documents.c.live_version)
            .outerjoin(passage_samples, passage_samples.c.version_id == documents.c.live_version)
        )
        for row in in_slices(connection, query, documents.c.doc_id, {one.doc_id for one in arrivals}):
            self._served[row.doc_id] = row


def _of_record(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key != "content"}


def _band_keys(rows: Sketches) -> NDArray[np.uint64]:
    """One number for each band and row, shape (bands, n)."""
    bands = rows.reshape(len(rows), PERMUTATIONS // _BAND, _BAND).astype(np.uint64)
    keys: NDArray[np.uint64] = (bands * _MIX).sum(axis=2, dtype=np.uint64).T
    return keys


def in_slices(connection: Connection, query: Any, column: ColumnElement[str], values: Iterable[str]) -> Iterator[Any]:
    """Rows of a query whose column has one of many values, in portions that every database takes."""
    wanted = sorted(values)
    for start in range(0, len(wanted), SLICE):
        yield from connection.execute(query.where(column.in_(wanted[start : start + SLICE])))
