"""Every case of a bag is drawn again, whatever was done to it: repairs, replays, critical fields, a second response."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from bench.kill import prepared
from cases import waiting
from cases.answering import Attention, Office, answer
from cases.audit.checking import verify_bag
from cases.audit.exporting import export_bag
from cases.audit.scope import Scope
from cases.database import engine_for
from cases.mending import NotMended, repair_page, undo_repair
from cases.models import Answer, Case, Document, ExceptionItem, Page, PageRepair, Response
from cases.settings import CHECKOUT, Settings
from matching.matcher import Matcher
from ocr.template.loading import load_templates
from tests.running import SAMPLES, replyflow

TOOK = Attention(active_s=2.5, keys=3)
STRICT = '{"choice": 1.0, "tick": 1.0}'


@pytest.fixture
def own(processed: Path, tmp_path: Path) -> Settings:
    return Settings(data=Path(shutil.copytree(processed, tmp_path / "own")))


@pytest.fixture
def exported(tmp_path: Path) -> Callable[[Settings, str], list[str]]:
    """What is wrong with the bag of a batch as it is now."""
    made: list[Path] = []

    def export(settings: Settings, batch: str) -> list[str]:
        made.append(tmp_path / f"bag-{len(made)}")
        export_bag(settings, Scope(batch=batch), made[-1])
        return [finding.sentence for finding in verify_bag(made[-1])]

    return export


def work_on(settings: Settings, **more: str) -> None:
    """Has what waits in the queue done; the file named has long been taken in."""
    done = replyflow(settings.data, "run", "--no-prefect", settings.data / "pile/0001-retention-offer.pdf", **more)
    assert done.returncode in (0, 1), done.stderr


def answer_all(settings: Settings, person: str) -> int:
    """Somebody answers whatever is asked; how much that was."""
    engine = engine_for(settings)
    with Session(engine, expire_on_commit=False) as session:
        matcher = Matcher(session, settings.matching)
        office = Office(settings, load_templates(settings.templates), matcher.match)
        items = waiting.take(session, person, 50)
        for item in items:
            word = {"match": "nobody", "page": "foreign"}.get(item.kind, "unreadable" if item.field else "yes")
            said = answer(session, office, item.id or 0, person, word, None, TOOK)  # type: ignore[arg-type]
            # what another answer has settled meanwhile is asked no more
            assert isinstance(said, Answer) or said.reason == "answered", (item.rule, said)
    engine.dispose()
    return len(items)


def test_cases_follow_after_a_page_was_taken_out_and_put_back(
    own: Settings, batch: str, exported: Callable[[Settings, str], list[str]]
) -> None:
    answer_all(own, "eva")
    engine = engine_for(own)
    with Session(engine) as session:
        pages = session.exec(select(Page.id).where(Page.number > 0, col(Page.registered)).order_by(Page.id)).all()
        for number, (what, value) in zip(pages, (("kind", "foreign"), ("turn", 180)), strict=False):
            said = repair_page(session, load_templates(own.templates), number, "eva", what, value)  # type: ignore[arg-type]
            assert not isinstance(said, NotMended)
        assert exported(own, batch) == [], "while the batch waits to be read again"
        work_on(own)
        session.expire_all()
        assert "void" in session.exec(select(Case.state)).all()
        session.rollback()
        assert exported(own, batch) == []
        for repair in session.exec(select(PageRepair)).all():
            assert not isinstance(undo_repair(session, repair.page_id, repair.id or 0, "eva"), NotMended)
        work_on(own)
        session.expire_all()
        assert "void" not in session.exec(select(Case.state)).all()
        session.rollback()
    engine.dispose()
    assert exported(own, batch) == []


def test_cases_follow_after_a_batch_was_read_again_more_strictly(
    own: Settings, batch: str, exported: Callable[[Settings, str], list[str]]
) -> None:
    strict = {"REPLYFLOW_FIELD_THRESHOLDS": STRICT}
    assert replyflow(own.data, "replay", batch, "--apply", **strict).returncode == 0
    assert exported(own, batch) == []
    assert answer_all(own, "eva") > 0
    assert exported(own, batch) == []


def test_a_case_waits_in_the_bag_too_until_its_critical_field_was_keyed_twice(
    tmp_path: Path, exported: Callable[[Settings, str], list[str]]
) -> None:
    templates = Path(shutil.copytree(CHECKOUT / "templates", tmp_path / "templates"))
    form = templates / "feedback-card/form.yaml"
    form.write_text(form.read_text().replace("  recommend:\n", "  recommend:\n    critical: true\n"))
    settings = Settings(data=prepared(tmp_path / "data"), templates=templates)
    scan = SAMPLES / "scans/paper/0004-feedback-card.webp"
    # nothing is sure, so that somebody is asked about the field
    never = {"REPLYFLOW_TEMPLATES": str(templates), "REPLYFLOW_FIELD_THRESHOLDS": '{"feedback-card/recommend": 1.0}'}
    assert replyflow(settings.data, "run", "--no-prefect", scan, **never).returncode == 0
    with sqlite3.connect(settings.data / "replyflow.sqlite") as connection:
        (batch,) = connection.execute("SELECT id FROM batch").fetchone()
    assert answer_all(settings, "eva") > 0
    engine = engine_for(settings)
    with Session(engine) as session:
        query = select(ExceptionItem.purpose).where(ExceptionItem.state == "open")
        assert session.exec(query).all() == ["second"]
        assert session.exec(select(Case.state)).all() == ["waiting"]
        session.rollback()
        assert exported(settings, batch) == []
        assert answer_all(settings, "jon") == 1
        assert session.exec(select(Case.state)).all() == ["open"]
    engine.dispose()
    assert exported(settings, batch) == []


def test_a_second_response_of_another_batch_comes_along_with_its_case(
    tmp_path: Path, exported: Callable[[Settings, str], list[str]]
) -> None:
    settings = Settings(data=prepared(tmp_path / "data"))
    for name in ("0005-retention-offer.pdf", "0037-retention-offer.pdf"):
        assert replyflow(settings.data, "run", "--no-prefect", SAMPLES / "scans/paper" / name).returncode == 0
    while answer_all(settings, "eva"):
        pass
    engine = engine_for(settings)
    with Session(engine) as session:
        batches = session.exec(select(Document.batch_id).order_by(Document.id)).all()
        first, second = session.exec(select(Response).order_by(Response.id)).all()
        assert first.case_id == second.case_id
        assert session.exec(select(Answer.word)).all().count("yes") == 1, "the second answer holds"
        for batch in batches:
            assert len(Scope(batch=batch).documents(session)) == 2
    engine.dispose()
    for batch in batches:
        assert exported(settings, str(batch)) == []
