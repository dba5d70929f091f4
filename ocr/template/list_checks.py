"""Whether the lists that a design names are there and can be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ocr.handprint.wordlist import KNOWN_LISTS, ListError, load_list
from ocr.template.document import Location
from ocr.template.loading import list_file
from ocr.template.model import CombField, HandprintField, Template


def faulty_lists(template: Template, directory: Path) -> Iterator[tuple[Location, str]]:
    """Lists that are neither in the design's folder nor made from the subscriber base, and files that are no list."""
    for name, field in template.fields.items():
        if isinstance(field, CombField | HandprintField) and field.words:
            yield from ((("fields", name, "words"), fault) for fault in _faults(field.words, directory))


def _faults(words: str, directory: Path) -> Iterator[str]:
    file = list_file(words, directory)
    if file is None:
        if words not in KNOWN_LISTS:
            known = ", ".join(KNOWN_LISTS)
            yield f"there is no {words}.txt beside form.yaml, and the lists made from the subscriber base are {known}"
        return
    try:
        load_list(file)
    except ListError as error:
        yield str(error)
