"""A home with a history, its evidence as files, and the verifier that needs nothing of Corpusgate."""

import contextlib
import io
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from pipeline.domain.identity.permissions import Principal
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.publishing.keys import public_keys, write_public_keys
from pipeline.reports.evidence_bundle import EvidenceRequest, export_evidence
from pipeline.takedown.revoke import revoke
from pipeline.workspace import Workspace
from scripts import verify_evidence
from tests.support.gated_home import File, GatedHome

OPERATOR = Caller(principal=Principal(name="user:olga"), grants=(Grant(role=Role.OPERATOR),), means="test")
DATABASE = ("corpusgate.db", "corpusgate.db-wal", "corpusgate.db-shm")
_COPIES = count(1)
SECRET_WORDS = "the heron nests behind the mill"
"""Text of a document; no evidence may hold it."""


class EvidentHome:
    """A home with two generations, an anchor outside it, and what an auditor was given."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.anchor, self.given = folder / "home", folder / "anchor", folder / "given"
        for place in (self.anchor, self.given):
            place.mkdir()
        self.gated = GatedHome(self.folder, "wiki")
        settings = self.folder / "configs" / "corpusgate.yaml"
        settings.write_text(settings.read_text().replace("  anchors: []", f"  anchors: [{self.anchor}]"))
        self.reopen()
        self.gated.files["wiki:a.md"] = File(SECRET_WORDS)
        self.gated.refresh()
        self.copy(self.given / "older-home")
        shutil.copyfile(self.note(), self.given / "older.note")
        self.gated.files["wiki:b.md"] = File("second")
        self.gated.refresh()
        revoke(self.workspace, RevocationKind.DOCUMENT, "wiki:a.md", OPERATOR, "wrong")
        self.workspace.checkpoints.make()
        write_public_keys(public_keys(self.workspace), self.given / "keys")
        self.export()

    @property
    def workspace(self) -> Workspace:
        """The home as it is open now."""
        return self.gated.workspace

    def export(self) -> None:
        """Write what the auditor gets: the log, a checkpoint, proofs and a bundle."""
        given, checkpoints = self.given, self.workspace.checkpoints
        shutil.copyfile(self.note(), given / "newest.note")
        lines = [event.line + b"\n" for event in self.workspace.audit.events()]
        (given / "log.jsonl").write_bytes(b"".join(lines))
        (given / "entry.tlog-proof").write_text(checkpoints.prove_entry(3))
        (given / "grown.txt").write_text(checkpoints.prove_growth((given / "older.note").read_text()))
        kept = (given / "older.note").read_text()
        wanted = EvidenceRequest(generation=2, kept=kept)
        export_evidence(self.workspace, OPERATOR, wanted, given / "bundle.tar")

    def note(self) -> Path:
        """The file of the newest checkpoint in the anchor."""
        return max(self.anchor.rglob("*.note"))

    def manifest(self) -> Path:
        """The manifest of the current generation."""
        current = self.workspace.ledger.current_generation()
        assert current is not None
        return self.workspace.index / current.manifest

    def reopen(self) -> None:
        """Open the home as a fresh process does."""
        self.gated.workspace.close()
        self.gated.workspace = Workspace(self.folder)

    def copy(self, to: Path) -> None:
        """Copy the whole home while nothing has it open."""
        self.gated.workspace.close()
        shutil.copytree(self.folder, to)
        self.reopen()

    def put_back(self, *names: str) -> None:
        """Replace parts of the home by those of the older copy; without names, all of it."""
        self.gated.workspace.close()
        for name in names or [path.name for path in self.folder.iterdir()]:
            place, older = self.folder / name, self.given / "older-home" / name
            if place.is_dir():
                shutil.rmtree(place)
            place.unlink(missing_ok=True)
            if older.is_dir():
                shutil.copytree(older, place)
            elif older.exists():
                shutil.copyfile(older, place)
        self.reopen()


def in_postgres(folder: Path, url: str) -> None:
    """Prepare the folder of an `EvidentHome` so that its database is that one."""
    Workspace(folder / "home").home.create()
    point_at(folder / "home", "sqlite:///corpusgate.db", url)


def point_at(home: Path, old: str, new: str) -> None:
    """Have the settings of a home name another database."""
    settings = home / "configs" / "corpusgate.yaml"
    text = settings.read_text()
    assert f"  url: {old}\n" in text
    settings.write_text(text.replace(f"  url: {old}\n", f"  url: {new}\n"))


@contextmanager
def copied_database(url: str) -> Iterator[str]:
    """A copy of a Postgres database that no one has open, by its address."""
    place = make_url(url)
    name = f"{place.database}_copy_{next(_COPIES)}"

    def act(statement: str) -> None:
        server = place.set(database="postgres").render_as_string(hide_password=False)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(statement.encode())

    act(f"CREATE DATABASE {name} TEMPLATE {place.database}")
    try:
        yield place.set(database=name).render_as_string(hide_password=False)
    finally:
        act(f"DROP DATABASE {name} WITH (FORCE)")


def verify(*arguments: str | Path) -> tuple[int, str]:
    """Run the verifier; returns its exit code and its words."""
    said, failed = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(failed):
        code = verify_evidence.main([str(one) for one in arguments])
    return code, said.getvalue() + failed.getvalue()


def commands(given: Path, manifest: Path) -> dict[str, Sequence[str | Path]]:
    """How an auditor verifies each thing that was given, by its name."""
    keys = ("--key", given / "keys")
    notes = [("--checkpoint", given / name) for name in ("older.note", "newest.note")]
    return {
        "log": ("log", given / "log.jsonl", *notes[0], *notes[1], *keys),
        "checkpoint": ("checkpoint", given / "newest.note", *keys),
        "inclusion": ("inclusion", given / "entry.tlog-proof", "--entry", given / "log.jsonl", *keys),
        "consistency": ("consistency", given / "grown.txt", "--from", given / "older.note", *keys),
        "generation": ("generation", manifest, *keys),
        "bundle": ("bundle", given / "bundle.tar", *notes[0], *keys),
    }


EVERYTHING = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""A period that every entry is in."""
