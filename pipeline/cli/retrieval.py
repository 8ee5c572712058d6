"""`corpusgate explain --query`: the documents that a principal could retrieve at some moment, with reasons."""

from pipeline.cli.output import facts, out, print_json, table
from pipeline.search.point_in_time import PointInTime, could_retrieve
from pipeline.workspace import Workspace


def explain_query(
    workspace: Workspace, principal: str, question: str, at: str | None, k: int, *, as_json: bool
) -> None:
    """Print what `principal` could retrieve. The operator's asking is audited."""
    found = could_retrieve(workspace, principal, question, at=at, k=k)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _show(found)


def _show(found: PointInTime) -> None:
    until = f"{found.served_until:%Y-%m-%d %H:%M:%S} UTC" if found.served_until else "now"
    facts(
        f"What {found.principal} could retrieve",
        [
            ("at", f"{found.at:%Y-%m-%d %H:%M:%S} UTC"),
            ("generation", f"{found.generation}, served from {found.served_since:%Y-%m-%d %H:%M:%S} UTC to {until}"),
            ("clearance", found.clearance.value),
            ("groups", ", ".join(found.groups) or "none"),
            ("tenant", found.tenant),
            ("note", found.note),
        ],
    )
    rows = [
        (
            one.rank,
            f"{one.score:.3f}",
            "yes" if one.retrieved else "no",
            one.document,
            one.classification.value,
            one.owner or "",
            "; ".join(one.reasons),
            one.chunk_id[:12],
        )
        for one in found.candidates
    ]
    columns = ("rank", "score", "retrieved", "document", "classification", "owner", "why", "chunk")
    table("The closest passages, regardless of who may read them", columns, rows, empty="nothing was in the index.")
    if found.exhausted:
        out.print(f"{found.retrieved} results: nothing else in the index was permitted.", style="dim")
