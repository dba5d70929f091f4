"""`verify` on bags that somebody made to deceive or to break it: always a sentence and an exit code, never a crash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cases.audit.bag import MANIFEST, SIGNATURE, TAGS
from cases.audit.checking import verify_bag
from cases.store import file_hash
from tests.commands.conftest import Cli
from tests.running import COMMAND, environment

Harm = Callable[[Path], object]
SHA = "0" * 64


@pytest.fixture
def bag(whole_bag: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole_bag, tmp_path / "bag"))


def listing(bag: Path, line: bytes, name: str = MANIFEST) -> None:
    """Adds a line to a manifest, and keeps the manifest of manifests in step."""
    before = file_hash(bag / name)
    with (bag / name).open("ab") as file:
        file.write(line)
    tags = (bag / TAGS).read_bytes().replace(before.encode(), file_hash(bag / name).encode())
    (bag / TAGS).write_bytes(tags)


def original(bag: Path) -> Path:
    return max((bag / "data/documents").iterdir(), key=lambda path: path.stat().st_size)


def as_link(path: Path) -> None:
    """The same bytes, which lie elsewhere."""
    away = path.parents[3] / "away"
    path.rename(away)
    path.symlink_to(away)


def unreadable_table(bag: Path, content: bytes) -> None:
    (bag / "data/ledger.jsonl").write_bytes(content)


def huge(path: Path) -> None:
    """Looks like 200 MB in one line, and takes no room on the disk."""
    with path.open("ab") as file:
        file.truncate(200_000_000)


HARMS: dict[str, Harm] = {
    "a path that climbs out": lambda bag: listing(bag, f"{SHA}  data/../../../etc/passwd\n".encode()),
    "an absolute path": lambda bag: listing(bag, f"{SHA}  /etc/passwd\n".encode()),
    "a tag file that lies elsewhere": lambda bag: listing(bag, f"{SHA}  ../../../../etc/passwd\n".encode(), TAGS),
    "a name with NUL": lambda bag: listing(bag, f"{SHA}  data/a\0b\n".encode()),
    "a name of 5,000 letters": lambda bag: listing(bag, f"{SHA}  data/{'x' * 5000}\n".encode()),
    "a name in no encoding": lambda bag: listing(bag, b"0" * 64 + b"  data/\xff\xfe\n"),
    "a line that is none": lambda bag: listing(bag, b"hello\n"),
    "an empty line": lambda bag: listing(bag, b"\n"),
    "a line twice": lambda bag: listing(bag, (bag / MANIFEST).read_bytes().splitlines(keepends=True)[0]),
    "no last line end": lambda bag: (bag / MANIFEST).write_bytes((bag / MANIFEST).read_bytes()[:-1]),
    "CRLF": lambda bag: (bag / MANIFEST).write_bytes((bag / MANIFEST).read_bytes().replace(b"\n", b"\r\n")),
    "a manifest of blanks": lambda bag: (bag / MANIFEST).write_bytes(b" \n" * 100),
    "no manifest of manifests": lambda bag: (bag / TAGS).unlink(),
    "no signature": lambda bag: (bag / SIGNATURE).unlink(),
    "a signature that is no JSON": lambda bag: (bag / SIGNATURE).write_bytes(b"\xff{"),
    "a signature of lists": lambda bag: (bag / SIGNATURE).write_bytes(b"[" * 100_000),
    "an original that is a link": lambda bag: as_link(original(bag)),
    "a folder that is a link": lambda bag: (bag / "data/more").symlink_to("/etc"),
    "a link that leads nowhere": lambda bag: (bag / "data/none").symlink_to("/nowhere/at/all"),
    "a link to itself": lambda bag: (bag / "data/self").symlink_to("self"),
    "a pipe, which nobody writes": lambda bag: (original(bag).unlink(), os.mkfifo(original(bag).parent / "pipe")),
    "a pipe in the place of a table": lambda bag: (
        (bag / "data/ledger.jsonl").unlink(),
        os.mkfifo(bag / "data/ledger.jsonl"),
    ),
    "a folder in the place of a table": lambda bag: (
        (bag / "data/ledger.jsonl").unlink(),
        (bag / "data/ledger.jsonl").mkdir(),
    ),
    "an empty folder": lambda bag: (bag / "data/documents/empty").mkdir(),
    "a second manifest": lambda bag: shutil.copy(bag / MANIFEST, bag / "manifest-md5.txt"),
    "a file named by no letters": lambda bag: (bag / os.fsdecode(b"data/\xff\x1b[31m")).write_bytes(b"x"),
    "a file named in Unicode": lambda bag: (bag / "data/\u202egpj.\u0301\n\U0001f600").write_bytes(b"x"),
    "a file that climbs by its name": lambda bag: (bag / "data/..\\..\\x").write_bytes(b"x"),
    "a huge line": lambda bag: huge(bag / "data/ledger.jsonl"),
    "nested without end": lambda bag: unreadable_table(bag, b"[" * 100_000 + b"\n"),
    "a number without end": lambda bag: unreadable_table(bag, b'{"seq":' + b"9" * 100_000 + b"}\n"),
    "not a number": lambda bag: unreadable_table(bag, b'{"seq":NaN}\n'),
    "a lone surrogate": lambda bag: unreadable_table(bag, b'{"chain":"\\ud800"}\n'),
    "rows of another kind": lambda bag: unreadable_table(bag, b'{"chain":[],"seq":{}}\n'),
    "an empty ledger": lambda bag: unreadable_table(bag, b""),
}


@pytest.mark.parametrize("name", HARMS)
def test_a_bag_made_to_break_verify_is_refused_in_sentences(cli: Cli, bag: Path, name: str) -> None:
    HARMS[name](bag)
    done = cli(bag.parent / "no-data", "verify", bag)
    assert done.exit_code == 1, done.stderr
    assert done.exception is None or isinstance(done.exception, SystemExit)
    first = done.stderr.splitlines()[0]
    assert first.endswith((".", ").")) and ": " in first, first
    assert all(character.isprintable() or character == "\n" for character in done.stderr)
    assert "Traceback" not in done.stderr


def test_what_is_named_first_is_what_was_done(bag: Path) -> None:
    target = original(bag)
    target.unlink()
    (first, *_) = verify_bag(bag)
    assert (first.code, first.path) == ("missing", target.relative_to(bag).as_posix())


def test_a_strange_name_is_printed_by_another_process_too(bag: Path) -> None:
    """With the streams of a real terminal, which takes no half characters."""
    (bag / os.fsdecode(b"data/\xff\x1b[31m")).write_bytes(b"x")
    command = [*COMMAND, "--data", str(bag.parent / "none"), "verify", str(bag)]
    done = subprocess.run(command, env=environment(), capture_output=True, check=False)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr and b"\x1b" not in done.stderr
    assert b"A file was added to the bag." in done.stderr


def test_a_thousand_things_that_are_wrong_are_told_in_a_page(cli: Cli, bag: Path) -> None:
    for number in range(1000):
        (bag / f"data/extra-{number}").write_bytes(b"")
    done = cli(bag, "verify", bag)
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == "and 950 more"


@pytest.mark.parametrize("what", ["nothing", "a file"])
def test_what_is_no_folder_is_wrong_use(cli: Cli, tmp_path: Path, what: str) -> None:
    path = tmp_path / "x"
    if what == "a file":
        path.write_bytes(b"x")
    done = cli(tmp_path, "verify", path)
    assert done.exit_code == 2
    assert "is no folder" in " ".join(done.stderr.split())


def test_the_printed_seal_is_compared_where_it_is_given(cli: Cli, bag: Path) -> None:
    passed = cli(bag, "verify", bag)
    (sealed,) = [line for line in passed.stdout.splitlines() if line.startswith("held by seal")]
    printed = sealed.split()[4]
    in_groups = " ".join(printed[start : start + 4] for start in range(0, 64, 4)).upper()
    assert cli(bag, "verify", bag, "--seal", in_groups).exit_code == 0
    other = cli(bag, "verify", bag, "--seal", SHA)
    assert other.exit_code == 1
    assert "other-history" in other.stderr


def test_a_bag_without_what_its_tables_speak_of_is_refused(bag: Path) -> None:
    """Even where whoever holds the key has signed it so."""
    from cases.audit.evidence import Evidence

    target = original(bag)
    target.unlink()
    ((path, sentence),) = Evidence(bag / "data").file_faults()
    assert path == target.relative_to(bag).as_posix()
    assert "is not in the bag" in sentence


@pytest.mark.skipif(not shutil.which("unshare") or os.geteuid() != 0, reason="taking the network away needs root")
def test_verify_needs_no_network_and_leaves_nothing_behind(bag: Path, tmp_path: Path) -> None:
    before = sorted(path for path in tmp_path.rglob("*"))
    command = [
        "unshare",
        "-n",
        sys.executable,
        "-m",
        "commands.main",
        "--data",
        str(tmp_path / "none"),
        "verify",
        str(bag),
    ]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(path for path in tmp_path.rglob("*")) == before
