"""Several persons at the queue of one form."""

from __future__ import annotations

from sqlmodel import Session, col, select

from cases import waiting
from cases.answering import Answer, Attention, Office, Refused, answer
from cases.models import ExceptionItem

TOOK = Attention(active_s=2.0, keys=3, first_key_s=0.5)


def open_of(session: Session, field: str) -> list[str]:
    """What is asked about a field now, by its purpose."""
    query = select(ExceptionItem.purpose).where(ExceptionItem.field == field, ExceptionItem.state == "open")
    return list(session.exec(query))


def key(session: Session, office: Office, person: str, value: object, field: str = "phone") -> Answer | Refused:
    """The person takes the question that the queue has for them about this field, and answers it."""
    (asked,) = waiting.take(session, person, 1, col(ExceptionItem.field) == field)
    word = "unreadable" if value is None else "value"
    return answer(session, office, asked.id or 0, person, word, value, TOOK)


def gets(session: Session, person: str, field: str = "phone") -> bool:
    """Whether the queue has something about this field for the person; it is given back at once."""
    taken = waiting.take(session, person, 20, col(ExceptionItem.field) == field)
    waiting.give_back(session, person, [asked.id or 0 for asked in taken])
    return bool(taken)
