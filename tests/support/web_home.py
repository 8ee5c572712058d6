"""A home with the application over it, for tests: one principal and token for each role, and a client in process."""

import shutil
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from pipeline.domain.identity.roles import Role
from pipeline.web.app import create_app
from pipeline.workspace import Workspace
from tests.support.callers import token

ORIGIN = "http://localhost:8460"
BROWSER = {"accept": "text/html", "origin": ORIGIN}


class WebHome:
    """A home, its application, and people."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.workspace = Workspace(folder)
        self.workspace.create()
        if settings:
            self.set(**settings)
        self.app = create_app(self.workspace)
        self.tokens = {role: token(self.workspace, role.value, role) for role in Role}

    def set(self, **settings: Any) -> None:
        """Change sections of the settings, before anything was opened."""
        found = self.workspace.home.settings
        changes = {name: getattr(found, name).model_copy(update=values) for name, values in settings.items()}
        self.workspace.home.__dict__["settings"] = found.model_copy(update=changes)

    def client(self, token: str | None = None, **options: Any) -> TestClient:
        """Somebody with a token, or nobody."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return TestClient(self.app, base_url=ORIGIN, headers=headers, follow_redirects=False, **options)

    def browser(self, token: str) -> TestClient:
        """Somebody who logged in with a browser."""
        client = TestClient(self.app, base_url=ORIGIN, headers=BROWSER, follow_redirects=False)
        answer = client.post("/login", data={"token": token})
        assert answer.status_code == 303, answer.text
        return client

    def close(self) -> None:
        """Close the database and throw the home away."""
        self.workspace.database.dispose()
        shutil.rmtree(self.workspace.home.folder)
