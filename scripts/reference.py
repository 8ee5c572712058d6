"""Write the generated pages of the docs from the code. `make reference` runs it; a test compares.

    python -m scripts.reference [--check]

settings.md comes from the models of the settings, commands.md from the command line, errors.md from the errors,
policy.md from the policy's models and configs/policy.yaml, controls.md from configs/controls.yaml, the JSON Schemas
from the keys of tags, and the map of the house from the docstrings of the folders. `--check` writes nothing
and fails if a page differs.
"""

import ast
import inspect
import json
import re
import sys
import textwrap
import types
import typing
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import typer
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pipeline.cli.failure import DEFECT
from pipeline.cli.main import EPILOG, app
from pipeline.domain import errors
from pipeline.domain.controls import ControlMap, ControlStatus, Mechanism
from pipeline.domain.declarations.schema import tags_schema
from pipeline.domain.documents.documents import Action
from pipeline.domain.errors import CorpusgateError, name_of
from pipeline.domain.policy.impact import DEFAULT_WEIGHTS, ImpactPolicy
from pipeline.domain.policy.policy import FIELDS, Policy, PolicyRule
from pipeline.domain.serving.canary_questions import CanaryQuestions
from pipeline.settings.application import Settings
from pipeline.settings.files import load
from pipeline.settings.principals import Identities
from pipeline.web.display.errors import TYPE, is_for_callers, status_of

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
_BOUNDS = {"ge": "at least {}", "gt": "more than {}", "le": "at most {}", "lt": "less than {}"}


class Setting(NamedTuple):
    """One row of a table of settings."""

    name: str
    default: str
    values: str
    meaning: str


def settings(model: type[BaseModel]) -> Iterator[Setting]:
    """Every setting of `model` and of the models in it. A model that occurs twice is written out once.

    The meaning of a setting is the string under its attribute.
    """
    written: dict[type[BaseModel], str] = {}

    def walk(model: type[BaseModel], prefix: str) -> Iterator[Setting]:
        written.setdefault(model, prefix.rstrip("."))
        documented = attribute_docstrings(model)
        for key, field in model.model_fields.items():
            name, nested = f"{prefix}{key}", nested_model(field.annotation)
            meaning = documented.get(key, "")
            if nested is None:
                yield Setting(name, default_of(field), values_of(field), meaning)
                continue
            inner, suffix = nested
            if inner in written:
                as_there = f"The keys of `{written[inner]}`."
                yield Setting(name + suffix, default_of(field), "", f"{meaning} {as_there}".strip())
                continue
            if not_a_section(field):
                yield Setting(name + suffix, default_of(field), "", meaning or summary(inner))
            yield from walk(inner, f"{name}{suffix}.")

    yield from walk(model, "")


def not_a_section(field: FieldInfo) -> bool:
    """Whether the field may be left out or repeated, so that it needs a row of its own."""
    return not (inspect.isclass(field.annotation) and issubclass(field.annotation, BaseModel))


def nested_model(annotation: Any) -> tuple[type[BaseModel], str] | None:
    """The model inside an annotation, and how it is written in a dotted name: ``, `[]` or `.NAME`."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation, ""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    suffix = {tuple: "[]", dict: ".NAME"}.get(origin, "")
    for argument in arguments:
        if (found := nested_model(argument)) is not None:
            return found[0], suffix + found[1]
    return None


def attribute_docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Field name to the string under it, in the model or in the one that it extends."""
    documented: dict[str, str] = {}
    for base in model.__bases__:
        if issubclass(base, BaseModel) and base.model_fields:
            documented |= attribute_docstrings(base)
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(node, ast.ClassDef)
    for field, below in zip(node.body, node.body[1:], strict=False):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            documented[field.target.id] = " ".join(str(below.value.value).split())
    return documented


def summary(model: type[BaseModel]) -> str:
    """The first paragraph of a model's docstring."""
    return " ".join((inspect.getdoc(model) or "").split("\n\n")[0].split())


