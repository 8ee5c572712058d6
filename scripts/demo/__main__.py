"""`make demo`: the real command line over the sample corpus of an invented company, from an empty home to answers.

Each step fits on a screen. The text after a `$` is a command you can type. Below it stands the part of its output
that matters first. The home stays in demo-home, its documents in demo-corpus: look at them.
"""

import re
import shutil
import sys
import time
from pathlib import Path
from textwrap import shorten
from typing import Any

from rich.markup import escape

from pipeline.cli.output import STYLES
from pipeline.stores.ledger.ledger import Ledger
from pipeline.workspace import Workspace
from scripts.demo.demo_corpus import DEMO, lay_out, read
from scripts.demo.screen import TypedCommands, chapter, console, table

ROOT = DEMO.parents[1]
HOME = ROOT / "demo-home"
CORPUS = ROOT / "demo-corpus"
TOKENS = HOME / "tokens"
LEAVE = "people:leave-and-absence.md"
ORDER = ("quarantine", "redact", "admit", "review")
"""Verdicts, with those that a reader looks for first."""

LONGEST = 170
"""Characters of a quoted sentence."""

commands = TypedCommands(ROOT, HOME)
surprises: list[str] = []
"""Steps that did not happen as the demo says."""


def main() -> None:
    """Walk through it."""
    started = time.monotonic()
    expected = read(DEMO / "expected.yaml")
    sources = read(DEMO / "sources.yaml")["sources"]

    chapter(1, "A home and its sources", "Lanternfold builds lights for small harbours. It does not exist.")
    set_up(sources)

    chapter(2, "The first refresh", "56 documents of nine approved sources go through the gate. Some hold traps.")
    commands.show("refresh", first=("Verdicts", "Serving"), waits=True, progress=True)
    compare(
        expected["rev1"],
        sources,
        ("what was planted", "verdict"),
        left_out=("nothing found", "confidential and", "two people"),
    )

    chapter(3, "Two people decide", "A restricted document is served when two people other than its submitter agree.")
    approve_board_paper()

    chapter(4, "The second revision", "The company edits, renames, removes and shares documents. Only those are read.")
    lay_out(CORPUS, 2)
    commands.show("refresh", first=("Verdicts", "Serving"), waits=True, progress=True)
    compare(expected["rev2"], sources, ("what happened to it", "change and verdict"))

    chapter(5, "Why is this not served?", "The finding is shown, the value that was found never is.")
    explain("engineering:deploy-checklist.md")

    chapter(6, "Taking back", "A wrong number was published. Then everything since generation 2 is in doubt.")
    take_back()

    chapter(7, "One question, three people", f"“{expected['question']}”")
    chunk = ask_everybody(expected)
    closest("user:corin", "fog signal that listens for engines")

    chapter(8, "What is served, and who did what", "Generations are signed. The audit log is a chain of hashes.")
    commands.show("trace", chunk)
    generations()
    commands.show("audit", "verify")

    chapter(
        9, "What waits for a person", "The rollback took versions off. Their source offers them still: people decide."
    )
    waiting()

    say_good_bye(time.monotonic() - started)
    if surprises:
        sys.exit(f"Not as expected: {', '.join(surprises)}.")


def set_up(sources: list[dict[str, Any]]) -> None:
    """A home, its people, the corpus, and sources that somebody other than their registrant approved."""
    for folder in (HOME, CORPUS):
        shutil.rmtree(folder, ignore_errors=True)
    commands.typed("init", str(HOME))
    commands.run("init", str(HOME))
    for name in ("principals.yaml", "canaries.yaml"):
        shutil.copyfile(DEMO / name, HOME / "configs" / name)
    lay_out(CORPUS, 1)
    for number, source in enumerate(sources):
        add = ["sources", "add", source["name"], "--uri", str(CORPUS / source["folder"])]
        for option in ("owner", "classification", "tenant", "licence"):
            if option in source:
                add += [f"--{option}", source[option]]
        for option in ("allow", "deny"):
            for principal in source.get(option, ()):
                add += [f"--{option}", principal]
        calls = [[*add, *as_person(source["by"])]]
        if source["approved_by"]:
            calls.append(["sources", "approve", source["name"], *as_person(source["approved_by"])])
        for call in calls:
            if number == 0:
                commands.typed(*call)
            commands.run(*call)
    console.print("\nThe other nine in the same way. Who registers a source cannot approve it.\n")
    rows = [
        (
            source["name"],
            source["classification"],
            ", ".join(source["allow"]).replace("group:", ""),
            source["by"],
            source["approved_by"] or "[yellow]nobody: it contributes nothing[/]",
        )
        for source in sources
    ]
    table(("source", "classification", "groups that may read", "registered by", "approved by"), rows)


