"""`kill -9` in the middle of a refresh, again and again: what was served keeps answering, and the end is the same.

    python scripts/drills/kill.py [FOLDER] [--kills 10] [--seed 1]

Home A refreshes two revisions of a corpus undisturbed. Home B publishes the first; then its refresh of the second is
killed at a random moment: by the clock, or a few milliseconds after it reached a stage that passes too quickly to be
hit by chance. Only the command itself is killed; its children must die with it. After every kill the last generation
must answer a search as before, and `corpusgate doctor` must find index and ledger sound. A kill that came after the
commit counts as well; home B then goes back to its first generation for the next one. At the end one undisturbed
refresh of home B must give home A's generation digest, and one more must change nothing. Exit code 1 on any difference.

FOLDER is copied, never changed; its second revision is derived (text changed, deleted and added). Without FOLDER the
drill writes about 60 small documents itself.
"""

import argparse
import contextlib
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.support.trial import Home, tree

QUESTION, PRINCIPAL = "When is the lamp serviced?", "user:reader"
STAGES = ("starting", "in the graph", "parts staged", "graph done", "segment written", "generation written")
"""How far a refresh has come, by what it left on disk; then it is committed."""
CHILDREN_DIE_SECONDS = 10
console = Console()


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill and what was found after it."""

    seconds: float
    stage: str
    served: int
    problems: tuple[str, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=None, help="of the moments; they are drawn anew without it")
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else random.randrange(10**6)
    with tempfile.TemporaryDirectory(prefix="corpusgate-drill-") as scratch:
        problems = drill(Path(scratch), given.folder, given.kills, random.Random(seed))
    for problem in problems:
        console.print(f"[red]{problem}[/]")
    console.print(f"{'[red]Failed' if problems else '[green]Passed'}[/] with --seed {seed}.")
    sys.exit(1 if problems else 0)


def drill(scratch: Path, folder: Path | None, kills: int, moments: random.Random) -> list[str]:
    """The whole drill; what went wrong."""
    corpus = scratch / "corpus"
    first_revision(corpus, folder)
    a, b = ready_home(scratch / "a", corpus), ready_home(scratch / "b", corpus)
    one, _ = a.refresh()
    b.refresh()
    kept = scratch / "kept"
    shutil.copytree(b.folder, kept)
    old_answers = answers(b)
    second_revision(corpus)
    two, undisturbed = a.refresh()
    new_answers = answers(a)
    console.print(
        f"Generation 1: {counted(one)}. Generation 2: {counted(two)}, {undisturbed.seconds:.1f} s undisturbed."
    )

    table = Table("kill", "after s", "stage", "then serves", "found", title="Kills", title_justify="left")
    problems: list[str] = []
    for number in range(1, kills + 1):
        kill = kill_once(b, number, undisturbed.seconds, moments, {1: old_answers, 2: new_answers})
        problems += (f"Kill {number}: {problem}" for problem in kill.problems)
        found = "; ".join(kill.problems) or "answers and index sound"
        table.add_row(str(number), f"{kill.seconds:.2f}", kill.stage, f"generation {kill.served}", found)
        if kill.served != 1:
            shutil.rmtree(b.folder)
            shutil.copytree(kept, b.folder)
    console.print(table)

    last, _ = b.refresh()
    again, _ = b.refresh()
    console.print(f"Home A ends in {two['generation']['digest'][:16]}, home B in {last['generation']['digest'][:16]}.")
    if last["generation"] != two["generation"]:
        problems.append("Home B ends in another generation than home A.")
    if again["generation"] != last["generation"] or again["scanned"] or again["embedded"] or again["published"]:
        problems.append("Another refresh of home B did not leave everything as it was.")
    if answers(b) != new_answers:
        problems.append("Homes A and B answer differently.")
    return (
        problems + unsound(b) + ([] if b("audit", "verify", allow=(0, 1)).code == 0 else ["The audit log is broken."])
    )


def counted(said: dict[str, Any]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in {**said["documents"], **said["verdicts"]}.items() if count)


def ready_home(folder: Path, corpus: Path) -> Home:
    """A home with the corpus approved and somebody who may read it."""
    home = Home.make(folder)
    home.add_source("corpus", corpus)
    home("principals", "add", PRINCIPAL)
    return home


def answers(home: Home) -> list[dict[str, Any]]:
    """Search results of a reader, by the command line."""
    found: list[dict[str, Any]] = json.loads(home("search", QUESTION, "--as", PRINCIPAL, "-k", "20", "--json").stdout)
    return found


def unsound(home: Home) -> list[str]:
    """What `corpusgate doctor` complains about, except the disk."""
    checks = json.loads(home("doctor", "--json", allow=(0, 1)).stdout)
    return [
        f"doctor: {check['name']}: {check['says']}" for check in checks if not check["fine"] and check["name"] != "disk"
    ]


def kill_once(
    home: Home, number: int, duration: float, moments: random.Random, expected: dict[int, list[dict[str, Any]]]
) -> Kill:
    """Start a refresh, kill it, look around. One that ended before its moment is undone by the caller."""
    old_runs = set(staged_runs(home))
    built = {path.name for path in (home.folder / "index").glob("*/*")}
    refresh = home.start_refresh()
    started = time.monotonic()
    if number % 2:
        moment = started + moments.uniform(0, duration)
        until(lambda: time.monotonic() >= moment, refresh)
    else:
        wanted = moments.choice(STAGES[2:])
        reached = STAGES[STAGES.index(wanted) :]
        until(lambda: stage(home, old_runs, built) in reached, refresh)
        time.sleep(moments.uniform(0, 0.02))
    family = tree(refresh.pid)
    seconds, reached_stage = time.monotonic() - started, stage(home, old_runs, built)
    ended = refresh.poll() is not None
    refresh.kill()
    refresh.wait()
    problems = [] if all_gone(family[1:]) else ["children outlived the killed refresh"]
    listed = json.loads(home("generations", "list", "--json").stdout)
    served = max(generation["number"] for generation in listed)
    if ended or served != 1:
        reached_stage = "ended before the kill" if ended else "committed"
    if answers(home) != expected[served]:
        problems.append(f"the search does not answer as generation {served} did")
    return Kill(seconds, reached_stage, served, (*problems, *unsound(home)))


def until(reached: Any, process: Any) -> None:
    """Wait, looking every millisecond, until something is reached or the process has ended."""
    while not reached() and process.poll() is None:
        time.sleep(0.001)


def all_gone(family: list[int]) -> bool:
    deadline = time.monotonic() + CHILDREN_DIE_SECONDS
    while alive := [pid for pid in family if is_alive(pid)]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return not alive


def is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def staged_runs(home: Home) -> Iterator[str]:
    """Names of the staging folders of runs."""
    with contextlib.suppress(OSError):
        yield from (path.name for path in (home.folder / "staging").iterdir())


def stage(home: Home, old_runs: set[str], built: set[str]) -> str:
    """How far the refresh has come that runs in this home."""
    new = {path.parent.name for path in (home.folder / "index").glob("*/*") if path.name not in built}
    if "generations" in new:
        return "generation written"
    if "segments" in new:
        return "segment written"
    runs = sorted(set(staged_runs(home)) - old_runs)
    if not runs:
        return "starting"
    with contextlib.suppress(OSError):
        files = [path.name for path in (home.folder / "staging" / runs[-1]).iterdir()]
        if "report.json" in files:
            return "graph done"
        if any(name.startswith(("chunks-", "outcomes-")) for name in files):
            return "parts staged"
    return "in the graph"


SENTENCES = (
    "The lamp on the north pier is serviced every second Tuesday.",
    "Spare batteries are kept in the locker behind the workshop.",
    "A keeper signs the log before leaving the lamp room.",
    "Fog signals are tested at noon on the first day of a month.",
    "The ladder is inspected in spring and after every storm.",
    "Visitors wait at the gate until somebody meets them.",
    "Paint for the railing is ordered from the yard in autumn.",
    "Whoever finds a cracked lens writes down where and when.",
)


def first_revision(corpus: Path, folder: Path | None) -> None:
    """A copy of `folder`, or about 60 small documents; some with personal data, one with a made-up credential."""
    if folder is not None:
        shutil.copytree(folder, corpus)
        return
    corpus.mkdir(parents=True)
    words = random.Random(7)
    for number in range(58):
        text = "\n\n".join(words.sample(SENTENCES, 5))
        (corpus / f"note-{number:02}.md").write_text(f"# Note {number}\n\n{text}\n")
    (corpus / "note-03.md").write_text("# Contact\n\nWrite to keeper@lamps.example when the lamp is out.\n")
    made_up = "gh" + "p_" + "".join(words.choices("abcdefghijkmnpqrstuvwxyz23456789ABCDEFGH", k=36))
    (corpus / "note-58.md").write_text(f"# Access\n\ntoken: {made_up}\n")
    (corpus / "note-59.md").write_text(
        "---\nclassification: confidential\n---\n# Rota\n\nNobody works on both nights.\n"
    )


def second_revision(corpus: Path) -> None:
    """Change every third text file, delete every eleventh, add three, narrow the access of one, in place."""
    texts = sorted(path for path in corpus.rglob("*") if path.suffix in (".md", ".txt", ".rst") and path.is_file())
    for number, path in enumerate(texts):
        if number % 11 == 5:
            path.unlink()
        elif number % 3 == 0:
            with path.open("a", encoding="utf-8") as file:
                file.write(f"\n\nRevised: {SENTENCES[number % len(SENTENCES)]}\n")
    for number in range(3):
        (corpus / f"added-{number}.md").write_text(f"# Added {number}\n\n{SENTENCES[number]}\n")
    narrowed = corpus / f"{texts[1].name}.meta.yaml" if texts else None
    if narrowed is not None and texts[1].parent == corpus and not narrowed.exists():
        narrowed.write_text("classification: confidential\n")


if __name__ == "__main__":
    main()
