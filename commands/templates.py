"""`replyflow template`: check a form design, start one, export its JSON Schema, draw its blanks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def templates() -> None:
    """Check or start a form design."""


@app.command(epilog="Example: ./replyflow template check templates/retention-offer")
def check(
    directory: Annotated[
        Path, typer.Argument(help="A form's folder, or a folder of such folders.", exists=True, file_okay=False)
    ],
) -> None:
    """Refuse a design that cannot be printed and read safely; every problem names the file, the line and the field."""
    from ocr.printing.fonts import FontsMissingError
    from ocr.template.checking import check_folder

    try:
        designs, problems = check_folder(directory)
    except FontsMissingError as error:
        _fail(str(error))
    if not designs:
        raise typer.BadParameter(f"there is no form.yaml in {directory} nor in a folder directly below it")
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        _fail(f"{len(problems)} problem(s) in {len({problem.file for problem in problems})} of {designs} form(s).")
    print(f"{designs} form(s) checked: nothing wrong.")


@app.command(epilog="Example: ./replyflow template new blank.pdf -o templates/my-form")
def new(
    blank: Annotated[Path, typer.Argument(help="The blank form: PDF, or a scan of it.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option("-o", "--out", help="The new form's folder; its name becomes the form's.")],
    language: Annotated[str, typer.Option(help="Language of the form: en, de, sv, ...")] = "en",
    page: Annotated[int, typer.Option(min=1, help="The page; each page of a form is a design of its own.")] = 1,
) -> None:
    """Start a design from a blank form: its size, its marks, and the fields that its lines, boxes and words ask for."""
    from ocr.template.checking import check_folder
    from ocr.template.starting import BlankError, start_template
    from ocr.template.text_checks import is_language

    if not is_language(language):
        raise typer.BadParameter(f"{language} is no language code of ISO 639-1", param_hint="--language")
    try:
        started = start_template(blank, out, language=language, number=page)
    except FileExistsError as error:
        raise typer.BadParameter(str(error), param_hint="--out") from None
    except BlankError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{out} cannot be written: {error.strerror}")
    print(started.form)
    found = f"{started.fields} field(s) proposed" if started.fields else "no fields found; one example is in it"
    print(f"Found by {started.marks}; {found}.", file=sys.stderr)
    _, problems = check_folder(out)
    if problems:
        _fail("\n".join(str(problem) for problem in problems))


@app.command(epilog="Example: ./replyflow template schema > form.schema.json")
def schema() -> None:
    """Print the JSON Schema of form.yaml, for editors."""
    from ocr.template.model import Template

    about = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    print(json.dumps(about | Template.model_json_schema(), indent=1))


@app.command(epilog="Example: ./replyflow template blank templates/withdrawal")
def blank(
    directory: Annotated[Path, typer.Argument(help="The form's folder.", exists=True, file_okay=False)],
) -> None:
    """Draw the blank pictures that a form without marks is recognised by."""
    from ocr.printing.blanks import draw_blanks
    from ocr.printing.fonts import FontsMissingError
    from ocr.template.loading import TemplateError

    try:
        for path in draw_blanks(directory):
            print(path)
    except (TemplateError, ValueError, FontsMissingError) as error:
        _fail(str(error))


def _fail(reason: str) -> NoReturn:
    print(reason, file=sys.stderr)
    raise typer.Exit(1)
