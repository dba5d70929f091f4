"""Who sees a case is noted, also where a program asks for the page and for no picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
from sqlmodel import Session, col, select

from cases.database import engine_for
from cases.models import Access, Case, Response
from cases.privacy.accesses import who_saw_case
from cases.settings import Settings

Client = Callable[..., httpx.Client]


def looks(data: Path, case: int) -> set[str]:
    with Session(engine_for(Settings(data=data))) as session:
        return {one.login for one in who_saw_case(session, case)}


def test_the_page_of_a_case_and_of_a_document_alone_are_looks(client: Client, data: Path) -> None:
    with Session(engine_for(Settings(data=data))) as session:
        response = session.exec(select(Response).join(Case, col(Case.response_id) == Response.id)).first()
        assert response is not None and response.case_id is not None
        case, document = response.case_id, response.document_id
    assert looks(data, case) == set()
    assert client("auditor").get(f"/cases/{case}").status_code == 200
    assert looks(data, case) == {"auditor"}
    assert client("supervisor").get(f"/documents/{document}").status_code == 200
    assert looks(data, case) == {"auditor", "supervisor"}


def test_a_question_that_is_taken_is_a_look_at_its_document(client: Client, data: Path) -> None:
    items = client("clerk").get("/api/queue?count=5").json()["items"]
    assert items
    with Session(engine_for(Settings(data=data))) as session:
        seen = session.exec(select(Access.document_id).where(Access.login == "clerk")).all()
    assert len(seen) >= 1
