"""Whatever is changed on disk is refused, with an error that says what differs (law 6 and the signed generation)."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from index_samples import ANN, Doc, World, person

from pipeline.domain.digests import digest_bytes
from pipeline.domain.errors import IntegrityError
from pipeline.index.generations import Generation
from pipeline.index.segments import _OPENED, Segment
from pipeline.index.signing import Verifier, create_keypair, revoke_key

TEA = Doc("tea.md", ("Tea is served at four.", "Milk goes in first."))
CATS = Doc("cats.md", ("The office cat is called Ada.",), ANN)


@pytest.fixture
def published(world: World) -> World:
    """Two generations, two segments; the second generation is current."""
    world.publish([TEA])
    world.publish([CATS])
    _OPENED.clear()  # as a new process would see it
    return world


def files(world: World) -> dict[str, Path]:
    first, second = sorted((world.index / "segments").iterdir())
    named = {f"{number} {p.name}": p for number, s in (("one", first), ("two", second)) for p in s.iterdir()}
    return named | {p.name: p for p in world.folder().iterdir()}


def refuse(world: World, match: str) -> None:
    with pytest.raises(IntegrityError, match=match) as caught:
        world.searcher().search("tea", person("ann"))
    said = str(caught.value)
    assert not any(text in said for text in (*TEA.texts, *CATS.texts))


NAMES = [
    *(f"{number} {file}" for number in ("one", "two") for file in ("segment.json", "vectors.npy", "rows.arrow")),
    *("manifest.dsse.json", "placements.arrow", "access.json"),
]


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


@pytest.mark.parametrize("damage", [flip, truncate, empty, append, Path.unlink])
@pytest.mark.parametrize("name", NAMES)
def test_a_changed_file_is_refused_by_name(published: World, name: str, damage: Callable[[Path], None]) -> None:
    damage(files(published)[name])
    refuse(published, name.rpartition(" ")[2])


def test_swapped_segments_are_refused(published: World) -> None:
    one, two = sorted((published.index / "segments").iterdir())
    spare = one.with_name("spare")
    one.rename(spare)
    two.rename(one)
    spare.rename(two)
    refuse(published, "segment.json has SHA-256")


def test_a_whole_other_segment_in_its_place_is_refused(published: World, tmp_path: Path) -> None:
    other = World(tmp_path / "other")
    other.publish([Doc("forged.md", ("Forged.",))])
    (forged,) = (other.index / "segments").iterdir()
    genuine = sorted((published.index / "segments").iterdir())[0]
    shutil.rmtree(genuine)
    shutil.copytree(forged, genuine)
    refuse(published, "segment.json has")


def test_an_older_manifest_in_the_place_of_the_current_is_refused(published: World) -> None:
    older = next(p for p in (published.index / "generations").iterdir() if p.name.startswith("1-"))
    for path in older.iterdir():
        shutil.copy(path, published.folder() / path.name)
    refuse(published, "manifest.dsse.json has SHA-256")


def test_an_older_manifest_is_refused_even_where_its_digest_was_changed_too(published: World) -> None:
    assert published.current is not None
    older = next(p for p in (published.index / "generations").iterdir() if p.name.startswith("1-"))
    manifest = older / "manifest.dsse.json"
    published.current = published.current.model_copy(
        update={
            "manifest": manifest.relative_to(published.index).as_posix(),
            "manifest_digest": digest_bytes(manifest.read_bytes()),
        }
    )
    refuse(published, "generation 1 and the ledger's current generation 2 differ in their")


@pytest.mark.parametrize(
    "field", ["number", "parent", "digest", "run_id", "documents", "model_digest", "policy_digest"]
)
def test_a_ledger_that_says_something_else_is_refused(published: World, field: str) -> None:
    assert published.current is not None
    value = getattr(published.current, field)
    other = 7 if isinstance(value, int) else "f" * 64
    published.current = published.current.model_copy(update={field: other})
    refuse(published, f"differ in their {field.replace('_', ' ')}")


def rewrite(world: World, name: str, change: Callable[[bytes], bytes]) -> None:
    """Change a generation file and the ledger's digest of the manifest, as an attacker with both would."""
    path = world.folder() / name
    path.write_bytes(change(path.read_bytes()))
    assert world.current is not None
    manifest = (world.folder() / "manifest.dsse.json").read_bytes()
    world.current = world.current.model_copy(update={"manifest_digest": digest_bytes(manifest)})


def test_a_widened_access_table_is_refused(published: World) -> None:
    rewrite(published, "access.json", lambda data: data.replace(b"user:ann", b"user:bob"))
    refuse(published, "access.json has SHA-256")


def test_an_edited_manifest_is_refused_by_its_signature(published: World) -> None:
    def edit(data: bytes) -> bytes:
        envelope = json.loads(data)
        payload = envelope["payload"]
        envelope["payload"] = payload[:40] + ("A" if payload[40] != "A" else "B") + payload[41:]
        return json.dumps(envelope).encode()

    rewrite(published, "manifest.dsse.json", edit)
    refuse(published, "does not match its content")


def test_a_manifest_signed_with_an_unknown_key_is_refused(published: World, tmp_path: Path) -> None:
    for path in (published.keys / "trusted").iterdir():
        path.unlink()
    create_keypair(published.keys)
    refuse(published, "unknown key")


def test_a_manifest_signed_with_a_revoked_key_is_refused(published: World) -> None:
    (key,) = (path.stem for path in (published.keys / "trusted").iterdir())
    create_keypair(published.keys)
    revoke_key(published.keys, key)
    refuse(published, "revoked key")
    with pytest.raises(IntegrityError, match="revoked key"):
        published.publish([Doc("more.md", ("More.",))])


def test_an_unsigned_manifest_is_refused(published: World) -> None:
    rewrite(published, "manifest.dsse.json", lambda data: json.dumps(json.loads(data) | {"signatures": []}).encode())
    refuse(published, "not signed")


def test_a_segment_verified_once_is_verified_again_on_demand(published: World) -> None:
    assert published.current is not None
    generation = Generation.open(published.index, published.current, Verifier.load(published.keys))
    kept = generation.segments()
    flip(files(published)["one vectors.npy"])
    assert generation.segments() == kept
    with pytest.raises(IntegrityError, match=r"vectors\.npy"):
        generation.verify()


def test_an_exchanged_file_changes_nothing_for_who_has_it_open(published: World) -> None:
    assert published.current is not None
    (digest, *_) = Generation.open(published.index, published.current, Verifier.load(published.keys)).statement.segments
    segment = Segment.open(published.index, digest)
    before = segment.vectors.copy()
    path = published.index / "segments" / digest / "vectors.npy"
    path.rename(path.with_name("away"))
    path.write_bytes(b"something else")
    assert (segment.vectors == before).all()
