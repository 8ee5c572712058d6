"""Manipulations of log, checkpoints, database, index and bundle, each named by the verifier or by the home (law 11).

Each row of the table changes something as its title says. `OUTSIDE` are files that an auditor was given: the verifier
must refuse one of them. `INSIDE` are parts of the home: the home must refuse to search, or `audit verify` or `doctor`
must name it. `UNSEEN` are those that cannot be found; docs/guides/evidence.md says why.
"""

import base64
import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from pipeline.checks.doctor import examine
from pipeline.domain.digests import canonical_json
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.log_tree import Frontier, leaf_hash
from pipeline.index.signing import Signer, create_keypair
from pipeline.stores.audit import log as audit_log
from pipeline.stores.tables import (
    audit_head,
    audit_notes,
    audit_tree,
    current_generation,
    generations,
    revocations,
)
from pipeline.stores.tables import (
    audit_log as log,
)
from tests.support.evidence import DATABASE, EvidentHome, commands, verify

Outside = Callable[[Path], None]
Inside = Callable[[EvidentHome], None]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EvidentHome]:
    """The home that every manipulation begins with."""
    made = EvidentHome(tmp_path_factory.mktemp("original"))
    yield made
    made.workspace.close()


# What an auditor was given ----------------------------------------------------------------------------------------


def lines(change: Callable[[list[bytes]], list[bytes]], *, again: bool = False) -> Outside:
    """Change the lines of the exported log, and with `again` compute every number and hash again."""

    def act(given: Path) -> None:
        file = given / "log.jsonl"
        changed = change(file.read_bytes().splitlines())
        file.write_bytes(b"".join(line + b"\n" for line in (rehashed(changed) if again else changed)))

    return act


def rehashed(entries: list[bytes]) -> list[bytes]:
    previous, made = audit_log.GENESIS, []
    for number, line in enumerate(entries, 1):
        row = {**json.loads(line), "seq": number, "prev_hash": previous}
        row["hash"] = previous = audit_log.entry_hash(row)
        made.append(canonical_json(row))
    return made


def edited(line: bytes, **values: object) -> bytes:
    return canonical_json({**json.loads(line), **values})


def text(name: str, *pairs: tuple[str, str]) -> Outside:
    """Replace text in a file."""

    def act(given: Path) -> None:
        content = (given / name).read_text()
        for old, new in pairs:
            assert old in content
            content = content.replace(old, new, 1)
        (given / name).write_text(content)

    return act


def dropped_line(name: str, number: int) -> Outside:
    def act(given: Path) -> None:
        found = (given / name).read_text().split("\n")
        del found[number]
        (given / name).write_text("\n".join(found))

    return act


def replaced(name: str, other: str) -> Outside:
    return lambda given: shutil.copyfile(given / other, given / name) and None


def stranger(name: str) -> Outside:
    """Sign a note again with a key that the auditor does not have."""

    def act(given: Path) -> None:
        from pipeline.domain.checkpoints import parse_note

        create_keypair(given / "stranger")
        checkpoint, _ = parse_note((given / name).read_text())
        (given / name).write_text(Signer.load(given / "stranger").sign_note(checkpoint))

    return act


Members = dict[str, bytes]


def bundle(change: Callable[[Members], None], *, again: bool = False) -> Outside:
    """Change the files in the archive, and with `again` list them in an index that a stranger signs."""

    def act(given: Path) -> None:
        path = given / "bundle.tar"
        with tarfile.open(path) as archive:
            files = {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]
        change(files)
        if again:
            create_keypair(given / "stranger")
            index = payload(files.pop("index.dsse.json"))
            index["files"] = {n: {"size": len(d), "sha256": hashlib.sha256(d).hexdigest()} for n, d in files.items()}
            signed = Signer.load(given / "stranger").sign(
                canonical_json(index), "application/vnd.corpusgate.evidence+json"
            )
            files = {"index.dsse.json": canonical_json(signed), **files}
        with tarfile.open(path, "w") as archive:
            for name, data in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))

    return act


def payload(envelope: bytes) -> dict[str, Any]:
    return dict(json.loads(base64.b64decode(json.loads(envelope)["payload"])))


