"""Takes out of responses, and of the store, what tells of their sender. What is left says that there was a response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import cv2
from sqlmodel import Session, col, select

from cases.audit.orders import remove_bags_with
from cases.clock import now
from cases.models import (
    Answer,
    Case,
    Checked,
    CoachNote,
    Consent,
    Document,
    ExceptionItem,
    Keyed,
    PageRepair,
    ReplayChange,
    ReplayPage,
    Response,
)
from cases.privacy.traces import other_pages, readings_of
from cases.settings import Settings
from cases.store import GoneError
from ocr.page import Unreadable
from ocr.pages import open_pages

ERASED = "erased"
_Row = TypeVar("_Row", Answer, Checked, Consent, ExceptionItem)


def destroy_pictures(
    session: Session, settings: Settings, documents: Sequence[Document], responses: Sequence[Response], why: str
) -> int:
    """Destroys the originals of these documents and every crop of these responses; how many files.

    Pages of other people's responses on the same document are kept as pictures of their own. Safe to repeat.
    """
    count = 0
    for document in documents:
        _keep_others(session, settings, document, responses)
        count += settings.store.destroy(document.sha256)
        remove_bags_with(settings, document.sha256)
        for copy in settings.rejected.glob(f"{document.sha256[:8]}-*"):
            copy.unlink(missing_ok=True)
        document.gone = why
        session.add(document)
    for reading in readings_of(session, responses):
        count += settings.store.destroy(reading.crop) if reading.crop else 0
        reading.crop = None
        session.add(reading)
    for consent in _of_responses(session, Consent, responses):
        consent.crop = None
        session.add(consent)
    return count


def empty(session: Session, documents: Sequence[Document], responses: Sequence[Response]) -> None:
    """Blanks every value that the responses hold, in the caller's transaction."""
    readings = readings_of(session, responses)
    for reading in readings:
        reading.value, reading.alternatives, reading.notes, reading.status = None, [], [], ERASED
        session.add(reading)
    for keyed in _keyed(session, [one.id for one in readings]):
        keyed.offered, keyed.said = None, None
        session.add(keyed)
    for response in responses:
        _empty_response(session, response)
    for asked in _of_responses(session, ExceptionItem, responses):
        asked.question, asked.draft = ERASED, None
        asked.state = "obsolete" if asked.state == "open" else asked.state
        session.add(asked)
    for answer in _of_responses(session, Answer, responses):
        answer.value = None
        session.add(answer)
    for checked in _of_responses(session, Checked, responses):
        checked.machine, checked.said, checked.truth = None, None, None
        session.add(checked)
    for consent in _of_responses(session, Consent, responses):
        consent.subscriber_id = None
        session.add(consent)
    _empty_notes(session, responses)
    _empty_repairs(session, responses)
    for document in documents:
        document.name = ERASED
        session.add(document)
        _empty_replays(session, document)


def _empty_notes(session: Session, responses: Sequence[Response]) -> None:
    said = select(Answer.id).where(col(Answer.response_id).in_([one.id for one in responses]))
    for note in session.exec(select(CoachNote).where(col(CoachNote.answer_id).in_(said))):
        note.text = ERASED
        session.add(note)


def _empty_repairs(session: Session, responses: Sequence[Response]) -> None:
    """A code that was typed names its subscriber; where the form lies on its page says nothing of anybody."""
    pages = [number for one in responses for number in one.page_ids]
    query = select(PageRepair).where(col(PageRepair.page_id).in_(pages), PageRepair.what == "code")
    for repair in session.exec(query):
        repair.value = None
        if repair.undone_at is None:
            repair.undone_at, repair.undone_by = now(), ERASED
        session.add(repair)


def _empty_replays(session: Session, document: Document) -> None:
    for page in session.exec(select(ReplayPage).where(ReplayPage.document_id == document.id)):
        session.delete(page)
    for change in session.exec(select(ReplayChange).where(ReplayChange.document_id == document.id)):
        change.before, change.after = {}, {}
        session.add(change)


def _empty_response(session: Session, response: Response) -> None:
    response.subscriber_id, response.candidates, response.why, response.matched = None, [], [], {}
    response.rules = [{**one, "sentence": ERASED} for one in response.rules]
    session.add(response)
    case = session.get(Case, response.case_id) if response.case_id else None
    if case is not None:
        case.subscriber_id, case.reason = None, None
        session.add(case)


def _keep_others(session: Session, settings: Settings, document: Document, responses: Sequence[Response]) -> None:
    others = [page for page in other_pages(session, document, responses) if page.copy_of is None]
    if not others:
        return
    by_number = {page.number: page for page in others}
    try:
        with settings.store.opened(document.sha256) as path:
            for opened in open_pages(path, name=document.sha256, wanted=list(by_number)):
                if not isinstance(opened, Unreadable):
                    done, png = cv2.imencode(".png", opened.image)
                    page = by_number[opened.number]
                    page.copy_of = settings.store.put_bytes(png.tobytes()) if done else None
                    session.add(page)
    except GoneError:
        return


def _keyed(session: Session, reading_ids: Sequence[int | None]) -> Sequence[Keyed]:
    return session.exec(select(Keyed).where(col(Keyed.reading_id).in_(reading_ids))).all()


def _of_responses(session: Session, table: type[_Row], responses: Sequence[Response]) -> Sequence[_Row]:
    return session.exec(select(table).where(col(table.response_id).in_([one.id for one in responses]))).all()
