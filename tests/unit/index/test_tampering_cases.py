"""Named ways to tamper with an index, its manifest and its keys: each is refused, by an error that says what differs.

Every case starts from two generations in three segments, one of them with inverted lists, as a new process sees them.
The tamperer may write every file of the index and, where a case says so, the ledger's digest of the manifest too; what
they never have is a trusted private key.
"""

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.digests import canonical_json, digest_bytes
from pipeline.domain.errors import CorpusgateError, IntegrityError
from pipeline.domain.serving.document_tree import KEY_BITS, KeyRange, key_of
from pipeline.index.generations import Generation
from pipeline.index.pages import PlacementPages
from pipeline.index.placements import Placement
from pipeline.index.segments import _OPENED, Segment
from pipeline.index.signing import Signer, Verifier, create_keypair, revoke_key
from pipeline.index.successor import write_generation
from pipeline.settings.application import IndexSettings
from tests.support.index_samples import ANN, Doc, World, person

TEA = Doc("tea.md", ("Tea is served at four.", "Milk goes in first."))
CATS = Doc("cats.md", ("The office cat is called Ada.",), ANN)
LAYOUT = IndexSettings(approximate_from=100)
MANY = Doc("many.md", tuple(f"Shelf {number} holds a book." for number in range(300)))


def named(world: World) -> dict[str, Path]:
    """Files of the current generation and of the segment that has lists."""
    (listed,) = (path.parent for path in world.index.glob("segments/*/lists.faiss"))
    return {path.name: path for folder in (listed, world.folder()) for path in folder.iterdir()}


def older(world: World) -> Path:
    return next(path for path in (world.index / "generations").iterdir() if path.name.startswith("1-"))


def flip(name: str, at: float = 0.5) -> Callable[[World], None]:
    def tamper(world: World) -> None:
        data = bytearray(named(world)[name].read_bytes())
        data[int((len(data) - 1) * at)] ^= 4
        named(world)[name].write_bytes(data)

    return tamper


def changed(name: str, change: Callable[[bytes], bytes]) -> Callable[[World], None]:
    def tamper(world: World) -> None:
        path = named(world)[name]
        path.write_bytes(change(path.read_bytes()))

    return tamper


def removed(name: str) -> Callable[[World], None]:
    return lambda world: named(world)[name].unlink()


def linked(name: str) -> Callable[[World], None]:
    """A link to a copy elsewhere that was changed there."""

    def tamper(world: World) -> None:
        path = named(world)[name]
        elsewhere = world.root / "elsewhere"
        elsewhere.write_bytes(path.read_bytes()[:-1] + b"?")
        path.unlink()
        path.symlink_to(elsewhere)

    return tamper


def points_at(world: World, manifest: Path) -> None:
    """What somebody does who can write the ledger as well."""
    assert world.current is not None
    place, digest = manifest.relative_to(world.index).as_posix(), digest_bytes(manifest.read_bytes())
    world.current = world.current.model_copy(update={"manifest": place, "manifest_digest": digest})


def envelope(change: Callable[[dict[str, Any]], object]) -> Callable[[World], None]:
    """Change the envelope and the ledger's digest of it."""

    def tamper(world: World) -> None:
        path = world.folder() / "manifest.dsse.json"
        value = json.loads(path.read_bytes())
        change(value)
        path.write_bytes(canonical_json(value))
        points_at(world, path)

    return tamper


def statement(change: Callable[[dict[str, Any]], object], *, sign_with: str | None = None) -> Callable[[World], None]:
    """Change what the manifest says; signed again by a key of the tamperer's, or by ours as a defect of ours would."""

    def tamper(world: World) -> None:
        path = world.folder() / "manifest.dsse.json"
        value = json.loads(path.read_bytes())
        said = json.loads(base64.b64decode(value["payload"]))
        change(said)
        if sign_with is None:
            value["payload"] = base64.b64encode(canonical_json(said)).decode()
        else:
            folder = world.root / sign_with
            if not folder.exists():
                create_keypair(folder)
            value = Signer.load(folder).sign(canonical_json(said), value["payloadType"])
        path.write_bytes(canonical_json(value))
        points_at(world, path)

    return tamper


def swap_segments(world: World) -> None:
    one, two = sorted((world.index / "segments").iterdir())[:2]
    spare = one.with_name("spare")
    one.rename(spare)
    two.rename(one)
    spare.rename(two)


def foreign(world: World) -> World:
    other = World(world.root / "other")
    other.publish([Doc("forged.md", ("Forged.",))])
    return other


def foreign_segment(world: World) -> None:
    (forged,) = (foreign(world).index / "segments").iterdir()
    genuine = named(world)["segment.json"].parent
    shutil.rmtree(genuine)
    shutil.copytree(forged, genuine)