def change_member(ending: str, old: bytes, new: bytes) -> Callable[[Members], None]:
    def act(files: Members) -> None:
        name = next(one for one in sorted(files) if one.endswith(ending))
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return act


def drop_member(ending: str) -> Callable[[Members], None]:
    return lambda files: files.pop(next(one for one in sorted(files) if one.endswith(ending))) and None


OUTSIDE: dict[str, tuple[str, Outside, str]] = {
    "log: edit an entry": ("log", lines(lambda x: [*x[:2], edited(x[2], actor="user:eve"), *x[3:]]), "was changed"),
    "log: edit an entry and its own hash": (
        "log",
        lines(lambda x: [*x[:2], rehashed([*x[:2], edited(x[2], actor="user:eve")])[2], *x[3:]]),
        "does not follow",
    ),
    "log: edit an entry and every hash": (
        "log",
        lines(lambda x: [*x[:2], edited(x[2], actor="user:eve"), *x[3:]], again=True),
        "rewritten",
    ),
    "log: write an entry again with a blank": (
        "log",
        lines(lambda x: [x[0].replace(b'":', b'": ', 1), *x[1:]]),
        "form",
    ),
    "log: give an entry a member twice": (
        "log",
        lines(lambda x: [x[0].replace(b"{", b'{"actor":"user:eve",', 1), *x[1:]]),
        "twice",
    ),
    "log: drop an entry": ("log", lines(lambda x: [*x[:2], *x[3:]]), "missing"),
    "log: drop an entry and compute every hash": (
        "log",
        lines(lambda x: [*x[:2], *x[3:]], again=True),
        "rewritten|cut",
    ),
    "log: drop the first entry": ("log", lines(lambda x: x[1:]), "missing"),
    "log: exchange two entries": ("log", lines(lambda x: [x[1], x[0], *x[2:]]), "missing"),
    "log: exchange two entries and compute every hash": (
        "log",
        lines(lambda x: [x[1], x[0], *x[2:]], again=True),
        "rewritten",
    ),
    "log: cut the end": ("log", lines(lambda x: x[:-1]), "cut off"),
    "log: cut the end within a line": (
        "log",
        lambda given: (given / "log.jsonl").write_bytes((given / "log.jsonl").read_bytes()[:-9]) and None,
        "was cut",
    ),
    "log: cut everything": ("log", lines(lambda _: []), "cut off"),
    "log: repeat an entry": ("log", lines(lambda x: [*x[:3], x[2], *x[3:]]), "missing"),
    "log: put an entry in and compute every hash": (
        "log",
        lines(lambda x: [*x[:3], edited(x[2], subject="other"), *x[3:]], again=True),
        "rewritten",
    ),
    "log: cut the end and go on with other entries": (
        "log",
        lines(lambda x: [*x[:4], *(edited(one, actor="user:eve") for one in x[4:])], again=True),
        "rewritten",
    ),
    "checkpoint: change its size": ("checkpoint", text("newest.note", ("\n1", "\n2")), "was changed"),
    "checkpoint: change its origin": (
        "checkpoint",
        text("newest.note", ("corpusgate.dev/", "corpusgate.dew/")),
        "signed",
    ),
    "checkpoint: change its root": ("checkpoint", dropped_line("newest.note", 2), "not a checkpoint"),
    "checkpoint: add a line": ("checkpoint", text("newest.note", ("\n\n", "\nmore\n\n")), "not a checkpoint"),
    "checkpoint: take its signature away": ("checkpoint", dropped_line("newest.note", 4), "not signed"),
    "checkpoint: sign it with another key": ("checkpoint", stranger("newest.note"), "not signed"),
    "checkpoint: replay the older one in a proof": (
        "consistency",
        lambda given: (
            (given / "grown.txt").write_text(
                (given / "grown.txt").read_text().split("\n\n")[0] + "\n\n" + (given / "older.note").read_text()
            )
            and None
        ),
        "rewritten",
    ),
    "proof of growth: drop a hash": ("consistency", dropped_line("grown.txt", 1), "rewritten"),
    "proof of growth: for another size": ("consistency", text("grown.txt", ("old ", "old 1")), "another checkpoint"),
    "proof of an entry: drop a hash": ("inclusion", dropped_line("entry.tlog-proof", 2), "not in the log"),
    "proof of an entry: for another entry": (
        "inclusion",
        text("entry.tlog-proof", ("index 2", "index 3")),
        "not in the log",
    ),
    "proof of an entry: of an entry changed with its hash": (
        "inclusion",
        lines(lambda x: rehashed([*x[:2], edited(x[2], actor="user:eve")])),
        "not in the log",
    ),
    "bundle: change the policy": (
        "bundle",
        bundle(change_member("policy.yaml", b"version", b"Version")),
        "was changed",
    ),
    "bundle: change an entry": (
        "bundle",
        bundle(change_member("entries.jsonl", b"service", b"Service")),
        "was changed",
    ),
    "bundle: drop a manifest": ("bundle", bundle(drop_member("manifest.dsse.json")), "missing"),
    "bundle: drop an attestation": ("bundle", bundle(drop_member("svr.dsse.json")), "missing"),
    "bundle: drop the index": ("bundle", bundle(drop_member("index.dsse.json")), "no index"),
    "bundle: add a file": ("bundle", bundle(lambda files: files.update(more=b"x")), "not in its index"),
    "bundle: change an entry and sign the index with another key": (
        "bundle",
        bundle(change_member("entries.jsonl", b"service", b"Service"), again=True),
        "not signed",
    ),
    "bundle: cut the archive": (
        "bundle",
        lambda given: (given / "bundle.tar").write_bytes((given / "bundle.tar").read_bytes()[:3000]) and None,
        "cannot be read|missing|no index",
    ),
    "bundle: replay one of an older state": (
        "bundle",
        replaced("older.note", "newest-of-all.note"),
        "older state",
    ),
    "keys: replace the key": (
        "checkpoint",
        lambda given: (
            create_keypair(given / "other")
            and [
                shutil.copy(one, key)
                for key in (given / "keys").iterdir()
                for one in (given / "other/trusted").iterdir()
            ]
            and None
        ),
        "not signed",
    ),
}


