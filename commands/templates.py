"""`replyflow template`: check a form design, export its JSON Schema, draw its blanks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False)
Folder = Annotated[Path, typer.Argument(help="A form's folder, or a folder of such folders.")]


@app.command(epilog="Example: ./replyflow template check templates/retention-offer")
def check(directory: Folder) -> None:
    """Refuse a design that cannot be printed and read safely; every problem names the file and the field."""
    from ocr.template.checking import problems_of
    from ocr.template.loading import TemplateError, load_templates

    try:
        designs = load_templates(directory)
    except TemplateError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    problems = [problem for entry in designs.entries for problem in problems_of(entry[0], entry[1])]
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        raise typer.Exit(1)
    print(f"{len(designs.entries)} form(s) checked: nothing wrong.")


@app.command(epilog="Example: ./replyflow template schema > form.schema.json")
def schema() -> None:
    """Print the JSON Schema of form.yaml, for editors."""
    from ocr.template.model import Template

    print(json.dumps(Template.model_json_schema(), indent=1))


@app.command(epilog="Example: ./replyflow template blank templates/withdrawal")
def blank(directory: Folder) -> None:
    """Draw the blank pictures that a form without marks is recognised by."""
    from ocr.printing.blanks import draw_blanks
    from ocr.template.loading import TemplateError

    try:
        for path in draw_blanks(directory):
            print(path)
    except (TemplateError, ValueError) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
