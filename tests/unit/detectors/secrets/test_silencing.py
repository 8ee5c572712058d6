"""Law 5: each library alone, with the marks its own documentation offers authors to silence it."""

import random
import string

import pytest

from pipeline.detectors.secrets.detect_secrets_adapter import DetectSecrets
from pipeline.detectors.secrets.kingfisher_adapter import Kingfisher

MARKS = (
    "pragma: allowlist secret",
    "pragma: whitelist secret",
    "kingfisher:ignore",
    "kingfisher:allow",
    "gitleaks:allow",
    "trufflehog:ignore",
    "nosec",
    "noqa",
)
_RANDOM = random.Random(7)
_LETTERS = string.ascii_letters + string.digits
TOKEN = "ghp" + "_" + "".join(_RANDOM.choice(_LETTERS) for _ in range(36))
PASSWORD = "".join(_RANDOM.choice(_LETTERS) for _ in range(24))


@pytest.fixture(scope="module")
def kingfisher() -> Kingfisher:
    return Kingfisher()


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("place", ["before", "behind", "above"])
def test_law_05_kingfisher_is_not_silenced_by_a_mark(kingfisher: Kingfisher, mark: str, place: str) -> None:
    # A fine-grained check needs a text kingfisher flags by itself: one of its own provider formats.
    line = f'github_token = "{TOKEN}"'
    assert len(list(kingfisher.scan(line.encode()))) > 0
    assert len(list(kingfisher.scan(_marked(line, mark, place).encode()))) > 0


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("place", ["before", "behind", "above"])
def test_law_05_detect_secrets_is_not_silenced_by_a_mark(mark: str, place: str) -> None:
    plugins = DetectSecrets()
    line = f'password = "{PASSWORD}"'
    assert len(list(plugins.scan(line))) > 0
    assert len(list(plugins.scan(_marked(line, mark, place)))) > 0


def _marked(line: str, mark: str, place: str) -> str:
    return {"before": f"/* {mark} */ {line}", "behind": f"{line}  # {mark}", "above": f"# {mark}\n{line}"}[place]
