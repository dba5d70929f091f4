"""The documents name everything that can be set, written or called."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cases.settings import Settings
from commands.main import COMMANDS
from ocr.template.model import Template

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    assert f"`REPLYFLOW_{name.upper()}`" in (ROOT / "docs/settings.md").read_text(encoding="utf-8")


def test_every_documented_setting_exists() -> None:
    pages = (ROOT / "README.md").read_text(encoding="utf-8") + (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    read = (ROOT / "replyflow").read_text(encoding="utf-8")
    settings = {f"REPLYFLOW_{name.upper()}" for name in Settings.model_fields}
    documented = set(re.findall(r"REPLYFLOW_[A-Z_]+", pages))
    assert {name for name in documented - settings if name != "REPLYFLOW_" and f"${{{name}:-}}" not in read} == set()


@pytest.mark.parametrize(
    "name", sorted(set(Settings.model_fields) - {"templates", "database_url", "desk_url", "prefect_url"})
)
def test_the_documented_default_is_the_default(name: str) -> None:
    rows = (ROOT / "docs/settings.md").read_text(encoding="utf-8").splitlines()
    (row,) = [row for row in rows if row.startswith(f"| `REPLYFLOW_{name.upper()}`")]
    default = str(Settings.model_fields[name].default)
    assert row.split("|")[2].strip() == (f"`{default}`" if default else "empty")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example(command: str) -> None:
    assert COMMANDS[command].example.split()


def test_every_kind_of_field_and_every_key_is_documented() -> None:
    text = (ROOT / "docs/templates.md").read_text(encoding="utf-8")
    schema = Template.model_json_schema()
    kinds = {d["properties"]["kind"]["const"] for d in schema["$defs"].values() if "kind" in d.get("properties", {})}
    keys = {key for d in [schema, *schema["$defs"].values()] for key in d.get("properties", {})}
    assert {word for word in kinds | keys if f"`{word}`" not in text} == set()


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []
