"""An audit bag after BagIt (RFC 8493): originals, responses and the ledger, each with its hash."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from cases import ledger
from cases.models import Batch, Document, LedgerEvent
from cases.settings import Settings
from cases.store import file_hash
from cases.summary import batch_documents


def export_batch(session: Session, settings: Settings, batch_id: str, out: Path) -> int:
    """Writes the bag of a batch into the new or empty folder `out`; how many documents it holds.

    Raises KeyError for an unknown batch and FileExistsError when `out` holds something.
    """
    if session.get(Batch, batch_id) is None:
        raise KeyError(batch_id)
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(str(out))
    originals = out / "data" / "documents"
    originals.mkdir(parents=True, exist_ok=True)
    documents = session.exec(select(Document).where(Document.batch_id == batch_id)).all()
    for document in documents:
        with settings.store.opened(document.sha256) as original:
            shutil.copyfile(original, originals / document.sha256)
    rows = batch_documents(session, batch_id)
    _write_lines(out / "data" / "responses.jsonl", rows)
    _write_csv(out / "data" / "documents.csv", rows)
    events = session.exec(select(LedgerEvent).order_by(col(LedgerEvent.chain), col(LedgerEvent.seq))).all()
    _write_lines(out / "data" / "ledger.jsonl", [ledger.as_dict(event) for event in events])
    (out / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", encoding="utf-8")
    files = sorted(path for path in (out / "data").rglob("*") if path.is_file())
    manifest = "".join(f"{file_hash(path)}  {path.relative_to(out).as_posix()}\n" for path in files)
    (out / "manifest-sha256.txt").write_text(manifest, encoding="utf-8")
    return len(documents)


def neutral(value: object) -> str:
    """A CSV cell that no spreadsheet runs as a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    lines = (json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _write_csv(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "sha256", "state", "reason"])
        writer.writerows([neutral(row[name]) for name in ("file", "sha256", "state", "reason")] for row in rows)
