"""`make demo`: the real command line over the sample corpus of an invented company, from an empty home to answers.

Everything printed after a `$` is a command you can type. The home stays in demo-home, its documents in demo-corpus:
look at them.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.stores.ledger.ledger import Ledger
from pipeline.workspace import Workspace
from scripts.demo.demo_corpus import DEMO, lay_out, read

ROOT = DEMO.parents[1]
HOME = ROOT / "demo-home"
CORPUS = ROOT / "demo-corpus"
TOKENS = HOME / "tokens"
COMMAND = Path(sys.executable).with_name("corpusgate")
WAITING = 3
"""The exit code for: done, but something waits for a person or is in quarantine."""

console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)


def main() -> None:
    """Walk through it."""
    started = time.monotonic()
    expected = read(DEMO / "expected.yaml")
    sources = read(DEMO / "sources.yaml")["sources"]
    set_up(sources)

    chapter("2. The first refresh", "Nine approved sources go through the gate. Exit code 3 says that something waits.")
    corpusgate("refresh", allow=(0, WAITING))
    compare("What was planted, and what became of it", expected["rev1"], sources)

    chapter("3. Two people decide", "Restricted documents are served when two people other than the submitter agree.")
    approve_board_paper()

    chapter("4. The second revision", "The company worked on its folders: see configs/demo/rev2.")
    lay_out(CORPUS, 2)
    corpusgate("refresh", allow=(0, WAITING))
    compare("What changed", expected["rev2"], sources, everything=True)

    chapter("5. Why is this not served?", "Values that were found are never shown.")
    corpusgate("explain", "engineering:deploy-checklist.md")

    chapter("6. Taking back", "A wrong number was published; then everything since generation 2 is doubted.")
    take_back()

    chapter("7. What is served, and who did what", "Generations are signed; the audit log is a chain of hashes.")
    corpusgate("generations", "list")
    corpusgate("canaries", "check")
    corpusgate("explain", "--principal", "user:corin", "--query", "fog signal that listens for engines", "-k", "2")
    corpusgate("audit", "verify")

    chapter("8. One question, three people", f"“{expected['question']}”")
    corpusgate("trace", ask_everybody(expected))

    chapter("9. What waits for a person", "What was rolled back came again, and is not published a second time.")
    corpusgate("review", "list")
    shown = COMMAND.relative_to(ROOT) if COMMAND.is_relative_to(ROOT) else COMMAND
    console.print(f"[bold]Done in {time.monotonic() - started:.0f} seconds.[/] Go on yourself, for example:\n")
    console.print(f'  {shown} --home demo-home search "Who may switch a light?" --as user:wilhelmina')
    console.print(f"  {shown} --home demo-home explain application-lens-technician.pdf")
    console.print(f"  {shown} --home demo-home reconcile")
    console.print(f"  {shown} --home demo-home serve\n")
    console.print(
        "The last one opens the pages: http://127.0.0.1:8460/. Log in as Sanne, reviewer and auditor, with what"
    )
    console.print("stands in demo-home/tokens/sanne.token; as Ravi, operator, with demo-home/tokens/ravi.token.\n")


def set_up(sources: list[dict[str, Any]]) -> None:
    """A home, its people, the corpus, and sources that somebody other than their registrant approved."""
    chapter(
        "1. A home, and where documents come from", "Lanternfold builds lights for small harbours. It does not exist."
    )
    for folder in (HOME, CORPUS):
        shutil.rmtree(folder, ignore_errors=True)
    corpusgate("init", str(HOME))
    for name in ("principals.yaml", "canaries.yaml"):
        shutil.copyfile(DEMO / name, HOME / "configs" / name)
    lay_out(CORPUS, 1)
    for number, source in enumerate(sources):
        if number:
            agreed = f"approved by {source['approved_by']}" if source["approved_by"] else "approved by nobody"
            console.print(f"  {source['name']}: in the same way, registered by {source['by']}, {agreed}")
        add = ["sources", "add", source["name"], "--uri", str(CORPUS / source["folder"])]
        for option in ("owner", "classification", "tenant", "licence"):
            if option in source:
                add += [f"--{option}", source[option]]
        for option in ("allow", "deny"):
            for principal in source.get(option, ()):
                add += [f"--{option}", principal]
        corpusgate(*add, *as_person(source["by"]), quiet=number > 0)
        if source["approved_by"]:
            approver = as_person(source["approved_by"])
            corpusgate("sources", "approve", source["name"], *approver, quiet=number > 0)
    console.print()
    corpusgate("sources", "list")


def as_person(name: str) -> tuple[str, str]:
    """How a command is told who decides: by a token. The first time somebody appears, the operator makes theirs."""
    path = TOKENS / f"{name.partition(':')[2]}.token"
    if not path.exists():
        first = not TOKENS.exists()
        TOKENS.mkdir(exist_ok=True)
        corpusgate("tokens", "create", name, "--days", "1", "--out", str(path), quiet=not first)
    return "--token-file", str(path)


def approve_board_paper() -> None:
    """The restricted paper gets the two approvals it needs; the other restricted documents go on waiting."""
    corpusgate("review", "list")
    items = json.loads(corpusgate("review", "list", "--json", quiet=True))
    paper = next(item["item_id"] for item in items if item["doc_id"] == "board:contractor-programme-paper.pdf")
    marlow, sanne = as_person("user:marlow"), as_person("user:sanne")
    corpusgate("review", "approve", paper, *marlow, "--reason", "Checked with the secretary")
    corpusgate("review", "approve", paper, *sanne, "--reason", "Tags are right", "--now")


def take_back() -> None:
    """A revocation, effective at once; a rollback; and a refresh, which does not undo it."""
    name, ravi = "people:leave-and-absence.md", as_person("user:ravi")
    question = "How many days of annual leave do I have?"
    before = name in found_by_ada(question)
    console.print(f"“{question}” user:ada is answered from {name}: {'yes' if before else 'no'}\n")
    corpusgate("revoke", "document", name, "--reason", "29 days is wrong", *ravi)
    gone = name not in found_by_ada(question)
    console.print(f"Asked again: [{'green]no, not any more' if before and gone else 'red]not as expected'}[/]\n")
    corpusgate("rollback", "2", "--reason", "Who changed this?", *ravi)
    corpusgate("refresh", allow=(0, WAITING))


def found_by_ada(question: str) -> set[str]:
    """Documents one person finds."""
    answers = json.loads(corpusgate("search", question, "--as", "user:ada", "--json", quiet=True))
    return {answer["document"] for answer in answers}


def ask_everybody(expected: dict[str, Any]) -> str:
    """Three principals, three answers. The id of the last chunk shown."""
    table = Table("who asks", "groups and clearance", "answered from", "what it says", title="Answers", show_lines=True)
    people = {entry["name"]: entry for entry in read(DEMO / "principals.yaml")["principals"]}
    found: list[str] = []
    chunk = ""
    for person in expected["answers"]:
        answer = json.loads(
            corpusgate("search", expected["question"], "--as", person, "-k", "1", "--json", quiet=True)
        )[0]
        entry = people[person]
        source = f"{answer['document']}\n({answer['classification']})"
        rights = f"{', '.join(entry['groups'])}\n{entry['clearance']}"
        table.add_row(person, rights, source, escape(about_notice(answer["text"])))
        found.append(answer["document"])
        chunk = answer["chunk_id"]
    console.print(table)
    right = found == list(expected["answers"].values())
    console.print(
        "[green]Three people, three answers, each from what they may read.[/]\n"
        if right
        else "[red]Not as expected.[/]\n"
    )
    return chunk


def about_notice(text: str) -> str:
    """The sentences of a passage that speak of notice or exceptions: the rest is read with `corpusgate search`."""
    sentences = re.split(r"(?<=[.;:]) |\n\n", text.replace("**", "").replace("# ", "").replace("#", ""))
    fitting = [" ".join(sentence.split()) for sentence in sentences if re.search("notice|exception", sentence)]
    return " … ".join(fitting[:3])


def compare(title: str, expected: dict[str, Any], sources: list[dict[str, Any]], *, everything: bool = False) -> None:
    """Compares the ledger with the expectations and reasons in configs/demo/expected.yaml."""
    ledger = Workspace(HOME).ledger
    happened = {known.doc_id: known for source in sources for known in ledger.known_versions(source["name"])}
    table = Table(
        "document", "expected", "happened", "why", title=title, title_justify="left", box=None, title_style="bold"
    )
    wrong = 0
    for doc_id, wanted in expected.items():
        known = happened.get(doc_id)
        actual = known.action.value if known else "gone"
        verdict = wanted.get("verdict", "gone")
        change = wanted.get("change")
        seen = _kind(ledger, doc_id)
        fits = actual == verdict and (change is None or seen == change)
        wrong += not fits
        if not fits or everything or wanted["why"] != "nothing found":
            told = f"{change}, {verdict}" if change else verdict
            saw = f"{seen}, {actual}" if change else actual
            table.add_row(doc_id, told, f"[{'green' if fits else 'bold red'}]{saw}[/]", wanted["why"])
    console.print(table)
    console.print(
        f"\n{len(expected) - wrong} of {len(expected)} documents as expected.\n", style="green" if not wrong else "red"
    )


def _kind(ledger: Ledger, doc_id: str) -> str:
    """How the ledger saw the last change of a document."""
    history = ledger.document_history(doc_id)
    if history.deleted_by_run:
        return "deleted"
    records = [record for version in history.versions for record in version.verdicts]
    return max(records, key=lambda record: record.decided_at).kind.value


def chapter(title: str, about: str) -> None:
    """A heading."""
    console.rule(f"[bold]{title}", align="left")
    console.print(f"{about}\n", style="italic", highlight=False)


def corpusgate(*arguments: str, allow: tuple[int, ...] = (0,), quiet: bool = False) -> str:
    """Run one command as a person would type it; its output when it is not shown."""
    if not quiet:
        words = (f'"{word}"' if " " in word else word.replace(f"{ROOT}/", "") for word in arguments)
        console.print(f"[bold]$ corpusgate {escape(' '.join(words))}[/]", soft_wrap=True)
    command = [str(COMMAND), *([] if arguments[0] == "init" else ["--home", str(HOME)]), *arguments]
    environment = os.environ | ({} if sys.stdout.isatty() else {"COLUMNS": "150"})
    done = subprocess.run(
        command,
        env=environment,
        check=False,
        text=True,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.PIPE if quiet else None,
    )
    if done.returncode not in allow:
        sys.exit(f"The demo stopped: that command ended with exit code {done.returncode}.")
    if not quiet:
        print(flush=True)
    return done.stdout or ""


if __name__ == "__main__":
    main()
