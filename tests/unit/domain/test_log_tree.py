import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.digests import EMPTY_ROOT, merkle_root
from pipeline.domain.log_tree import Frontier, LogTree, leaf_hash


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def root_by_definition(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    both = root_by_definition(hashes[:split]) + root_by_definition(hashes[split:])
    return hashlib.sha256(b"\x01" + both).digest()


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root.hex() == LogTree([]).root().hex() == EMPTY_ROOT


def test_a_known_tree_has_the_root_of_the_published_vectors() -> None:
    # The leaves and the root over all eight of them in Certificate Transparency's test vectors.
    given_leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    tree = LogTree([leaf_hash(bytes.fromhex(one)) for one in given_leaves])
    assert tree.root(1).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert tree.root(8).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(st.integers(0, 130))
def test_roots_follow_the_definition(count: int) -> None:
    frontier = Frontier()
    for leaf in leaves(count):
        frontier.add(leaf)
    assert frontier.root == LogTree(leaves(count)).root() == root_by_definition(leaves(count))
    data = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(count)]
    assert merkle_root(data) == LogTree([leaf_hash(bytes.fromhex(one)) for one in data]).root().hex()


@given(st.integers(0, 130), st.integers(0, 130))
def test_a_frontier_that_was_kept_grows_like_one_that_was_not(first: int, more: int) -> None:
    frontier = Frontier()
    for leaf in leaves(first):
        frontier.add(leaf)
    kept = Frontier(frontier.size, frontier.hashes)
    for leaf in leaves(first + more)[first:]:
        kept.add(leaf)
    assert kept.root == LogTree(leaves(first + more)).root()


def test_a_frontier_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="another number"):
        Frontier(3, [b"\0" * 32])


@pytest.mark.parametrize(("index", "size"), [(3, 3), (-1, 2), (0, 9)])
def test_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        LogTree(leaves(8)).inclusion(index, size)


@pytest.mark.parametrize(("older", "size"), [(0, 3), (4, 3), (3, 9)])
def test_no_proof_between_trees_that_are_not_there(older: int, size: int) -> None:
    with pytest.raises(ValueError, match="no such trees"):
        LogTree(leaves(8)).consistency(older, size)
