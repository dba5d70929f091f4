"""`replyflow print`: blank or personalised forms as a PDF."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from commands.options import Options

if TYPE_CHECKING:
    from matching.tables import Table
    from ocr.printing import Person
    from ocr.template.model import Template

_TEMPLATES = Path(__file__).parents[1] / "templates"
_MADE_FROM = {
    "name": ("name", "first_name", "last_name"),
    "street_and_number": ("street",),
    "postcode_and_city": ("postcode", "city"),
    "address": ("street", "postcode", "city"),
}
"""The columns that a printed value is put together from; any one of them is enough."""
_SHOWN_PROBLEMS = 10


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

    design = _design(templates, template)
    _check_options(design, language, out)
    table = _table(subscribers, design) if subscribers else None
    signing_key = _signing_key(ctx, key, campaign, design) if subscribers else b""
    try:
        people = _people(table, design, campaign or design.name, signing_key) if table else []
        pages = print_forms(design, _told(people), language=language or design.languages[0], out=out)
    except (ValueError, OSError, FontsMissingError) as error:
        reason = f"{out} cannot be written: {error.strerror}" if isinstance(error, OSError) else str(error)
        _fail(reason)
    print(f"{pages} page(s) of {template} in {out}", file=sys.stderr)


def printed_values(row: dict[str, str]) -> dict[str, str]:
    """What a form may print of a subscriber, by `Prefill` key, from the columns of a subscriber file."""
    values = {key: _on_one_line(text) for key, text in row.items() if isinstance(text, str)}
    name = values.get("name") or f"{values.get('first_name', '')} {values.get('last_name', '')}".strip()
    street = f"{values.get('street', '')} {values.get('house_number', '')}".strip()
    town = f"{values.get('postcode', '')} {values.get('city', '')}".strip()
    address = "\n".join(part for part in (street, town) if part)
    return values | {"name": name, "street_and_number": street, "postcode_and_city": town, "address": address}


def _on_one_line(text: str) -> str:
    """The text without line ends, and with its accents on their letters, as some systems write them apart."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _design(folder: Path, name: str) -> Template:
    from ocr.template.loading import TemplateError, load_templates

    try:
        designs = load_templates(folder).by_name
    except TemplateError as error:
        raise typer.BadParameter(str(error), param_hint="--templates") from error
    if name not in designs:
        known = ", ".join(sorted(designs))
        raise typer.BadParameter(f"there is no form named {name} in {folder}; there are {known}")
    return designs[name]


def _check_options(design: Template, language: str | None, out: Path) -> None:
    if language and language not in design.languages:
        known = ", ".join(design.languages)
        raise typer.BadParameter(f"{design.name} is printed in {known}, not in {language}", param_hint="--language")
    if not out.parent.is_dir():
        raise typer.BadParameter(f"the folder {out.parent} does not exist; make it first", param_hint="--out")
    if out.is_dir():
        raise typer.BadParameter(f"{out} is a folder; name the PDF in it", param_hint="--out")


def _signing_key(ctx: typer.Context, key: str | None, campaign: str | None, design: Template) -> bytes:
    from cases.campaigns import campaign_key

    if key is None:
        options = ctx.obj if ctx.obj is not None else Options(Path("data").absolute())
        return campaign_key(options.data, campaign or design.name, design.name)
    try:
        return bytes.fromhex(key)
    except ValueError:
        raise typer.BadParameter("a key is an even number of digits 0-9 and a-f", param_hint="--key") from None


def _table(file: Path, design: Template) -> Table:
    from matching.columns import read_people
    from matching.tables import TableError

    try:
        table, _ = read_people(file)
    except TableError as error:
        raise typer.BadParameter(str(error), param_hint="--subscribers") from None
    lacking = [key for key in _prefills(design) if not set(_MADE_FROM.get(key, (key,))) & set(table.columns)]
    if lacking:
        columns = ", ".join(" or ".join(_MADE_FROM.get(key, (key,))) for key in lacking)
        raise typer.BadParameter(f"{file} lacks the columns that {design.name} prints: {columns}")
    if not table.rows:
        raise typer.BadParameter(f"{file} names nobody to print for", param_hint="--subscribers")
    return table


def _prefills(design: Template) -> list[str]:
    return [prefill for spec in design.fields.values() if (prefill := getattr(spec, "prefill", None))]


def _people(table: Table, template: Template, campaign: str, key: bytes) -> list[Person]:
    from ocr.codes.reference import Reference, sign
    from ocr.printing import Person

    problems = _faulty_rows(table) or _unprintable_rows(table, template)
    if problems:
        more = f"\n... and {len(problems) - _SHOWN_PROBLEMS} more" if len(problems) > _SHOWN_PROBLEMS else ""
        _fail("Nothing was printed.\n" + "\n".join(problems[:_SHOWN_PROBLEMS]) + more)
    return [
        Person(sign(Reference(template.code, campaign, row["id"].strip()), key), printed_values(row))
        for row in table.rows
    ]


def _faulty_rows(table: Table) -> list[str]:
    problems, seen = [], dict[str, int]()
    for number, row in enumerate(table.rows, start=1):
        identity = (row["id"] or "").strip()
        if len(row) != len(table.columns) or None in row.values():
            problems.append(f"row {number}: it has not as many cells as the header has columns")
        elif not identity:
            problems.append(f"row {number}: it has no id")
        elif identity in seen:
            problems.append(f"row {number}: its id {identity} is that of row {seen[identity]} as well")
        seen.setdefault(identity, number)
    return problems


def _unprintable_rows(table: Table, design: Template) -> list[str]:
    from ocr.printing.fonts import letters_lacking

    problems = []
    for number, row in enumerate(table.rows, start=1):
        values = printed_values(row)
        for key in _prefills(design):
            if lacking := letters_lacking(values.get(key, "")):
                problems.append(f"row {number}: its {key} has letters that cannot be printed: {lacking}")
    return problems


def _told(people: list[Person]) -> Iterable[Person]:
    from rich.console import Console
    from rich.progress import track

    if not people:
        return people
    return track(people, "Drawing forms", console=Console(stderr=True), transient=True)


def _fail(reason: str) -> NoReturn:
    print(reason, file=sys.stderr)
    raise typer.Exit(1)
