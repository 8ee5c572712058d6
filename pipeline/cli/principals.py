"""`corpusgate principals …`: the identity file."""

from typing import Annotated

import typer
from pydantic import ValidationError

from pipeline.cli.caller import viewer
from pipeline.cli.options import AsJson, given_moment
from pipeline.cli.output import err, facts, out, print_json, table
from pipeline.domain.identity.departures import Departure
from pipeline.domain.identity.permissions import DEFAULT_TENANT, Classification
from pipeline.domain.identity.persons import same_person
from pipeline.domain.identity.roles import Grant, Role
from pipeline.search.past_principals import past_principals, readers
from pipeline.settings.principals import PrincipalSettings
from pipeline.workspace import Workspace

At = Annotated[str, typer.Option("--at", metavar="TIME", help="At that time, such as 2026-11-20T10:00Z.")]
commands = typer.Typer(help="Principals: who may search, and who holds which role.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="principals")


@commands.command(epilog="Example: corpusgate principals add ada --group staff --clearance internal")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="user:NAME or service:NAME; a bare name is a user.")],
    clearance: Annotated[
        Classification, typer.Option(help="Highest classification it may read.")
    ] = Classification.INTERNAL,
    group: Annotated[list[str] | None, typer.Option(help="Group, repeatable.")] = None,
    tenant: Annotated[str, typer.Option(help="Tenant; tenants never see each other's documents.")] = DEFAULT_TENANT,
    role: Annotated[
        list[str] | None,
        typer.Option(
            help="Additional role: owner, reviewer, auditor or operator. Repeatable. Owners and reviewers reach "
            "what the clearance reaches. For one source: reviewer:SOURCE."
        ),
    ] = None,
    all_classifications: Annotated[
        bool, typer.Option("--all-classifications", help="Let owners and reviewers reach beyond the clearance.")
    ] = False,
) -> None:
    """Add or replace a principal in configs/principals.yaml. Every principal added so may search."""
    roles = (
        Grant(role=Role.READER),
        *(_grant(words, None if all_classifications else clearance) for words in role or ()),
    )
    entry = PrincipalSettings(
        name=name, tenant=tenant, groups=tuple(group or ()), clearance=clearance, roles=tuple(dict.fromkeys(roles))
    )
    principals = context.obj.principals
    before = principals.current().everyone
    added = principals.add(entry)
    out.print(f"{added.name} may search, up to {added.clearance.value}. Roles: {', '.join(map(str, entry.roles))}.")
    bound = {source for grant in entry.roles for source in grant.sources}
    if unknown := bound - {one.name for one in context.obj.sources.sources()}:
        names = ", ".join(sorted(unknown))
        out.print(f"No source of that name is registered yet: {names}. See: corpusgate sources list", style="yellow")
    if added.name in before:
        was, had = before[added.name]
        groups = f", groups {', '.join(sorted(was.groups))}" if was.groups else ""
        roles_before = ", ".join(map(str, had)) or "none"
        out.print(
            f"This replaced {added.name} with clearance {was.clearance.value}{groups}, roles: {roles_before}.",
            style="yellow",
        )


@commands.command(epilog="Example: corpusgate principals edit ada --clearance confidential --group staff --group board")
def edit(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="user:NAME or service:NAME; a bare name is a user.")],
    clearance: Annotated[Classification | None, typer.Option(help="Highest classification it may read.")] = None,
    group: Annotated[
        list[str] | None, typer.Option(help="Its groups from now on, instead of all it had. Repeatable.")
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="Its tenant.")] = None,
) -> None:
    """Change clearance, groups or tenant of a principal. Roles stay as they are; `principals add` gives others."""
    fields = {"clearance": clearance, "groups": None if group is None else tuple(group), "tenant": tenant}
    changes = {field: value for field, value in fields.items() if value is not None}
    if not changes:
        raise typer.BadParameter("Say what to change: --clearance, --group or --tenant.")
    changed = context.obj.principals.change(name, **changes)
    held = context.obj.principals.current().grants(changed.name)
    groups = ", ".join(sorted(changed.groups)) or "no groups"
    out.print(f"{changed.name} may read up to {changed.clearance.value}, tenant {changed.tenant}, {groups}.")
    out.print(f"Roles as before: {', '.join(map(str, held)) or 'none'}.")


@commands.command(epilog="Example: corpusgate principals disable ada")
def disable(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="user:NAME or service:NAME; a bare name is a user.")],
    as_json: AsJson = False,
) -> None:
    """Take every role from a principal: it may do nothing. Tokens, sessions, unused approvals and claims end too."""
    departed = context.obj.principals.disable(name)
    _say_departed(context.obj, departed, "may do nothing from now on. Its name stays known to tags", as_json=as_json)


@commands.command(epilog="Example: corpusgate principals remove ada")
def remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="user:NAME or service:NAME; a bare name is a user.")],
    as_json: AsJson = False,
) -> None:
    """Take a principal out of the identity file. Tokens, sessions, unused approvals and claims end too.

    Documents whose tags name it are quarantined by the next refresh, because that name is unknown then: `disable`
    keeps the name.
    """
    departed = context.obj.principals.remove(name)
    said = "is no longer a principal. The next refresh quarantines documents whose tags name it"
    _say_departed(context.obj, departed, said, as_json=as_json)


