"""A served home with the pages and REST over it, and people with sessions and tokens."""

from html import unescape
from pathlib import Path

from starlette.testclient import TestClient

from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Grant, Role
from pipeline.web.app import create_app
from pipeline.web.security.identity import csrf_token
from pipeline.workspace import Workspace
from tests.support.callers import token
from tests.support.index_samples import Doc
from tests.support.searching import searcher_of
from tests.support.served_home import ServedHome
from tests.support.web_home import BROWSER, ORIGIN


class Site:
    """The home, its application and the people, by role."""

    def __init__(self, folder: Path, *docs: Doc) -> None:
        self.home = ServedHome(folder)
        self.workspace: Workspace = self.home.workspace
        searcher = searcher_of(self.workspace, self.home.embedder)
        self.workspace.__dict__["searcher"] = self.workspace.__dict__["files_searcher"] = searcher
        self.people = {
            "reader": ("user:rea", [Role.READER], "internal", ()),
            "board": ("user:bo", [Role.READER], "restricted", ("board",)),
            "owner": ("user:olga", [Role.OWNER, Role.READER], "internal", ()),
            "reviewer": ("user:rosa", [Role.REVIEWER], "internal", ()),
            "auditor": ("user:ana", [Role.AUDITOR], "internal", ()),
            "operator": ("user:oscar", [Role.OPERATOR], "internal", ()),
            "elsewhere": ("user:eli", [Grant(role=Role.REVIEWER, sources=("other",))], "restricted", ()),
        }
        self.tokens = {
            name: token(self.workspace, who, *roles, clearance=Classification(clearance), groups=groups)
            for name, (who, roles, clearance, groups) in self.people.items()
        }
        self.app = create_app(self.workspace)
        self.sessions: dict[str, TestClient] = {}
        if docs:
            self.home.refresh(*docs)

    def as_(self, name: str) -> TestClient:
        if name not in self.sessions:
            client = TestClient(self.app, base_url=ORIGIN, headers=BROWSER, follow_redirects=False)
            assert client.post("/login", data={"token": self.tokens[name]}).status_code == 303
            self.sessions[name] = client
        return self.sessions[name]

    def post(self, who: str, path: str, /, **fields: str) -> tuple[int, str, str]:
        """Send a form; status, text and where it leads."""
        client = self.as_(who)
        session = next(value for key, value in client.cookies.items() if key == "corpusgate")
        answer = client.post(path, data={"csrf": csrf_token(session), **fields})
        return answer.status_code, unescape(answer.text), answer.headers.get("location", "")

    def get(self, name: str, path: str) -> tuple[int, str]:
        answer = self.as_(name).get(path)
        return answer.status_code, unescape(answer.text)
