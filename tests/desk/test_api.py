"""The API as it describes itself: whatever a clerk's program sends, the desk answers and never breaks."""

from __future__ import annotations

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from sqlmodel import Session, select

from cases import persons, waiting
from cases.database import engine_for
from cases.models import ExceptionItem, FieldReading, Page
from cases.settings import Settings
from desk.app import create_app
from tests.desk.conftest import PASSWORD

OPERATIONS = {
    "GET /api/queue", "POST /api/queue/hold", "POST /api/queue/back", "PUT /api/exceptions/{exception_id}/draft",
    "POST /api/exceptions/{exception_id}/answer", "POST /api/undo", "GET /api/waiting",
    "GET /api/groups", "POST /api/groups/take", "POST /api/groups/confirm",
    "GET /api/exceptions/{exception_id}/senders", "GET /api/subscribers", "GET /crops/{reading_id}",
    "GET /api/pages/{page_id}/repairs", "POST /api/pages/{page_id}/repairs", "GET /blanks/{name}.png",
    "POST /api/pages/{page_id}/repairs/{repair_id}/undo",
    "GET /pages/{page_id}.jpg", "GET /healthz", "POST /api/uploads", "GET /api/documents", "POST /api/photos",
    "DELETE /api/photos/{token}", "POST /api/photos/send",
}  # fmt: skip
LIMITS = settings(
    max_examples=30, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def api(data: Path) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_asgi("/api/openapi.json", create_app(Settings(data=data)))


@pytest.fixture(scope="module")
def token(data: Path) -> str:
    with Session(engine_for(Settings(data=data))) as session:
        person = persons.add_person(session, "robot", "Robot", "clerk", PASSWORD)
        secret = persons.issue_token(session, person, "test")
        session.commit()
        return secret


@pytest.fixture(scope="module")
def known(data: Path) -> dict[str, int]:
    """Ids that are there, the question being the robot's."""
    with Session(engine_for(Settings(data=data))) as session:
        (asked,) = waiting.take(session, "robot", 1, ExceptionItem.kind == "field")  # type: ignore[arg-type]
        reading, page = session.exec(select(FieldReading)).first(), session.exec(select(Page)).first()
        assert reading is not None and page is not None
        return {"exception_id": asked.id or 0, "reading_id": reading.id or 0, "page_id": page.id or 0}


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_whatever_a_program_sends_the_desk_does_not_break(
    api: schemathesis.BaseSchema, operation: str, token: str, known: dict[str, int]
) -> None:
    method, path = operation.split()

    @given(case=api[path][method].as_strategy())
    @LIMITS
    def send(case: schemathesis.Case) -> None:
        there = {name: known.get(name, value) for name, value in (case.path_parameters or {}).items()}
        for parameters in (case.path_parameters, there):
            case.path_parameters = parameters
            response = case.call(headers={"authorization": f"Bearer {token}"})
            assert response.status_code < 500, response.text
            assert response.status_code != 401

    send()


def test_the_document_names_every_operation(data: Path) -> None:
    paths = create_app(Settings(data=data)).openapi()["paths"]
    assert {f"{method.upper()} {path}" for path, found in paths.items() for method in found} == OPERATIONS
