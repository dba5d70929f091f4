"""The consent that a response gives or refuses, kept with the words that stood on the form."""

from __future__ import annotations

from sqlmodel import Session, select

from cases.examining import Findings
from cases.models import Case, Consent, Document, Page, Response
from ocr.template.model import Template, localise


def keep_consent(
    session: Session, response: Response, document: Document, case: Case, template: Template, found: Findings
) -> None:
    """Stores what the form says about consent, in the caller's transaction; a later answer takes its place."""
    asked = next((name for name, design in template.fields.items() if design.role == "consent"), None)
    reading = found.readings.get(asked) if asked else None
    kept = session.exec(select(Consent).where(Consent.response_id == response.id)).first()
    if reading is None or asked is None or not isinstance(reading.value, bool):
        if kept is not None:
            session.delete(kept)
        return
    page = session.get(Page, response.first_page_id)
    language = (page.language if page else None) or "en"
    consent = kept or Consent(
        response_id=response.id or 0, case_id=case.id or 0, given=reading.value, field=asked, wording="", language="",
        template=template.name, template_hash="", received_at=document.received_at,
    )  # fmt: skip
    consent.case_id, consent.subscriber_id, consent.given = case.id or 0, response.subscriber_id, reading.value
    consent.wording, consent.language = localise(template.fields[asked].label, language), language
    consent.template_hash = (page.template_hash if page else None) or ""
    consent.crop = reading.crop
    session.add(consent)
