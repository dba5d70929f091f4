"""Loading `form.yaml`: every error names the file, the line and the field."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from ocr.template.model import ArucoMarks, PrintMarks, SquareMarks, Template

FORM = "form.yaml"


class TemplateError(Exception):
    """A form.yaml that cannot be used. `line` counts from 1; 0 means the whole file."""

    def __init__(self, file: Path, line: int, field: str, message: str) -> None:
        self.file, self.line, self.field, self.message = file, line, field, message
        super().__init__(f"{file}:{line}: {field}: {message}" if field else f"{file}:{line}: {message}")


@dataclass(frozen=True)
class TemplateSet:
    """The form designs to choose from, with the folder and the content hash of each. Pickle-able."""

    entries: tuple[tuple[Template, Path, str], ...]

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


def load_template(directory: Path) -> Template:
    """The design in `directory`. Raises TemplateError with file, line and field."""
    file = directory / FORM
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(file, 0, "", f"cannot be read: {error.__class__.__name__}") from error
    root, data = _parse(file, text)
    try:
        return Template.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        location = tuple(first["loc"])
        raise TemplateError(file, _line_of(root, location), _path_of(location), first["msg"]) from error


def load_templates(directory: Path) -> TemplateSet:
    """All designs below `directory`, or the one in it. Raises TemplateError, also for two designs of one code."""
    if (directory / FORM).is_file():
        folders = [directory]
    else:
        folders = sorted(form.parent for form in directory.glob(f"*/{FORM}"))
    if not folders:
        raise TemplateError(directory, 0, "", f"no {FORM} here nor in a folder below; is it the templates folder?")
    entries = tuple((template := load_template(folder), folder, _hash(folder, template)) for folder in folders)
    _refuse_twins(entries)
    return TemplateSet(entries)


def _parse(file: Path, text: str) -> tuple[yaml.Node | None, Any]:
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        raise TemplateError(file, line, "", f"not YAML: {getattr(error, 'problem', error)}") from error


def _line_of(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """The line of the deepest node that the error's location still names; union tags in it are stepped over."""
    line = node.start_mark.line + 1 if node else 0
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if pair is None:
                continue
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _path_of(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)


def _hash(folder: Path, template: Template) -> str:
    digest = hashlib.sha256((folder / FORM).read_bytes())
    for blank in _blanks_of(template):
        path = folder / blank
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def _blanks_of(template: Template) -> list[str]:
    if isinstance(template.marks, PrintMarks):
        return [template.marks.blanks[language] for language in sorted(template.marks.blanks)]
    if isinstance(template.marks, SquareMarks) and template.marks.blank:
        return [template.marks.blank]
    return []


def _refuse_twins(entries: tuple[tuple[Template, Path, str], ...]) -> None:
    codes: dict[str, Path] = {}
    for template, folder, _ in entries:
        marks = template.marks
        ids = [f"ids {list(marks.ids)}"] if isinstance(marks, ArucoMarks) else []
        for key in (f"code {template.code}", f"name {template.name}", *ids):
            if key in codes:
                raise TemplateError(folder / FORM, 1, key.split()[0], f"{key} is used by {codes[key]} as well")
            codes[key] = folder
