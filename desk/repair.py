"""Page repair: a person gives a page its form and place, types its code, turns it, or says what it belongs to."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import cv2
from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from cases.mending import NotMended, repair_page, undo_repair
from cases.models import Document, ExceptionItem, PageRepair
from cases.models import Page as PageRow
from cases.models import Response as ResponseRow
from cases.repairs import What, mended_page
from desk.present import Keying, Reading, RowId, Writing
from desk.show import show
from desk.words import question_in, words
from ocr.printing.blanks import blank_of
from ocr.template.loading import TemplateSet
from ocr.template.model import ChoiceField, CodeField, FormField, Template, localise

router = APIRouter()
_STATUS = {"unknown": 404, "being-read": 409, "value": 422}
_NO_PAGE: dict[int | str, dict[str, Any]] = {404: {"description": "No such page."}}
_REFUSED = _NO_PAGE | {409: {"description": "The document is being read just now."}}
_BUSY = ("received", "reading", "repaired")
Px = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Points = Annotated[list[tuple[Px, Px]], Field(min_length=4, max_length=4)]


class Place(BaseModel):
    """Four points of a form: `mm` on its blank, `px` on the page as it looks turned by `turn` degrees."""

    template: Annotated[str, Field(max_length=80)]
    mm: Points
    px: Points
    turn: Literal[0, 90, 180, 270] = 0


class Mend(BaseModel):
    """What is said of a page; the kind of `value` goes with `what`."""

    what: What
    value: Literal[0, 90, 180, 270] | bool | Annotated[str, Field(max_length=500)] | Place


class Repair(BaseModel):
    """One repair that stands."""

    id: int
    what: What
    value: Any
    person: str
    at: dt.datetime


class Answered(BaseModel):
    """One response of the document, by the numbers of its pages; `questions` counts those that wait."""

    pages: list[int]
    template: str
    case: int | None
    questions: int


class PageState(BaseModel):
    """A page as it is understood now. While `busy`, its document waits to be read again or is being read."""

    id: int
    number: int
    of: int
    busy: bool
    state: str
    registered: bool
    template: str | None
    reason: str | None
    turn: int
    repairs: list[Repair]
    responses: list[Answered]


class FormFacts(BaseModel):
    """A form to place: its size in mm, and its fields with their boxes (x, y, width, height in mm)."""

    name: str
    title: str
    mm: tuple[float, float]
    fields: dict[str, list[tuple[float, float, float, float]]]


@router.get("/repair/documents/{document_id}", include_in_schema=False)
def document_to_page(session: Reading, person: Keying, document_id: RowId) -> RedirectResponse:
    """The first page of a document that was not read, or else its first."""
    query = select(PageRow.id).where(PageRow.document_id == document_id, PageRow.number > 0)
    first = session.exec(query.order_by(col(PageRow.registered), col(PageRow.number))).first()
    if first is None:
        raise HTTPException(404, "There is no such page.")
    return RedirectResponse(f"/repair/{first}", 303)


@router.get("/repair/{page_id}", include_in_schema=False)
def repair_desk(request: Request, session: Reading, person: Keying, page_id: RowId) -> HTMLResponse:
    page = session.get(PageRow, page_id)
    if page is None or page.number == 0:
        return show(request, "unknown.html", 404, person=person)
    document = session.get_one(Document, page.document_id)
    query = select(PageRow.id, PageRow.number).where(PageRow.document_id == page.document_id, PageRow.number > 0)
    siblings = session.exec(query.order_by(col(PageRow.number))).all()
    templates: TemplateSet = request.app.state.templates
    forms = [facts_of(template, person.language) for template in templates.by_name.values()]
    state = state_of(session, page, person.language)
    return show(
        request, "repair.html", person=person, number=page.number, document=document, siblings=siblings, forms=forms,
        begin={"state": state.model_dump(mode="json"), "forms": [form.model_dump() for form in forms]},
    )  # fmt: skip


@router.get("/blanks/{name}.png", response_class=Response, responses={404: {"description": "No picture of it."}})
def blank(request: Request, person: Keying, name: Annotated[str, Path(max_length=80)]) -> Response:
    """The blank of a form, in the language of who looks at it where it has that."""
    templates: TemplateSet = request.app.state.templates
    template = templates.by_name.get(name)
    picture = blank_of(template, templates.directory_of(name), person.language) if template else None
    if picture is None:
        raise HTTPException(404, "There is no picture of this form.")
    _, png = cv2.imencode(".png", picture)
    return Response(png.tobytes(), media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})


@router.get("/api/pages/{page_id}/repairs", responses=_NO_PAGE)
def repairs(session: Reading, person: Keying, page_id: RowId) -> PageState:
    """How a page is understood now, and what stands of its repairs."""
    return state_of(session, _page(session, page_id), person.language)


@router.post("/api/pages/{page_id}/repairs", status_code=201, responses=_REFUSED)
def mend(request: Request, session: Writing, person: Keying, page_id: RowId, said: Mend) -> PageState:
    """Mends a page; its document is processed again with it."""
    value = said.value.model_dump(mode="json") if isinstance(said.value, Place) else said.value
    value = value.strip() if isinstance(value, str) else value
    done = repair_page(session, request.app.state.templates, page_id, person.login, said.what, value)
    return _outcome(session, done, page_id, person.language)


@router.post("/api/pages/{page_id}/repairs/{repair_id}/undo", responses=_REFUSED)
def unmend(session: Writing, person: Keying, page_id: RowId, repair_id: RowId) -> PageState:
    """Takes a repair back; the document is processed again without it."""
    return _outcome(session, undo_repair(session, page_id, repair_id, person.login), page_id, person.language)


def state_of(session: Session, page: PageRow, language: str) -> PageState:
    """The page, the repairs that stand, and the responses of its document, as `language` tells it."""
    document = session.get_one(Document, page.document_id)
    numbers = {id: number for id, number in session.exec(_numbers(document)) if number > 0}
    query = select(PageRepair).where(PageRepair.page_id == page.id, col(PageRepair.undone_at).is_(None))
    standing = [
        Repair(id=one.id or 0, what=one.what, value=one.value, person=one.person, at=one.at)
        for one in session.exec(query.order_by(col(PageRepair.id)))
    ]
    reason = page.reason and question_in(language, f"reason.{page.reason_code}", page.reason)
    return PageState(
        id=page.id or 0, number=page.number, of=len(numbers), busy=document.state in _BUSY, state=document.state,
        registered=page.registered, template=page.template, reason=reason,
        turn=mended_page(session, page).by_hand.turn or 0, repairs=standing,
        responses=_responses(session, document, numbers),
    )  # fmt: skip


def facts_of(template: Template, language: str) -> FormFacts:
    fields = {name: _boxes(field) for name, field in template.fields.items()}
    title = localise(template.title, language)
    return FormFacts(name=template.name, title=title, mm=template.page.mm, fields=fields)


def _responses(session: Session, document: Document, numbers: dict[int | None, int]) -> list[Answered]:
    query = select(ResponseRow).where(ResponseRow.document_id == document.id, ResponseRow.state != "void")
    found = session.exec(query.order_by(col(ResponseRow.first_page_id))).all()
    return [
        Answered(
            pages=[numbers[id] for id in one.page_ids if id in numbers],
            template=one.template,
            case=one.case_id,
            questions=_waiting(session, one),
        )
        for one in found
    ]


def _waiting(session: Session, response: ResponseRow) -> int:
    query = select(ExceptionItem.id).where(ExceptionItem.response_id == response.id, ExceptionItem.state == "open")
    return len(session.exec(query).all())


def _numbers(document: Document) -> Any:  # noqa: ANN401  # a SELECT
    return select(PageRow.id, PageRow.number).where(PageRow.document_id == document.id)


def _boxes(field: FormField) -> list[tuple[float, float, float, float]]:
    if isinstance(field, CodeField):
        return list(field.boxes)
    if isinstance(field, ChoiceField):
        return [option.box for option in field.options.values()]
    return [field.box]


def _page(session: Session, page_id: int) -> PageRow:
    page = session.get(PageRow, page_id)
    if page is None or page.number == 0:
        raise HTTPException(404, "There is no such page.")
    return page


def _outcome(session: Session, done: PageRepair | NotMended, page_id: int, language: str) -> PageState:
    if isinstance(done, NotMended):
        told = done.sentence if language == "en" else words(language).get(f"repair.not.{done.rule}", done.sentence)
        raise HTTPException(_STATUS[done.reason], told)
    return state_of(session, _page(session, page_id), language)
