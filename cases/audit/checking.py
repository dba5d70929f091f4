"""Checks an audit bag with nothing but the bag: no database, no network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cases.audit.bag import SIGNATURE, TAGS
from cases.audit.evidence import Evidence
from cases.audit.files import Finding, file_findings
from cases.audit.lines import LineError
from cases.signing import is_signed


@dataclass(frozen=True, slots=True)
class Anchor:
    """What an auditor compares with what they trust: the last seal, and the key that signed bag and seal.

    `documents` and `cases` are how many of these the bag holds.
    """

    seal: int
    hash: str
    key: str
    documents: int
    cases: int


def verify_bag(bag: Path, seal_hash: str | None = None) -> list[Finding]:
    """What is wrong with the bag, the first thing first; an empty list when nothing is.

    With the hash of a seal that was printed, one of the bag's seals must be that one.
    """
    findings = list(file_findings(bag))
    if any(finding.code in ("no-bag", "missing") for finding in findings):
        return findings
    try:
        findings += _content(bag, seal_hash)
    except LineError as error:
        findings.append(Finding("broken-ledger", "data", str(error)))
    except Exception as error:  # whoever tampers can make a table say anything
        sentence = f"The tables do not fit together ({type(error).__name__})."
        findings.append(Finding("broken-ledger", "data", sentence))
    return findings


def anchor_of(bag: Path) -> Anchor:
    """The seal that holds an untouched bag."""
    signature = json.loads((bag / SIGNATURE).read_text(encoding="utf-8"))
    evidence = Evidence(bag / "data")
    seal = evidence.seal(int(signature["seal"]))
    counts = (evidence.count(table) for table in ("documents", "cases"))
    return Anchor(seal["number"], seal["hash"], seal["key_id"], *counts)


def _content(bag: Path, seal_hash: str | None) -> Iterator[Finding]:
    evidence = Evidence(bag / "data")
    broken = list(evidence.ledger_faults())
    yield from (Finding("broken-ledger", "data/ledger.jsonl", sentence) for sentence in broken)
    if broken:
        return
    yield from (Finding("broken-seal", "data/seals.jsonl", sentence) for sentence in evidence.seal_faults())
    yield from _signed(bag, evidence)
    if seal_hash is not None and seal_hash not in evidence.seal_hashes():
        sentence = "No seal of this bag has the hash that you gave: it tells another history, or an earlier one."
        yield Finding("other-history", "data/seals.jsonl", sentence)
    yield from (Finding("broken-value", f"data/{path}", said) for path, said in evidence.value_faults())
    yield from (Finding("missing", path, said) for path, said in evidence.file_faults())
    yield from (Finding("broken-value", "data/templates", sentence) for sentence in evidence.design_faults())
    yield from (Finding("broken-case", "data/cases.jsonl", sentence) for sentence in evidence.case_faults())
    settled = evidence.settlement_faults()
    yield from (Finding("broken-settlement", "data/statements.jsonl", sentence) for sentence in settled)


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
