"""Takes the pictures of the pages in docs/images, from the home that `make demo` leaves.

    python -m scripts.demo.pictures [NAME …]

Needs Chromium. A browser logs in as the person of each picture, at 1,280 pixels in the light theme. Text and data are
those of the demo; moments are those of its run. Paths are shown from the repository on. For the receipt an inbox is
added to the home, and a note with a key is handed in and refused.
"""

import argparse
import io
import json
import secrets
import shutil
import string
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from pipeline.workspace import Workspace
from scripts.demo.__main__ import HOME, ROOT, TOKENS
from tests.support.browser import NAMES, serving
from tests.support.trial import FINE, Home

FOLDER = ROOT / "docs" / "images"
WIDTH = 1280
_COLOURS = 64
_SHORTER = """root => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replaceAll(root, "");
}"""
"""Leaves the place of the repository on this machine out of what is shown."""
QUARANTINED = "people:application-lens-technician.pdf"
EDITED = "tickets.jsonl#T-1046"
INBOX = "desk"
NOTE = "# Lamp room\n\nThe rota is on the wall.\nThe store opens with token ghp_{token}.\n"
"""Handed in for the receipt; the token is made up for each picture."""


class Picture(NamedTuple):
    """One page as one person sees it."""

    name: str
    who: str
    path: str
    height: int
    """Pixels from the top of the page."""
    act: Callable[[Page], None] = lambda _: None
    """The acts of the person on the page before the picture is taken."""


def pictures(workspace: Workspace) -> list[Picture]:
    """Every picture, with the addresses that this home gives its things."""
    run = workspace.ledger.runs(100)[-1].run_id
    return [
        Picture("receipt", "hanna", f"/submissions/{handed_in(workspace)}", 1120),
        Picture("review-item", "sanne", "/review", 1500, open_edited),
        Picture("pages-explain", "sanne", "/search", 1100, explain),
        Picture("pages-overview", "sanne", "/", 1210),
        Picture("pages-document", "sanne", f"/documents/record?id={quote(QUARANTINED)}", 1240),
        Picture("pages-run", "sanne", f"/runs/{run}", 1000),
        Picture("pages-findings", "sanne", "/findings?action=quarantine", 1000),
        Picture("pages-exposure", "sanne", f"/exposure?{urlencode({'kind': 'source', 'subject': 'people'})}", 1240),
        Picture("pages-report", "sanne", "/report", 1300),
        Picture("review-queue", "sanne", "/review", 960),
        Picture("pages-search", "ada", "/search", 900, ask),
        Picture("pages-quarantine", "sanne", "/quarantine", 900),
        Picture("pages-source", "sanne", "/sources/people", 960),
        Picture("pages-generation", "sanne", "/generations/4", 1300),
        Picture("pages-evidence", "sanne", "/evidence", 820),
        Picture("pages-retrievals", "sanne", "/retrievals", 900),
        Picture("pages-controls", "sanne", "/controls", 960),
    ]


def handed_in(workspace: Workspace) -> str:
    """Hand in a note that holds a key, and let a refresh refuse it; returns the submission."""
    home = Home(HOME)
    tokens = {name: ("--token-file", str(TOKENS / f"{name}.token")) for name in ("hanna", "sanne")}
    if workspace.sources.find(INBOX) is None:
        register = ("sources", "add", INBOX, "--inbox", "--owner", "user:hanna", "--classification", "internal")
        home(*register, "--allow", "group:staff", *tokens["hanna"])
        home("sources", "approve", INBOX, *tokens["sanne"])
    token = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(36))
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder, "lamp-room.md")
        note.write_text(NOTE.format(token=token))
        submit = ("submit", str(note), "--source", INBOX, "--title", "Lamp room", "--now", "--json")
        return str(json.loads(home(*submit, *tokens["hanna"], allow=FINE).stdout)["submission_id"])


def open_edited(page: Page) -> None:
    """Open an item whose text changed."""
    page.get_by_role("link", name=EDITED).click()
    page.locator(".diff").wait_for()


def ask(page: Page) -> None:
    """Ask a question as a reader."""
    page.get_by_label("Question").fill("How long are contracts and invoices kept?")
    page.keyboard.press("Enter")
    page.locator("#results .passages").first.wait_for()


def explain(page: Page) -> None:
    """Ask what another person could retrieve, and why."""
    page.get_by_text("As another principal, for auditors").click()
    asked = page.locator("details.auditing")
    asked.get_by_label("Question").fill("What does the board earn?")
    asked.get_by_label("Principal").fill("user:hanna")
    asked.get_by_role("button", name="Explain what could be retrieved").click()
    page.locator("#results table, #results article").first.wait_for()


def take(page: Page, address: str, picture: Picture, folder: Path) -> None:
    """Log in, open the page, and save its picture."""
    page.goto(f"{address}/login")
    page.get_by_label("Token").fill((TOKENS / f"{picture.who}.token").read_text().strip())
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    answer = page.goto(address + picture.path)
    if answer is None or not answer.ok:
        raise SystemExit(f"{picture.name}: {picture.path} was not shown.")
    picture.act(page)
    page.wait_for_load_state("networkidle")
    page.evaluate(_SHORTER, f"{ROOT}/")
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": picture.height}
    taken = Image.open(io.BytesIO(page.screenshot(clip=clip, full_page=True)))
    taken.convert("RGB").quantize(_COLOURS).save(folder / f"{picture.name}.png", optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
    wanted = parser.parse_args().names
    browser_path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if not HOME.is_dir() or browser_path is None:
        raise SystemExit("Needs the home of `make demo`, and Chromium (scripts/test_tools.sh chromium).")
    workspace = Workspace(HOME)
    with serving(workspace) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--disable-dev-shm-usage"])
        for picture in pictures(workspace):
            if not wanted or picture.name in wanted:
                context = browser.new_context(viewport={"width": WIDTH, "height": picture.height}, color_scheme="light")
                take(context.new_page(), address, picture, FOLDER)
                context.close()
                print(f"{picture.name}.png")
        browser.close()
    workspace.close()


if __name__ == "__main__":
    main()
