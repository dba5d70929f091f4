"""A response is decided: automatic, review or reject; its case, questions and ledger events in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from cases import ledger
from cases.asking import ask_about_page
from cases.basis import basis_json
from cases.checking import ticked_offers
from cases.clock import now
from cases.examining import Findings, Matching, examine
from cases.grouping import Group, group_pages
from cases.models import Case, Document, Page, Response
from cases.noting import note_findings
from cases.opening import WHO, due_of, settle
from cases.reconsidering import close_questions, reconsider
from cases.repairs import NOTHING, mended_pages
from cases.said import said_of
from cases.sampling import sample
from cases.settings import Settings
from cases.withdrawing import forget_unseen, part_from, withdraw
from ocr.codes.reference import parse_reference
from ocr.template.loading import TemplateSet

_NOT_REGISTERED = "not-registered"


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
    """Decides every response of a fully read document and commits; running it again changes nothing.

    After a repair the responses that it touched are decided anew, and the others stay as they are.
    """
    document = session.get_one(Document, document_id)
    ledger.lock(session, document.batch_id or ledger.OFFICE)
    session.refresh(document)
    pages = session.exec(select(Page).where(Page.document_id == document_id).order_by(col(Page.number))).all()
    if document.state != "reading" or not _is_complete(document, pages):
        session.rollback()
        return []
    groups = group_pages(session, document_id)
    lock_mailings(session, groups)
    decisions = []
    for group in groups:
        response = response_of(session, document_id, [page.id or 0 for page in group.pages], group.pages[0])
        decisions.append(decide_response(session, settings, response, document, templates, match))
    firsts = {group.pages[0].id for group in groups}
    for response in session.exec(select(Response).where(Response.document_id == document_id)).all():
        if response.first_page_id not in firsts and response.state != "void":
            withdraw(session, settings, templates, match, response)
    _close_document(session, settings, document, list(pages), bool(groups))
    session.commit()
    return decisions


def lock_mailings(session: Session, groups: list[Group]) -> None:
    """Two batches may hold answers to one mailing, which opens one case; in order, so that none waits for the other."""
    parsed = [parse_reference(group.reference) for group in groups if group.reference]
    for mailing in sorted({f"mailing:{one.campaign}:{one.subscriber}" for one in parsed if one is not None}):
        ledger.lock(session, mailing)


def _is_complete(document: Document, pages: object) -> bool:
    numbers = {page.number for page in pages}  # type: ignore[attr-defined]
    return 0 in numbers or (document.pages is not None and len(numbers) >= document.pages)


def response_of(session: Session, document_id: int, page_ids: list[int], first: Page) -> Response:
    """The response that begins with `first`, made where it is not known."""
    known = session.exec(select(Response).where(Response.first_page_id == page_ids[0])).first()
    if known is not None:
        if known.page_ids != page_ids or known.state == "void":
            known.page_ids, known.state = page_ids, "open"
        known.template = first.template or ""
        return known
    response = Response(
        document_id=document_id, first_page_id=page_ids[0], page_ids=page_ids, template=first.template or ""
    )
    session.add(response)
    session.flush()
    return response


def decide_response(
    session: Session,
    settings: Settings,
    response: Response,
    document: Document,
    templates: TemplateSet,
    match: Matching,
) -> Decision:
    """Decides one response in the caller's transaction; one that is decided stays as it is."""
    if response.verdict is not None and response.state != "open":
        return Decision(response.id or 0, response.verdict, response.case_id, tuple(response.why))
    template, before = templates.by_name[response.template], response.case_id
    forget_unseen(session, response)
    found = examine(session, settings, response, document, template, match, said_of(session, response.id or 0))
    note_findings(response, found)
    response.decided_at = now()
    if not found.filled:
        response.verdict, response.state, response.case_id = "reject", "rejected", None
        close_questions(session, response)
    else:
        is_anew = response.verdict is not None
        settle(session, settings, response, document, template, found)
        if is_anew:
            reconsider(session, settings, templates, match, response)
        sample(session, settings, response, document, template, found)
    if before is not None and before != response.case_id:
        part_from(session, settings, templates, match, session.get_one(Case, before), response)
    session.add(response)
    tell_decision(session, settings, templates, response, document, found)
    return Decision(response.id or 0, response.verdict or "", response.case_id, tuple(response.why))


def tell_decision(  # whose decision it is and what it rests on
    session: Session, settings: Settings, templates: TemplateSet, response: Response, document: Document,
    found: Findings, *, replayed: bool = False,
) -> None:  # fmt: skip
    """Records the decision with all that it was made of, in the caller's transaction.

    One that is `replayed` was made of the readings alone; what persons said of them follows it.
    """
    facts = {
        "match": found.match.rule,
        "rules": [rule["rule"] for rule in response.rules],
        "case": response.case_id,
        "template_hash": templates.hash_of(response.template),
        "template_files": _kept_design(settings, templates, response.template),
        "thresholds": settings.matching.as_json(),
        **({"replayed": True} if replayed else {}),
    }
    offers = ticked_offers(templates.by_name[response.template], found.readings)
    basis = basis_json(found, settings.due_days)
    ledger.record(
        session, f"decision:response:{response.verdict}", response.id or 0, facts, batch=document.batch_id, who=WHO,
        before={"offers": []}, after={"offers": offers, "basis": basis}, response=response.id,
        subscriber=response.subscriber_id,
    )  # fmt: skip


def _kept_design(settings: Settings, templates: TemplateSet, name: str) -> dict[str, str]:
    """The files of the design, kept as they are now; their hashes."""
    return {file: settings.store.put_bytes(path.read_bytes()) for file, path in templates.files_of(name).items()}


def _close_document(
    session: Session, settings: Settings, document: Document, pages: list[Page], has_form: bool
) -> None:
    mended = mended_pages(session, document.id or 0)
    unknown = [page for page in pages if not page.registered and mended.get(page.number, NOTHING).kind is None]
    document.state, document.reason, document.reason_code = "done", None, None
    if not has_form:
        document.state = "rejected"
        document.reason, document.reason_code = _why_rejected(unknown)
    for page in unknown:
        # of a page that cannot be opened there is nothing to see, and its document says so
        if has_form or page.reason_code == _NOT_REGISTERED:
            ask_about_page(session, page, due_of(settings, document, None), document.channel)
    facts = {"reason_code": document.reason_code} if document.reason_code else {}
    tag = f"decision:document:{document.state}"
    ledger.record(session, tag, document.id or 0, facts, batch=document.batch_id, who=WHO)


def _why_rejected(unknown: list[Page]) -> tuple[str, str]:
    if not unknown:
        return "A person has looked at it: none of its pages is one of our forms.", "foreign"
    first = unknown[0]
    return first.reason or "No page of this document is a form that is known here.", first.reason_code or "no-form"
