"""The desk's web application: for now pages that say how the work stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from sqlalchemy import Engine
from sqlmodel import Session

from cases.database import engine_for, upgrade
from cases.settings import Settings
from cases.summary import totals
from desk import facts

_HERE = Path(__file__).parent
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def from_environment() -> FastAPI:
    return create_app(Settings())


def create_app(settings: Settings) -> FastAPI:
    """The desk of one installation. It shows counts, ids, file names and reasons, and nothing that a person wrote."""
    upgrade(settings)
    # reading must never keep the intake waiting
    engine = engine_for(settings).execution_options(reader=True)
    app = FastAPI(title="Replyflow desk", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    _add_headers(app)
    _add_pages(app, engine, settings.prefect_port)
    return app


def _add_headers(app: FastAPI) -> None:
    @app.middleware("http")
    async def harden(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers.update(_HEADERS)
        return response


def _add_pages(app: FastAPI, engine: Engine, prefect_port: int) -> None:
    pages = Jinja2Templates(_HERE / "pages")

    def show(request: Request, page: str, status: int = 200, **content: object) -> HTMLResponse:
        prefect = f"http://{request.url.hostname}:{prefect_port}"
        return pages.TemplateResponse(request, page, {"prefect": prefect, **content}, status_code=status)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """For watchdogs: answers once the database does."""
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
        return {"status": "ok"}

    @app.get("/")
    def overview(request: Request) -> HTMLResponse:
        with Session(engine) as session:
            return show(
                request,
                "overview.html",
                figures=totals(session).as_dict(),
                waiting=facts.waiting_questions(session),
                rejected=facts.rejected_documents(session),
                batches=facts.latest_batches(session),
            )

    @app.get("/batches/{batch_id}")
    def one_batch(request: Request, batch_id: str) -> HTMLResponse:
        with Session(engine) as session:
            batch = facts.find_batch(session, batch_id)
            if batch is None:
                return show(request, "unknown.html", 404)
            documents = facts.documents_of(session, batch_id)
        more = batch.figures["documents"] - len(documents)
        return show(request, "batch.html", batch=batch, documents=documents, more=more)
