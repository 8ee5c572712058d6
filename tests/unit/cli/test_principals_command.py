"""Groups of groups in the identity file, as the command line shows them and as access decides by them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.domain.identity.permissions import AccessRule, Classification, permits
from pipeline.workspace import Workspace
from tests.support.index_samples import NOON

ENTRIES = """
schema_version: 1
principals:
  - {name: user:ada, groups: [group:search-team], clearance: internal, roles: [reader]}
  - {name: user:eve, groups: [group:visitors], clearance: internal, roles: [reader]}
groups:
  group:search-team: {member_of: [group:engineering]}
  group:engineering: {member_of: [group:staff, group:search-team]}   # a cycle
  group:staff: {member_of: [group:staff]}                            # and one of a single group
  group:visitors: {}
"""


@pytest.fixture
def home(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "home")
    workspace.home.create()
    (workspace.home.configs / "principals.yaml").write_text(ENTRIES)
    return workspace


def test_groups_of_groups_are_followed_through_cycles(home: Workspace) -> None:
    done = CliRunner().invoke(app, ["--home", str(home.home.folder), "principals", "list", "--json"])
    assert done.exit_code == 0, done.output
    groups = {one["name"]: set(one["groups"]) for one in json.loads(done.stdout)}
    mine = {"group:search-team", "group:engineering", "group:staff"}
    assert groups["user:ada"] - {"group:everyone"} == mine
    assert groups["user:eve"] - {"group:everyone"} == {"group:visitors"}


def test_law_02_a_group_reaches_upwards_only(home: Workspace) -> None:
    ada, eve = (home.home.identities.principal(name) for name in ("user:ada", "user:eve"))
    for allowed, reads in (("group:staff", True), ("group:visitors", False)):
        rule = AccessRule(tenant="default", classification=Classification.INTERNAL, allow=(allowed,))
        assert permits(rule, ada, NOON) is reads
        assert permits(rule, eve, NOON) is not reads
    denied = AccessRule(
        tenant="default", classification=Classification.INTERNAL, allow=("user:ada",), deny=("group:staff",)
    )
    assert not permits(denied, ada, NOON)
