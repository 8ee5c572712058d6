"""Single settings change in the text of a file; comments and all other settings stay."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.errors import ConfigError
from pipeline.settings.application import Settings
from pipeline.settings.edits import Value, with_settings
from pipeline.settings.home import default_configs

SHIPPED = (default_configs() / "corpusgate.yaml").read_text("utf-8")
SMALL = """# The first line.
version: 1

audit:
  # About anchors.
  anchors: [/é]
  minutes: 60   # after it
index:
  folders:
    - a
    # About b.
    - b
  size: {rows: 1, bytes: 2}
# The last line.
web: {port: 1}
"""
NAMES = (
    "audit.anchors",
    "audit.minutes",
    "audit.new",
    "index.folders",
    "index.size",
    "web.port",
    "web.host",
    "new.one",
)
values = st.one_of(st.booleans(), st.integers(), st.none(), st.text(max_size=20), st.lists(st.text(max_size=9)))


@given(st.dictionaries(st.sampled_from(NAMES), values, max_size=4))
def test_the_changed_settings_change_and_all_others_stay(changes: dict[str, Value]) -> None:
    wanted = yaml.safe_load(SMALL)
    for name, value in changes.items():
        section, _, key = name.partition(".")
        wanted.setdefault(section, {})[key] = value
    written = with_settings(SMALL, changes)
    assert yaml.safe_load(written) == wanted
    for comment in ("# The first line.", "  # About anchors.", "   # after it", "# The last line."):
        assert comment in written


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n",
        "a: 1\naudit:\n",
        "audit:\n\nb: 2\n",
        "audit: {x: 1}\n",
        "audit: {}\n",
        "audit:\n  # about x\n  x: 1\nz: 2\n",
        "audit:\n  anchors:\n    - /x\n    - /y\n  # about z\nz: 2\n",
        "audit:\n  anchors:\n  - /x\n\nz: 2\n",
        "audit:\n  anchors:\n  b: 2\n",
        "é: ü\naudit:\n  anchors: [ñ]\n",
    ],
)
def test_every_way_to_write_a_section_is_understood(text: str) -> None:
    before = yaml.safe_load(text)
    wanted = {**before, "audit": {**(before.get("audit") or {}), "anchors": ["/a b"]}}
    assert yaml.safe_load(with_settings(text, {"audit.anchors": ["/a b"]})) == wanted


def test_a_file_that_is_not_yaml_is_refused() -> None:
    with pytest.raises(ConfigError):
        with_settings("a: [", {"audit.anchors": []})


def test_the_shipped_settings_stay_settings() -> None:
    changed = with_settings(SHIPPED, {"audit.anchors": [], "index.backend": "faiss", "notifications.channels": []})
    assert Settings.model_validate(yaml.safe_load(changed)).audit.anchors == ()
