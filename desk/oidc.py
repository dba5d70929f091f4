"""Signing in through an OpenID Connect provider: there and back."""

from __future__ import annotations

import logging

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from cases.persons import PersonError, close_session, open_session
from cases.vouched import vouched_person
from desk.present import COOKIE, Writing
from desk.provider import Provider, ProviderError, new_secret
from desk.show import show
from desk.signing_in import keep_session, sign_in_again
from desk.words import asked_for

router = APIRouter(include_in_schema=False)
_COOKIE, _PATH, _MINUTES = "replyflow-oidc", "/sign-in/oidc", 10
_LOG = logging.getLogger(__name__)


@router.get("/sign-in/oidc")
def go_there(request: Request) -> Response:
    """Sends the browser to the provider; its secret stays in a cookie of its own."""
    secret = new_secret()
    try:
        address = _provider(request).address(secret, _redirect(request))
    except ProviderError as error:
        return _refused(request, error)
    response = RedirectResponse(address, 303)
    # lax, as the provider's page is another site, from which no strict cookie comes along
    response.set_cookie(
        _COOKIE, secret, max_age=_MINUTES * 60, path=_PATH, httponly=True, samesite="lax",
        secure=_redirect(request).startswith("https:"),
    )  # fmt: skip
    return response


@router.get("/sign-in/oidc/done")
def come_back(request: Request, session: Writing) -> Response:
    """Opens a session for whom the provider vouches."""
    throttle, key = request.app.state.throttle, f"oidc {request.client.host if request.client else ''}"
    if throttle.wait_s(key) > 0:
        return sign_in_again(request, 429, "sign_in.wait")
    try:
        vouched = _provider(request).vouched(request.cookies.get(_COOKIE, ""), _redirect(request), request.query_params)
        person = vouched_person(session, vouched, asked_for(request.headers.get("accept-language", "")))
    except ProviderError as error:
        throttle.failed(key)
        return _refused(request, error)
    except PersonError as error:
        session.rollback()
        return _without_cookie(sign_in_again(request, 403, f"people.oidc.{error}"))
    throttle.succeeded(key)
    # a redirect would still count as coming from the other site, and the strict cookie would stay behind
    close_session(session, request.cookies.get(COOKIE, ""))
    page = show(request, "entered.html")
    keep_session(request, page, open_session(session, person))
    return _without_cookie(page)


def _refused(request: Request, error: ProviderError) -> Response:
    _LOG.warning("Nobody signed in through the provider: %s", error)
    return _without_cookie(
        sign_in_again(request, 502 if error.code == "unreachable" else 401, f"people.oidc.{error.code}")
    )


def _without_cookie(response: Response) -> Response:
    response.delete_cookie(_COOKIE, path=_PATH)
    return response


def _provider(request: Request) -> Provider:
    provider: Provider = request.app.state.provider
    if not provider.is_there:
        raise HTTPException(404, "No provider is set.")
    return provider


def _redirect(request: Request) -> str:
    return request.app.state.settings.oidc_redirect or str(request.url_for("come_back"))