@pytest.fixture
def given(original: EvidentHome, tmp_path: Path) -> Path:
    """A copy of everything an auditor was given, with a checkpoint from after the bundle."""
    copy = tmp_path / "given"
    shutil.copytree(original.given, copy, ignore=shutil.ignore_patterns("older-home"))
    made = original.workspace.checkpoints.make()
    (copy / "newest-of-all.note").write_text(made.checkpoint.note)
    return copy


@pytest.mark.parametrize("title", OUTSIDE)
def test_law_11_the_verifier_names_a_manipulation(original: EvidentHome, given: Path, title: str) -> None:
    command, manipulate, names = OUTSIDE[title]
    arguments = commands(given, original.manifest())[command]
    assert verify(*arguments)[0] == 0
    manipulate(given)
    code, said = verify(*arguments)
    assert code in (1, 2), said
    assert any(one in said for one in names.split("|")), said


# The home ---------------------------------------------------------------------------------------------------------


def rows(*statements: sa.Executable) -> Inside:
    """Change the database as its owner can: without its triggers."""

    def act(home: EvidentHome) -> None:
        with home.workspace.database.begin() as connection:
            if home.workspace.database.is_sqlite:
                for event in ("update", "delete"):
                    connection.execute(sa.text(f"DROP TRIGGER IF EXISTS audit_log_no_{event}"))
            else:
                connection.execute(sa.text("ALTER TABLE audit_log DISABLE TRIGGER USER"))
            for statement in statements:
                connection.execute(statement)

    return act


def rewritten(keep: int, *, forget: bool, sign: bool = False) -> Inside:
    """Drop the entry after `keep`, compute every hash and the tree again, and with `forget` drop every checkpoint."""

    def act(home: EvidentHome) -> None:
        events = [event.line for event in home.workspace.audit.events()]
        made = [json.loads(line) for line in rehashed([*events[:keep], *events[keep + 1 :]])]
        tree = Frontier()
        for row in made:
            tree.add(leaf_hash(canonical_json(row)))
        edge = [one.hex() for one in tree.hashes]
        rows(
            sa.delete(log),
            sa.insert(log).values(made),
            sa.update(audit_head).values(seq=len(made), hash=made[-1]["hash"]),
            sa.update(audit_tree).values(size=tree.size, frontier=edge),
            *([sa.delete(audit_notes)] if forget else []),
        )(home)
        if sign:
            home.workspace.checkpoints.stored.make(home.workspace.signer.sign_note, again=True)

    return act


