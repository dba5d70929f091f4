"""What lies in the inbox and cannot be taken: it is refused with a note, said once, and stops nothing."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, select

from cases import store
from cases.database import engine_for, upgrade
from cases.models import Document, LedgerEvent
from cases.settings import Settings
from flows import watch as watch_module
from flows.casework import Casework
from flows.pool import PagePool, page_pool
from flows.watching import Door
from flows.work import Workshop

FIRST, STABLE, RETRY, RETRY_AGAIN = 0.0, 10.0, 15.0, 30.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data=tmp_path / "data")
    (made.inbox / "paper").mkdir(parents=True)
    upgrade(made)
    return made


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PagePool]:
    with page_pool(1, tmp_path_factory.mktemp("no-templates")) as pool:
        yield pool


@pytest.fixture
def door(settings: Settings, pool: PagePool, caplog: pytest.LogCaptureFixture) -> Iterator[Door]:
    engine = engine_for(settings)
    caplog.set_level(logging.INFO, "flows")
    yield Door(Workshop(Casework(settings, engine, pool), pool, 32), settings)
    engine.dispose()


def names(door: Door) -> list[str]:
    with Session(engine_for(door.settings)) as session:
        return sorted(session.exec(select(Document.name)))


def notes(door: Door) -> list[str]:
    return [path.read_text() for path in sorted(door.settings.rejected.glob("*.txt"))]


def test_links_and_pipes_are_refused_once_with_a_note_and_never_block(
    door: Door, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = tmp_path / "secret.pdf"
    secret.write_bytes(b"x")
    paper = door.settings.inbox / "paper"
    (paper / "link.pdf").symlink_to(secret)
    (paper / "folder").symlink_to(tmp_path)
    os.mkfifo(paper / "pipe.pdf")
    (paper / "good.pdf").write_bytes(b"y")
    for now in (FIRST, STABLE, RETRY_AGAIN, 2 * RETRY_AGAIN):
        door.admit(now)
    assert names(door) == ["good.pdf"]
    assert secret.read_bytes() == b"x"
    assert (paper / "link.pdf").is_symlink()
    assert sorted(text.split(" was left")[0] for text in notes(door)) == ["folder", "link.pdf", "pipe.pdf"]
    assert sum("not taken in" in record.message for record in caplog.records) == 3
    assert "link.pdf" not in caplog.text


def test_a_full_disk_leaves_the_file_and_its_note_goes_once_there_is_room(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = door.settings.inbox / "paper" / "scan.pdf"
    scan.write_bytes(b"x")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(store.Store, "put_stream", full)
        door.admit(FIRST)
        door.admit(STABLE)
    assert scan.exists()
    assert "No space left on device" in notes(door)[0]
    assert door.admit(RETRY) == 0, "a full disk is not tried twice a second"
    assert door.admit(RETRY_AGAIN) == 1
    assert (names(door), notes(door), scan.exists()) == (["scan.pdf"], [], False)


@pytest.mark.parametrize(("call", "sentence"), [("open", "cannot be opened"), ("unlink", "Remove it by hand")])
def test_a_file_without_permission_stays_and_is_told(
    door: Door, monkeypatch: pytest.MonkeyPatch, call: str, sentence: str
) -> None:
    scan = door.settings.inbox / "paper" / "scan.pdf"
    scan.write_bytes(b"x")
    real = getattr(os, call)

    def denied(path: object, *given: object, **named: object) -> object:
        if Path(str(path)).name == "scan.pdf":
            raise PermissionError(errno.EACCES, "denied")
        return real(path, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, denied)
        door.admit(FIRST)
        door.admit(STABLE)
    assert scan.exists()
    assert [sentence in text for text in notes(door)] == [True]


def test_a_folder_that_may_not_be_listed_is_told_and_the_others_are_taken(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = door.settings.inbox / "photo"
    closed.mkdir()
    (door.settings.inbox / "paper" / "scan.pdf").write_bytes(b"x")
    real = os.scandir

    def denied(folder: Path) -> object:
        if folder == closed:
            raise PermissionError(errno.EACCES, "denied")
        return real(folder)

    monkeypatch.setattr(watch_module.os, "scandir", denied)
    door.admit(FIRST)
    door.admit(STABLE)
    assert names(door) == ["scan.pdf"]
    assert ["This folder cannot be opened" in text for text in notes(door)] == [True]


def test_a_file_that_vanishes_between_look_and_take_is_no_event(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = door.settings.inbox / "paper" / "scan.pdf"
    scan.write_bytes(b"x")
    door.admit(FIRST)
    real = watch_module.origin_of

    def vanishing(relative: Path) -> tuple[str, str | None]:
        scan.unlink()
        return real(relative)

    monkeypatch.setattr(watch_module, "origin_of", vanishing)
    assert door.admit(STABLE) == 0
    assert (names(door), notes(door)) == ([], [])


def test_a_file_that_another_program_holds_open_waits_until_it_is_closed(door: Door) -> None:
    scan = door.settings.inbox / "paper" / "scan.pdf"
    with scan.open("wb") as scanner:
        scanner.write(b"first half")
        scanner.flush()
        door.admit(FIRST)
        assert door.admit(STABLE) == 0
    assert notes(door) == []
    assert door.admit(STABLE + 0.5) == 1


def test_a_folder_that_is_renamed_while_copying_loses_nothing(door: Door) -> None:
    old, new = door.settings.inbox / "paper" / "new folder", door.settings.inbox / "paper" / "pile 7"
    old.mkdir()
    for number in range(3):
        (old / f"{number}.pdf").write_bytes(b"%d" % number)
    door.admit(FIRST)
    old.rename(new)
    door.admit(STABLE)
    assert names(door) == []
    door.admit(2 * STABLE)
    assert names(door) == ["0.pdf", "1.pdf", "2.pdf"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"line\nbreak.pdf", "line\ufffdbreak.pdf"),
        (b"latin-\xe5\xe4\xf6.pdf", "latin-\ufffd\ufffd\ufffd.pdf"),
        ("å ö ß 漢字 'quote\".pdf".encode(), "å ö ß 漢字 'quote\".pdf"),
        ("right\u202efdp.exe".encode(), "right\ufffdfdp.exe"),
        (b"x" * 251 + b".pdf", "x" * 236 + ".pdf"),
        (b"dot.", "dot."),
        (b"-rf $(reboot).pdf", "-rf $(reboot).pdf"),
    ],
)
def test_any_name_is_taken_and_shown_on_one_line(door: Door, name: bytes, shown: str) -> None:
    path = os.path.join(os.fsencode(door.settings.inbox / "paper"), name)  # noqa: PTH118
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(b"x")
    door.admit(FIRST)
    assert door.admit(STABLE) == 1
    assert names(door) == [shown]


def test_the_same_bytes_under_two_names_are_said_to_be_one(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("a.pdf", "b.pdf"):
        (door.settings.inbox / "paper" / name).write_bytes(b"x")
    door.admit(FIRST)
    assert door.admit(STABLE) == 1
    assert "the bytes of document 1 came again" in caplog.text
    with Session(engine_for(door.settings)) as session:
        assert [event.tag for event in session.exec(select(LedgerEvent))][-1] == "intake:document:duplicate"


def test_two_refused_files_of_one_name_have_a_note_each(door: Door, tmp_path: Path) -> None:
    for channel in ("paper", "photo"):
        (door.settings.inbox / channel).mkdir(exist_ok=True)
        (door.settings.inbox / channel / "scan.pdf").symlink_to(tmp_path)
    door.admit(FIRST)
    door.admit(STABLE)
    assert [text.split(":")[0] for text in notes(door)] in (
        [f"scan.pdf was left in its folder {a}" for a in ("paper", "photo")],
        [f"scan.pdf was left in its folder {a}" for a in ("photo", "paper")],
    )


def test_a_name_that_is_no_utf_8_is_told_in_utf_8_whatever_becomes_of_the_file(door: Door, tmp_path: Path) -> None:
    scan, twin = (tmp_path / os.fsdecode(name) for name in (b"Gr\xfcn.pdf", b"bl\xe4ulich.pdf"))
    scan.write_bytes(b"x")
    twin.write_bytes(b"x")
    told = [
        door.workshop.steps.admit(path, channel="paper", partner=None, keep=True)
        for path in (scan, twin, tmp_path / os.fsdecode(b"w\xe4g.pdf"))
    ]
    assert [(one.outcome, one.name) for one in told] == [
        ("taken", "Gr\ufffdn.pdf"),
        ("duplicate", "bl\ufffdulich.pdf"),
        ("passing", "w\ufffdg.pdf"),
    ]
