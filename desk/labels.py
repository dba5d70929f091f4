"""What forms and their fields are called, and a field's value in words."""

from __future__ import annotations

import re
from typing import Any

from desk.words import words
from ocr.template.loading import TemplateSet
from ocr.template.model import ChoiceField, FormField, SignatureField, StampField, Template, localise


def name_of(template: Template | None, field: str, language: str) -> str:
    """What a field is called: as its form says, else by its role, else by its name; empty for no field."""
    design = template.fields.get(field) if template else None
    printed = localise(design.label, language) if design else ""
    role = getattr(design, "role", None) or field
    return printed or words(language).get(f"of.{role}") or field.replace("_", " ").capitalize()


def options_of(template: Template | None, role: str, names: str | None, language: str) -> str | None:
    """The options of the fields with this role that `names` lists with commas, as their form calls them."""
    designs = [(name, one) for name, one in template.fields.items() if one.role == role] if template and names else []
    called = {name: localise(one.label, language) for name, one in designs if not isinstance(one, ChoiceField)}
    for _, one in designs:
        if isinstance(one, ChoiceField):
            called |= {name: localise(option.label, language) for name, option in one.options.items()}
    return ", ".join(called.get(name) or name for name in re.split(r", ?", names)) if names else names


def title_of(templates: TemplateSet, form: str, language: str) -> str:
    """What a form is called; its name where the design is not known any more."""
    template = templates.by_name.get(form)
    return localise(template.title, language) if template else form


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
