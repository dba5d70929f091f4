"""What every answer of the desk carries, and which requests get none: strict headers, other sites refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def add_guard(app: FastAPI) -> None:
    """Refuses requests that another site sent and hardens every response."""

    @app.middleware("http")
    async def harden(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        if is_forged(request):
            response: Response = JSONResponse({"detail": "This request did not come from the desk itself."}, 403)
        else:
            response = await call_next(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def is_forged(request: Request) -> bool:
    """Whether a request that changes something was sent by a page of another site, or by who knows what.

    After F. Valsorda, Cross-Site Request Forgery (2025): a browser says where a request comes from in Sec-Fetch-Site,
    older ones in Origin. Programs bring a token and no cookie, which no other site can make a browser send.
    """
    if request.method in _SAFE or request.headers.get("authorization", "").startswith("Bearer "):
        return False
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc != request.headers.get("host")
