"""Fixtures of the tests in a browser: one home, refreshed for real and served, for every test of its pages."""

from collections.abc import Iterator

import pytest

from tests.support.browser import chromium, serving
from tests.support.page_home import BANDS, PageHome, pdf, word
from tests.support.shared_detectors import shared

__all__ = ["chromium"]

HOSTILE_TITLE = "<script>alert(1)</script>{{ 7*7 }}"
HOSTILE_NAME = '"><img src=x onerror=alert(2)>.md'
HOSTILE_TEXT = (
    "# <script>alert(3)</script>\n\n<img src=x onerror=alert(4)> [here](javascript:alert(5)) {{ 7*7 }} {% raw %}\n\n"
    "<svg/onload=alert(6)> <a hx-get='/logout' hx-trigger='load'>go</a> </textarea></td></table>"
    "<style>*{display:none}\n\n" + "w" * 6_000 + "\n"
)


@pytest.fixture(scope="session", autouse=True)
def _shared_detectors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with shared(tmp_path_factory.mktemp("detectors") / "home"):
        yield


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageHome]:
    """What a first refresh left: salary bands that are served, and much that waits."""
    made = PageHome(tmp_path_factory.mktemp("pages"))
    made.submit("Salary bands.md", BANDS, classification="confidential", allow=("group:people",), title="Salary bands")
    for number in range(4):
        made.submit(f"Board paper {number}.md", f"The board met on day {number}.\n", classification="restricted")
    lines = ("Minutes of the board", "Ask mara.lindqvist@lanternfold.com about <script>alert(7)</script>")
    made.submit("Minutes.pdf", pdf("\n".join(lines), "Second page"), classification="restricted")
    made.submit(
        "Contract.docx",
        word(
            "It ends <script>alert(8)</script> soon.", "Ask mara.lindqvist@lanternfold.com.", heading="<b>Contract</b>"
        ),
        classification="restricted",
    )
    made.submit("Pledge.md", "The board pledges to read what it signs.\n", classification="restricted")
    made.submit(HOSTILE_NAME, HOSTILE_TEXT, classification="restricted", title=HOSTILE_TITLE)
    made.submit(
        "Elsewhere.md", "Nothing that the desk should know.", source="other", by="otto", classification="restricted"
    )
    made.refresh()
    yield made
    made.close()


@pytest.fixture(scope="session")
def address(home: PageHome) -> Iterator[str]:
    """Where that home is served."""
    with serving(home.workspace) as served:
        yield served
