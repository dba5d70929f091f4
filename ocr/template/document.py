"""A form.yaml as written: its data, and where in the file each part of them stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FORM = "form.yaml"
Location = tuple[int | str, ...]
"""The way to a value: keys and indexes (from 0), such as ``("fields", "reference", "boxes", 1)``."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a design. `line` counts from 1; 0 means the whole file."""

    file: Path
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


class TemplateError(Exception):
    """A design that cannot be used, with every problem that was found."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True)
class Document:
    """`data` are plain lists, dicts and scalars; `root` is the same as nodes that know their lines."""

    file: Path
    root: yaml.Node | None
    data: Any

    def problem(self, location: Location, message: str) -> Problem:
        """The problem with the line and the dotted path of what `location` leads to, or of the nearest part above."""
        line, path = _walk(self.root, location)
        return Problem(self.file, line, ".".join(path), message)


def read_document(directory: Path) -> Document:
    """The form.yaml in `directory`. Raises TemplateError for a file that cannot be read or is not YAML."""
    file = directory / FORM
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise TemplateError(Problem(file, 0, "", f"cannot be read: {error.strerror}")) from error
    except UnicodeDecodeError as error:
        raise TemplateError(Problem(file, 0, "", "is not text in UTF-8")) from error
    try:
        document = Document(file, yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise TemplateError(_not_yaml(file, error)) from error
    twice = [document.problem(location, "is written twice; the first would be lost") for location in _twice(document)]
    if twice:
        raise TemplateError(*twice)
    return document


def _not_yaml(file: Path, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or str(error)
    return Problem(file, mark.line + 1 if mark else 0, "", f"not YAML: {reason}")


def _walk(node: yaml.Node | None, location: Location) -> tuple[int, list[str]]:
    """Line and path of the deepest node that `location` names; parts that are no key (tags of a union) are skipped."""
    line, path = node.start_mark.line + 1 if node else 0, list[str]()
    for part in location:
        if isinstance(node, yaml.MappingNode):
            # the last of two equal keys is the one that would count
            pair = next((pair for pair in reversed(node.value) if pair[0].value == str(part)), None)
            if pair is None:
                continue
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            continue
        path.append(str(part))
    return line, path


def _twice(document: Document) -> Iterator[Location]:
    waiting: list[tuple[yaml.Node | None, Location]] = [(document.root, ())]
    visited: set[int] = set()
    while waiting:
        node, location = waiting.pop(0)
        if node is None or id(node) in visited:
            continue
        visited.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += [(child, (*location, index)) for index, child in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            keys = [str(key.value) for key, _ in node.value]
            yield from ((*location, key) for key in dict.fromkeys(keys) if keys.count(key) > 1)
            waiting += [(child, (*location, str(key.value))) for key, child in node.value]
