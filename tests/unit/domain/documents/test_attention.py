from pipeline.domain.documents.attention import LONGEST_WAIT, Attention


def test_what_was_never_seen_or_was_written_again_is_looked_at() -> None:
    attention = Attention()
    assert attention.is_due("a", "1", now=0)
    assert not attention.is_due("a", "1", now=1)
    assert attention.is_due("a", "2", now=2)
    assert attention.is_due("b", "2", now=2)


def test_what_stays_unknown_is_looked_at_again_after_waits_that_double() -> None:
    attention = Attention(first_wait=10)
    looked = [now for now in range(100) if attention.is_due("a", "1", now)]
    assert looked == [0, 10, 30, 70]


def test_waits_do_not_grow_for_ever() -> None:
    attention = Attention(first_wait=LONGEST_WAIT)
    assert attention.is_due("a", "1", now=0)
    assert attention.is_due("a", "1", now=LONGEST_WAIT)
    assert attention.is_due("a", "1", now=2 * LONGEST_WAIT)


def test_what_is_known_is_left_alone_until_it_is_written_again() -> None:
    attention = Attention()
    attention.is_due("a", "1", now=0)
    attention.settle("a")
    assert not attention.is_due("a", "1", now=10 * LONGEST_WAIT)
    assert attention.is_due("a", "2", now=10 * LONGEST_WAIT)


def test_what_is_gone_is_forgotten() -> None:
    attention = Attention()
    attention.is_due("a", "1", now=0)
    attention.is_due("b", "1", now=0)
    attention.keep_only({"b"})
    assert attention.names_of("") == {"b"}
    assert attention.is_due("a", "1", now=1)
    assert not attention.is_due("b", "1", now=1)