def truncated(keep: int) -> Inside:
    """Cut the log clean, forget its checkpoints, and put the ledger back to the generation it had then."""

    def act(home: EvidentHome) -> None:
        events = list(home.workspace.audit.events())[:keep]
        tree = Frontier()
        for event in events:
            tree.add(leaf_hash(event.line))
        rows(
            sa.delete(log).where(log.c.seq > keep),
            sa.update(audit_head).values(seq=keep, hash=events[-1].hash),
            sa.update(audit_tree).values(size=keep, frontier=[one.hex() for one in tree.hashes]),
            sa.delete(audit_notes),
        )(home)

    return act


def file(pattern: str, change: Callable[[bytes], bytes | None]) -> Inside:
    """Change the last file that matches, or remove it."""

    def act(home: EvidentHome) -> None:
        path = max(one for one in home.folder.glob(pattern) if one.is_file())
        data = change(path.read_bytes())
        path.unlink()
        if data is not None:
            path.write_bytes(data)

    return act


def put_back(*names: str) -> Inside:
    return lambda home: home.put_back(*names)


def both(*steps: Inside) -> Inside:
    def act(home: EvidentHome) -> None:
        for step in steps:
            step(home)

    return act


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def without_anchor(home: EvidentHome) -> None:
    shutil.rmtree(home.anchor)
    home.anchor.mkdir()


def older_anchor(home: EvidentHome) -> None:
    shutil.rmtree(home.anchor)
    shutil.copytree(home.given / "older-home" / "checkpoints", home.anchor)


def other_keys(home: EvidentHome) -> None:
    shutil.rmtree(home.folder / "keys" / "trusted")
    create_keypair(home.folder / "keys")


def without_checkpoints(home: EvidentHome) -> None:
    shutil.rmtree(home.folder / "checkpoints")


INSIDE: dict[str, Inside] = {
    "database: edit an entry": rows(sa.update(log).where(log.c.seq == 3).values(actor="user:eve")),
    "database: drop an entry": rows(sa.delete(log).where(log.c.seq == 3)),
    "database: drop the last entry": rows(
        sa.delete(log).where(log.c.seq == sa.select(sa.func.max(log.c.seq)).scalar_subquery())
    ),
    "database: exchange two entries": rows(
        *(sa.update(log).where(log.c.seq == old).values(seq=new) for old, new in ((3, 1000), (4, 3), (1000, 4)))
    ),
    "database: change the head": rows(sa.update(audit_head).values(hash="0" * 64)),
    "database: change the remembered tree": rows(sa.update(audit_tree).values(frontier=["0" * 64])),
    "database: change a stored checkpoint": rows(sa.update(audit_notes).values(root="0" * 64)),
    "database: forget the checkpoints": rows(sa.delete(audit_notes)),
    "database: give the log another name": rows(sa.update(audit_tree).values(origin="corpusgate.dev/audit/0000")),
    "database: rewrite the log": rewritten(4, forget=False),
    "database: rewrite the log and forget its checkpoints": rewritten(4, forget=True),
    "database: rewrite the log and sign it with the key of the home": rewritten(4, forget=True, sign=True),
    "database: cut the log clean and forget its checkpoints": truncated(6),
    "database: call an older generation current": rows(sa.update(current_generation).values(number=1)),
    "database: change the digest of a generation": rows(
        sa.update(generations).where(generations.c.number == 1).values(digest="0" * 64)
    ),
    "database: point a generation at another manifest": rows(
        sa.update(generations)
        .where(generations.c.number == 2)
        .values(manifest=sa.select(generations.c.manifest).where(generations.c.number == 1).scalar_subquery())
    ),
    "database: drop a revocation": rows(sa.delete(revocations)),
    "database: lift a revocation without an entry": rows(
        sa.update(revocations).values(lifted_by="user:eve", lifted_at=sa.func.current_timestamp(), lift_reason="none")
    ),
    "database: put back to an older copy": put_back(*DATABASE),
    "database: put back, and the checkpoints of the home too": put_back(*DATABASE, "checkpoints"),
    "database: put back, and the anchor emptied": both(put_back(*DATABASE), without_anchor),
    "index: put back to an older copy": put_back("index"),
    "index and database: put back": put_back(*DATABASE, "index"),
    "home: put back to an older copy": put_back(),
    "home: rewrite the log and drop the checkpoints of the home": both(rewritten(4, forget=True), without_checkpoints),
    "home: rewrite the log, and every checkpoint is gone": both(
        rewritten(3, forget=True), without_checkpoints, without_anchor
    ),
    "index: change a manifest": file("index/generations/2-*/manifest.dsse.json", flipped),
    "index: remove a manifest": file("index/generations/2-*/manifest.dsse.json", lambda _: None),
    "index: change vectors": file("index/segments/*/vectors.npy", flipped),
    "index: cut rows": file("index/segments/*/rows.arrow", lambda data: data[:-8]),
    "index: change an access table": file(
        "index/generations/2-*/access.json", lambda data: data.replace(b"group:hr", b"group:xx", 1)
    ),
    "index: replay the manifest of an older generation": lambda home: (
        shutil.copyfile(next(home.folder.glob("index/generations/1-*/manifest.dsse.json")), home.manifest()) and None
    ),
    "keys: replace the keys of the home": other_keys,
}


