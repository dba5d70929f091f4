"""The JSON Schema for editors accepts what the loader accepts, and refuses what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ocr.template.model import Template

ROOT = Path(__file__).parents[3]
FORMS = [*sorted((ROOT / "templates").glob("*/form.yaml")), *sorted((ROOT / "tests/forms").glob("*/*/form.yaml"))]
VALIDATOR = jsonschema.Draft202012Validator(Template.model_json_schema())


def form(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.parent.name)
def test_a_shipped_form_is_valid_in_an_editor(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(form(path))] == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("page", {"size": "A99"}), ("marks", {"method": "guess"}), ("code", "lower"), ("colour", "red"), ("fields", {})],
)
def test_an_editor_marks_what_the_loader_would_refuse(key: str, value: object) -> None:
    assert not VALIDATOR.is_valid(form(FORMS[0]) | {key: value})


def test_the_schema_itself_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(Template.model_json_schema())