def as_person(name: str) -> tuple[str, str]:
    """How a command knows who decides: by a token. The first time somebody appears, the operator makes theirs."""
    path = TOKENS / f"{name.partition(':')[2]}.token"
    if not path.exists():
        TOKENS.mkdir(exist_ok=True)
        commands.run("tokens", "create", name, "--days", "1", "--out", str(path))
    return "--token-file", str(path)


def approve_board_paper() -> None:
    """The restricted paper gets the two approvals it needs; the other restricted documents go on waiting."""
    items = waiting()
    paper = next(item["item_id"] for item in items if item["doc_id"] == "board:contractor-programme-paper.pdf")
    marlow, sanne = as_person("user:marlow"), as_person("user:sanne")
    commands.show("review", "approve", paper, "--reason", "Checked with the secretary", *marlow)
    commands.show("review", "approve", paper, "--reason", "Tags are right", "--now", *sanne)


def waiting() -> list[dict[str, Any]]:
    """The review queue: each reason once, with what waits because of it."""
    commands.typed("review", "list")
    items: list[dict[str, Any]] = commands.ask("review", "list")
    for reason in dict.fromkeys(" ".join(item["reasons"]) for item in items):
        console.print(reason)
        for item in items:
            if " ".join(item["reasons"]) == reason:
                approvals = (
                    "1 approval" if item["required_approvals"] == 1 else f"{item['required_approvals']} approvals"
                )
                console.print(f"  {item['item_id']}  {item['doc_id']}, needs {approvals}")
    console.print()
    return items


def explain(doc_id: str) -> None:
    """The verdict on a document, and what its detectors saw."""
    commands.typed("explain", doc_id)
    version = commands.ask("explain", doc_id)["versions"][-1]
    record, provenance = version["verdicts"][-1], version["provenance"]
    verdict = record["verdict"]
    console.print(f"[bold]{verdict['action']}[/], by rule {verdict['rule_ids'][0]}: {verdict['reasons'][0]}")
    console.print(f"submitted by {provenance['submitter']}, owned by {provenance['owner']}\n")
    rows = [(f"line {f['line']}", f["severity"], f["preview"], f["reason"]) for f in record["findings"]]
    table(("where", "severity", "what stood there", "why it was found"), rows)


def take_back() -> None:
    """A revocation, effective at once; a rollback; and a refresh, which does not undo it."""
    question, ravi = "How many days of annual leave do I have?", as_person("user:ravi")
    before = LEAVE in found_by_ada(question)
    console.print(f"“{question}”\nuser:ada is answered from {LEAVE}: {'yes' if before else 'no'}\n")
    commands.show("revoke", "document", LEAVE, "--reason", "29 days is wrong", *ravi)
    gone = LEAVE not in found_by_ada(question)
    as_expected(before and gone, "Asked again, the answer is no longer from it.", "a revocation takes effect at once")
    back = ("rollback", "2", "--reason", "Who changed this?", *ravi)
    commands.typed(*back)
    result = commands.ask(*back)
    rows = [
        *((name, "leaves") for name in result["left"]),
        *((name, "is served in its earlier version") for name in result["changed"]),
        *((name, "does not come back: revoked or deleted since") for name in result["withheld"]),
    ]
    table(("document", ""), rows)
    commands.show("refresh", first=("Serving",), waits=True, progress=True)


def found_by_ada(question: str) -> set[str]:
    """Documents one person finds."""
    return {answer["document"] for answer in commands.ask("search", question, "--as", "user:ada")}


def ask_everybody(expected: dict[str, Any]) -> str:
    """Three principals, three answers. The id of the last chunk shown."""
    people = {entry["name"]: entry for entry in read(DEMO / "principals.yaml")["principals"]}
    question, rows, found, chunk = expected["question"], [], [], ""
    for person in expected["answers"]:
        answer = commands.ask("search", question, "--as", person, "-k", "1")[0]
        who = f"{person}\n{', '.join(people[person]['groups'])}\n{people[person]['clearance']}\n"
        rows.append((who, f"{answer['document']}\n({answer['classification']})", escape(about_notice(answer["text"]))))
        found.append(answer["document"])
        chunk = answer["chunk_id"]
    commands.typed("search", question, "--as", "user:ada", "-k", "1")
    table(("who asks", "answered from", "what it says"), rows)
    right = found == list(expected["answers"].values())
    as_expected(right, "Three people, three answers, each from what they may read.", "three answers")
    return chunk


