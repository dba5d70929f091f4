from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import Session, select

from cases import batches, pipeline, storing
from cases.database import engine_for
from cases.intake import take_in
from cases.models import Response
from cases.settings import Settings
from matching.base import Subscriber
from matching.query import Candidate, Match, Query
from ocr.codes.reference import Reference, sign
from ocr.readings import PageReading, Reading
from ocr.template.loading import TemplateSet
from ocr.template.model import Template

KEY = b"k" * 32


@pytest.fixture
def settings(tmp_path: Path, upgraded_url: str) -> Settings:
    return Settings(data=tmp_path / "data", database_url=upgraded_url)


@pytest.fixture
def session(settings: Settings) -> Iterator[Session]:
    engine = engine_for(settings)
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def templates(tmp_path: Path) -> TemplateSet:
    offer = {"a": {"box": [10, 50, 4, 4]}, "b": {"box": [10, 60, 4, 4]}}
    template = Template.model_validate(
        {
            "name": "card", "code": "CARD", "title": "Card", "page": {"size": "A4"}, "answers": "offer",
            "marks": {"method": "aruco", "ids": [0, 1, 2, 3]},
            "fields": {
                "code": {"kind": "code", "format": "qr", "role": "reference", "boxes": [[10, 10, 20, 20]]},
                "name": {"kind": "text", "role": "name", "prefill": "name", "box": [40, 10, 60, 6]},
                "offer": {"kind": "choice", "role": "offer", "options": offer},
                "phone": {"kind": "comb", "role": "phone", "cells": 10, "rules": ["phone"], "box": [10, 80, 60, 6]},
                "signature": {"kind": "signature", "required": True, "box": [10, 100, 60, 15]},
            },
        }
    )  # fmt: skip
    return TemplateSet(((template, tmp_path, "h" * 64),))


@pytest.fixture
def campaign(session: Session) -> object:
    from cases.models import Campaign

    made = Campaign(name="autumn", code="AUT", template="card", signing_key=KEY)
    session.add(made)
    session.add(Subscriber(id="S1", first_name="Anna", last_name="Holm", phone="+46701740605"))
    session.commit()
    return made


@pytest.fixture
def match_reference() -> Callable[[Query], Match]:
    """The matcher's first rule alone: a verified reference is believed, anything else is a question."""

    def answer(query: Query, mailed: object) -> Match:
        if query.reference_subscriber is None:
            return Match(query.id, "none", "no-candidate", (), ("Nobody fits.",))
        best = Candidate(query.reference_subscriber, 0.9999, 20.0, ())
        return Match(query.id, "auto", "reference", (best,), ("The signed reference names the subscriber.",))

    return answer


@pytest.fixture
def page() -> Callable[..., PageReading]:
    def make(
        sha256: str, *, number: int = 1, key: bytes = KEY, offer: tuple[str, ...] = ("a",), signed: bool = True,
        phone: tuple[str | None, str] = (None, "empty"), name: str = "Anna Holm", notes: tuple[str, ...] = (),
        code_status: str = "ok", others: tuple[tuple[str, float], ...] = (),
    ) -> PageReading:  # fmt: skip
        def reading(field: str, kind: str, value: object, status: str = "ok", seen: tuple[str, ...] = ()) -> Reading:
            also = others if field == "phone" else ()
            crop = np.zeros((2, 2), np.uint8)
            return Reading(field, kind, value, 0.99, status, (1, 2, 3, 4), "test 1", also, seen, crop)  # type: ignore[arg-type]

        text = sign(Reference("CARD", "AUT", "S1"), key).text
        fields = (
            reading("code", "code", text, code_status), reading("name", "text", name, seen=notes),
            reading("offer", "choice", list(offer)), reading("phone", "comb", *phone),
            reading("signature", "signature", signed),
        )  # fmt: skip
        return PageReading(sha256, number, "card", "h" * 64, "en", True, None, "aruco", 0.1, 0, fields)

    return make


@pytest.fixture
def drop(session, settings):
    def drop_file(content: bytes, name: str = "scan.tif"):
        path = settings.inbox / "paper" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return take_in(session, settings, path, root=settings.inbox, channel="paper")

    return drop_file


@pytest.fixture
def process(session, settings, drop, page, templates, match_reference):
    def run(content: bytes, **fields):
        taken = drop(content)
        batch = batches.create_batch(session, "paper")
        pipeline.plan_batch(session, settings, batch.id, lambda path, name: 1, settings.store.path_of)
        for _ in range(2):  # every step a second time, as after a kill
            storing.store_pages(session, settings, batch.id, [page(taken.sha256, **fields)])
            pipeline.decide_chunk(session, settings, batch.id, templates, match_reference)
        batches.finish_batch(session, batch.id)
        return batch, session.exec(select(Response).where(Response.document_id == taken.document_id)).one()

    return run
