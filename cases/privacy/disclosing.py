"""All that is held of a person, for that person (GDPR, article 15): a JSON file, a page to read, the pictures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
from jinja2 import Environment
from sqlmodel import Session, SQLModel, col, select

from cases import ledger
from cases.models import (
    Access,
    Answer,
    CaseOutcome,
    Consent,
    Document,
    ExceptionItem,
    FieldReading,
    LegalHold,
    Page,
)
from cases.privacy.traces import Traces, other_pages, readings_of, traces_of
from cases.settings import Settings
from cases.store import GoneError
from matching.base import Subscriber, SubscriberAlias
from ocr.page import Unreadable
from ocr.pages import open_pages

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>What is held of {{ about }}</title>
<style>
body { font: 15px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; margin-bottom: 1rem }
td, th { border: 1px solid #bbb; padding: .3rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere }
th { width: 14rem; font-weight: normal }
</style></head><body><h1>What is held of {{ about }}</h1>
{% for name, rows in sections.items() %}<h2>{{ name }}</h2>
{% for row in rows %}<table>
{% for key, value in row.items() if value not in (None, "", [], {}) %}
<tr><th>{{ key }}</th>
<td>{% if key == "picture" %}<a href="{{ value }}">{{ value }}</a>{% else %}{{ value }}{% endif %}</td></tr>
{% endfor %}</table>{% else %}<p>Nothing.</p>{% endfor %}{% endfor %}</body></html>
"""
_WORKING = {"content", "leased_by", "leased_until", "draft"}


def disclose(session: Session, settings: Settings, subscriber_id: str, out: Path, by: str) -> int:
    """Writes `out`/about.json, about.html and pictures/; how many responses. Records that it was done, and commits.

    Raises KeyError where nothing is held, FileExistsError where `out` holds something, OSError where it cannot be
    written.
    """
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(str(out))
    found = traces_of(session, subscriber_id)
    sections = _sections(session, subscriber_id, found)
    if not any(sections.values()):
        raise KeyError(subscriber_id)
    pictures = out / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    _write_pictures(session, settings, found, pictures)
    _write_pages(session, settings, found, pictures)
    about = {"subscriber": subscriber_id, **sections}
    (out / "about.json").write_text(json.dumps(about, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
    (out / "about.html").write_text(page_of(subscriber_id, sections), encoding="utf-8")
    ledger.record(session, "privacy:subscriber:disclosed", "", {"responses": len(found.responses)}, who=by)
    session.commit()
    return len(found.responses)


def page_of(about: str, sections: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The page to read: a table for each row of each section."""
    return Environment(autoescape=True).from_string(_PAGE).render(about=about, sections=sections)


def _sections(session: Session, subscriber_id: str, found: Traces) -> dict[str, list[dict[str, Any]]]:
    ids = [one.id for one in found.responses]
    documents = [one.id for one in found.documents]
    base = session.exec(select(Subscriber).where(Subscriber.id == subscriber_id)).all()
    former = session.exec(select(SubscriberAlias).where(SubscriberAlias.subscriber_id == subscriber_id)).all()
    holds = session.exec(select(LegalHold).where(LegalHold.subscriber_id == subscriber_id)).all()
    seen = session.exec(select(Access).where(col(Access.document_id).in_(documents)).order_by(col(Access.hour))).all()
    return {
        "in the customer base": _plain(base),
        "known by formerly": _plain(former),
        "forms sent to you": _plain(found.mailings),
        "documents that arrived": [
            {**row, "picture": None if other_pages(session, one, found.responses) else _original(one.sha256)}
            for one, row in zip(found.documents, _plain(found.documents), strict=True)
        ],
        "responses, and why they were decided so": _plain(found.responses),
        "what was read": [
            {**row, "picture": _crop(one)} for one in readings_of(session, found.responses) for row in _plain([one])
        ],
        "pages of yours in a file with others": [
            {"picture": _page(page)} for one in found.documents for page in _own_pages(session, one, found)
        ],
        "cases": _plain(found.cases),
        "what became of them": _plain(
            session.exec(select(CaseOutcome).where(col(CaseOutcome.case_id).in_([one.id for one in found.cases]))).all()
        ),
        "consent": _plain(session.exec(select(Consent).where(col(Consent.response_id).in_(ids))).all()),
        "questions to our staff": _plain(
            session.exec(select(ExceptionItem).where(col(ExceptionItem.response_id).in_(ids))).all()
        ),
        "answers of our staff": _plain(session.exec(select(Answer).where(col(Answer.response_id).in_(ids))).all()),
        "who saw it": _plain(seen),
        "kept by law": _plain(holds),
    }


def _plain(rows: Iterable[SQLModel]) -> list[dict[str, Any]]:
    return [row.model_dump(mode="json", exclude=_WORKING) for row in rows]


def _original(sha256: str) -> str:
    return f"pictures/original-{sha256[:16]}"


def _crop(reading: FieldReading) -> str | None:
    return f"pictures/reading-{reading.id}.png" if reading.crop else None


def _page(page: Page) -> str:
    return f"pictures/page-{page.id}.png"


def _own_pages(session: Session, document: Document, found: Traces) -> list[Page]:
    """The person's pages of a file in which forms of other people lie too, so that it is not handed over whole."""
    if not other_pages(session, document, found.responses):
        return []
    numbers = [number for one in found.responses for number in one.page_ids]
    query = select(Page).where(Page.document_id == document.id, col(Page.id).in_(numbers))
    return list(session.exec(query.order_by(col(Page.number))))


def _write_pages(session: Session, settings: Settings, found: Traces, folder: Path) -> None:
    for document in found.documents:
        own = {page.number: page for page in _own_pages(session, document, found)}
        if not own or not settings.store.holds(document.sha256):
            continue
        with settings.store.opened(document.sha256) as path:
            for opened in open_pages(path, name=document.sha256, wanted=list(own)):
                if not isinstance(opened, Unreadable):
                    done, png = cv2.imencode(".png", opened.image)
                    if done:
                        (folder.parent / _page(own[opened.number])).write_bytes(png.tobytes())


def _write_pictures(session: Session, settings: Settings, found: Traces, folder: Path) -> None:
    alone = (one for one in found.documents if not other_pages(session, one, found.responses))
    wanted = {_original(one.sha256): one.sha256 for one in alone}
    readings = readings_of(session, found.responses)
    wanted |= {name: one.crop for one in readings if one.crop and (name := _crop(one))}
    for name, sha256 in wanted.items():
        try:
            (folder.parent / name).write_bytes(settings.store.read(sha256))
        except GoneError:
            continue
