"""What a waiver covers, and what it can never cover: law 5 in its pure form."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import Action, Binding, ChangeKind, Outcome, Verdict
from pipeline.domain.findings.findings import Finding, FindingKind, Severity, scan_failure
from pipeline.domain.policy.waivers import ActiveWaivers, WaivedFinding, Waiver, WaiverState
from pipeline.domain.serving.publication import serves

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DOCUMENTS = ("hand:a.md", "hand:b.md", "handbook:a.md", "other:hand")
SCOPES = (*DOCUMENTS, "hand", "handbook")
DETECTORS = ("secrets.sample", "pii.sample")
PRINTS = ("a" * 32, "b" * 32)
PEOPLE = ("user:ada", "user:grace", "user:rita")


def finding(
    detector: str = DETECTORS[0], fingerprint: str = PRINTS[0], kind: str = "secret", start: int = 0
) -> Finding:
    return Finding(
        kind=FindingKind(kind),
        detector=detector,
        entity="SAMPLE",
        severity=Severity.HIGH,
        confidence=0.9,
        start=start,
        end=start + 5,
        line=1,
        fingerprint=fingerprint,
        preview="sample, 5 characters",
    )


def waiver(
    *named: tuple[str, str, str], waiver_id: str = "w1", days: int = 30, approved_by: str | None = "user:grace"
) -> Waiver:
    return Waiver(
        waiver_id=waiver_id,
        source="hand",
        reason="A sample.",
        asked_by="user:ada",
        asked_at=NOON,
        expires_at=NOON + timedelta(days=days),
        approved_by=approved_by,
        approved_at=None if approved_by is None else NOON,
        findings=tuple(
            WaivedFinding(scope=scope, detector=detector, fingerprint=fp, kind=FindingKind.SECRET, entity="SAMPLE")
            for scope, detector, fp in named
        ),
    )


names = st.tuples(st.sampled_from(SCOPES), st.sampled_from(DETECTORS), st.sampled_from(PRINTS))
waivers = st.lists(
    st.builds(
        lambda named, days, by: waiver(*named, days=days, approved_by=by),
        st.lists(names, min_size=1, max_size=4, unique=True),
        st.integers(-2, 2),
        st.sampled_from((None, *PEOPLE)),
    ),
    max_size=6,
).map(lambda made: [one.model_copy(update={"waiver_id": f"w{number}"}) for number, one in enumerate(made)])
findings = st.lists(
    st.builds(finding, st.sampled_from(DETECTORS), st.sampled_from(PRINTS), st.sampled_from(["secret", "scan_failed"])),
    max_size=6,
)


@given(waivers, findings, st.sampled_from(DOCUMENTS), st.lists(st.sampled_from(PEOPLE), max_size=2), st.randoms())
def test_law_05_exactly_what_an_active_waiver_names_is_covered(made, found, doc_id, authors, random) -> None:  # type: ignore[no-untyped-def]
    """Against the definition, spelled out: every pair of waiver and finding compared by itself."""
    source = doc_id.split(":")[0]

    def covers(one: Waiver, seen: Finding) -> bool:
        return (
            seen.kind is not FindingKind.SCAN_FAILED
            and one.approved_by is not None
            and one.approved_by not in authors
            and one.expires_at > NOON
            and any(
                (named.detector, named.fingerprint) == (seen.detector, seen.fingerprint)
                and named.scope in (doc_id, source)
                for named in one.findings
            )
        )

    counted, used = ActiveWaivers(made, NOON).split(doc_id, authors, found)

    assert list(counted) == [seen for seen in found if not any(covers(one, seen) for one in made)]
    assert set(used) <= {one.waiver_id for one in made if any(covers(one, seen) for seen in found)}
    assert bool(used) == (len(counted) < len(found))
    shuffled = list(made)
    random.shuffle(shuffled)
    assert ActiveWaivers(shuffled, NOON).split(doc_id, authors, found) == (counted, used)


@pytest.mark.parametrize("doc_id", ["hand:b.md", "handbook:a.md", "other:hand:a.md", "hand:a.md.bak"])
def test_another_document_is_not_covered(doc_id: str) -> None:
    active = ActiveWaivers([waiver(("hand:a.md", DETECTORS[0], PRINTS[0]))], NOON)
    assert active.split(doc_id, (), [finding()]) == ((finding(),), ())


def test_a_waiver_for_a_source_covers_its_documents_only() -> None:
    active = ActiveWaivers([waiver(("hand", DETECTORS[0], PRINTS[0]))], NOON)
    assert active.split("hand:any.md", (), [finding()]) == ((), ("w1",))
    assert active.split("handbook:any.md", (), [finding()]) == ((finding(),), ())


def test_an_approver_lets_nothing_of_their_own_through() -> None:
    active = ActiveWaivers([waiver(("hand", DETECTORS[0], PRINTS[0]), approved_by="user:grace")], NOON)
    assert active.covering("hand:a.md", ("user:sam", "user:grace"), DETECTORS[0], PRINTS[0]) is None
    assert active.covering("hand:a.md", ("user:sam", "user:olga"), DETECTORS[0], PRINTS[0]) == "w1"


def test_the_waiver_that_lasts_longest_covers_so_that_a_renewal_leaves_no_gap() -> None:
    name = ("hand:a.md", DETECTORS[0], PRINTS[0])
    old, new = waiver(name, waiver_id="old", days=1), waiver(name, waiver_id="new", days=9)
    assert ActiveWaivers([old, new], NOON).covering("hand:a.md", (), *name[1:]) == "new"


def test_a_failed_scan_cannot_even_be_named() -> None:
    with pytest.raises(ValidationError):
        WaivedFinding.of(scan_failure("secrets", "timeout"), "hand:a.md")
    with pytest.raises(ValidationError):
        WaivedFinding.of(finding(kind="scan_failed"), "hand:a.md")


def test_how_a_waiver_stands() -> None:
    asked = waiver(("hand", DETECTORS[0], PRINTS[0]), days=1, approved_by=None)
    approved = asked.model_copy(update={"approved_by": "user:grace", "approved_at": NOON})
    ended = approved.model_copy(update={"ended_by": "user:ada", "ended_at": NOON, "end_reason": "It works."})
    tomorrow = NOON + timedelta(days=1)
    just_before = tomorrow - timedelta(microseconds=1)
    assert asked.state(NOON) is WaiverState.PENDING
    assert asked.state(tomorrow) is WaiverState.EXPIRED
    assert approved.state(just_before) is WaiverState.ACTIVE
    assert approved.state(tomorrow) is WaiverState.EXPIRED
    assert ended.state(NOON) is ended.state(tomorrow) is WaiverState.ENDED


@pytest.mark.parametrize("kind", [ChangeKind.UNCHANGED, ChangeKind.MODIFIED, ChangeKind.NEW, ChangeKind.ACCESS])
@pytest.mark.parametrize("action", list(Action))
def test_what_stood_on_a_waiver_that_is_over_leaves_unless_it_passes_again(kind: ChangeKind, action: Action) -> None:
    binding = Binding(policy_digest="p", detector_digest="d", model_digest="m")
    digest = digest_text("any")
    verdict = Verdict(
        action=action, rule_ids=(), reasons=(), content_digest=digest, access_digest=digest, binding=binding
    )
    outcome = Outcome(doc_id="hand:a.md", kind=kind, version_id="v", verdict=verdict, lapsed=True)
    assert serves(outcome) is (action in (Action.ADMIT, Action.REDACT))
