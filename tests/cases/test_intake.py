"""A file on its way into the store: hostile kinds of files, long names, and kills between two steps."""

from __future__ import annotations

import os

import pytest
from sqlmodel import select

from cases import intake, rejecting
from cases.batches import create_batch
from cases.intake import Refused, Taken, take_in
from cases.models import Document
from cases.rejecting import publish_rejected


@pytest.fixture
def paper(settings):
    folder = settings.inbox / "paper"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def offer(session, settings):
    return lambda path, **more: take_in(session, settings, path, root=settings.inbox, channel="paper", **more)


@pytest.fixture
def drop(offer):
    def drop(content: bytes, path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        assert isinstance(offer(path), Taken)

    return drop


@pytest.fixture
def all_rejected(session):
    """Makes a batch of everything that came in, all of it rejected; its id."""

    def reject() -> str:
        batch = create_batch(session, "paper")
        for document in session.exec(select(Document)).all():
            document.state, document.reason = "rejected", "It is no form."
        session.commit()
        return batch.id

    return reject


@pytest.mark.parametrize(("kind", "code"), [("link", "cannot-open"), ("pipe", "not-a-file")])
def test_a_file_exchanged_after_the_checks_is_refused_without_waiting(paper, offer, monkeypatch, tmp_path, kind, code):
    path = paper / "scan.pdf"
    if kind == "link":
        (tmp_path / "secret").write_bytes(b"s")
        path.symlink_to(tmp_path / "secret")
    else:
        os.mkfifo(path)
    monkeypatch.setattr(intake, "_refusal", lambda path, root: None)
    outcome = offer(path)
    assert isinstance(outcome, Refused)
    assert outcome.code == code


def test_a_file_named_on_a_command_line_is_taken_though_a_program_holds_it_open(paper, offer):
    with (paper / "scan.pdf").open("wb") as program:
        program.write(b"x")
        program.flush()
        assert isinstance(offer(paper / "scan.pdf"), Refused)
        assert isinstance(offer(paper / "scan.pdf", keep=True), Taken)
    assert (paper / "scan.pdf").exists()


def test_a_file_left_open_and_untouched_for_minutes_is_taken_all_the_same(paper, offer):
    with (paper / "scan.pdf").open("wb") as program:
        program.write(b"x")
        program.flush()
        assert offer(paper / "scan.pdf").passes
        os.utime(paper / "scan.pdf", (0, 1_700_000_000))
        assert isinstance(offer(paper / "scan.pdf"), Taken)


def test_a_file_written_again_while_it_is_taken_stays_for_the_next_look(paper, offer, monkeypatch):
    path = paper / "scan.pdf"
    path.write_bytes(b"first")
    real = intake._insert

    def insert(*given):
        path.write_bytes(b"second, longer")
        return real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(intake, "_insert", insert)
        first = offer(path)
    second = offer(path)
    assert isinstance(first, Taken)
    assert isinstance(second, Taken)
    assert first.sha256 != second.sha256


def test_two_rejected_files_of_one_name_and_one_of_the_longest_name_lie_beside_their_notes(
    session, settings, paper, drop, all_rejected
):
    drop(b"1", paper / "a" / "scan.pdf")
    drop(b"2", paper / "b" / "scan.pdf")
    drop(b"3", paper / ("x" * 251 + ".pdf"))
    assert publish_rejected(session, settings, all_rejected()) == 3
    originals = {path.read_bytes() for path in settings.rejected.glob("*.pdf")}
    assert originals == {b"1", b"2", b"3"}
    assert len(list(settings.rejected.glob("*.pdf.txt"))) == 3


def test_a_kill_between_the_copy_and_its_note_is_made_good(session, settings, paper, drop, all_rejected, monkeypatch):
    drop(b"1", paper / "scan.pdf")
    batch_id = all_rejected()

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(rejecting, "_write", killed)
        publish_rejected(session, settings, batch_id)
    assert list(settings.rejected.glob("*.txt")) == []
    assert publish_rejected(session, settings, batch_id) == 1
    assert publish_rejected(session, settings, batch_id) == 0
