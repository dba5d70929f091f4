"""Data protection on both databases: erased people leave nothing, and everything else still verifies."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, SQLModel, select

from cases import ledger
from cases.auditing import first_fault
from cases.clock import now
from cases.models import Access, Case, Commitment, Consent, Document, FieldReading, LegalHold, Page, Response
from cases.privacy.accesses import AccessLog, who_saw_case
from cases.privacy.disclosing import disclose
from cases.privacy.erasing import erase_people
from cases.privacy.holds import is_held, lift_holds, place_hold
from cases.privacy.retention import expire, what_is_due
from cases.settings import Settings

Process = Callable[..., tuple[object, Response]]
TODAY = dt.datetime.now(dt.UTC).date()
LONG_AGO = now() - dt.timedelta(days=500)


def everything_in(session: Session) -> str:
    """All rows of all tables as text."""
    tables = sorted(SQLModel.metadata.tables)
    rows = [session.connection().execute(text(f'SELECT * FROM "{name}"')).all() for name in tables]
    return repr(rows)


def age(session: Session, document: Document) -> None:
    document.received_at = LONG_AGO
    session.add(document)
    session.commit()


def note(session: Session, login: str, response: Response) -> None:
    """Somebody looks at the document, at a desk that has just started."""
    document = response.document_id
    session.commit()
    AccessLog(session.get_bind()).saw(login, document)  # type: ignore[arg-type]


@pytest.fixture
def anna(session: Session, settings: Settings, campaign: object, process: object) -> Response:
    """Anna Holm's response, with a crop in the store."""
    _, response = process(b"Anna's form", phone=("0701740605", "ok"))  # type: ignore[operator]
    reading = session.exec(select(FieldReading).where(FieldReading.name == "signature")).one()
    reading.crop = settings.store.put_bytes(b"Anna's signature")
    session.add(reading)
    session.commit()
    assert "Anna" in everything_in(session)
    assert first_fault(session, settings) is None
    return response


def test_an_erased_person_is_in_no_table_and_no_file_and_the_ledger_still_verifies(
    session: Session, settings: Settings, anna: Response
) -> None:
    done = erase_people(session, settings, ["S1", "S2"], "os:test")
    assert (done.subscribers, done.responses, done.files, done.unknown) == (1, 1, 3, ("S2",))
    session.expire_all()
    left = everything_in(session)
    for trace in ("Anna", "Holm", "0701740605", "701740605", "'S1'", "scan.tif"):
        assert trace not in left, trace
    assert [path for path in (settings.data / "store").rglob("*") if path.is_file()] == []
    assert first_fault(session, settings) is None
    assert session.exec(select(Commitment).where(Commitment.response_id == anna.id)).all() != []
    assert session.exec(select(Case)).one().subscriber_id is None


def test_a_form_of_which_nobody_has_said_who_sent_it_goes_with_whom_it_most_probably_is_of(
    session: Session, settings: Settings, campaign: object, process: Process
) -> None:
    _, forged = process(b"forged", key=b"x" * 32, name="Anna Holm")
    _, other = process(b"other", key=b"x" * 32, name="Anna Holm of another house")
    likely = {"subscriber_id": "S1", "probability": 0.99, "score": 40.0, "evidence": []}
    assert forged.subscriber_id is None and other.subscriber_id is None
    forged.candidates = [likely, likely | {"subscriber_id": "S2", "probability": 0.01}]
    other.candidates = [likely | {"subscriber_id": "S2"}, likely | {"probability": 0.01}]
    session.add_all([forged, other])
    session.commit()
    done = erase_people(session, settings, ["S1"], "os:test")
    assert done.responses == 1
    session.expire_all()
    assert "Anna Holm of another house" in everything_in(session)
    assert "Anna Holm'" not in everything_in(session) and '"Anna Holm"' not in everything_in(session)
    assert first_fault(session, settings) is None


def test_bytes_of_an_erased_person_are_gone_from_the_database_file_itself(
    session: Session, settings: Settings, anna: Response
) -> None:
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL blanks what is deleted when it vacuums")
    erase_people(session, settings, ["S1"], "os:test")
    content = b"".join(path.read_bytes() for path in settings.data.glob("replyflow.sqlite*"))
    assert b"Holm" not in content


def test_erasing_killed_before_its_commit_is_finished_by_the_next_run(
    session: Session, settings: Settings, anna: Response, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "forget", killed)
        with pytest.raises(KeyboardInterrupt):
            erase_people(session, settings, ["S1"], "os:test")
    session.rollback()
    assert erase_people(session, settings, ["S1"], "os:test").responses == 1
    assert "Anna" not in everything_in(session)
    assert first_fault(session, settings) is None


def test_who_is_on_legal_hold_stays_until_it_is_lifted(session: Session, settings: Settings, anna: Response) -> None:
    place_hold(session, "S1", "court case", "os:test")
    done = erase_people(session, settings, ["S1"], "os:test")
    assert (done.held, done.responses) == (("S1",), 0)
    assert "Anna" in everything_in(session)
    assert lift_holds(session, "S1", "os:test") == 1
    assert not is_held(session, "S1")
    assert erase_people(session, settings, ["S1"], "os:test").responses == 1
    assert session.exec(select(LegalHold)).one().lifted_by == "os:test"