def noticed(home: EvidentHome) -> list[str]:
    """Everything a fresh process says: a search, `audit verify`, and the parts of `doctor` about the record."""
    home.reopen()
    said = []
    for ask in (
        lambda: "" if home.gated.read("ada") is not None else "nothing is served",
        lambda: home.workspace.checkpoints.verify().problem,
        lambda: next(
            (c.says for c in examine(home.workspace) if c.name in ("index", "checkpoints") and not c.fine), None
        ),
    ):
        try:
            answer = ask()
        except CorpusgateError as error:
            answer = error.what
        if answer:
            said.append(str(answer))
    return said


@pytest.fixture
def home(original: EvidentHome, tmp_path: Path) -> Iterator[EvidentHome]:
    """A copy of the home, with copies of its anchor and of the older copy."""
    original.workspace.close()
    shutil.copytree(original.folder.parent, tmp_path / "copied")
    original.reopen()
    made = EvidentHome.__new__(EvidentHome)
    made.folder, made.anchor, made.given = (tmp_path / "copied" / name for name in ("home", "anchor", "given"))
    for place in (made.folder, made.given / "older-home"):
        settings = place / "configs" / "corpusgate.yaml"
        settings.write_text(settings.read_text().replace(str(original.anchor), str(made.anchor)))
    made.gated = type(original.gated).__new__(type(original.gated))
    made.gated.__dict__.update(original.gated.__dict__)
    made.gated.workspace = type(original.workspace)(made.folder)
    yield made
    made.workspace.close()


@pytest.mark.parametrize("title", INSIDE)
def test_law_11_the_home_names_a_manipulation(home: EvidentHome, title: str) -> None:
    INSIDE[title](home)
    assert noticed(home), title


def test_an_untouched_home_is_quiet(home: EvidentHome) -> None:
    assert noticed(home) == []


UNSEEN: dict[str, Inside] = {
    "home and anchor: put back together": both(put_back(), older_anchor),
    "home: rewrite the log after the newest manifest, and every checkpoint outside is gone": both(
        rewritten(7, forget=True), without_checkpoints, without_anchor
    ),
}


@pytest.mark.parametrize("title", UNSEEN)
def test_what_cannot_be_seen_without_a_kept_checkpoint_is_seen_with_it(home: EvidentHome, title: str) -> None:
    kept = (home.given / "newest.note").read_text()
    UNSEEN[title](home)
    assert noticed(home) == [], title
    assert home.workspace.checkpoints.verify(kept).problem
