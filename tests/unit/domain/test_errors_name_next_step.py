"""Every error, at every door, names what to do next: in its own words, or in those of its kind."""

import ast
from pathlib import Path

import pipeline
from pipeline.domain.errors import ConfigError, CorpusgateError, NotAllowed, NotIdentified, SourceError, UsageError

ROOT = Path(pipeline.__file__).parent.parent
MODULES = [path for folder in ("pipeline", "transforms") for path in sorted((ROOT / folder).rglob("*.py"))]


def _kinds(base: type[CorpusgateError]) -> list[type[CorpusgateError]]:
    return [base, *(kind for child in base.__subclasses__() for kind in _kinds(child))]


def test_an_error_without_words_of_its_own_has_those_of_its_kind() -> None:
    error = CorpusgateError("It broke.")

    assert error.fix == CorpusgateError.usual_fix
    assert str(error) == f"It broke. Nothing was changed. {error.fix}"
    assert all(kind.usual_fix.endswith(".") for kind in _kinds(CorpusgateError))


def test_every_mistake_of_a_person_is_answered_in_its_own_words() -> None:
    """The usual words fit damage and defects. A mistake needs the right command, name or value."""
    bases = (ConfigError, NotAllowed, NotIdentified, SourceError, UsageError)
    mistakes = {kind.__name__ for base in bases for kind in _kinds(base) if "__init__" not in kind.__dict__}
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in mistakes
        and not any(
            keyword.arg is None or (keyword.arg == "fix" and ast.unparse(keyword.value) not in ("''", '""'))
            for keyword in node.keywords
        )
    ]
    assert silent == []
    assert len(mistakes) >= 5
