"""The files of a bag against its manifests. Whoever hands us a bag may have put anything into it: nothing outside of
the folder is opened, no link is followed, and a name is only ever compared."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cases.audit.bag import MANIFEST, SIGNATURE, TAGS
from cases.store import file_hash

Code = Literal[
    "no-bag", "missing", "unexpected", "changed", "wrong-name", "broken-signature", "broken-ledger", "broken-seal",
    "broken-value", "broken-case", "broken-settlement", "other-history",
]  # fmt: skip
_IN_TAGS = {"bagit.txt", "bag-info.txt", MANIFEST}
_TAG_FILES = _IN_TAGS | {TAGS, SIGNATURE}
_NAMED_BY_HASH = ("data/documents/", "data/crops/")
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the bag is not as it was exported; `path` is relative to the bag."""

    code: Code
    path: str
    sentence: str


@dataclass
class _Found:
    """What lies in the folder, by its path in the bag."""

    files: set[str] = field(default_factory=set)
    others: dict[str, str] = field(default_factory=dict)


def file_findings(bag: Path) -> Iterator[Finding]:
    """What is missing, added or changed; without a manifest that is all that can be said."""
    found = _walk(bag)
    if "bagit.txt" not in found.files or MANIFEST not in found.files:
        yield Finding("no-bag", MANIFEST, "This folder holds no audit bag.")
        return
    for path, sentence in sorted(found.others.items()):
        yield Finding("unexpected", path, sentence)
    for name in sorted(_TAG_FILES - found.files):
        yield Finding("missing", name, "A file of the bag is missing.")
    if found.files >= _TAG_FILES:
        yield from _tags(bag)
        yield from _payload(bag, found.files)


def _tags(bag: Path) -> Iterator[Finding]:
    listed = _listed(bag, TAGS)
    if isinstance(listed, Finding):
        yield listed
        return
    if listed.keys() != _IN_TAGS:
        yield Finding("changed", TAGS, "The list names other files than an export writes.")
    for name in sorted(listed.keys() & _IN_TAGS):
        if _hash(bag / name) != listed[name]:
            yield Finding("changed", name, "The file is not as it was exported.")


def _payload(bag: Path, present: set[str]) -> Iterator[Finding]:
    wanted = _listed(bag, MANIFEST)
    if isinstance(wanted, Finding):
        yield wanted
        return
    for path in sorted(wanted.keys() - present):
        yield Finding("missing", path, "A file of the bag is missing.")
    for path in sorted(present - wanted.keys() - _TAG_FILES):
        yield Finding("unexpected", path, "A file was added to the bag.")
    for path in sorted(wanted.keys() & present):
        found = _hash(bag / path)
        if found != wanted[path]:
            yield Finding("changed", path, "The file is not as it was exported.")
        # named by its hash, so that even a rewritten manifest cannot hide a change
        if path.startswith(_NAMED_BY_HASH) and Path(path).stem != found:
            yield Finding("wrong-name", path, "The file does not have the hash that it is named by.")


def _listed(bag: Path, name: str) -> dict[str, str] | Finding:
    """Path -> SHA-256 of a manifest; what is wrong with it where it cannot be read so."""
    try:
        lines = (bag / name).read_bytes().decode("utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return Finding("changed", name, "The list cannot be read as text.")
    listed: dict[str, str] = {}
    for number, line in enumerate(lines[:-1], start=1):
        read = _LINE.fullmatch(line)
        if read is None or read[2] in listed:
            return Finding("changed", name, f"Line {number} of the list is not as an export writes it.")
        listed[read[2]] = read[1]
    return listed if lines[-1] == "" else Finding("changed", name, "The last line of the list is cut off.")


def _walk(bag: Path) -> _Found:
    found = _Found()
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(bag / folder) as entries:
                inside = list(entries)
        except OSError as error:
            found.others[folder] = f"The folder cannot be read ({error.strerror})."
            continue
        if folder and not inside:
            found.others[folder] = "An empty folder was added to the bag."
        for entry in inside:
            path = f"{folder}/{entry.name}" if folder else entry.name
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                waiting.append(path)
            elif stat.S_ISREG(mode):
                found.files.add(path)
            else:
                found.others[path] = "A link or a device lies in the bag, which holds nothing but files."
    return found


def _hash(path: Path) -> str | None:
    """SHA-256 of a file, None where it cannot be read."""
    try:
        return file_hash(path)
    except OSError:
        return None