def default_of(field: FieldInfo) -> str:
    """The default as it is written in YAML."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return ""
    plain = (
        value.value
        if isinstance(value, Enum)
        else sorted(value)
        if isinstance(value, frozenset)
        else list(value)
        if isinstance(value, tuple)
        else value
    )
    return f"`{yaml.safe_dump(plain, default_flow_style=True, width=1000).strip().removesuffix('...').strip()}`"


def values_of(field: FieldInfo) -> str:
    """Values of a setting: its type or its words, and its bounds."""
    bounds = [
        text.format(getattr(item, name))
        for item in field.metadata
        for name, text in _BOUNDS.items()
        if getattr(item, name, None) is not None
    ]
    return ", ".join([type_name(field.annotation), *bounds])


def type_name(annotation: Any) -> str:
    """A type in words."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return type_name(arguments[0])
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(type_name(argument) for argument in arguments)
    if origin in (tuple, list, frozenset):
        return f"list of {type_name(arguments[0])}"
    if origin is dict:
        return f"map of {type_name(arguments[0])} to {type_name(arguments[1])}"
    if annotation is type(None):
        return "null"
    if inspect.isclass(annotation) and issubclass(annotation, Enum):
        return ", ".join(f"`{member.value}`" for member in annotation)
    names = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`"}
    return names.get(annotation) or getattr(annotation, "__name__", str(annotation)).lower()


def table(header: str, rows: Iterator[tuple[str, ...]]) -> str:
    """A Markdown table; `header` holds its column names, separated by `|`."""
    columns = header.split("|")
    lines = [columns, ["---"] * len(columns), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def settings_tables(model: type[BaseModel]) -> str:
    """One table for each top-level section, and one for the keys that stand alone."""
    groups: dict[str, list[Setting]] = {}
    for row in settings(model):
        groups.setdefault(re.split(r"[.\[]", row.name)[0], []).append(row)
    parts = []
    alone = [rows[0] for name, rows in groups.items() if rows[0].name == name and len(rows) == 1]
    if alone:
        parts.append(settings_table(alone))
    for name, rows in groups.items():
        if rows[0] not in alone:
            nested = nested_model(model.model_fields[name].annotation)
            assert nested is not None
            parts.append(f"### {name}\n\n{summary(nested[0])}\n\n{settings_table(rows)}")
    return "\n\n".join(parts)


def settings_table(rows: list[Setting]) -> str:
    """The rows of one section."""
    body = ((f"`{row.name}`", row.default, row.values, row.meaning) for row in rows)
    return table("setting|default|takes|meaning", body)


def settings_page() -> str:
    """docs/reference/settings.md."""
    return f"""# Settings

{GENERATED}

`corpusgate init` copies the files of [configs](../../configs) into the `configs` folder of the home. Each setting has a
default, so a file may leave it out. A key that does not exist is an error that names the file and the line. Relative
paths are relative to the home. Passwords and secrets come from [environment variables](environment.md) or from files.

In the names below `[]` stands for an item of a list and `NAME` for a key that you choose.

## corpusgate.yaml

{settings_tables(Settings)}

## principals.yaml

{settings_tables(Identities)}

## canaries.yaml

{settings_tables(CanaryQuestions)}
"""


def commands_page() -> str:
    """docs/reference/commands.md."""
    root = typer.main.get_command(app)
    parts = [command_section(path, command) for path, command in commands(root, ())]
    listed = table("command|what it does", ((f"[`{name}`](#{anchor(name)})", first) for name, first in summaries(root)))
    return f"""# Commands

{GENERATED}

`corpusgate --help` and `corpusgate COMMAND --help` show the same. {EPILOG}
[Exit codes](exit_codes.md) says more. A command that decides or takes something back needs a token:
`--token-file FILE`, or the [environment variable](environment.md) `CORPUSGATE_TOKEN`.

Options before the command:

{options_table(root)}

{listed}

{chr(10).join(parts)}"""


def commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, in the order of the help."""
    for name, inner in getattr(command, "commands", {}).items():
        if getattr(inner, "commands", None) is None or getattr(inner, "invoke_without_command", False):
            yield (*path, name), inner
        yield from commands(inner, (*path, name))


def summaries(root: Any) -> Iterator[tuple[str, str]]:
    """Name and first sentence of each command."""
    for path, command in commands(root, ()):
        yield " ".join(path), plain(command.help).split("\n\n")[0]


def command_section(path: tuple[str, ...], command: Any) -> str:
    """Heading, help, parameters and examples of one command."""
    example = plain(command.epilog)
    parts = [f"### {' '.join(path)}", plain(command.help), options_table(command)]
    if example:
        shown = re.sub(r"^Examples?: ", "", example)
        parts.append("```\n" + "\n".join(line.strip() for line in shown.split(" · ")) + "\n```")
    return "\n\n".join(part for part in parts if part) + "\n"


def options_table(command: Any) -> str:
    """Arguments and options, without `--help`."""
    shown = [param for param in command.params if "--help" not in param.opts and not getattr(param, "hidden", False)]
    rows = ((f"`{parameter_name(param)}`", plain(param.help)) for param in shown)
    return table("argument or option|meaning", rows) if shown else ""


def parameter_name(param: Any) -> str:
    """An argument's name, or an option's spellings."""
    if param.param_type_name == "argument":
        return str(param.metavar or param.name.upper())
    names = "/".join([*param.opts, *param.secondary_opts])
    return names if param.is_flag else f"{names} {param.metavar or param.name.upper()}"


def plain(text: str | None) -> str:
    """Help without the mark-up of the terminal; angle brackets stay text in Markdown."""
    cleaned = inspect.cleandoc(text or "")
    paragraphs = (" ".join(part.split()) for part in cleaned.split("\n\n"))
    return "\n\n".join(re.sub(r"\[/?[a-z]*(?: [a-z]+)?\]", "", part) for part in paragraphs).replace("<", "\\<")


def anchor(heading: str) -> str:
    """The anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def policy_page() -> str:
    """docs/reference/policy.md."""
    text = (ROOT / "configs" / "policy.yaml").read_text(encoding="utf-8")
    shipped = Policy.model_validate(yaml.safe_load(text))
    weights = dict(re.findall(r"^    ([a-z-]+): \d+ +# (.+)$", text, flags=re.MULTILINE))
    fields = "\n\n".join(
        f"### {variable}\n\n" + table("field|value", ((f"`{variable}.{name}`", says) for name, says in rows.items()))
        for variable, rows in FIELDS.items()
    )
    factors = table(
        "factor|most points|counts",
        ((f"`{name}`", f"{most:g}", weights.get(name, "")) for name, most in DEFAULT_WEIGHTS.items()),
    )
    rules = table(
        "rule|asked about each|action|reason",
        ((f"`{rule.id}`", str(rule.each), f"`{rule.action}`", rule.reason) for rule in shipped.rules),
    )
    actions = " < ".join(f"`{action}`" for action in sorted(Action, key=lambda action: action.rank))
    return f"""# Policy

{GENERATED}

`configs/policy.yaml` in the home turns what is known about a change into one verdict. The most severe rule that matches
decides: {actions}. Of rules with equal severity the first one
in the file counts. A document that no rule matches is quarantined. A failed scan can never be admitted.
`corpusgate policy check` shows if every rule compiles.

## The file

{settings_table(list(policy_settings(Policy, "")))}

## A rule

{settings_table(list(policy_settings(PolicyRule, "rules[].")))}

## What a condition can mention

Conditions are [CEL](https://cel.dev) and give true or false. A rule `each: finding` sees `finding`, `document` and
`change`. A rule `each: document` sees `document`, `change` and `findings`, a list of all findings.

{fields}

## Impact

{settings_table(list(policy_settings(ImpactPolicy, "impact.")))}

The factors, with the most points each can give of 100:

{factors}

[Impact](../concepts/impact.md) explains them.

## The rules as delivered

{rules}
"""


def policy_settings(model: type[BaseModel], prefix: str) -> Iterator[Setting]:
    """The keys of one model, without the models in it that have a table of their own."""
    apart = {PolicyRule, ImpactPolicy}
    documented = attribute_docstrings(model)
    for key, field in model.model_fields.items():
        nested = nested_model(field.annotation)
        if nested is None:
            takes = "map of factor to number" if key == "weights" else values_of(field)
            yield Setting(f"{prefix}{key}", default_of(field), takes, documented.get(key, ""))
        elif nested[0] in apart:
            yield Setting(f"{prefix}{key}{nested[1]}", default_of(field), "", documented.get(key, "") + " See below.")
        else:
            yield Setting(f"{prefix}{key}{nested[1]}", default_of(field), "", documented.get(key, ""))
            yield from policy_settings(nested[0], f"{prefix}{key}{nested[1]}.")


LAYERS = (
    ("Doors: no logic", "cli web"),
    ("Use cases", "drills reports runs backups takedown checks"),
    ("The graph, and what surrounds it", "transforms publishing search telemetry"),
    ("People and gate", "review submissions notifications detectors"),
    ("Adapters and kept state", "stores index models evidence extraction engines"),
    ("Ground", "files outbound settings sandbox domain"),
)
"""The folders from top to bottom: imports run down."""


def map_page() -> str:
    """docs/internals/map.md."""
    layers = "\n\n".join(
        f"### {title}\n\n" + table("folder|what it holds|start with", folder_rows(names.split()))
        for title, names in LAYERS
    )
    return f"""# A map of the house

{GENERATED}

A folder is a capability. Its `__init__.py` says what it holds, what it may import and where to start. Imports run one
way, from the top of this page to its end. `workspace.py` is the only loose module: it wires the parts of one home
together. The table `MAY_IMPORT` in [tests/unit/test_layout.py](../../tests/unit/test_layout.py) holds which folder
imports which, and [.importlinter](../../.importlinter) holds the order. `make check` and the tests enforce both.

To understand a run, read [pipeline/runs/refresh.py](../../pipeline/runs/refresh.py), then the gates in
[transforms](../../transforms) in the order it names them. A gate connects; its logic is in `pipeline`.

## Code

{layers}

## Around the code

| folder | what it holds |
| --- | --- |
| [configs](../../configs) | defaults that `corpusgate init` copies, rules of the detectors, the demo, deployment |
| [scripts](../../scripts) | setup, generated pages, benchmarks, drills, replays, services for tests |
| [tests](../../tests) | `unit` mirrors the code; `integration` runs real parts together; `e2e` runs programs |
| [tests/support](../../tests/support) | homes, corpora and servers that tests share |
"""


def folder_rows(names: list[str]) -> Iterator[tuple[str, ...]]:
    """A row for each folder and the folders in it, from the first line of its docstring."""
    for name in names:
        top = ROOT / name if name == "transforms" else ROOT / "pipeline" / name
        for folder in [top, *sorted(path.parent for path in top.rglob("__init__.py") if path.parent != top)]:
            if "migrations" in folder.parts:
                continue
            docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
            start = re.search(r"Start with `([\w/]+\.py)`", docstring)
            path = folder.relative_to(ROOT)
            first = f"[{start[1]}](../../{path}/{start[1]})" if start else ""
            yield f"[{path}](../../{path})", docstring.split("\n")[0], first


def controls_page() -> str:
    """docs/reference/controls.md."""
    found = load(ROOT / "configs" / "controls.yaml", ControlMap)
    coverage = table(
        "framework|" + "|".join(status.value.replace("-", " ") for status in ControlStatus) + "|all",
        (
            (f"[{one.title}](#{anchor(one.title)})", *map(str, one.counts.values()), str(sum(one.counts.values())))
            for one in found.coverage()
        ),
    )
    frameworks = "\n\n".join(
        f"## {one.title}\n\n{found.frameworks[one.framework].checked}\n\n"
        + table("control|asks|status|by|why", control_rows(found, one.framework))
        for one in found.coverage()
    )
    mechanisms = "\n\n".join(mechanism_section(name, one) for name, one in found.mechanisms.items())
    return f"""# Controls

{GENERATED}

The control map says which control of which framework Corpusgate meets, with what, and where to look.
`corpusgate controls` shows it with the newest evidence in a home. [The guide](../guides/controls.md) explains the
statuses and their limits.

{coverage}

{frameworks}

## Mechanisms

{mechanisms}
"""


def control_rows(found: ControlMap, framework: str) -> Iterator[tuple[str, ...]]:
    """A row for each control of a framework."""
    for one in found.selected(framework):
        names = ", ".join(f"[{name}](#{anchor(name)})" for name in one.by)
        yield one.id, one.asks, one.status.value.replace("-", " "), names, one.why


def mechanism_section(name: str, one: Mechanism) -> str:
    """The description of a mechanism, and the places where it can be seen."""
    rows = {
        "gate": f"`{one.gate}`",
        "code": ", ".join(f"[{path}](../../{path})" for path in one.code),
        "settings": ", ".join(f"`{setting}`" for setting in one.settings),
        "tests": "<br>".join(f"`{test}`" for test in one.tests),
        "metrics": ", ".join(f"`{metric}`" for metric in one.metrics),
        "look with": ", ".join(f"`{command}`" for command in one.commands),
        "on record as": ", ".join(f"`{action}`" for action in one.recorded),
    }
    return f"### {name}\n\n{one.does}\n\n" + table("where|what", ((key, value) for key, value in rows.items() if value))


GENERATED = "*Generated from the code by `make reference`; a test keeps it equal. Edit the code, not this page.*"


def schema_file(*, front_matter: bool) -> str:
    """The JSON Schema of front matter or of a metadata file."""
    return json.dumps(tags_schema(front_matter=front_matter), indent=2) + "\n"


def errors_page() -> str:
    """Every error: its name, its meaning, exit code and status."""
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, CorpusgateError)]

    def rows() -> Iterator[tuple[str, ...]]:
        for kind in sorted(kinds, key=name_of):
            status = status_of(kind)
            told = str(status.value) if is_for_callers(kind) else f"{status.value}, without the words"
            means = " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())
            yield f"`{name_of(kind)}`", means, str(kind.exit_code.value), told

    return f"""# Errors

Written by `make reference` from the classes in `pipeline/domain/errors.py`.

Every error says what happened, what Corpusgate did about it and what you can do next, and holds no text of a document.

- **At the command line** it is on standard error, in sentences; with `--json` as one line of JSON with `error`, `what`,
  `done`, `fix` and `exit_code`. Standard output is then empty. A failure that Corpusgate did not foresee is named
  `{DEFECT}`.
- **Over REST** it is a problem document (RFC 9457): `type` is `{TYPE}` and the name below, `detail`,
  `done` and `fix` are the sentences, and `errors` points at fields. Errors about the server itself are for its
  operator: callers get the status in `type` and no words of them, and the log has the name.

{table("error|means|exit code|status over REST", rows())}
"""


GENERATORS = {
    "reference/errors.md": errors_page,
    "reference/settings.md": settings_page,
    "reference/commands.md": commands_page,
    "reference/policy.md": policy_page,
    "reference/controls.md": controls_page,
    "internals/map.md": map_page,
    "reference/front_matter.schema.json": lambda: schema_file(front_matter=True),
    "reference/metadata_file.schema.json": lambda: schema_file(front_matter=False),
}


def main() -> int:
    """Write the pages, or with `--check` say which differ."""
    differ = [
        name
        for name, page in GENERATORS.items()
        if not (DOCS / name).exists() or (DOCS / name).read_text(encoding="utf-8") != page()
    ]
    if "--check" not in sys.argv:
        for name in differ:
            (DOCS / name).write_text(GENERATORS[name](), encoding="utf-8")
    for name in differ:
        print(f"docs/{name}" + (" differs: run `make reference`" if "--check" in sys.argv else " written"))
    return int(bool(differ) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