def about_notice(text: str) -> str:
    """The first sentences of a passage that speak of notice or exceptions; `corpusgate search` shows the rest."""
    sentences = re.split(r"(?<=[.;:]) |\n\n", re.sub(r"\*\*|#+ ?", "", text))
    fitting = [" ".join(sentence.split()) for sentence in sentences if re.search("days|exception", sentence)]
    return "\n".join(shorten(sentence, LONGEST, placeholder=" …") for sentence in fitting[:2])


def closest(person: str, query: str) -> None:
    """The passages next to a question, with those that a person may not read."""
    asked = ("explain", "--principal", person, "--query", query, "-k", "2")
    commands.typed(*asked)
    rows = [
        (
            f"{one['score']:.2f}",
            one["document"],
            "[green]yes[/]" if one["retrieved"] else "no",
            one["reasons"][0] if one["reasons"] else "permitted",
        )
        for one in commands.ask(*asked)["candidates"][:4]
    ]
    table(("score", "document", "retrieved", "why"), rows)


def generations() -> None:
    """Generations, the newest first."""
    commands.typed("generations", "list")
    rows = [
        (
            str(one["number"]),
            f"goes back to {one['rolled_back_to']}" if one["rolled_back_to"] else "",
            str(one["documents"]),
            str(one["chunks"]),
            one["digest"][:16],
        )
        for one in commands.ask("generations", "list")
    ]
    table(("generation", "", "documents", "chunks", "digest"), rows)


def compare(
    expected: dict[str, Any],
    sources: list[dict[str, Any]],
    columns: tuple[str, str],
    left_out: tuple[str, ...] = (),
) -> None:
    """Compares the ledger with the expectations and reasons in configs/demo/expected.yaml."""
    ledger = Workspace(HOME).ledger
    happened = {known.doc_id: known for source in sources for known in ledger.known_versions(source["name"])}
    rows, wrong = [], 0
    for doc_id, wanted in expected.items():
        known = happened.get(doc_id)
        actual, verdict = known.action.value if known else "gone", wanted.get("verdict", "gone")
        change, seen = wanted.get("change"), _kind(ledger, doc_id)
        fits = actual == verdict and (change is None or seen == change)
        wrong += not fits
        shown = f"{seen}, {actual}" if change else f"[{STYLES.get(actual, 'default')}]{actual}[/]"
        if not fits:
            shown = f"[bold red]{seen}, {actual}; expected: {change or ''} {verdict}[/]"
        if not fits or not any(phrase in wanted["why"] for phrase in left_out):
            rows.append((ORDER.index(verdict) if not change else 0, (doc_id, wanted["why"], shown)))
    table(("document", *columns), [row for _, row in sorted(rows, key=lambda ranked: ranked[0])])
    as_expected(not wrong, f"{len(expected) - wrong} of {len(expected)} documents as expected.", "verdicts")


def as_expected(happened: bool, sentence: str, what: str) -> None:
    """Say what happened, or that it did not: then the demo fails at its end."""
    console.print(f"[green]{sentence}[/]\n" if happened else f"[bold red]Not as expected: {what}.[/]\n")
    if not happened:
        surprises.append(what)


def _kind(ledger: Ledger, doc_id: str) -> str:
    """How the ledger saw the last change of a document."""
    history = ledger.document_history(doc_id)
    if history.deleted_by_run:
        return "deleted"
    records = [record for version in history.versions for record in version.verdicts]
    return max(records, key=lambda record: record.decided_at).kind.value


def say_good_bye(seconds: float) -> None:
    """What to do next."""
    command = Path(sys.executable).with_name("corpusgate")
    shown = command.relative_to(ROOT) if command.is_relative_to(ROOT) else command
    console.print(f"[bold]Done in {seconds:.0f} seconds.[/] Go on yourself, for example:\n")
    for more in ('search "Who may switch a light?" --as user:wilhelmina', "canaries check", "reconcile", "serve"):
        console.print(f"  {shown} --home demo-home {more}")
    console.print(
        "\nThe last opens the pages: http://127.0.0.1:8460/. Log in with the token in demo-home/tokens:\n"
        "sanne.token for a reviewer and auditor, ravi.token for an operator.\n"
    )


if __name__ == "__main__":
    main()