def _say_departed(workspace: Workspace, departed: Departure, said: str, *, as_json: bool) -> None:
    owned = [one.name for one in workspace.sources.sources() if same_person(one.owner, departed.principal)]
    if as_json:
        print_json({**departed.model_dump(mode="json"), "owned_sources": owned})
        return
    work = departed.work
    out.print(f"{departed.principal} {said}.")
    facts(
        "Ended",
        [
            ("tokens", departed.tokens),
            ("sessions", departed.sessions),
            ("approvals of review items", ", ".join(work.items) or "none"),
            ("approvals of generations", ", ".join(work.generations) or "none"),
            ("claims", work.claims),
        ],
    )
    if work.items or work.generations:
        out.print("These wait for a person again: corpusgate review list, corpusgate generations held.")
    if owned:
        out.print(f"It owns sources that someone else should answer for: {', '.join(owned)}.", style="yellow")
    err.print("An identity provider may go on making sessions: end those of the person there, too.", style="dim")


@commands.command("list", epilog="Example: corpusgate principals list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List everyone who may ask."""
    from pipeline.reports.principals import principals

    everybody = principals(context.obj, viewer(context.obj, None))
    if as_json:
        print_json([one.model_dump(mode="json") for one in everybody])
        return
    rows = [
        (
            p.name,
            p.tenant,
            p.clearance.value,
            ", ".join(sorted(p.groups)),
            ", ".join(map(str, p.roles)),
        )
        for p in everybody
    ]
    columns = ("name", "tenant", "clearance", "groups", "roles")
    table("Principals", columns, rows, empty="none yet: corpusgate principals add.")


@commands.command(
    epilog="Examples: corpusgate principals history user:ada · corpusgate principals history --at 2026-11-20T10:00Z"
)
def history(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="user:NAME or service:NAME. Without it: everyone.")] = "",
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """Show groups, clearance and roles that principals had, and from when to when."""
    workspace: Workspace = context.obj
    found = past_principals(workspace, viewer(workspace, None), name, given_moment(at))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    rows = [
        (
            one.principal.name,
            f"{one.since:%Y-%m-%d %H:%M:%S}" if one.known_before else f"{one.since:%Y-%m-%d %H:%M:%S} or earlier",
            f"{one.until:%Y-%m-%d %H:%M:%S}" if one.until else "",
            one.principal.tenant,
            one.principal.clearance.value,
            ", ".join(sorted(one.principal.groups)),
            ", ".join(map(str, one.roles)),
            one.origin,
        )
        for one in found.states
    ]
    columns = ("name", "since (UTC)", "until", "tenant", "clearance", "groups", "roles", "from")
    table("History of principals", columns, rows, empty="none is on record.")
    if found.began_at is not None:
        out.print(f"On record from {found.began_at:%Y-%m-%d %H:%M:%S} UTC on.", style="dim")


@commands.command("readers", epilog="Example: corpusgate principals readers pages/notice.md --at 2026-11-20T10:00Z")
def readers_(
    context: typer.Context,
    document: Annotated[str, typer.Argument(help="Document id, or an unambiguous ending; or an access id.")],
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """Show who could read a document, or an access rule, at some moment."""
    workspace: Workspace = context.obj
    found = readers(workspace, viewer(workspace, None), document, given_moment(at))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    rows = [
        (one.principal, f"{one.since:%Y-%m-%d %H:%M:%S}", "yes" if one.searches else "no", one.origin)
        for one in found.readers
    ]
    rule = found.rule
    facts(
        f"Access rule {found.access_id}",
        [
            ("document", found.document),
            ("version", found.version_id and found.version_id[:12]),
            ("tenant", rule.tenant),
            ("classification", rule.classification.value),
            ("may read", ", ".join(rule.allow)),
            ("may never read", ", ".join(rule.deny) or None),
        ],
    )
    title = f"Could read at {found.at:%Y-%m-%d %H:%M:%S} UTC"
    table(title, ("principal", "as it was since", "role reader", "from"), rows, empty="none on record.")
    out.print(found.note, style="dim" if found.complete else "yellow")


def _grant(words: str, highest: Classification | None) -> Grant:
    """A role as it was typed; owners and reviewers reach classifications up to `highest`, None: all of them."""
    role, bound, source = words.partition(":")
    if bound and not source:
        raise typer.BadParameter(f"{role}: names no source. Say {role}:SOURCE, or {role} alone.")
    levels = highest.up_to if highest and role in (Role.OWNER, Role.REVIEWER) else ()
    try:
        return Grant.model_validate({"role": role, "sources": (source,) if source else (), "classifications": levels})
    except ValidationError as error:
        raise typer.BadParameter(error.errors(include_url=False, include_input=False)[0]["msg"]) from None
