"""A field's value in words."""

from __future__ import annotations

from typing import Any

from desk.words import words
from ocr.template.model import ChoiceField, FormField, SignatureField, StampField, localise


def label_of(design: FormField | None, value: Any, language: str) -> str:  # noqa: ANN401  # JSON
    """What the desk calls `value`; None is writing that cannot be read."""
    w = words(language)
    if value is None:
        return w["unreadable"]
    if isinstance(value, list):
        options = design.options if isinstance(design, ChoiceField) else {}
        names = [localise(options[name].label, language) or name if name in options else str(name) for name in value]
        return ", ".join(names) or w["none_ticked"]
    if isinstance(value, bool):
        yes, no = (
            ("signed", "not_signed") if isinstance(design, SignatureField | StampField) else ("ticked", "not_ticked")
        )
        return w[yes if value else no]
    return str(value) or w["quality.empty"]
