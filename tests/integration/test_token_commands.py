"""Tokens at the command line: made once, read from a file or the environment, and who decides with them."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipeline.checks.doctor import Check, examine
from pipeline.cli.main import app
from pipeline.domain.errors import ConfigError, CorpusgateError, NotAllowed, NotFound, NotIdentified, UsageError
from pipeline.domain.identity.permissions import Classification
from pipeline.workspace import Workspace
from tests.support.ledger_samples import approved_source

TOKEN = re.compile(r"cg_[0-9a-f]{16}_[\w-]{43}")
Command = Callable[..., Result]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace(tmp_path / "home")
    made.create()
    yield made
    made.database.dispose()


@pytest.fixture
def corpusgate(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.delenv("CORPUSGATE_TOKEN", raising=False)
    folder = str(workspace.home.folder)

    def run(*words: str | Path, fails: type[CorpusgateError] | None = None, **env: str) -> Result:
        done = CliRunner().invoke(app, ["--home", folder, *map(str, words)], env={"COLUMNS": "200", **env})
        if fails is None:
            assert done.exit_code == 0, done.output
        else:
            assert type(done.exception) is fails, done.exception
        return done

    for name, role in (("ada", "owner"), ("grace", "reviewer")):
        run("principals", "add", name, "--role", role)
    return run


def test_a_token_is_shown_once_and_known_nowhere(corpusgate: Command, workspace: Workspace) -> None:
    shown = corpusgate("tokens", "create", "ada", "--name", "laptop")
    assert TOKEN.fullmatch(shown.stdout.strip())
    secret = shown.stdout.strip().split("_", 2)[2]
    for command in (("tokens", "list"), ("tokens", "list", "--json"), ("audit", "list", "--json")):
        assert secret not in corpusgate(*command).output
    (listed,) = json.loads(corpusgate("tokens", "list", "--json").stdout)
    assert (listed["principal"], listed["name"], listed["state"]) == ("user:ada", "laptop", "valid")
    kept = [path for path in workspace.home.folder.rglob("*") if path.is_file()]
    assert not [path for path in kept if secret.encode() in path.read_bytes()]


def test_a_token_goes_to_a_new_private_file(corpusgate: Command, workspace: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "ada.token"
    shown = corpusgate("tokens", "create", "ada", "--out", out)
    assert not TOKEN.search(shown.output)
    assert TOKEN.fullmatch(out.read_text().strip())
    assert out.stat().st_mode & 0o777 == 0o600
    before = out.read_text()
    corpusgate("tokens", "create", "ada", "--out", out, fails=ConfigError)
    assert out.read_text() == before
    states = [state.value for _, state in workspace.tokens.list_tokens()]
    assert states == ["valid", "revoked"], "a token nobody got to see opens nothing"


def test_a_token_only_narrows_what_its_principal_may(corpusgate: Command, workspace: Workspace) -> None:
    corpusgate("tokens", "create", "ada", "--role", "reviewer", fails=UsageError)
    corpusgate("tokens", "create", "nobody", fails=NotFound)
    corpusgate("tokens", "create", "ada", "--days", "366", fails=UsageError)
    given = corpusgate("tokens", "create", "ada", "--role", "owner", "--source", "wiki").stdout.strip()
    caller = workspace.tokens.identify(given)
    assert [str(grant) for grant in caller.grants] == ["owner (wiki, public, internal)"]
    corpusgate("principals", "add", "ada", "--role", "auditor")
    assert workspace.tokens.identify(given).grants == (), "what the principal lost, the token lost"


def test_owners_and_reviewers_reach_what_their_clearance_does(corpusgate: Command, workspace: Workspace) -> None:
    def roles(*words: str) -> list[str]:
        corpusgate("principals", "add", "ruth", *words)
        return [str(grant) for grant in workspace.principals.current().grants("user:ruth")]

    assert roles("--role", "reviewer") == ["reader", "reviewer (public, internal)"]
    assert roles("--role", "owner:wiki", "--clearance", "public") == ["reader", "owner (wiki, public)"]
    assert roles("--role", "operator", "--role", "auditor") == ["reader", "operator", "auditor"]
    assert roles("--role", "reviewer", "--all-classifications") == ["reader", "reviewer"]


def test_adding_a_principal_says_whom_it_replaced_and_which_source_is_unknown(
    corpusgate: Command, workspace: Workspace
) -> None:
    approved_source(workspace.database, "wiki")
    first = corpusgate("principals", "add", "ruth", "--role", "reviewer:wiki", "--group", "staff").output
    assert "replaced" not in first
    assert "No source" not in first
    again = corpusgate("principals", "add", "ruth", "--role", "owner:wikki", "--clearance", "public").output
    for words in ("This replaced user:ruth", "clearance internal", "group:staff", "reviewer (wiki, public, internal)"):
        assert words in again
    assert "wikki" in again.partition("No source of that name is registered yet")[2]
    refused = CliRunner().invoke(
        app, ["--home", str(workspace.home.folder), "principals", "add", "x", "--role", "owner:"]
    )
    assert refused.exit_code == 2
    assert "user:x" not in workspace.principals.current().everyone


def test_doctor_names_who_decides_over_confidential_sources_without_a_bound(
    corpusgate: Command, workspace: Workspace
) -> None:
    def checked() -> Check:
        return next(one for one in examine(Workspace(workspace.home.folder)) if one.name == "roles")

    corpusgate("principals", "add", "ruth", "--role", "reviewer", "--all-classifications")
    assert checked().state == "fine"
    approved_source(workspace.database, "salaries", classification=Classification.CONFIDENTIAL)
    seen = checked()
    assert (seen.state, seen.fine) == ("advice", True)
    assert "user:ruth" in seen.says
    assert "salaries" in seen.says
    assert not [name for name in ("user:ada", "user:grace") if name in seen.says], "their roles are bounded"
    corpusgate("principals", "add", "ruth", "--role", "reviewer:salaries", "--clearance", "confidential")
    assert checked().state == "fine"


def test_who_decides_is_read_from_a_file_or_the_environment(corpusgate: Command, tmp_path: Path) -> None:
    ada, grace = tmp_path / "ada.token", tmp_path / "grace.token"
    corpusgate("tokens", "create", "ada", "--out", ada)
    corpusgate("tokens", "create", "grace", "--out", grace)
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.md").write_text("Lamps are cleaned on Mondays.")
    add = (
        "sources",
        "add",
        "hand",
        "--uri",
        documents,
        "--owner",
        "o",
        "--classification",
        "public",
        "--allow",
        "user:a",
    )
    missing = corpusgate(*add, fails=NotIdentified)
    assert "CORPUSGATE_TOKEN" in str(missing.exception)
    corpusgate(*add, "--token-file", tmp_path / "none", fails=ConfigError)
    corpusgate(*add, "--token-file", grace, fails=NotAllowed)
    corpusgate(*add, CORPUSGATE_TOKEN=ada.read_text().strip())
    corpusgate("sources", "approve", "hand", "--token-file", ada, fails=NotAllowed)
    wrong = corpusgate("sources", "approve", "hand", CORPUSGATE_TOKEN="cg_wrong", fails=NotIdentified)
    assert "cg_wrong" not in str(wrong.exception)
    corpusgate("sources", "approve", "hand", "--token-file", grace, CORPUSGATE_TOKEN="cg_wrong")
    shown = json.loads(corpusgate("sources", "show", "hand", "--json").stdout)
    assert (shown["registered_by"], shown["approved_by"]) == ("user:ada", "user:grace")


def test_a_revoked_token_decides_nothing(corpusgate: Command, tmp_path: Path) -> None:
    ada = tmp_path / "ada.token"
    corpusgate("tokens", "create", "ada", "--out", ada)
    corpusgate("tokens", "revoke", ada.read_text()[3:9])
    add = (
        "sources",
        "add",
        "hand",
        "--uri",
        tmp_path,
        "--owner",
        "o",
        "--classification",
        "public",
        "--allow",
        "user:a",
    )
    refused = corpusgate(*add, "--token-file", ada, fails=NotIdentified)
    assert "revoked" in str(refused.exception)
    corpusgate("tokens", "revoke", "ffff-nothing", fails=NotFound)


def test_no_command_takes_a_token_or_a_name_as_an_argument() -> None:
    """On a command line every process of the machine could read it, and anybody can type a name."""
    import typer.main

    def options(command: object) -> Iterator[str]:
        for parameter in command.params:  # type: ignore[attr-defined]
            yield from parameter.opts
        for inner in getattr(command, "commands", {}).values():
            yield from options(inner)

    given = set(options(typer.main.get_command(app)))
    assert "--token-file" in given
    assert not given & {"--token", "--by", "--password", "--secret"}


def test_the_server_refuses_to_be_reached_without_tls(corpusgate: Command) -> None:
    refused = corpusgate("serve", "--host", "0.0.0.0", fails=UsageError)
    assert "--behind-proxy" in str(refused.exception)
