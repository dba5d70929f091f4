"""A response is decided: automatic, review or reject; its case, questions and ledger events in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from cases import ledger
from cases.asking import ask_about_page
from cases.basis import basis_json
from cases.checking import ticked_offers
from cases.clock import now
from cases.examining import Matching, examine
from cases.grouping import Group, group_pages
from cases.models import Document, Page, Response
from cases.opening import WHO, due_of, settle
from cases.settings import Settings
from ocr.codes.reference import parse_reference
from ocr.template.loading import TemplateSet

_CANDIDATES_KEPT = 5


@dataclass(frozen=True, slots=True)
class Decision:
    """`verdict` is auto, review or reject; `why` are sentences without personal data."""

    response_id: int
    verdict: str
    case_id: int | None
    why: tuple[str, ...]


def decide_document(
    session: Session, settings: Settings, document_id: int, templates: TemplateSet, match: Matching
) -> list[Decision]:
    """Decides every response of a fully read document and commits; running it again changes nothing."""
    document = session.get_one(Document, document_id)
    ledger.lock(session, document.batch_id or ledger.OFFICE)
    session.refresh(document)
    pages = session.exec(select(Page).where(Page.document_id == document_id).order_by(col(Page.number))).all()
    if document.state in ("done", "rejected") or not _is_complete(document, pages):
        session.rollback()
        return []
    groups = group_pages(session, document_id)
    _lock_mailings(session, groups)
    decisions = []
    for group in groups:
        response = _response_of(session, document_id, [page.id or 0 for page in group.pages], group.pages[0])
        decisions.append(_decide(session, settings, response, document, templates, match))
    _close_document(session, settings, document, list(pages), bool(groups))
    session.commit()
    return decisions


def _lock_mailings(session: Session, groups: list[Group]) -> None:
    """Two batches may hold answers to one mailing, which opens one case; in order, so that none waits for the other."""
    parsed = [parse_reference(group.reference) for group in groups if group.reference]
    for mailing in sorted({f"mailing:{one.campaign}:{one.subscriber}" for one in parsed if one is not None}):
        ledger.lock(session, mailing)


def _is_complete(document: Document, pages: object) -> bool:
    numbers = {page.number for page in pages}  # type: ignore[attr-defined]
    return 0 in numbers or (document.pages is not None and len(numbers) >= document.pages)


def _response_of(session: Session, document_id: int, page_ids: list[int], first: Page) -> Response:
    known = session.exec(select(Response).where(Response.first_page_id == page_ids[0])).first()
    if known is not None:
        return known
    response = Response(
        document_id=document_id, first_page_id=page_ids[0], page_ids=page_ids, template=first.template or ""
    )
    session.add(response)
    session.flush()
    return response


def _decide(
    session: Session,
    settings: Settings,
    response: Response,
    document: Document,
    templates: TemplateSet,
    match: Matching,
) -> Decision:
    if response.verdict is not None:
        return Decision(response.id or 0, response.verdict, response.case_id, tuple(response.why))
    template = templates.by_name[response.template]
    found = examine(session, settings, response, document, template, match)
    response.rules = [question.as_json() for question in found.questions]
    response.candidates = [
        {"subscriber_id": c.subscriber_id, "probability": c.probability}
        for c in found.match.candidates[:_CANDIDATES_KEPT]
    ]
    response.why = [*found.match.why, *(q.sentence for q in found.questions)]
    response.decided_at = now()
    if not found.filled:
        response.why = ["Nothing is filled in on the form."]
        response.verdict, response.state = "reject", "rejected"
    else:
        settle(session, settings, response, document, template, found)
    session.add(response)
    facts = {
        "match": found.match.rule,
        "rules": [rule["rule"] for rule in response.rules],
        "case": response.case_id,
        "template_hash": templates.hash_of(response.template),
        "template_files": _kept_design(settings, templates, response.template),
        "thresholds": settings.matching.as_json(),
    }
    offers, basis = ticked_offers(template, found.readings), basis_json(found, settings.due_days)
    ledger.record(
        session, f"decision:response:{response.verdict}", response.id or 0, facts, batch=document.batch_id, who=WHO,
        before={"offers": []}, after={"offers": offers, "basis": basis}, response=response.id,
        subscriber=response.subscriber_id,
    )  # fmt: skip
    return Decision(response.id or 0, response.verdict or "", response.case_id, tuple(response.why))


def _kept_design(settings: Settings, templates: TemplateSet, name: str) -> dict[str, str]:
    """The files of the design, kept as they are now; their hashes."""
    return {file: settings.store.put_bytes(path.read_bytes()) for file, path in templates.files_of(name).items()}


def _close_document(
    session: Session, settings: Settings, document: Document, pages: list[Page], has_form: bool
) -> None:
    if has_form:
        document.state = "done"
        for page in pages:
            if not page.registered:
                ask_about_page(session, page, due_of(settings, document, None), document.channel)
    else:
        document.state = "rejected"
        document.reason = pages[0].reason or "No page of this document is a form that is known here."
        document.reason_code = pages[0].reason_code or "no-form"
    facts = {"reason_code": document.reason_code} if document.reason_code else {}
    tag = f"decision:document:{document.state}"
    ledger.record(session, tag, document.id or 0, facts, batch=document.batch_id, who=WHO)
