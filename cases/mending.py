"""Persons mend pages: what they say is kept as data, and the document goes back to be processed with it.

Nothing is read here. The batch of the document is queued again, so that a process that can be killed at any instant
reads and decides it, as it does what has just come in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlmodel import Session, col, select

from cases import ledger
from cases.clock import now
from cases.models import Batch, Document, ExceptionItem, Page, PageRepair, Response
from cases.query import sender_of
from cases.repairs import What, mended_page, placed_of
from ocr.by_hand import why_not_placed
from ocr.codes.reference import parse_reference
from ocr.template.loading import TemplateSet

_DECIDED = ("done", "rejected", "repaired")
_Fault = Callable[[Session, TemplateSet, Page, Any], "NotMended | None"]


@dataclass(frozen=True, slots=True)
class NotMended:
    """Why a repair was refused: ``unknown`` page, ``being-read`` just now, or a ``value`` that cannot be.

    `rule` is a stable id of the `sentence`, which a person understands.
    """

    reason: Literal["unknown", "being-read", "value"]
    rule: str
    sentence: str


def repair_page(  # who says what of which page
    session: Session, templates: TemplateSet, page_id: int, person: str, what: What, value: Any  # noqa: ANN401  # JSON
) -> PageRepair | NotMended:  # fmt: skip
    """Keeps what `person` says of a page, sends its document back to be processed, and commits.

    Said again, it counts once.
    """
    found = _page_to_mend(session, page_id)
    page = found if isinstance(found, NotMended) else (_FAULTS[what](session, templates, found, value) or found)
    if isinstance(page, NotMended):
        session.rollback()
        return page
    last = _standing(session, page_id, what)
    if last is not None and last.value == value:
        session.rollback()
        return last
    repair = PageRepair(page_id=page_id, what=what, value=value, person=person, at=now())
    session.add(repair)
    session.flush()
    _send_back(session, page, person)
    _tell(session, page, "repaired", repair, person)
    session.commit()
    return repair


def undo_repair(session: Session, page_id: int, repair_id: int, person: str) -> PageRepair | NotMended:
    """Takes a repair back, sends the document back to be processed, and commits; taken back twice, it counts once."""
    page = _page_to_mend(session, page_id)
    repair = session.get(PageRepair, repair_id, populate_existing=True)
    if isinstance(page, NotMended) or repair is None or repair.page_id != page_id:
        session.rollback()
        return page if isinstance(page, NotMended) else NotMended("unknown", "unknown", "There is no such repair.")
    if repair.undone_at is not None:
        session.rollback()
        return repair
    repair.undone_at, repair.undone_by = now(), person
    session.add(repair)
    _send_back(session, page, person)
    _tell(session, page, "unrepaired", repair, person)
    session.commit()
    return repair


def take_up_repaired(session: Session, batch_id: str) -> None:
    """The repaired documents of a batch are read from here on, and cannot be mended while they are; commits."""
    ledger.lock(session, batch_id)
    query = select(Document).where(Document.batch_id == batch_id, Document.state == "repaired")
    for document in session.exec(query.with_for_update().execution_options(populate_existing=True)):
        document.state = "reading"
        session.add(document)
    session.commit()


def _page_to_mend(session: Session, page_id: int) -> Page | NotMended:
    page = session.get(Page, page_id, populate_existing=True)
    if page is None or page.number == 0:
        return NotMended("unknown", "unknown", "There is no such page.")
    if page.copy_of is not None:
        return NotMended("value", "gone", "The original was erased; the page cannot be read again.")
    chain = session.get_one(Document, page.document_id).batch_id or ledger.OFFICE
    ledger.lock(session, chain)
    document = session.get_one(Document, page.document_id, populate_existing=True, with_for_update=True)
    if document.state not in _DECIDED or document.batch_id is None:
        return NotMended("being-read", "being-read", "The document is being read just now; try again in a moment.")
    return page


def _standing(session: Session, page_id: int, what: What) -> PageRepair | None:
    query = select(PageRepair).where(PageRepair.page_id == page_id, PageRepair.what == what)
    return session.exec(query.where(col(PageRepair.undone_at).is_(None)).order_by(col(PageRepair.id).desc())).first()


def _tell(session: Session, page: Page, done: str, repair: PageRepair, person: str) -> None:
    batch = session.get_one(Document, page.document_id).batch_id
    facts = {"repair": repair.id, "what": repair.what, "person": person}
    who = ledger.by_person(person)
    ledger.record(session, f"desk:page:{done}", page.id or 0, facts, batch=batch, who=who)


def _send_back(session: Session, page: Page, person: str) -> None:
    """The document waits for its batch, which is queued unless it is in work; its questions wait for the outcome."""
    document = session.get_one(Document, page.document_id)
    if document.state != "repaired":
        facts = {"was": document.state, "reason_code": document.reason_code}
        who = ledger.by_person(person)
        ledger.record(session, "desk:document:reopened", document.id or 0, facts, batch=document.batch_id, who=who)
    document.state = "repaired"
    responses = session.exec(select(Response).where(Response.document_id == document.id)).all()
    touched = [one for one in responses if page.id in one.page_ids]
    for response in touched:
        response.state = "open"
    ids = [one.id for one in touched]
    questions = select(ExceptionItem).where(ExceptionItem.state == "open", ExceptionItem.document_id == document.id)
    about = col(ExceptionItem.response_id).in_(ids) | (col(ExceptionItem.page_id) == page.id)
    for asked in session.exec(questions.where(about)):
        asked.state, asked.leased_by, asked.leased_until = "obsolete", None, None
        session.add(asked)
    batch = session.get_one(Batch, document.batch_id, populate_existing=True, with_for_update=True)
    if batch.state != "running":
        batch.state, batch.finished_at = "queued", None
    session.add_all([document, batch, *touched])


def _not(rule: str, sentence: str) -> NotMended:
    return NotMended("value", rule, sentence)


def _fault_of_turn(session: Session, templates: TemplateSet, page: Page, value: object) -> NotMended | None:
    is_turn = isinstance(value, int) and value in (0, 90, 180, 270)
    return None if is_turn else _not("turn", "A page is turned by 0, 90, 180 or 270 degrees.")


def _fault_of_place(session: Session, templates: TemplateSet, page: Page, value: Any) -> NotMended | None:  # noqa: ANN401
    try:
        placed = placed_of(value)
    except (KeyError, TypeError, ValueError):
        return _not("place", "A place is a form and four of its points.")
    template = templates.by_name.get(placed.template)
    if template is None:
        return _not("form", "This form is not known here.")
    fault = why_not_placed(placed, template)
    return _not("points", f"The four points cannot be those of this form: {fault}.") if fault else None


def _fault_of_code(session: Session, templates: TemplateSet, page: Page, value: object) -> NotMended | None:
    reference = parse_reference(value) if isinstance(value, str) else None
    if reference is None:
        return _not("reference", "This is none of our references; they begin with RF1 and a full stop.")
    template = templates.by_code.get(reference.form)
    if template is None:
        return _not("reference-form", "The printed reference names a form that is not known here.")
    placed = mended_page(session, page).by_hand.placed
    name = placed.template if placed else page.template
    forged = sender_of(session, reference, templates.by_name.get(name or "", template)).forged
    return _not("forged", forged) if forged else None


def _fault_of_kind(session: Session, templates: TemplateSet, page: Page, value: object) -> NotMended | None:
    return None if value in ("foreign", "blank") else _not("kind", "A page that is no form is foreign or blank.")


def _fault_of_bound(session: Session, templates: TemplateSet, page: Page, value: object) -> NotMended | None:
    if value not in ("split", "join"):
        return _not("bound", "A page is split from the one before it, or joined to it.")
    return _not("first", "No page comes before the first.") if page.number == 1 else None


def _fault_of_whole(session: Session, templates: TemplateSet, page: Page, value: object) -> NotMended | None:
    return None if value is True else _not("whole", "All pages are one response, or nothing is said of it.")


_FAULTS: dict[str, _Fault] = {
    "turn": _fault_of_turn, "place": _fault_of_place, "code": _fault_of_code, "kind": _fault_of_kind,
    "bound": _fault_of_bound, "whole": _fault_of_whole,
}  # fmt: skip