def test_a_disclosure_holds_everything_and_is_itself_recorded(
    session: Session, settings: Settings, anna: Response, tmp_path: Path
) -> None:
    note(session, "eva", anna)
    assert disclose(session, settings, "S1", tmp_path / "out", "os:test") == 1
    about = json.loads((tmp_path / "out/about.json").read_text("utf-8"))
    assert about["in the customer base"][0]["last_name"] == "Holm"
    assert "0701740605" in json.dumps(about["what was read"])
    assert about["who saw it"][0]["login"] == "eva"
    pictures = {path.read_bytes() for path in (tmp_path / "out/pictures").iterdir()}
    assert pictures >= {b"Anna's form", b"Anna's signature"}
    assert "Holm" in (tmp_path / "out/about.html").read_text("utf-8")
    with pytest.raises(FileExistsError):
        disclose(session, settings, "S1", tmp_path / "out", "os:test")
    with pytest.raises(KeyError):
        disclose(session, settings, "S99", tmp_path / "other", "os:test")


def test_a_disclosure_shows_hostile_writing_as_text(
    session: Session, settings: Settings, campaign: object, process: object, tmp_path: Path
) -> None:
    process(b"hostile", name="<script>alert(1)</script>")  # type: ignore[operator]
    disclose(session, settings, "S1", tmp_path / "out", "os:test")
    assert "<script>alert" not in (tmp_path / "out/about.html").read_text("utf-8")


def test_pictures_go_after_their_period_and_values_later(session: Session, settings: Settings, anna: Response) -> None:
    document = session.get_one(Document, anna.document_id)
    pictures = settings.model_copy(update={"retention": {"pictures": 400}})
    assert expire(session, pictures, TODAY) == {"pictures": 0}
    age(session, document)
    assert [(due.kind, due.count) for due in what_is_due(session, pictures, TODAY)] == [("pictures", 1)]
    assert expire(session, pictures, TODAY) == {"pictures": 1}
    assert expire(session, pictures, TODAY) == {"pictures": 0}
    assert not settings.store.holds(document.sha256)
    assert "Anna Holm" in everything_in(session)
    assert first_fault(session, settings) is None

    values = settings.model_copy(update={"retention": {"pictures": 400, "values": 450}})
    assert expire(session, values, TODAY) == {"pictures": 0, "values": 1}
    assert expire(session, values, TODAY) == {"pictures": 0, "values": 0}
    session.expire_all()
    assert {reading.value for reading in session.exec(select(FieldReading))} == {None}
    assert first_fault(session, settings) is None


def test_nothing_of_a_held_person_expires(session: Session, settings: Settings, anna: Response) -> None:
    age(session, session.get_one(Document, anna.document_id))
    place_hold(session, "S1", "court case", "os:test")
    kept = settings.model_copy(update={"retention": {"pictures": 400, "values": 400}})
    assert expire(session, kept, TODAY) == {"pictures": 0, "values": 0}
    assert settings.store.holds(session.get_one(Document, anna.document_id).sha256)


def test_a_page_of_another_sender_in_the_same_file_is_kept_as_a_picture(
    session: Session, settings: Settings, anna: Response, tmp_path: Path
) -> None:
    document = session.get_one(Document, anna.document_id)
    scan = Path(__file__).parents[3] / "samples/scans/paper/0014-retention-offer.png"
    with scan.open("rb") as source:
        document.sha256, _ = settings.store.put_stream(source)
    other = Page(document_id=document.id or 0, number=2, registered=True)
    session.add_all([document, other])
    session.commit()
    first = session.get_one(Page, anna.first_page_id)
    first.number, other.number = 9, 1
    theirs = Response(
        document_id=document.id or 0, first_page_id=other.id or 0, page_ids=[other.id or 0], template="card",
        subscriber_id="S7",
    )  # fmt: skip
    session.add_all([first, other, theirs])
    session.commit()
    disclose(session, settings, "S7", tmp_path / "theirs", "os:test")
    (picture,) = (tmp_path / "theirs/pictures").iterdir()
    assert picture.name == f"page-{other.id}.png", "their page, and not the file with Anna's form"
    place_hold(session, "S7", "court case", "os:test")
    assert erase_people(session, settings, ["S1"], "os:test").held == ("S1",)
    assert settings.store.holds(document.sha256), "the original of a person on hold is not touched"
    lift_holds(session, "S7", "os:test")
    erase_people(session, settings, ["S1"], "os:test")
    session.expire_all()
    assert not settings.store.holds(document.sha256)
    copy = session.get_one(Page, other.id).copy_of
    assert copy is not None
    assert settings.store.read(copy).startswith(b"\x89PNG")
    assert session.get_one(Response, theirs.id).subscriber_id == "S7"
    assert first_fault(session, settings) is None


def test_accesses_are_noted_once_an_hour_and_expire(session: Session, settings: Settings, anna: Response) -> None:
    for login in ("eva", "eva", "jon"):
        note(session, login, anna)
    assert [one.login for one in who_saw_case(session, anna.case_id or 0)] == ["eva", "jon"]
    session.add(Access(login="old", document_id=anna.document_id, hour=LONG_AGO))
    session.commit()
    assert expire(session, settings.model_copy(update={"retention": {"accesses": 400}}), TODAY) == {"accesses": 1}
    assert len(session.exec(select(Access)).all()) == 2


def test_settings_refuse_a_period_for_what_has_none(tmp_path: Path) -> None:
    for wrong in ({"people": 3}, {"pictures": 0}):
        with pytest.raises(ValueError, match="names one of"):
            Settings(data=tmp_path, retention=wrong)


def test_no_consent_is_kept_where_the_form_asks_for_none(session: Session, anna: Response) -> None:
    assert session.exec(select(Consent)).all() == []