def foreign_manifest(world: World) -> None:
    theirs = foreign(world).folder()
    shutil.copytree(theirs, world.index / "generations" / "2-theirs")
    points_at(world, world.index / "generations" / "2-theirs" / "manifest.dsse.json")


def older_in_place(world: World) -> None:
    for path in older(world).iterdir():
        shutil.copy(path, world.folder() / path.name)


def older_pointed_at(world: World) -> None:
    points_at(world, older(world) / "manifest.dsse.json")


def unknown_key(world: World) -> None:
    for path in (world.keys / "trusted").iterdir():
        path.unlink()
    create_keypair(world.keys)


def revoked(world: World) -> None:
    (key,) = (path.stem for path in (world.keys / "trusted").iterdir())
    create_keypair(world.keys)
    revoke_key(world.keys, key)


def revoked_and_trusted_under_another_name(world: World) -> None:
    revoked(world)
    for path in (world.keys / "revoked").iterdir():
        shutil.copy(path, world.keys / "trusted" / "friend.pem")


def no_keys(world: World) -> None:
    shutil.rmtree(world.keys / "trusted")


def key_replaced_under_its_name(world: World) -> None:
    """Another public key in the file that is named by the trusted one's id."""
    create_keypair(world.root / "theirs")
    (ours,), (theirs,) = ((folder / "trusted").iterdir() for folder in (world.keys, world.root / "theirs"))
    shutil.copy(theirs, ours)


def forged_under_our_key_id(world: World) -> None:
    ours = Signer.load(world.keys).key_id
    statement(lambda said: None, sign_with="theirs")(world)
    envelope(lambda value: value["signatures"][0].update(keyid=ours))(world)


def resigned(change: Callable[[list[Placement]], list[Placement]]) -> Callable[[World], None]:
    """Other placements, signed with our key: what a defect in the publisher would do."""

    def tamper(world: World) -> None:
        assert world.current is not None
        opened = Generation.open(world.index, world.current, Verifier.load(world.keys))
        placed = change(list(opened.documents()))
        pages = PlacementPages.of(placed)
        about = {"document_root": pages.root, "documents": pages.documents, "chunks": pages.chunks}
        predicate = opened.statement.predicate.model_copy(update=about)
        world.current = write_generation(world.index, pages, opened.access, predicate, Signer.load(world.keys), "x")

    return tamper


def listed(change: Callable[[PlacementPages], PlacementPages], **about: object) -> Callable[[World], None]:
    """Another list of pages, signed with our key: what a defect in an update of the pages would do."""

    def tamper(world: World) -> None:
        opened = Generation.open(world.index, world.opened().record, Verifier.load(world.keys))
        predicate = opened.statement.predicate.model_copy(update=about)
        pages = change(PlacementPages.of(opened.documents()))
        world.current = write_generation(world.index, pages, opened.access, predicate, Signer.load(world.keys), "x")

    return tamper


def counted(**usage: dict[str, int]) -> Callable[[PlacementPages], PlacementPages]:
    """The same pages, with other counts of what they use."""

    def change(pages: PlacementPages) -> PlacementPages:
        counts = {"segments": dict(pages.segments), "access": dict(pages.access)}
        for name, more in usage.items():
            for used in counts[name]:
                counts[name][used] += more.get("each", 0)
        pages.segments, pages.access = counts["segments"], counts["access"]
        return pages

    return change


def in_halves(pages: PlacementPages) -> PlacementPages:
    """A page in two halves, each complete by itself."""
    (page,) = pages.pages
    placed = sorted(pages.placements(page), key=lambda one: key_of(one.doc_id))
    made = [PlacementPages.of([one]) for one in placed]
    spans = [KeyRange.of(key_of(one.doc_id), KEY_BITS) for one in placed]
    halves = [one.pages[0]._replace(span=span) for one, span in zip(made, spans, strict=True)]
    fresh = {half.sha256: bytes(one.content(one.pages[0])) for half, one in zip(halves, made, strict=True)}
    return PlacementPages(halves, pages.segments, pages.access, None, fresh)


def moved(placed: list[Placement], by: int) -> list[Placement]:
    return [
        Placement(p.document, p.segment, p.start + by, p.stop + by) if p.document.doc_id == MANY.doc_id else p
        for p in placed
    ]


def rows_exchanged(placed: list[Placement]) -> list[Placement]:
    """Each of two documents in the other's rows."""
    cats, tea = (next(p for p in placed if p.document.doc_id == doc.doc_id) for doc in (CATS, TEA))
    exchanged = {
        CATS.doc_id: Placement(cats.document, tea.segment, tea.start, tea.stop),
        TEA.doc_id: Placement(tea.document, cats.segment, cats.start, cats.stop),
    }
    return [exchanged.get(p.document.doc_id, p) for p in placed]


