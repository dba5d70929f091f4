"""Every dependency is pinned by hash, explained, and named without a registry's host."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"^([a-z][A-Za-z0-9-]*)", re.MULTILINE)


def names_in(path: str) -> set[str]:
    return {name.lower() for name in NAME.findall((ROOT / path).read_text())}


@pytest.mark.parametrize("which", ["runtime", "dev", "freehand", "bench"])
def test_every_direct_dependency_is_pinned(which: str) -> None:
    pins = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / f"requirements/{which}.txt").read_text(), re.MULTILINE))
    assert names_in(f"requirements/{which}.in") <= {pin.lower() for pin in pins} | {"types-pyyaml"}


@pytest.mark.parametrize("which", ["runtime", "dev", "freehand", "bench"])
def test_every_pin_carries_a_hash(which: str) -> None:
    text = (ROOT / f"requirements/{which}.txt").read_text()
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)
    pinned = [block for block in blocks if "==" in block.splitlines()[0]]
    assert pinned
    assert [block.splitlines()[0] for block in pinned if "--hash=sha256:" not in block] == []


def test_every_direct_dependency_is_explained() -> None:
    explained = (ROOT / "docs/dependencies.md").read_text().lower()
    missing = {
        name
        for which in ("runtime", "freehand")
        for name in names_in(f"requirements/{which}.in")
        if f"| {name} |" not in explained
    }
    assert missing == set()


def test_no_file_names_a_registry_host() -> None:
    hosts = "python" + "hosted|//py" + "pi\\.|npm" + "js\\.|deb\\.deb" + "ian"
    found = subprocess.run(["git", "grep", "-lIE", hosts], cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode > 1:
        pytest.skip("not a git checkout")
    assert found.stdout.split() == []


def test_the_extra_is_what_its_pins_are_made_from_and_brings_no_other_opencv() -> None:
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["freehand"]
    lines = (ROOT / "requirements/freehand.in").read_text().splitlines()
    assert [line for line in lines if not line.startswith("-c")] == extra
    pins = {
        which: set(re.findall(r"^(opencv[a-z-]*==\S+)", (ROOT / f"requirements/{which}.txt").read_text(), re.MULTILINE))
        for which in ("runtime", "freehand")
    }
    assert pins["freehand"] == pins["runtime"]
