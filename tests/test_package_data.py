"""What `pip install` must bring along besides Python."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("ocr", "matching", "cases", "desk", "flows", "commands", "migrations")
NOT_INSTALLED = {".md"}  # for those who read the source


def test_every_data_file_of_a_package_is_installed_with_it() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    patterns = tool["setuptools"]["package-data"]
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    files = [Path(name) for name in listed if Path(name).suffix not in {".py", *NOT_INSTALLED}]
    left_out = [
        str(path)
        for path in files
        if (ROOT / path).exists()
        and not any(path.relative_to(path.parts[0]).match(pattern) for pattern in patterns.get(path.parts[0], ()))
    ]
    assert len(files) > 5
    assert left_out == []
