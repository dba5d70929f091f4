"""The desk's web application: for now one page that says how the work stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from sqlalchemy import func
from sqlmodel import Session, col, select

from cases.database import engine_for, upgrade
from cases.models import Batch, ExceptionItem
from cases.settings import Settings
from cases.summary import totals

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_LATEST = 20


def from_environment() -> FastAPI:
    return create_app(Settings())


def create_app(settings: Settings) -> FastAPI:
    """The desk of one installation. It shows counts and ids, and nothing that a person wrote."""
    upgrade(settings)
    engine = engine_for(settings)
    pages = Jinja2Templates(Path(__file__).parent / "pages")
    app = FastAPI(title="Replyflow desk", docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def harden(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers.update(_HEADERS)
        return response

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/")
    @app.get("/batches/{batch_id}")
    def overview(request: Request, batch_id: str | None = None) -> HTMLResponse:
        with Session(engine) as session:
            facts = _facts(session, batch_id)
        prefect = f"http://{request.url.hostname}:{settings.prefect_port}"
        known = batch_id is None or bool(facts["batches"])
        return pages.TemplateResponse(
            request,
            "overview.html",
            facts | {"prefect": prefect, "chosen": batch_id},
            status_code=200 if known else 404,
        )

    return app


def _facts(session: Session, batch_id: str | None) -> dict[str, Any]:
    batches = select(Batch).order_by(col(Batch.created_at).desc()).limit(_LATEST)
    if batch_id is not None:
        batches = batches.where(Batch.id == batch_id)
    waiting = select(ExceptionItem.kind, func.count()).where(ExceptionItem.state == "open").group_by(ExceptionItem.kind)
    return {
        "totals": totals(session).as_dict(),
        "batches": session.exec(batches).all(),
        "waiting": [(kind, count) for kind, count in session.exec(waiting).all()],
    }
