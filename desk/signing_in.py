"""Coming in and going out: sign-in, the one-time link, sign-out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from cases.models import Person
from cases.persons import (
    SESSION,
    PersonError,
    accept,
    close_session,
    invited_role,
    open_session,
    sign_in,
)
from cases.settings import Settings
from desk.present import COOKIE, Reading, Writing
from desk.show import show

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=200)]


@router.get("/sign-in")
def sign_in_page(request: Request) -> HTMLResponse:
    return sign_in_again(request, 200, None)


def sign_in_again(request: Request, status: int, problem: str | None) -> HTMLResponse:
    """The sign-in with the ways in that there are; `problem` is the key of what went wrong."""
    settings: Settings = request.app.state.settings
    return show(
        request, "sign_in.html", status, problem=problem,
        by_password=settings.password_login, by_provider=bool(settings.oidc_issuer),
    )  # fmt: skip


@router.post("/sign-in")
def come_in(request: Request, session: Writing, login: Text, password: Text) -> Response:
    """Opens a session; wrong guesses are slowed down by login and by address."""
    throttle = request.app.state.throttle
    keys = (f"login {login.strip().casefold()}", f"from {request.client.host if request.client else ''}")
    if throttle.wait_s(*keys) > 0:
        return sign_in_again(request, 429, "sign_in.wait")
    person = sign_in(session, login, password) if _by_password(request) else None
    if person is None:
        throttle.failed(*keys)
        return sign_in_again(request, 401, "sign_in.wrong")
    throttle.succeeded(*keys)
    return _inside(request, session, person)


@router.get("/welcome/{secret}")
def welcome_page(request: Request, session: Reading, secret: str) -> HTMLResponse:
    role = invited_role(session, secret) if _by_password(request) else None
    return show(request, "welcome.html", 200 if role else 410, role=role)


@router.post("/welcome/{secret}")
def welcome(
    request: Request, session: Writing, secret: str, login: Text, name: Text, password: Text, language: Text = "en"
) -> Response:
    """Makes the person of a one-time link and signs them in."""
    if not _by_password(request):
        return show(request, "welcome.html", 410, role=None)
    try:
        person = accept(session, secret, login, name, password, language)
    except PersonError as error:
        session.rollback()
        return show(
            request, "welcome.html", 422, role=invited_role(session, secret), problem=error.code, given=(login, name)
        )
    return _inside(request, session, person)


@router.post("/sign-out")
def go_out(request: Request, session: Writing) -> RedirectResponse:
    close_session(session, request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    # crops that this browser kept are of no use to whoever sits down next
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _by_password(request: Request) -> bool:
    settings: Settings = request.app.state.settings
    return settings.password_login


def _inside(request: Request, session: Session, person: Person) -> RedirectResponse:
    """A session of its own at every sign-in; the one that the browser brought along ends."""
    close_session(session, request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/", 303)
    keep_session(request, response, open_session(session, person))
    return response


def is_encrypted(request: Request) -> bool:
    """Whether browsers reach the desk by https, perhaps through a server in front of it."""
    settings: Settings = request.app.state.settings
    return request.url.scheme == "https" or settings.desk_url.startswith("https:")


def keep_session(request: Request, response: Response, secret: str) -> None:
    """Gives the browser its session."""
    response.set_cookie(
        COOKIE, secret, max_age=int(SESSION.total_seconds()), httponly=True, samesite="strict",
        secure=is_encrypted(request),
    )  # fmt: skip
