"""The crontab, read by cron's own tool, and its lines run by the shell cron would use."""

import fcntl
import os
import re
import subprocess
from pathlib import Path

import pytest
from croniter import croniter

from pipeline.domain.errors import ExitCode
from tests.support.programs import DEPLOY, program, stub

CRONTAB = DEPLOY / "cron" / "corpusgate"
LINES = [line for line in CRONTAB.read_text(encoding="utf-8").splitlines() if re.match(r"[\d*]", line)]


def test_cron_accepts_the_file() -> None:
    checked = subprocess.run([program("crontab"), "-n", str(CRONTAB)], capture_output=True, check=False, timeout=30)
    assert checked.returncode == 0


def test_cron_would_not_accept_a_broken_line(tmp_path: Path) -> None:
    broken = tmp_path / "crontab"
    broken.write_text(CRONTAB.read_text(encoding="utf-8").replace("*/15 * * * *", "*/15 * * 32 *"), encoding="utf-8")
    assert subprocess.run([program("crontab"), "-n", str(broken)], capture_output=True, check=False).returncode != 0


def test_every_schedule_is_one_and_no_command_holds_a_percent_sign() -> None:
    """To cron a percent sign ends the line."""
    assert LINES
    for line in LINES:
        *schedule, command = line.split(maxsplit=5)
        assert croniter.is_valid(" ".join(schedule))
        assert "%" not in command


def mailed(line: str, script: str, folder: Path) -> str:
    """What cron would mail when the command is this script."""
    program("flock")
    stub(folder, "corpusgate", script)
    (folder / "secrets").write_text("PASSWORD=kept\n", encoding="ascii")
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "CORPUSGATE_HOME": str(folder),
        "SECRETS": str(folder / "secrets"),
    }
    shell = ["/bin/sh", "-c", line.split(maxsplit=5)[5]]
    return subprocess.run(shell, env=environment, capture_output=True, text=True, check=False, timeout=30).stdout


def ends(code: int) -> str:
    return f"echo said; exit {int(code)}"


@pytest.mark.parametrize(
    ("code", "mail"),
    [(ExitCode.FINE, ""), (ExitCode.WAITING, ""), (ExitCode.FAILED, "said\n"), (ExitCode.USAGE, "said\n")],
)
def test_a_refresh_is_heard_of_when_it_failed_only(tmp_path: Path, code: ExitCode, mail: str) -> None:
    assert mailed(LINES[0], ends(code), tmp_path) == mail


@pytest.mark.parametrize("line", LINES[1:])
def test_everything_else_is_heard_of_unless_it_was_fine(tmp_path: Path, line: str) -> None:
    assert mailed(line, ends(ExitCode.FINE), tmp_path) == ""
    assert mailed(line, ends(ExitCode.WAITING), tmp_path) == "said\n"


def test_a_refresh_does_not_start_beside_another(tmp_path: Path) -> None:
    with (tmp_path / "refresh.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert mailed(LINES[0], ends(ExitCode.FAILED), tmp_path) == ""


@pytest.mark.parametrize("line", LINES)
def test_secrets_reach_the_command(tmp_path: Path, line: str) -> None:
    assert mailed(line, '[ "$PASSWORD" = kept ] || { echo "no secrets"; exit 1; }', tmp_path) == ""
