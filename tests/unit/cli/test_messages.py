"""What the command line says when something is wrong."""

import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).parent / "corpusgate"


def test_a_name_that_looks_like_markup_is_printed_as_it_is(tmp_path: Path) -> None:
    home = tmp_path / "no[/such]"
    done = subprocess.run([COMMAND, "--home", home, "policy", "check"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"{home} is no Corpusgate home." in done.stderr
    assert "Traceback" not in done.stderr
