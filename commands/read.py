"""`replyflow read`: pixels to readings, without a database."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ocr.readings import PageReading

if TYPE_CHECKING:
    from ocr.template.loading import TemplateSet

_TEMPLATES = Path(__file__).parents[1] / "templates"


def read_command(
    files: Annotated[list[Path], typer.Argument(help="Scans: PDF, TIFF, JPEG, PNG, WebP or HEIC.")],
    templates: Annotated[Path, typer.Option(help="Folder of form designs to choose from.")] = _TEMPLATES,
    template: Annotated[str | None, typer.Option(help="Read every page as this form.")] = None,
    lists: Annotated[
        Path | None, typer.Option(help="Folder of lists (cities.txt, ...) for the fields that name one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a page on stdout.")] = False,
    crops: Annotated[Path | None, typer.Option(help="Folder for a PNG of every field, one folder a file.")] = None,
    explain: Annotated[
        Path | None, typer.Option(help="PNG of what was found, read and refused; page 2 goes to OUT-2.png, and so on.")
    ] = None,
) -> None:
    """Read scans and show what is written in every field, with how sure the machine is."""
    from commands.options import checked_settings
    from ocr.reader import read_file
    from ocr.template.loading import TemplateError, load_templates

    thresholds = checked_settings(Path()).thresholds
    try:
        designs = load_templates(templates, lists)
    except TemplateError as error:
        raise typer.BadParameter(str(error), param_hint="--templates") from error
    if template is not None and template not in designs.by_name:
        known = ", ".join(sorted(designs.by_name))
        raise typer.BadParameter(f"no form named {template}; there are {known}", param_hint="--template")
    complete = True
    pictures = _numbered(explain) if explain else None
    for file in files:
        for read in _readings(file, lambda path: read_file(path, designs, fixed=template, thresholds=thresholds)):
            reading = replace(read, page=max(read.page, 1))  # a whole file refused has no page of its own
            print(json.dumps(reading.as_json(), ensure_ascii=False) if as_json else _shown(reading), flush=True)
            if as_json and not reading.registered:
                print(_shown(reading), file=sys.stderr)
            complete = complete and reading.registered
            if crops is not None:
                _save_crops(reading, crops)
        if pictures is not None:
            _explain(file, designs, template, pictures)
    raise typer.Exit(0 if complete else 1)


def _readings(file: Path, read: Callable[[Path], Iterator[PageReading]]) -> Iterator[PageReading]:
    """The file's pages; a file that cannot be read is a page with a reason, and the next file follows.

    So is one that stops the reader, which never should happen: the others of the pile are not lost with it.
    Where Tesseract is missing no file can be read: that is said once, and the command ends.
    """
    from ocr.fields.engine import EngineMissingError

    try:
        yield from read(file)
    except EngineMissingError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    except OSError as error:
        yield _unread(file, f"The file cannot be opened: {error.strerror or error.__class__.__name__}.")
    except Exception as error:
        yield _unread(file, f"The file stopped the reader ({error.__class__.__name__}). Look at it by hand.")


def _unread(file: Path, reason: str) -> PageReading:
    from ocr.pages import shown_name

    return PageReading(shown_name(file), 1, reason=reason)


def _save_crops(reading: PageReading, folder: Path) -> None:
    """Writes `folder`/FILE/PAGE-FIELD.png; a field's name may hold characters that a file's may not."""
    from PIL import Image

    own = folder / reading.file
    for field in reading.fields:
        if field.crop is not None and field.crop.size:
            own.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"[^\w.+-]", "_", field.name)
            Image.fromarray(field.crop).save(own / f"{reading.page}-{name}.png")


def _numbered(out: Path) -> Iterator[Path]:
    """OUT.png, OUT-2.png, OUT-3.png and so on."""
    yield out
    for number in count(2):
        yield out.with_stem(f"{out.stem}-{number}")


def _explain(file: Path, designs: TemplateSet, template: str | None, pictures: Iterator[Path]) -> None:
    from ocr.explain import explain
    from ocr.page import Page
    from ocr.pages import open_pages

    for page in open_pages(file) if file.is_file() else ():
        if isinstance(page, Page):
            out = next(pictures)
            out.parent.mkdir(parents=True, exist_ok=True)
            explain(page, designs, fixed=template).save(out, "PNG")


def _shown(reading: PageReading) -> str:
    head = f"{reading.file} page {reading.page}: "
    if not reading.registered:
        return head + f"not read. {reading.reason}"
    lines = [f"{head}{reading.template}, {reading.residual_mm:.2f} mm off ({reading.method})"]
    for field in reading.fields:
        notes = f"  ({', '.join(field.notes)})" if field.notes else ""
        lines.append(f"  {field.name:20} {field.status:9} {field.confidence:6.1%}  {field.value!r}{notes}")
    return "\n".join(lines)
