"""What docs/auditing.md tells an auditor to run runs, and finds what was changed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/auditing.md").read_text(encoding="utf-8")
SHELL = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def bag(whole_bag: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole_bag, tmp_path / "bag"))


def shown(bag: Path) -> list[subprocess.CompletedProcess[str]]:
    """Everything that the page shows, run beside the bag with nothing of ours importable."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {"PATH": path, "HOME": str(bag.parent), "LANG": "C.UTF-8"}
    commands = [["bash", "-euc", block] for block in SHELL] + [[sys.executable, "-I", "-c", block] for block in PYTHON]
    return [
        subprocess.run(one, cwd=bag.parent, env=env, capture_output=True, text=True, check=False) for one in commands
    ]


@pytest.mark.skipif(not all(map(shutil.which, ("openssl", "xxd"))), reason="the page uses openssl and xxd")
def test_an_auditor_checks_a_bag_without_our_program(bag: Path) -> None:
    assert (len(SHELL), len(PYTHON)) == (2, 1)
    done = shown(bag)
    assert [one.returncode for one in done] == [0, 0, 0], [one.stderr for one in done]
    assert "Verified Successfully" in done[1].stdout
    assert "chains hang together" in done[2].stdout


@pytest.mark.skipif(not all(map(shutil.which, ("openssl", "xxd"))), reason="the page uses openssl and xxd")
def test_each_way_finds_what_was_changed(bag: Path) -> None:
    ledger = bag / "data/ledger.jsonl"
    ledger.write_text(ledger.read_text("utf-8").replace('"reader ', '"another ', 1), encoding="utf-8")
    tags = bag / "tagmanifest-sha256.txt"
    tags.write_text(tags.read_text().replace("0", "1", 1))
    assert all(one.returncode for one in shown(bag))