FILES = ("segment.json", "vectors.npy", "rows.arrow", "lists.faiss", "means.npy", "covariance.npy")
PARTS = ("placements-2.pages", "pages.arrow", "usage.json", "access.json", "manifest.dsse.json")
CASES: dict[str, tuple[Callable[[World], object], str]] = {
    **{f"a bit of {name}": (flip(name), rf"{name} has SHA-256") for name in (*FILES, *PARTS)},
    **{f"the first byte of {name}": (flip(name, 0), rf"{name} has SHA-256") for name in ("lists.faiss", "vectors.npy")},
    **{f"the last byte of {name}": (flip(name, 1), rf"{name} has SHA-256") for name in ("rows.arrow", "access.json")},
    **{
        f"{name} cut short": (changed(name, lambda data: data[:-5]), rf"{name} has \d+ bytes instead of")
        for name in FILES[1:]
    },
    **{
        f"{name} cut short ": (changed(name, lambda data: data[:-5]), rf"{name} has (SHA-256|\d+ bytes instead of)")
        for name in PARTS
    },
    **{f"{name} longer": (changed(name, lambda data: data + b"\0"), rf"{name} has \d+ bytes") for name in FILES[1:]},
    **{
        f"{name} emptied": (changed(name, lambda _: b""), rf"{name} (is empty|has 0 bytes)")
        for name in (*FILES, *PARTS)
    },
    **{f"{name} removed": (removed(name), rf"{name} is missing") for name in (*FILES, *PARTS)},
    **{f"{name} a link to a changed copy": (linked(name), rf"{name} has SHA-256") for name in ("rows.arrow", *PARTS)},
    "the access table widened": (
        changed("access.json", lambda data: data.replace(b"user:ann", b"user:bob")),
        r"access\.json has SHA-256",
    ),
    "two segments swapped": (swap_segments, r"segment\.json has SHA-256"),
    "another home's segment in place of ours": (foreign_segment, r"segment\.json has SHA-256"),
    "another home's manifest": (foreign_manifest, "unknown key"),
    "an older generation in place of the current": (older_in_place, r"manifest\.dsse\.json has SHA-256"),
    "an older manifest pointed at": (older_pointed_at, "generation 1 and the ledger's current generation 2 differ"),
    "a payload edited": (
        envelope(lambda value: value.update(payload=base64.b64encode(b'{"a":1}').decode())),
        "signature that does not match its content",
    ),
    "a signature edited": (
        envelope(lambda value: value["signatures"][0].update(sig=base64.b64encode(b"x" * 64).decode())),
        "signature that does not match its content",
    ),
    "a signature of the wrong length": (
        envelope(lambda value: value["signatures"][0].update(sig=base64.b64encode(b"x").decode())),
        "signature that does not match its content",
    ),
    "no signature": (envelope(lambda value: value.update(signatures=[])), "is not signed"),
    "no list of signatures": (envelope(lambda value: value.pop("signatures")), "is no DSSE envelope"),
    "the signature of an unknown key under our key's id": (forged_under_our_key_id, "does not match its content"),
    "another payload type": (
        envelope(lambda value: value.update(payloadType="application/json")),
        "another payload type",
    ),
    "an envelope that is a list": (
        lambda world: (
            (world.folder() / "manifest.dsse.json").write_bytes(b"[]"),
            points_at(world, world.folder() / "manifest.dsse.json"),
        ),
        r"manifest\.dsse\.json is not a JSON object",
    ),
    "what it says edited": (statement(lambda said: said["predicate"].update(number=3)), "does not match its content"),
    "signed again by the tamperer": (statement(lambda said: None, sign_with="theirs"), "unknown key"),
    "an unknown field in a manifest": (
        statement(lambda said: said["predicate"].update(note="hello"), sign_with="keys"),
        "does not describe a generation",
    ),
    "another predicate type": (
        statement(lambda said: said.update(predicateType="https://corpusgate.dev/erasure/v1"), sign_with="keys"),
        "does not describe a generation",
    ),
    "a manifest that does not vouch for the access table": (
        statement(
            lambda said: said.update(subject=[s for s in said["subject"] if s["name"] != "access.json"]),
            sign_with="keys",
        ),
        r"does not vouch for access\.json",
    ),
    "a manifest that leaves out a segment": (
        statement(lambda said: said["subject"].pop(), sign_with="keys"),
        "a segment the manifest does not list",
    ),
    "signed with a key that is not trusted any more": (unknown_key, "unknown key"),
    "signed with a revoked key": (revoked, "revoked key"),
    "a revoked key trusted again under another name": (revoked_and_trusted_under_another_name, "revoked key"),
    "no trusted key at all": (no_keys, "no trusted public key"),
    "another key in the trusted key's file": (key_replaced_under_its_name, "unknown key"),
    "a document placed outside its segment": (
        resigned(lambda placed: moved(placed, 1)),
        "outside their segment or over each other",
    ),
    "rows of segments counted wrong": (listed(counted(segments={"each": 1})), "otherwise than its documents what they"),
    "documents of rules counted wrong": (listed(counted(access={"each": 1})), "otherwise than its documents what they"),
    "a page in halves": (listed(in_halves), "has other pages than its documents give"),
    "another document root": (listed(lambda pages: pages, document_root="f" * 64), "names another document root"),
    "another number of documents": (listed(lambda pages: pages, documents=7), "another number of documents or chunks"),
    "two documents in each other's rows": (resigned(rows_exchanged), "2 documents in rows that are not theirs"),
    "the ledger says another digest": (
        lambda world: setattr(
            world, "current", world.current and world.current.model_copy(update={"digest": "f" * 64})
        ),
        "differ in their digest",
    ),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("template"), layout=LAYOUT)
    made.publish([TEA])
    made.publish([CATS, MANY])
    return made


