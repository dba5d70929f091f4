"""`thresholds`: what persons decided says how sure the machine must be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cases.thresholds import Decision, Recommendation


def thresholds_command(
    ctx: typer.Context,
    false_accepts: Annotated[float, typer.Option(help="Most wrong ones among the readings taken (a share).")] = 0.002,
    csv: Annotated[
        Path | None,
        typer.Option(
            help="Decisions from this file instead of the desk's: columns kind, confidence, right (or offered and "
            "said), and if you like template and field."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Recommend, from what persons decided on readings, how sure the machine must be to decide alone."""
    from cases.thresholds import recommend, setting

    decisions = _decisions(ctx, csv)
    try:
        found = recommend(decisions, false_accepts)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.", param_hint="--false-accepts") from None
    line = setting(found)
    if as_json:
        facts = {
            "false_accepts": false_accepts, "confidence_level": 0.95,
            "recommendations": [one.as_json() for one in found], "setting": line,
        }  # fmt: skip
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    typer.echo("\n".join(_told(found, false_accepts, line)))


def _decisions(ctx: typer.Context, csv: Path | None) -> list[Decision]:
    from cases.database import open_session
    from cases.thresholds import read_decisions, stored_decisions
    from matching.tables import TableError

    if csv is None:
        with open_session(ctx.obj.data) as session:
            return stored_decisions(session)
    try:
        return read_decisions(csv)
    except TableError as error:
        raise typer.BadParameter(f"{error}.", param_hint="--csv") from None


def _told(found: list[Recommendation], false_accepts: float, line: str) -> list[str]:
    from ocr.certainty.shares import least_cases

    if not found:
        needed = least_cases(0, false_accepts)
        return [
            "Nobody has decided on a reading yet.",
            f"To prove at most {false_accepts:.2%} false accepts takes {needed} right decisions on sure readings.",
        ]
    width = max(13, *(len(one.key) for one in found))
    head = f"{'kind or field':{width}}  decisions  threshold  automatic (95 %)           wrong (95 % each side)"
    rows = [_row(one, width) for one in found]
    paste = ["", "Settings to paste:", line] if line else ["", "No threshold is proved yet; the defaults hold."]
    return [head, *rows, *paste]


def _row(one: Recommendation, width: int) -> str:
    start = f"{one.key:{width}}  {one.decisions:9}  "
    if one.threshold is None:
        return f"{start}{'none':>9}  at every threshold too many are wrong; leave them to persons"
    taken, wrong = one.taken, one.wrong
    row = (
        f"{start}{one.threshold:9g}  {taken.value:6.1%} ({taken.low:.1%} to {taken.high:.1%})  "
        f"{wrong.part} of {wrong.whole} ({wrong.low:.2%} to {wrong.high:.2%})"
    )
    if one.more:
        row += f"; not proved: {one.more} more right decisions at or above it are needed"
    return row
