"""Checks an audit bag with nothing but the bag: no database, no network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cases.audit.bag import MANIFEST, SIGNATURE, TAGS
from cases.audit.evidence import Evidence
from cases.audit.lines import LineError
from cases.signing import is_signed
from cases.store import file_hash

Code = Literal[
    "no-bag", "missing", "unexpected", "changed", "wrong-name", "broken-signature", "broken-ledger", "broken-seal",
    "broken-value", "broken-case",
]  # fmt: skip
_TAG_FILES = {"bagit.txt", "bag-info.txt", MANIFEST, TAGS, SIGNATURE}
_NAMED_BY_HASH = ("data/documents/", "data/crops/")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the bag is not as it was exported; `path` is relative to the bag."""

    code: Code
    path: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """What an auditor compares with what they trust: the last seal, and the key that signed bag and seal."""

    seal: int
    hash: str
    key: str


def verify_bag(bag: Path) -> list[Finding]:
    """What is wrong with the bag, the first thing first; an empty list when nothing is."""
    if not (bag / "bagit.txt").is_file() or not (bag / MANIFEST).is_file():
        return [Finding("no-bag", MANIFEST, "This folder holds no audit bag.")]
    findings = [*_tags(bag), *_payload(bag)]
    if any(finding.code == "missing" for finding in findings):
        return findings
    try:
        findings += _content(bag)
    except LineError as error:
        findings.append(Finding("broken-ledger", "data", str(error)))
    except Exception as error:  # whoever tampers can make a table say anything
        sentence = f"The tables do not fit together ({type(error).__name__})."
        findings.append(Finding("broken-ledger", "data", sentence))
    return findings


def anchor_of(bag: Path) -> Anchor:
    """The seal that holds an untouched bag."""
    signature = json.loads((bag / SIGNATURE).read_text(encoding="utf-8"))
    seal = Evidence(bag / "data").seal(int(signature["seal"]))
    return Anchor(seal["number"], seal["hash"], seal["key_id"])


def _tags(bag: Path) -> Iterator[Finding]:
    path = bag / TAGS
    if not path.is_file():
        yield Finding("missing", TAGS, "A file of the bag is missing.")
        return
    for name, wanted in _listed(path).items():
        if not (bag / name).is_file():
            yield Finding("missing", name, "A file of the bag is missing.")
        elif file_hash(bag / name) != wanted:
            yield Finding("changed", name, "The file is not as it was exported.")
    if not (bag / SIGNATURE).is_file():
        yield Finding("missing", SIGNATURE, "A file of the bag is missing.")


def _payload(bag: Path) -> Iterator[Finding]:
    wanted = _listed(bag / MANIFEST)
    present = {path.relative_to(bag).as_posix() for path in bag.rglob("*") if not path.is_dir()}
    for path in sorted(wanted.keys() - present):
        yield Finding("missing", path, "A file of the bag is missing.")
    for path in sorted(present - wanted.keys() - _TAG_FILES):
        yield Finding("unexpected", path, "A file was added to the bag.")
    for folder in sorted(path for path in bag.rglob("*") if path.is_dir() and not any(path.iterdir())):
        yield Finding("unexpected", folder.relative_to(bag).as_posix(), "An empty folder was added to the bag.")
    for path in sorted(wanted.keys() & present):
        found = file_hash(bag / path)
        if found != wanted[path]:
            yield Finding("changed", path, "The file is not as it was exported.")
        # named by its hash, so that even a rewritten manifest cannot hide a change
        if path.startswith(_NAMED_BY_HASH) and Path(path).stem != found:
            yield Finding("wrong-name", path, "The file does not have the hash that it is named by.")


def _listed(manifest: Path) -> dict[str, str]:
    pairs = (line.split(maxsplit=1) for line in manifest.read_text(encoding="utf-8").splitlines() if line.strip())
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


def _content(bag: Path) -> Iterator[Finding]:
    evidence = Evidence(bag / "data")
    broken = list(evidence.ledger_faults())
    yield from (Finding("broken-ledger", "data/ledger.jsonl", sentence) for sentence in broken)
    if not broken:
        yield from (Finding("broken-seal", "data/seals.jsonl", sentence) for sentence in evidence.seal_faults())
        yield from _signed(bag, evidence)
        yield from (Finding("broken-value", f"data/{path}", said) for path, said in evidence.value_faults())
        yield from (Finding("broken-value", "data/templates", sentence) for sentence in evidence.design_faults())
        yield from (Finding("broken-case", "data/cases.jsonl", sentence) for sentence in evidence.case_faults())


def _signed(bag: Path, evidence: Evidence) -> Iterator[Finding]:
    text = (bag / SIGNATURE).read_text(encoding="utf-8")
    said: Mapping[str, Any] = json.loads(text)
    public = evidence.keys.get(str(said.get("key")))
    digest = hashlib.sha256((bag / TAGS).read_bytes()).digest()
    exact = text == json.dumps(said, indent=1) + "\n" and text == text.lower()
    if public is None or public != said["public"] or not exact or not is_signed(public, digest, said["signature"]):
        yield Finding("broken-signature", SIGNATURE, "The bag is not signed by a key of its ledger as it is now.")
    elif said["seal"] != evidence.last_seal:
        yield Finding("broken-signature", SIGNATURE, "The signature is about another seal than the bag's last one.")
