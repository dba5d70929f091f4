"""A share of what the machine took without asking is shown blind to persons: the only way to know how often it errs."""

from __future__ import annotations

import hashlib

from sqlalchemy import String, cast, distinct, func, literal
from sqlmodel import Session, col, select

from cases import ledger
from cases.checking import DOUBTFUL
from cases.clock import now
from cases.examining import Findings
from cases.models import Checked, Document, ExceptionItem, FieldReading, Page, Response, Secret
from cases.opening import WHO, due_of
from cases.privacy.emptying import ERASED
from cases.purposes import Purpose
from cases.settings import Settings
from ocr.template.model import ChoiceField, FormField, SignatureField, StampField, Template, TickField

_KNOWN_SHARE = 0.2
"""One known answer for five samples: enough to see who guesses, little enough to cost nobody an hour."""
_SCALE = 2**64


def sample(
    session: Session, settings: Settings, response: Response, document: Document, template: Template, found: Findings
) -> None:
    """Asks blind for the readings of this response that their hash chooses, in the caller's transaction."""
    if not settings.sample_share:
        return
    secret = session.get_one(Secret, "sampling").value
    asked = {question.field for question in found.questions}
    for name, reading in found.readings.items():
        identity = f"{document.sha256}:{_page_number(session, reading)}:{name}"
        automatic = name not in asked and is_automatic(template.fields.get(name), reading)
        if automatic and part_of(secret, identity) < settings.sample_share:
            key = f"sample:{identity}"
            _ask(session, settings, "sample", key, response, name, document, template)
            if part_of(secret, f"known:{identity}") < _KNOWN_SHARE:
                _seed_known(session, settings, document, template)


def is_automatic(design: FormField | None, reading: FieldReading) -> bool:
    """Whether the machine took the reading alone, and a person could say what is there.

    A box or line that it found empty is such a reading too; empty writing is not, as nobody types nothing.
    """
    if design is None or design.kind == "code":
        return False
    marks = isinstance(design, TickField | ChoiceField | SignatureField | StampField)
    return reading.status == "ok" or (marks and reading.status == "empty")


def part_of(secret: bytes, identity: str) -> float:
    """A number of [0, 1) that only the secret foretells, and that is the same each time."""
    return int.from_bytes(hashlib.blake2b(identity.encode(), key=secret, digest_size=8).digest()) / _SCALE


def _ask(
    session: Session, settings: Settings, purpose: Purpose, key: str, response: Response, name: str,
    document: Document, template: Template,
) -> None:  # fmt: skip
    if session.exec(select(ExceptionItem.id).where(ExceptionItem.key == key)).first() is not None:
        return
    session.add(
        ExceptionItem(
            key=key, kind="field", document_id=response.document_id, response_id=response.id, field=name,
            rule="doubtful", question=DOUBTFUL, purpose=purpose, asked_at=now(),
            due=due_of(settings, document, template), channel=document.channel,
        )
    )  # fmt: skip
    facts = {"field": name, "purpose": purpose}
    ledger.record(session, "desk:reading:sampled", response.id or 0, facts, batch=document.batch_id, who=WHO)


def _seed_known(session: Session, settings: Settings, document: Document, template: Template) -> None:
    """Shows again what two persons have settled; due like the sample beside it, so that it does not stand out."""
    # two workers must not both choose it; nobody waits for anything else while holding this
    ledger.lock(session, "known answers")
    agreed = select(Checked.reading_id).where(col(Checked.right).is_(True)).group_by(col(Checked.reading_id))
    agreed = agreed.having(func.count(distinct(col(Checked.person))) > 1)
    key = literal("known:") + cast(Checked.reading_id, String)
    used = select(ExceptionItem.id).where(col(ExceptionItem.key) == key).exists()
    there = agreed.join(FieldReading, col(Checked.reading_id) == FieldReading.id).where(FieldReading.status != ERASED)
    oldest = session.exec(there.where(~used).order_by(col(Checked.reading_id)).limit(1)).first()
    if oldest is None:
        return
    checked = session.exec(select(Checked).where(Checked.reading_id == oldest)).first()
    response = session.get(Response, checked.response_id) if checked else None
    if checked is not None and response is not None:
        _ask(session, settings, "known", f"known:{oldest}", response, checked.field, document, template)


def _page_number(session: Session, reading: FieldReading) -> int:
    return session.get_one(Page, reading.page_id).number
