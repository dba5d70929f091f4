"""Rejected documents appear in DATA/rejected beside a note that says why."""

from __future__ import annotations

import shutil

from sqlmodel import Session, select

from cases import store
from cases.models import Document
from cases.settings import Settings


def publish_rejected(session: Session, settings: Settings, batch_id: str) -> int:
    """Writes what is missing there for this batch; how many. Run again after a kill, it writes the rest."""
    query = select(Document).where(Document.batch_id == batch_id, Document.state == "rejected")
    written = 0
    for document in session.exec(query).all():
        settings.rejected.mkdir(parents=True, exist_ok=True)
        # the hash keeps two files of one name apart
        target = settings.rejected / f"{document.sha256[:8]}-{document.name}"
        note = target.with_name(f"{target.name}.txt")
        if note.exists():
            continue
        shutil.copyfile(store.path_of(settings.data, document.sha256), target)
        note.write_text(f"{document.name} was rejected: {document.reason}\n", encoding="utf-8")
        written += 1
    return written
