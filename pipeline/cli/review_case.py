"""A review case on a terminal: facts, findings and the difference, with values masked."""

from rich.text import Text

from pipeline.cli.output import facts, out, table
from pipeline.domain.findings.masking import MarkKind
from pipeline.domain.findings.text_diff import EditKind
from pipeline.reports.review_page import ReviewPage
from pipeline.review.layout import Line, Piece, TextView

_STYLES = {EditKind.REMOVED: "red strike", EditKind.ADDED: "green"}
_LOUD = (MarkKind.HIDDEN, MarkKind.INVISIBLE, MarkKind.LOOKALIKE)


def print_case(page: ReviewPage) -> None:
    """Everything a reviewer needs, in the order they need it."""
    case, item = page.case, page.case.item
    facts(
        f"Review {item.item_id}",
        [
            ("document", item.doc_id),
            ("about", item.kind.value),
            ("state", item.state.value),
            ("approvals", f"{case.approvals} of {item.required_approvals}"),
            *(("stays out because", one) for one in case.obstacles),
            ("you", case.standing.why_not or "may approve it"),
            ("claimed by", case.claim and case.claim.person),
            ("submitted by", item.submitter),
            ("owner", case.provenance.owner),
            ("waits since", f"{item.opened_at:%Y-%m-%d %H:%M} UTC"),
            ("read by, served now", case.readers_served and _readers(case.readers_served.allow)),
            ("would be read by", _readers(case.readers.allow)),
            ("clearance", case.readers.clearance),
            ("break-glass", case.glass and f"by {case.glass.broken_by} until {case.glass.expires_at:%Y-%m-%d %H:%M}"),
        ],
    )
    table("Why it is here", ("rule", "why", "what the owner can do"), [(w.rule_id, w.words, w.fix) for w in case.why])
    if case.impact is not None and case.impact.factors:
        rows = [(one.name, one.points, one.reason) for one in case.impact.factors]
        table(f"Impact {case.impact.score} of 100", ("factor", "points", "why"), rows)
    found = [
        (one.number, one.entity, one.severity, one.where, one.detector, one.reason or one.preview)
        for one in case.findings
    ]
    if found:
        table("Found", ("number", "what", "severity", "where", "detector", "why"), found)
    answered = [(one.question_id, one.question, one.principal, one.rank) for one in page.canaries]
    if answered:
        table("Canary questions it answers now", ("id", "question", "asked by", "rank"), answered)
    for asked in case.questions:
        facts("Question", [("asked by", asked.asked_by), ("question", asked.question), ("answer", asked.answer)])
    if case.text_problem:
        out.print(case.text_problem, style="yellow")
    if case.text is not None:
        _print_text(case.text)


def _readers(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nobody"


def _print_text(text: TextView) -> None:
    title = f"{text.words_added:,} words added, {text.words_removed:,} removed" if text.compared else "The text"
    out.print(Text(title, style="bold"))
    for hunk in text.hunks:
        _skipped(hunk.skipped)
        for line in hunk.lines:
            out.print(_rendered(line))
    _skipped(text.skipped_at_end)
    if text.cut:
        out.print(f"… {text.cut:,} more lines", style="dim")
    out.print()


def _skipped(lines: int) -> None:
    if lines:
        out.print(f"        … {lines:,} unchanged lines …", style="dim")


def _rendered(line: Line) -> Text:
    text = Text(f"{line.old or '':>5} {line.new or '':>5}  ", style="dim")
    for piece in line.pieces:
        text.append(_words(piece), style=_style(piece))
    return text


def _words(piece: Piece) -> str:
    """What is invisible is named; colour alone would not show it, and a terminal would act on it."""
    named = next((mark.label for mark in piece.marks if mark.kind is MarkKind.INVISIBLE), None)
    words = f"⟦{named}⟧" if named else piece.text
    if any(mark.kind is MarkKind.CLEAR for mark in piece.marks):
        words = f"{words}⟦{piece.marks[0].label}, readers will see it⟧"
    return {EditKind.REMOVED: f"[-{words}-]", EditKind.ADDED: f"{{+{words}+}}"}.get(piece.kind, words) if words else ""


def _style(piece: Piece) -> str:
    style = _STYLES.get(piece.kind, "not dim")
    if any(mark.kind in _LOUD for mark in piece.marks):
        return f"{style} reverse"
    return f"{style} bold" if piece.marks else style
