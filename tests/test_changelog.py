"""The version people read about is the version they install."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from cases.version import VERSION

ROOT = Path(__file__).parents[1]


def test_the_newest_changelog_entry_is_the_packages_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest.group(1) == version == VERSION