@pytest.fixture
def published(template: World, tmp_path: Path) -> World:
    shutil.copytree(template.root, tmp_path / "home")
    copy = World.__new__(World)
    copy.__dict__.update(template.__dict__ | {"root": tmp_path / "home"})
    _OPENED.clear()  # as a new process would see it
    return copy


def look(world: World) -> None:
    """What a server and `corpusgate index verify` do."""
    assert world.current is not None
    world.searcher().search("tea", person("ann"))
    Generation.open(world.index, world.current, Verifier.load(world.keys)).verify()


@pytest.mark.parametrize("case", CASES)
def test_tampering_is_refused_and_the_error_says_what_differs(published: World, case: str) -> None:
    look(published)
    _OPENED.clear()
    tamper, says = CASES[case]
    tamper(published)
    with pytest.raises(CorpusgateError, match=says) as caught:
        look(published)
    assert not any(text in str(caught.value) for doc in (TEA, CATS, MANY) for text in doc.texts)


def test_what_changes_nothing_is_accepted(published: World) -> None:
    """Extra files, links to the same bytes, a second signature nobody knows, other spacing in the envelope."""
    (published.folder() / "note.txt").write_text("hello")
    (published.index / "segments" / "extra").mkdir()
    path = named(published)["rows.arrow"]
    path.rename(published.root / "moved")
    path.symlink_to(published.root / "moved")
    add_bad = {"keyid": "0" * 64, "sig": base64.b64encode(b"x" * 64).decode()}
    envelope(lambda value: value["signatures"].append(add_bad))(published)
    manifest = published.folder() / "manifest.dsse.json"
    manifest.write_bytes(json.dumps(json.loads(manifest.read_bytes()), indent=2).encode())
    points_at(published, manifest)
    look(published)


@pytest.mark.parametrize(
    "field", ["number", "parent", "digest", "run_id", "documents", "chunks", "model_digest", "policy_digest"]
)
def test_a_ledger_that_says_something_else_is_refused(published: World, field: str) -> None:
    assert published.current is not None
    other = 7 if isinstance(getattr(published.current, field), int) else "f" * 64
    published.current = published.current.model_copy(update={field: other})
    with pytest.raises(IntegrityError, match=f"differ in their {field.replace('_', ' ')}"):
        look(published)


def test_nothing_is_published_on_what_a_revoked_key_signed(published: World) -> None:
    revoked(published)
    with pytest.raises(IntegrityError, match="revoked key"):
        published.publish([Doc("more.md", ("More.",))])


def test_a_segment_verified_once_is_verified_again_on_demand(published: World) -> None:
    assert published.current is not None
    generation = Generation.open(published.index, published.current, Verifier.load(published.keys))
    kept = generation.segments()
    flip("vectors.npy")(published)
    assert generation.segments() == kept
    with pytest.raises(IntegrityError, match=r"vectors\.npy"):
        generation.verify()


def test_an_exchanged_file_changes_nothing_for_who_has_it_open(published: World) -> None:
    path = named(published)["vectors.npy"]
    segment = Segment.open(published.index, path.parent.name)
    before = segment.vectors.copy()
    path.rename(path.with_name("away"))
    path.write_bytes(b"something else")
    assert (segment.vectors == before).all()
