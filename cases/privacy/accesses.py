"""Who saw which document, to the hour."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from cases.clock import now
from cases.models import Access, Response

_REMEMBERED = 10_000


class AccessLog:
    """Notes who saw what, and remembers what it has noted, so that most looks cost nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._noted: OrderedDict[tuple[str, int, dt.datetime], None] = OrderedDict()
        self._lock = Lock()

    def saw(self, login: str, document_id: int) -> None:
        """Notes that the person sees the document; returns when it is in the database."""
        key = login, document_id, now().replace(minute=0, second=0, microsecond=0)
        with self._lock:
            if key in self._noted:
                return
        self._write(*key)
        with self._lock:
            self._noted[key] = None
            while len(self._noted) > _REMEMBERED:
                self._noted.popitem(last=False)

    def saw_all(self, login: str, document_ids: Iterable[int]) -> None:
        """Notes that the person sees all these documents, in one transaction."""
        hour = now().replace(minute=0, second=0, microsecond=0)
        wanted = set(document_ids)
        with Session(self._engine) as session:
            noted = set(session.exec(select(Access.document_id).where(Access.login == login, Access.hour == hour)))
            fresh = sorted(wanted - noted)
            session.add_all(Access(login=login, document_id=one, hour=hour) for one in fresh)
            try:
                session.commit()
            except IntegrityError:
                session.rollback()
                for one in fresh:
                    self.saw(login, one)

    def _write(self, login: str, document_id: int, hour: dt.datetime) -> None:
        with Session(self._engine) as session:
            session.add(Access(login=login, document_id=document_id, hour=hour))
            try:
                session.commit()
            except IntegrityError:
                # another process of the desk has noted it
                session.rollback()


def who_saw_case(session: Session, case_id: int) -> list[Access]:
    """Everybody who saw a document of the case, oldest first."""
    documents = select(Response.document_id).where(Response.case_id == case_id)
    query = select(Access).where(col(Access.document_id).in_(documents)).order_by(col(Access.hour), col(Access.login))
    return list(session.exec(query))
