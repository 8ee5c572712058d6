"""The units of configs/deploy/systemd, read by systemd's own tools."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.domain.errors import ExitCode
from pipeline.settings.application import StreamSettings, WebSettings
from tests.support.programs import DEPLOY, ROOT, program, stub

UNITS = DEPLOY / "systemd"
DROP_IN = "corpusgate-.service.d/hardening.conf"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
ALL = [*SERVICES, *sorted(path.name for path in UNITS.glob("*.timer"))]
OUT_OF_TEN = 2.0
"""systemd's exposure level that no service may exceed; 10 is a service without any protection."""


def settings_of(name: str) -> dict[str, str]:
    """A unit's settings with those of the drop-in, as systemd merges them."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters="=", comment_prefixes="#")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read([UNITS / DROP_IN, UNITS / name] if name.endswith(".service") else [UNITS / name])
    return {key: value for section in parser.sections() for key, value in parser[section].items()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A file system in which the units are installed, and the command they start."""
    place = tmp_path / "etc/systemd/system"
    shutil.copytree(UNITS, place)
    system = next(path for path in map(Path, ("/usr/lib/systemd/system", "/lib/systemd/system")) if path.is_dir())
    shutil.copytree(system, tmp_path / "usr/lib/systemd/system", symlinks=True)
    for name in SERVICES:
        command = Path(settings_of(name)["ExecStart"].split()[0])
        stub(tmp_path / command.parent.relative_to("/"), command.name, "exit 0")
    return tmp_path


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program("systemd-analyze"), *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def verified(root: Path, name: str) -> subprocess.CompletedProcess[str]:
    return analyze("verify", f"--root={root}", "--man=no", name)


def exposure(root: Path, name: str) -> int:
    threshold = f"--threshold={round(OUT_OF_TEN * 10)}"
    return analyze("security", "--offline=true", f"--root={root}", threshold, "--no-pager", name).returncode


@pytest.mark.parametrize("name", ALL)
def test_systemd_has_nothing_to_say_against_a_unit(root: Path, name: str) -> None:
    found = verified(root, name)
    assert (found.returncode, found.stderr) == (0, "")


def test_systemd_takes_the_drop_in_for_tls_that_the_docs_show(root: Path) -> None:
    (shown,) = re.findall(
        r"^```ini\n(.*?)^```", (ROOT / "docs/guides/scheduling.md").read_text(encoding="utf-8"), re.M | re.S
    )
    drop_in = root / "etc/systemd/system/corpusgate-serve.service.d/override.conf"
    drop_in.parent.mkdir()
    drop_in.write_text(shown, encoding="utf-8")
    found = verified(root, "corpusgate-serve.service")
    assert (found.returncode, found.stderr) == (0, "")


def test_a_misspelled_setting_of_the_drop_in_would_be_noticed(root: Path) -> None:
    """systemd only warns of it; and it shows that the drop-in is read for every service."""
    drop_in = root / "etc/systemd/system" / DROP_IN
    drop_in.write_text(drop_in.read_text(encoding="utf-8").replace("ProtectHome=", "ProtectHouse="), encoding="utf-8")
    for name in SERVICES:
        assert "ProtectHouse" in verified(root, name).stderr


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_hardened(root: Path, name: str) -> None:
    assert exposure(root, name) == 0


def test_the_drop_in_is_what_hardens(root: Path) -> None:
    (root / "etc/systemd/system" / DROP_IN).unlink()
    assert all(exposure(root, name) != 0 for name in SERVICES)


@pytest.mark.parametrize("name", [name for name in ALL if name.endswith(".timer")])
def test_a_timer_starts_a_service_that_is_there(name: str) -> None:
    calendar = settings_of(name)["OnCalendar"]
    assert analyze("calendar", calendar).returncode == 0
    assert name.replace(".timer", ".service") in SERVICES


def test_the_report_is_sent_once_a_week() -> None:
    found = analyze("calendar", "--iterations=3", settings_of("corpusgate-report.timer")["OnCalendar"])
    days = re.findall(r"(\w{3}) \d{4}-\d\d-\d\d 06:10:00 UTC", found.stdout)
    assert days == ["Mon"] * 3, found.stdout


def test_the_account_is_made_as_systemd_reads_it() -> None:
    command = [program("systemd-sysusers"), "--dry-run", str(UNITS / "corpusgate.sysusers")]
    made = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert made.returncode == 0
    assert settings_of(SERVICES[0])["User"] in (UNITS / "corpusgate.sysusers").read_text(encoding="utf-8").split()


@pytest.mark.parametrize("name", SERVICES)
def test_waiting_for_a_person_is_a_success(name: str) -> None:
    assert settings_of(name)["SuccessExitStatus"].split() == [str(int(ExitCode.WAITING))]


@pytest.mark.parametrize("name", SERVICES)
def test_only_the_main_process_is_told_to_stop(name: str) -> None:
    """Workers of a stream must live until it has drained."""
    assert settings_of(name)["KillMode"] == "mixed"


@pytest.mark.parametrize("name", [name for name in SERVICES if settings_of(name).get("Type") != "oneshot"])
def test_what_runs_for_ever_is_started_again_but_not_for_wrong_usage(name: str) -> None:
    found = settings_of(name)
    assert found["Restart"] == "always"
    assert found["RestartPreventExitStatus"] == str(int(ExitCode.USAGE))


def test_the_server_is_given_the_time_it_takes_to_stop() -> None:
    given = settings_of("corpusgate-serve.service")["TimeoutStopSec"]
    assert int(given.removesuffix("s")) > WebSettings().stop_seconds


@pytest.mark.parametrize("name", SERVICES)
def test_what_matters_most_is_not_left_to_the_score(name: str) -> None:
    found = settings_of(name)
    assert found["NoNewPrivileges"] == found["PrivateTmp"] == found["ProtectHome"] == "yes"
    assert found["ProtectSystem"] == "strict"
    assert found["CapabilityBoundingSet"] == found["AmbientCapabilities"] == ""
    assert "PASSWORD" not in (UNITS / name).read_text(encoding="utf-8")


def test_the_home_is_the_one_folder_that_can_be_written() -> None:
    found = settings_of(SERVICES[0])
    assert found["Environment"] == f"CORPUSGATE_HOME=/var/lib/{found['StateDirectory']}"
    assert "ReadWritePaths" not in found


def test_the_stream_is_given_the_time_it_takes_to_drain() -> None:
    given = settings_of("corpusgate-stream.service")["TimeoutStopSec"]
    assert 60 * int(given.removesuffix("min")) > StreamSettings().drain_seconds
