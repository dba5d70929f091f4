"""Pages in the language of who looks at them."""

from __future__ import annotations

from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from cases.models import Person
from desk.words import asked_for, words

_PAGES = Jinja2Templates(Path(__file__).parent / "pages")


def show(
    request: Request, page: str, status: int = 200, person: Person | None = None, **content: object
) -> HTMLResponse:
    """The page with `content`; ``w`` are the desk's words, ``prefect`` the address of the Prefect UI."""
    language = person.language if person else asked_for(request.headers.get("accept-language", ""))
    prefect = f"http://{request.url.hostname}:{request.app.state.prefect_port}"
    known = {"w": words(language), "language": language, "person": person, "prefect": prefect}
    return _PAGES.TemplateResponse(request, page, {**known, **content}, status_code=status)
