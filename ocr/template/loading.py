"""Loading `form.yaml`: every error names the file, the line and the field."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ocr.handprint.wordlist import ListError, WordList, load_list
from ocr.template.document import FORM, Document, Location, Problem, TemplateError, read_document
from ocr.template.model import (
    ArucoMarks,
    CombField,
    FormField,
    HandprintField,
    PrintMarks,
    SquareMarks,
    Template,
)

__all__ = ["FORM", "TemplateError", "TemplateSet", "form_folders", "load_template", "load_templates"]


@dataclass(frozen=True)
class TemplateSet:
    """The form designs to choose from, with the folder and the content hash of each. Pickle-able.

    `lists` is the folder of the lists that an organisation keeps for all its designs.
    """

    entries: tuple[tuple[Template, Path, str], ...]
    lists: Path | None = None

    @cached_property
    def by_name(self) -> dict[str, Template]:
        return {template.name: template for template, _, _ in self.entries}

    @cached_property
    def by_code(self) -> dict[str, Template]:
        return {template.code: template for template, _, _ in self.entries}

    def directory_of(self, name: str) -> Path:
        return next(directory for template, directory, _ in self.entries if template.name == name)

    def hash_of(self, name: str) -> str:
        return next(digest for template, _, digest in self.entries if template.name == name)

    def files_of(self, name: str) -> dict[str, Path]:
        """The files that the hash of the design covers, by their names in its folder."""
        template, folder = self.by_name[name], self.directory_of(name)
        own = {FORM: folder / FORM} | {file: folder / file for file in (*_blanks_of(template), *_lists_of(template))}
        return {file: path for file, path in own.items() if path.is_file()}

    def words_of(self, name: str, field: FormField) -> WordList | None:
        """The list of what is mostly written into a field of the design `name`; None where there is none.

        Raises ListError for one that cannot be used.
        """
        words = field.words if isinstance(field, CombField | HandprintField) else None
        file = list_file(words, self.directory_of(name), self.lists) if words else None
        return load_list(file) if file else None


def load_template(directory: Path) -> Template:
    """The design in `directory`. Raises TemplateError with file, line and field of all that is wrong."""
    return validated(read_document(directory))


def validated(document: Document) -> Template:
    """The document as a template. Raises TemplateError with every key and value that it may not have."""
    try:
        return Template.model_validate(document.data)
    except ValidationError as error:
        raise TemplateError(*(_problem(document, fault) for fault in error.errors(include_url=False))) from error


def list_file(words: str, *folders: Path | None) -> Path | None:
    """The file of the list `words` in the first of the folders that has it."""
    files = [folder / f"{words}.txt" for folder in folders if folder is not None]
    return next((file for file in files if file.is_file()), None)


def load_templates(directory: Path, lists: Path | None = None) -> TemplateSet:
    """All designs below `directory`, or the one in it. Raises TemplateError, also for two designs of one code."""
    folders = form_folders(directory)
    if not folders:
        reason = f"no {FORM} here nor in a folder below; is it the templates folder?"
        raise TemplateError(Problem(directory, 0, "", reason))
    templates: list[tuple[Template, Path]] = []
    problems: list[Problem] = []
    for folder in folders:
        try:
            templates.append((load_template(folder), folder))
        except TemplateError as error:
            problems += error.problems
    problems += twins(templates)
    if problems:
        raise TemplateError(*problems)
    found = TemplateSet(tuple((template, folder, _hash(folder, template)) for template, folder in templates), lists)
    _check_lists(found)
    return found


def _check_lists(templates: TemplateSet) -> None:
    for template, folder, _ in templates.entries:
        for name, field in template.fields.items():
            try:
                templates.words_of(template.name, field)
            except ListError as error:
                raise TemplateError(read_document(folder).problem(("fields", name, "words"), str(error))) from error


def form_folders(directory: Path) -> list[Path]:
    """`directory` itself when it is a design, else the designs in the folders directly below it."""
    if (directory / FORM).is_file():
        return [directory]
    return sorted(form.parent for form in directory.glob(f"*/{FORM}"))


def twins(templates: list[tuple[Template, Path]]) -> list[Problem]:
    """Designs that share a name, a code or their markers: a page could not be told to be one of them."""
    owners: dict[str, Path] = {}
    problems: list[Problem] = []
    for template, folder in templates:
        keys: dict[Location, str] = {("name",): f"name {template.name}", ("code",): f"code {template.code}"}
        if isinstance(template.marks, ArucoMarks):
            keys[("marks", "ids")] = f"ids {list(template.marks.ids)}"
        for location, key in keys.items():
            if key in owners:
                problems.append(read_document(folder).problem(location, f"{key} is used by {owners[key]} as well"))
            owners[key] = folder
    return problems


def _problem(document: Document, fault: ErrorDetails) -> Problem:
    location, known = tuple(fault["loc"]), fault.get("ctx", {})
    if fault["type"] == "union_tag_invalid":
        key = str(known["discriminator"]).strip("'()")
        message = f"{known['tag']} is unknown; possible are {known['expected_tags']}"
        return document.problem((*location, key), message)
    if fault["type"] == "union_tag_not_found":
        return document.problem(location, f"the key {str(known['discriminator']).strip('()')} is missing")
    if fault["type"] == "missing":
        return document.problem(location[:-1], f"the key '{location[-1]}' is missing")
    if fault["type"] == "extra_forbidden":
        return document.problem(location, f"there is no key '{location[-1]}' here")
    return document.problem(location, fault["msg"].removeprefix("Value error, "))


def _hash(folder: Path, template: Template) -> str:
    digest = hashlib.sha256((folder / FORM).read_bytes())
    for own in (*_blanks_of(template), *_lists_of(template)):
        path = folder / own
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def _blanks_of(template: Template) -> list[str]:
    if isinstance(template.marks, PrintMarks):
        return [template.marks.blanks[language] for language in sorted(template.marks.blanks)]
    if isinstance(template.marks, SquareMarks) and template.marks.blank:
        return [template.marks.blank]
    return []


def _lists_of(template: Template) -> list[str]:
    fields = [field for field in template.fields.values() if isinstance(field, CombField | HandprintField)]
    return sorted({f"{field.words}.txt" for field in fields if field.words})
