"""`./replyflow` itself: quick when nothing is missing, and a fresh, broken or poor machine ends in advice."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.running import ROOT, wait_until

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can take away networks, programs and rights")


def launch(*arguments: str, where: Path = ROOT / "replyflow", **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([where, *arguments], capture_output=True, text=True, check=False, timeout=280, **more)


def inside(script: str, *arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
    """Runs a script with mounts and a network of its own, so that it can take them away."""
    command = ["unshare", "--mount", "--net", "bash", "-euc", script, "bash", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **more)


def needed_by(package: str) -> set[str]:
    """The package and all that it requires here."""
    found, todo = set(), [package]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            requirements = map(Requirement, metadata.requires(name) or [])
            todo += [one.name.lower() for one in requirements if one.marker is None or one.marker.evaluate()]
    return found


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A fresh copy without .venv at a path with spaces, which every user may enter.

    It pins only what `--help` needs: setting that up takes seconds instead of minutes.
    """
    with tempfile.TemporaryDirectory(prefix="replyflow ") as folder:
        copy = Path(folder) / "a fresh copy"
        copy.mkdir()
        Path(folder).chmod(0o755)
        for name in ("commands", "cases", "packages", "requirements"):
            shutil.copytree(ROOT / name, copy / name)
        shutil.copy(ROOT / "replyflow", copy)
        pins, few = copy / "requirements/runtime.txt", needed_by("typer")
        blocks = re.split(r"\n(?=[A-Za-z0-9])", pins.read_text())
        pins.write_text("\n".join(block for block in blocks if block.split("==")[0] in few) + "\n")
        yield copy


def test_a_warm_start_takes_less_than_two_seconds_and_says_nothing() -> None:
    seconds = []
    for _ in range(3):
        began = time.monotonic()
        done = launch("--help")
        seconds.append(time.monotonic() - began)
        assert (done.returncode, done.stderr) == (0, "")
    assert min(seconds) < 2


def test_without_arguments_it_explains_itself() -> None:
    done = launch()
    assert "Commands" in done.stdout + done.stderr
    assert "./replyflow demo --exit" in done.stdout + done.stderr


def test_an_unknown_command_is_wrong_use() -> None:
    assert launch("bogus").returncode == 2


def test_json_is_utf_8_in_a_locale_that_has_no_umlauts(tmp_path: Path) -> None:
    (tmp_path / "Grüße.pdf").write_bytes(b"")
    poor = os.environ | {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [ROOT / "replyflow", "read", tmp_path / "Grüße.pdf", "--json"], capture_output=True, env=poor, check=False
    )
    assert json.loads(done.stdout.decode())["file"] == "Grüße.pdf"


def test_it_runs_through_a_link_from_anywhere_and_keeps_the_callers_folder(tmp_path: Path) -> None:
    (tmp_path / "link to it").symlink_to(ROOT / "replyflow")
    (tmp_path / "commands.py").write_text("raise SystemExit('the caller\\'s file was imported')")
    bag = tmp_path / "relative bag"
    bag.mkdir()
    done = launch("verify", "relative bag", where=tmp_path / "link to it", cwd=tmp_path)
    assert done.returncode == 1
    assert "holds no audit bag" in done.stderr


def test_a_killed_set_up_is_repaired_once_by_two_starts_at_the_same_time(checkout: Path, tmp_path: Path) -> None:
    first = subprocess.Popen([checkout / "replyflow", "--help"], stderr=subprocess.PIPE, start_new_session=True)
    wait_until(lambda: [*checkout.glob(".venv/lib/*/site-packages/rich/*.py")] or first.poll() is not None)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    assert (checkout / ".venv/replyflow-unfinished").exists()
    link = tmp_path / "link"
    link.symlink_to(checkout / "replyflow")
    both = [
        subprocess.Popen([path, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
        for path in (checkout / "replyflow", link)
    ]
    said = [process.communicate(timeout=250) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert all("Commands" in out for out, _ in said)
    errors = "".join(err for _, err in said)
    assert errors.count("making the virtual environment") == 1
    assert "waiting for it" in errors
    assert "WARNING" not in errors
    changed_pins_are_installed(checkout)


def changed_pins_are_installed(checkout: Path) -> None:
    with (checkout / "requirements/runtime.txt").open("a") as pins:
        pins.write("# changed\n")
    assert "installing the pinned Python packages" in launch("--help", where=checkout / "replyflow").stderr
    assert launch("--help", where=checkout / "replyflow").stderr == ""


@as_root
def test_without_a_fitting_python_it_says_which_to_install(checkout: Path) -> None:
    hide = 'for p in /usr/bin/python3.*[0-9]; do mount --bind /dev/null "$p"; done; exec "$1" --help'
    done = inside(hide, str(checkout / "replyflow"), env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"})
    assert done.returncode == 1
    assert "no Python 3.11 or newer" in done.stderr
    assert "REPLYFLOW_PYTHON" in done.stderr
    assert not (checkout / ".venv").exists()


@as_root
def test_without_a_network_it_shows_the_end_of_the_log_and_what_to_try(checkout: Path) -> None:
    clean = {"PATH": os.environ["PATH"], "PIP_RETRIES": "0", "PIP_CONFIG_FILE": "/dev/null", "HOME": str(checkout)}
    done = inside('exec "$1" --help', str(checkout / "replyflow"), env=clean)
    assert done.returncode == 1
    assert "pip could not install the pinned packages" in done.stderr
    assert "Is the network up" in done.stderr
    assert (checkout / ".venv/setup.log").is_file()


@as_root
def test_without_root_or_sudo_it_says_what_an_administrator_must_run(checkout: Path) -> None:
    (checkout / "packages/debian.txt").write_text("replyflow-package-that-nobody-has\n")
    path = "/usr/bin:/bin"
    if shutil.which("sudo", path=path):
        pytest.skip("this machine has sudo")
    done = launch("--help", where=checkout / "replyflow", user=NOBODY, cwd="/", env={"PATH": path})
    assert done.returncode == 1
    assert "apt-get install replyflow-package-that-nobody-has" in done.stderr


@as_root
def test_a_checkout_that_cannot_be_written_is_said(checkout: Path) -> None:
    done = launch("--help", where=checkout / "replyflow", user=NOBODY, cwd="/", env={"PATH": "/usr/bin:/bin"})
    assert done.returncode == 1
    assert "cannot be written by" in done.stderr


@pytest.mark.slow
def test_a_fresh_checkout_sets_itself_up_whole(tmp_path: Path) -> None:
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "x"], input=archive, cwd=tmp_path, check=True)
    done = launch("--data", str(tmp_path / "data"), "campaigns", "import", "samples/campaigns.yaml",
                  where=tmp_path / "replyflow", cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "campaigns imported" in done.stdout
    assert "WARNING" not in done.stderr
