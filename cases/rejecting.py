"""DATA/rejected: documents that were rejected beside a note that says why, and notes on files that were refused."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

from sqlmodel import Session, select

from cases.models import Document
from cases.names import clean_name
from cases.settings import Settings
from cases.store import GoneError


def publish_rejected(session: Session, settings: Settings, batch_id: str) -> int:
    """Writes what is missing there for this batch; how many. Run again after a kill, it writes the rest."""
    query = select(Document).where(Document.batch_id == batch_id, Document.state == "rejected")
    written = 0
    for document in session.exec(query).all():
        settings.rejected.mkdir(parents=True, exist_ok=True)
        # the hash keeps two files of one name apart
        target, note = _rejected_pair(settings, document.sha256, document.name)
        text = f"{document.name} was rejected: {document.reason}\n"
        # after a repair in vain there may be another reason
        if note.exists() and note.read_text(encoding="utf-8") == text:
            continue
        with suppress(GoneError), settings.store.opened(document.sha256) as original:
            shutil.copyfile(original, target)
        _write(note, text)
        written += 1
    return written


def withdraw_rejected(settings: Settings, sha256: str, name: str) -> None:
    """Removes a document and its note from there that is a form after all; the original stays in the store."""
    for path in _rejected_pair(settings, sha256, name):
        path.unlink(missing_ok=True)


def _rejected_pair(settings: Settings, sha256: str, name: str) -> tuple[Path, Path]:
    """Where a rejected document lies, and its note."""
    target = settings.rejected / f"{sha256[:8]}-{name}"
    return target, target.with_name(f"{target.name}.txt")


def publish_refused(settings: Settings, path: Path, reason: str) -> Path | None:
    """Writes why the file at `path` was left there; the note, or None if that has been said already."""
    note = _refusal_note(settings, path)
    text = f"{clean_name(path.name)} was left in its folder {clean_name(path.parent.name)}: {reason}\n"
    if note.exists() and note.read_text(encoding="utf-8") == text:
        return None
    settings.rejected.mkdir(parents=True, exist_ok=True)
    _write(note, text)
    return note


def withdraw_refused(settings: Settings, path: Path) -> None:
    """Removes the note on a file that has been taken after all."""
    _refusal_note(settings, path).unlink(missing_ok=True)


def _refusal_note(settings: Settings, path: Path) -> Path:
    key = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:8]
    return settings.rejected / f"{key}-{clean_name(path.name)}.txt"


def _write(note: Path, text: str) -> None:
    # whole or not at all: a note cut off by a kill would be taken for a written one
    half = note.with_name(f".{note.name[:100]}.part")
    half.write_text(text, encoding="utf-8")
    half.replace(note)
