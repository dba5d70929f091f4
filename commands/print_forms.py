"""`replyflow print`: blank or personalised forms as a PDF."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ocr.printing import Person
    from ocr.template.model import Template

_TEMPLATES = Path(__file__).parents[1] / "templates"


def print_command(
    ctx: typer.Context,
    template: Annotated[str, typer.Argument(help="The form's name, such as retention-offer.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The PDF to write.")],
    subscribers: Annotated[Path | None, typer.Option(help="CSV of the people to print for; blank without.")] = None,
    campaign: Annotated[str | None, typer.Option(help="Campaign in the code; the form's name without.")] = None,
    key: Annotated[str | None, typer.Option(help="Signing key in hex, instead of the campaign's own.")] = None,
    language: Annotated[str | None, typer.Option(help="en, de, sv, ...; the form's first without.")] = None,
    templates: Annotated[Path, typer.Option(help="Folder of form designs.")] = _TEMPLATES,
) -> None:
    """Draw a form: blank, or one page for each subscriber with name, address and signed code."""
    from ocr.printing import print_forms
    from ocr.printing.fonts import FontsMissingError
    from ocr.template.loading import TemplateError, load_templates

    try:
        designs = load_templates(templates).by_name
    except TemplateError as error:
        raise typer.BadParameter(str(error), param_hint="--templates") from error
    if template not in designs:
        raise typer.BadParameter(f"no form named {template}; there are {', '.join(sorted(designs))}")
    design = designs[template]
    code = campaign or design.name
    try:
        signing = bytes.fromhex(key) if key else _campaign_key(ctx, code, design) if subscribers else b""
        people = _people(subscribers, design, code, signing) if subscribers else iter(())
        pages = print_forms(design, people, language=language or design.languages[0], out=out)
    except (ValueError, OSError, FontsMissingError) as error:
        raise typer.BadParameter(str(error)) from error
    print(f"{pages} page(s) of {template} in {out}", file=sys.stderr)


def _campaign_key(ctx: typer.Context, campaign: str, template: Template) -> bytes:
    from cases.campaigns import campaign_key

    ctx.obj.data.mkdir(parents=True, exist_ok=True)
    return campaign_key(ctx.obj.data, campaign, template.name)


def _people(file: Path, template: Template, campaign: str, key: bytes) -> Iterator[Person]:
    from ocr.codes.reference import Reference, sign
    from ocr.printing import Person

    with file.open(encoding="utf-8-sig", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            if not row.get("id"):
                raise ValueError(f"{file}, line {number}: a subscriber needs an id")
            reference = sign(Reference(template.code, campaign, row["id"]), key)
            yield Person(reference, printed_values(row))


def printed_values(row: dict[str, str]) -> dict[str, str]:
    """What a form may print of a subscriber, by `Prefill` key, from the columns of a subscriber file."""
    name = row.get("name") or f"{row.get('first_name', '')} {row.get('last_name', '')}".strip()
    street = f"{row.get('street', '')} {row.get('house_number', '')}".strip()
    town = f"{row.get('postcode', '')} {row.get('city', '')}".strip()
    values = {key: text for key, text in row.items() if isinstance(text, str)}
    address = "\n".join(part for part in (street, town) if part)
    return values | {"name": name, "street_and_number": street, "postcode_and_city": town, "address": address}
