"""A file is taken from the inbox once it is whole, and nothing else ever is."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.watch import Sightings, look, origin_of, waits


def paths_after(inbox: Path, *times: float, stability_s: float = 1.0) -> list[str]:
    seen: Sightings = {}
    ready: list[str] = []
    for now in times:
        arrivals, seen = look(inbox, seen, stability_s, now)
        ready = [arrival.path.name for arrival in arrivals]
    return ready


def test_a_file_is_taken_once_it_has_stopped_growing(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"x")
    assert paths_after(tmp_path, 0.0) == []
    assert paths_after(tmp_path, 0.0, 0.5) == []
    assert paths_after(tmp_path, 0.0, 0.5, 1.1) == ["a.pdf"]


def test_a_half_written_file_waits(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(b"x")
    _, seen = look(tmp_path, {}, 1.0, 0.0)
    file.write_bytes(b"xy")
    ready, seen = look(tmp_path, seen, 1.0, 1.1)
    assert ready == []
    ready, _ = look(tmp_path, seen, 1.0, 2.2)
    assert [arrival.path for arrival in ready] == [file]


@pytest.mark.parametrize("name", [".hidden.pdf", "~lock.pdf", "scan.pdf.part", "scan.TMP", "scan.crdownload"])
def test_hidden_and_temporary_files_wait(name: str, tmp_path: Path) -> None:
    assert waits(name)
    (tmp_path / name).write_bytes(b"x")
    assert paths_after(tmp_path, 0.0, 5.0) == []


def test_folders_name_the_channel_and_the_partner() -> None:
    assert origin_of(Path("a.pdf")) == ("paper", None)
    assert origin_of(Path("photo/a.pdf")) == ("photo", None)
    assert origin_of(Path("partner/acme/a.pdf")) == ("partner", "acme")
    assert origin_of(Path("E-Mail/a.pdf")) == origin_of(Path("email/a.pdf")) == ("email", None)


def test_a_folder_of_somebody_s_own_names_no_channel_as_it_may_name_a_person() -> None:
    assert origin_of(Path("Anna Holm/a.pdf")) == ("paper", None)


def test_an_empty_file_waits_longer_as_its_bytes_may_still_come(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").touch()
    assert paths_after(tmp_path, 0.0, 1.5) == []
    assert paths_after(tmp_path, 0.0, 1.5, 5.1) == ["a.pdf"]
