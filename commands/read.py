"""`replyflow read`: pixels to readings, without a database."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from ocr.readings import PageReading

_TEMPLATES = Path(__file__).parents[1] / "templates"


def read_command(
    files: Annotated[list[Path], typer.Argument(help="Scans: PDF, TIFF, JPEG, PNG, WebP or HEIC.")],
    templates: Annotated[Path, typer.Option(help="Folder of form designs to choose from.")] = _TEMPLATES,
    template: Annotated[str | None, typer.Option(help="Read every page as this form.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a page on stdout.")] = False,
) -> None:
    """Read scans and show what is written in every field, with how sure the machine is."""
    from ocr.reader import read_file
    from ocr.template.loading import TemplateError, load_templates

    try:
        designs = load_templates(templates)
    except TemplateError as error:
        raise typer.BadParameter(str(error), param_hint="--templates") from error
    if template is not None and template not in designs.by_name:
        known = ", ".join(sorted(designs.by_name))
        raise typer.BadParameter(f"no form named {template}; there are {known}", param_hint="--template")
    complete = True
    for file in files:
        for reading in _readings(file, lambda path: read_file(path, designs, fixed=template)):
            print(json.dumps(reading.as_json(), ensure_ascii=False) if as_json else _shown(reading), flush=True)
            complete = complete and reading.registered
    raise typer.Exit(0 if complete else 1)


def _readings(file: Path, read: Callable[[Path], Iterator[PageReading]]) -> Iterator[PageReading]:
    """The file's pages; a file that is not there is a page that cannot be read, and the next file follows."""
    try:
        yield from read(file)
    except OSError as error:
        reason = f"The file cannot be opened: {error.strerror or error.__class__.__name__}."
        print(f"{file}: {reason}", file=sys.stderr)
        yield PageReading(file.name, 1, reason=reason)


def _shown(reading: PageReading) -> str:
    head = f"{reading.file} page {reading.page}: "
    if not reading.registered:
        return head + f"not read. {reading.reason}"
    lines = [f"{head}{reading.template}, {reading.residual_mm:.2f} mm off ({reading.method})"]
    for field in reading.fields:
        notes = f"  ({', '.join(field.notes)})" if field.notes else ""
        lines.append(f"  {field.name:20} {field.status:9} {field.confidence:6.1%}  {field.value!r}{notes}")
    return "\n".join(lines)
