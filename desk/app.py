"""The desk's web application: review, batches, people; every page and picture behind a sign-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from cases.database import engine_for, upgrade
from cases.privacy.accesses import AccessLog
from cases.settings import Settings
from desk import (
    batches,
    casebook,
    exports,
    groups,
    notes,
    oidc,
    people,
    photos,
    pictures,
    quality,
    repair,
    replays,
    review,
    senders,
    settlement,
    signing_in,
    uploads,
)
from desk.guard import add_guard
from desk.looking import Looker
from desk.present import NotSignedInError
from desk.provider import Provider
from desk.throttle import Throttle
from ocr.template.loading import load_templates

_HERE = Path(__file__).parent
_ROOMS = (
    signing_in,
    oidc,
    batches,
    casebook,
    replays,
    review,
    senders,
    pictures,
    repair,
    uploads,
    photos,
    people,
    settlement,
    exports,
    groups,
    quality,
    notes,
)


def from_environment() -> FastAPI:
    return create_app(Settings())


def create_app(settings: Settings) -> FastAPI:
    """The desk of one installation."""
    upgrade(settings)
    app = FastAPI(
        title="Replyflow desk", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json", lifespan=_life
    )
    app.state.settings, app.state.engine = settings, engine_for(settings)
    app.state.accesses = AccessLog(app.state.engine)
    app.state.templates = load_templates(settings.templates)
    app.state.looker, app.state.provider = Looker(settings.templates), Provider(settings)
    app.state.throttle = Throttle()
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    add_guard(app)
    app.add_exception_handler(NotSignedInError, _to_sign_in)
    for room in _ROOMS:
        app.include_router(room.router)
    _add_health(app)
    return app


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.looker.close()


def _to_sign_in(request: Request, _: Exception) -> Response:
    if request.url.path.startswith("/api/") or request.method != "GET":
        return JSONResponse({"detail": "Sign in first."}, 401)
    return RedirectResponse("/sign-in", 303)


def _add_health(app: FastAPI) -> None:
    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """For watchdogs: answers once the database does."""
        with app.state.engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
        return {"status": "ok"}
