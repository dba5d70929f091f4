"""Audit bags at the desk: ask for one, see how far it is, take it along as a ZIP."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from sqlmodel import col, select
from typing_extensions import Buffer

from cases import ledger
from cases.audit.orders import IN_WORK, ask_bag, bag_of, documents_in, scope_of
from cases.audit.scope import Scope, UnknownScopeError
from cases.channels import CHANNELS
from cases.models import BagOrder
from cases.settings import Settings
from desk.pictures import accesses_of
from desk.present import Reading, Writing
from desk.settlement import Seeing
from desk.show import show

router = APIRouter(include_in_schema=False)
Number = Annotated[int, InPath(ge=1, le=2**53)]
Said = Annotated[str, Form(max_length=200)]
_SHOWN, _BLOCK = 100, 1 << 20
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


@router.get("/exports")
def overview(request: Request, session: Reading, person: Seeing, refused: str | None = None) -> HTMLResponse:
    """What was asked for, newest first, and a form to ask."""
    settings: Settings = request.app.state.settings
    orders = session.exec(select(BagOrder).order_by(col(BagOrder.id).desc()).limit(_SHOWN)).all()
    shown = [(one, str(scope_of(one)), bag_of(settings, one) is not None) for one in orders]
    return show(
        request, "exports.html", person=person, orders=shown, busy=any(one.state in IN_WORK for one in orders),
        channels=CHANNELS, refused=refused,
    )  # fmt: skip


@router.post("/exports")
def ask(  # the fields of the form, all of which may be empty
    request: Request, session: Writing, person: Seeing, batch: Said = "", date: Said = "", campaign: Said = "",
    partner: Said = "", channel: Said = "", statement: Said = "",
) -> Response:  # fmt: skip
    """Asks for a bag; a process of the stack writes it."""
    scope = _scope(batch=batch, date=date, campaign=campaign, partner=partner, channel=channel, statement=statement)
    if scope is None or not str(scope):
        return _refused(request, session, person, 422, "exports.nothing")
    try:
        ask_bag(session, scope, person.login)
    except UnknownScopeError:
        session.rollback()
        return _refused(request, session, person, 404, "exports.unknown")
    return RedirectResponse("/exports", 303)


@router.get("/exports/{number}/bag.zip")
def fetch(request: Request, session: Writing, person: Seeing, number: Number) -> StreamingResponse:
    """The bag as one file; the ledger keeps who took it along, and the log of looks that they saw its documents."""
    order = session.get(BagOrder, number)
    bag = bag_of(request.app.state.settings, order) if order is not None else None
    if order is None or bag is None:
        raise HTTPException(404, "There is no such bag, or it is gone.")
    ledger.record(session, "audit:bag:fetched", number, who=ledger.by_person(person.login))
    session.commit()
    documents = documents_in(session, bag)
    session.rollback()
    accesses_of(request).saw_all(person.login, documents)
    name = {"Content-Disposition": f'attachment; filename="{bag.name}.zip"'}
    return StreamingResponse(zipped(bag), media_type="application/zip", headers=name)


def zipped(bag: Path) -> Iterator[bytes]:
    """The folder as a ZIP, not compressed, in pieces; the same files give the same bytes."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:
        for path in sorted(path for path in bag.rglob("*") if path.is_file()):
            info = zipfile.ZipInfo(f"{bag.name}/{path.relative_to(bag).as_posix()}", _LONG_AGO)
            with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as entry:
                while block := source.read(_BLOCK):
                    entry.write(block)
                    yield sink.take()
    yield sink.take()


def _refused(request: Request, session: Reading, person: Seeing, status: int, word: str) -> HTMLResponse:
    page = overview(request, session, person, refused=word)
    page.status_code = status
    return page


def _scope(*, date: str, statement: str, **names: str) -> Scope | None:
    chosen: dict[str, Any] = {name: value.strip() for name, value in names.items() if value.strip()}
    try:
        if date.strip():
            chosen["date"] = dt.date.fromisoformat(date.strip())
        if statement.strip():
            chosen["statement"] = int(statement)
    except ValueError:
        return None
    return Scope(**chosen)


class _Sink(io.RawIOBase):
    """What was written since it was last taken."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: Buffer) -> int:
        self._parts.append(bytes(content))
        return len(self._parts[-1])

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken
