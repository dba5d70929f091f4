"""Opens what a process needs for batches: the database, the cases' steps, the page pool."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cases.database import engine_for, upgrade
from cases.settings import Settings
from flows.casework import Casework
from flows.pool import page_pool
from flows.work import Workshop, present_workshop, using
from ocr.template.loading import load_templates


@contextmanager
def open_workshop(settings: Settings | None = None) -> Iterator[Workshop]:
    """A workshop on the installation of `settings` (or of the environment), closed at the end.

    Raises TemplateError for designs or lists that cannot be used, before any page is refused because of them.
    """
    settings = settings or Settings()
    load_templates(settings.templates, settings.lists)
    upgrade(settings)
    engine = engine_for(settings)
    try:
        with page_pool(settings.workers, settings.templates, settings.lists) as pool:
            steps = Casework(settings, engine, pool)
            yield Workshop(steps, pool, settings.chunk_pages, settings.desk_address)
    finally:
        engine.dispose()


@contextmanager
def workshop_at_hand() -> Iterator[Workshop]:
    """The workshop this process already works in, left open; else one of its own, closed at the end."""
    present = present_workshop()
    if present is not None:
        yield present
        return
    with open_workshop() as own, using(own):
        yield own
