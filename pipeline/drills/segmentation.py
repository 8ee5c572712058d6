"""The drill of segmentation: principals find every document that is for them, and no other.

One control document is planted for each source, tenant, classification and way to name readers. Then every kind of
principal asks, with the searcher that serves: every principal of the identity file, and made-up ones for each
tenant, clearance and way to be named.

Invariant: the expected answer is worked out here, from how a document was planted, not by the code that is tested.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.domain.identity.permissions import EVERYONE, AccessRule, Classification, Principal
from pipeline.drills.planted import (
    QUESTION,
    ControlDocument,
    approved_sources,
    plant,
    planted_among,
    searcher,
    without_canaries,
)
from pipeline.drills.rehearse import DrillCopy, require
from pipeline.workspace import Workspace

_GROUP, _OTHER_GROUP = "group:drill-readers", "group:drill-others"
_NAMED, _DENIED, _STRANGER = "user:drill-named", "user:drill-denied", "user:drill-stranger"
_READERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "everyone": ((EVERYONE,), ()),
    "group": ((_GROUP,), ()),
    "person": ((_NAMED,), ()),
    "all-but-one": ((EVERYONE,), (_DENIED,)),
    "all-but-a-group": ((EVERYONE,), (_OTHER_GROUP,)),
    "no-one": ((), ()),
}
"""Ways to name readers: allowed and denied principals."""
_TENANTS = ("drill-tenant-one", "drill-tenant-two")
_MOST_SOURCES, _MOST_PRINCIPALS = 20, 500
"""Sources that get control documents, and principals of the identity file that ask; more would take minutes."""


@dataclass(frozen=True)
class _Planted:
    document: ControlDocument
    readers: str

    def is_for(self, who: Principal) -> bool:
        """Whether a principal should find it."""
        order = ("public", "internal", "confidential", "restricted")
        rule = self.document.access
        if who.tenant != rule.tenant or order.index(who.clearance.value) < order.index(rule.classification.value):
            return False
        if self.readers == "group":
            return _GROUP in who.groups
        if self.readers == "person":
            return who.name == _NAMED
        if self.readers == "all-but-one":
            return who.name != _DENIED
        if self.readers == "all-but-a-group":
            return _OTHER_GROUP not in who.groups
        return self.readers == "everyone"


def segmentation(drill: DrillCopy) -> None:
    """Plant control documents and ask as every kind of principal."""
    with drill.step("plant control documents") as seen, drill.opened() as copy:
        without_canaries(copy)
        asking = list(_principals(copy))
        tenants = sorted({who.tenant for who in asking})
        planted = list(_planted(copy, tenants))
        require(bool(planted), "The home has no approved source, so nothing can be planted.")
        documents = [one.document for one in planted]
        record = plant(copy, documents)
        sources = len({one.source for one in documents})
        seen.says = (
            f"{len(documents):,} documents: {sources} sources, {len(tenants)} tenants, {len(Classification)} "
            f"classifications, {len(_READERS)} ways to name readers"
        )
    with drill.step("ask as every kind of principal") as seen, drill.opened() as copy:
        search, answers, too_much, too_little = searcher(copy, record), 0, 0, 0
        for who in asking:
            hits = search.search(QUESTION, who, k=len(documents))  # no other vector is as close as theirs
            found = planted_among([hit.doc_id for hit in hits], documents)
            expected = {one.document.doc_id for one in planted if one.is_for(who)}
            answers, too_much, too_little = (
                answers + len(found), too_much + len(found - expected), too_little + len(expected - found),
            )  # fmt: skip
        require(not too_much, f"{too_much:,} control documents were found by somebody who may not read them.")
        require(not too_little, f"{too_little:,} control documents were not found by somebody who may read them.")
        require(answers > 0, "No control document was found by anybody, so nothing was shown.")
        pairs = len(asking) * len(planted)
        seen.says = f"{len(asking):,} principals, {pairs:,} pairs, {answers:,} found, none too much and none too little"


def _planted(copy: Workspace, tenants: list[str]) -> Iterator[_Planted]:
    for source in list(approved_sources(copy))[:_MOST_SOURCES]:
        for number, tenant in enumerate(tenants):
            for classification in Classification:
                for readers, (allow, deny) in _READERS.items():
                    rule = AccessRule(tenant=tenant, classification=classification, allow=allow, deny=deny)
                    name = f"{number}-{classification.value}-{readers}"
                    yield _Planted(ControlDocument(source, name, rule), readers)


def _principals(copy: Workspace) -> Iterator[Principal]:
    known = [who for who, _ in copy.home.identities.everyone.values()][:_MOST_PRINCIPALS]
    yield from known
    tenants = sorted({who.tenant for who in known} | {"default", *_TENANTS})
    for tenant in tenants:
        for clearance in Classification:
            for name, groups in (
                (_NAMED, ()), (_DENIED, ()), (_DENIED, (_GROUP,)), (_STRANGER, ()), (_STRANGER, (_GROUP,)),
                (_STRANGER, (_OTHER_GROUP,)), (_STRANGER, (_GROUP, _OTHER_GROUP)), ("service:drill", (_GROUP,)),
            ):  # fmt: skip
                yield Principal(name=name, tenant=tenant, groups=frozenset(groups), clearance=clearance)
