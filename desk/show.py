"""Pages in the language of who looks at them."""

from __future__ import annotations

from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from cases.models import Person
from cases.settings import Settings
from desk.labels import name_of, options_of, title_of
from desk.words import asked_for, is_translated, question_in, words
from ocr.template.loading import TemplateSet

_PAGES = Jinja2Templates(Path(__file__).parent / "pages")
_PAGES.env.filters["moment"] = lambda at: at.strftime("%Y-%m-%d %H:%M") if at else "–"
_PAGES.env.globals.update(
    question_in=question_in,
    is_translated=is_translated,
    named=lambda w, figures: {w[f"pages.figure.{name}"]: number for name, number in figures.items()},
)


def show(
    request: Request, page: str, status: int = 200, person: Person | None = None, **content: object
) -> HTMLResponse:
    """The page with `content`; ``w`` are the desk's words, ``prefect`` the address of the Prefect UI, ``title_of``,
    ``field_of`` and ``options_of`` tell what a form, its fields and their options are called."""
    language = person.language if person else asked_for(request.headers.get("accept-language", ""))
    settings: Settings = request.app.state.settings
    prefect = settings.prefect_url.rstrip("/") or f"http://{request.url.hostname}:{settings.prefect_port}"
    templates: TemplateSet = request.app.state.templates
    known = {
        "w": words(language), "language": language, "person": person, "prefect": prefect,
        "title_of": lambda form: title_of(templates, form, language),
        "field_of": lambda form, field: name_of(templates.by_name.get(form), field, language),
        "options_of": lambda form, role, names: options_of(templates.by_name.get(form), role, names, language),
    }  # fmt: skip
    return _PAGES.TemplateResponse(request, page, {**known, **content}, status_code=status)
