"""Lists of values: how files are read, which values are near to a misread text, and how quick that is."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from ocr.handprint.wordlist import ListError, load_list, make_list

TOWNS = make_list([("Lund", 8), ("Umeå", 2), ("Malmö", 30), ("Malung", 1), ("Göteborg", 40)])


def near(*texts: str, count: int = 2) -> set[str]:
    return {value for value, _ in TOWNS.near(texts, count)}


def test_a_value_with_a_misread_letter_is_found() -> None:
    assert "Malmö" in near("MALNÖ")
    assert "Göteborg" in near("60TEBORG")


def test_what_shares_no_letters_with_any_value_finds_none() -> None:
    assert near("XYZ", count=9) == set()


def test_counts_say_how_usual_a_value_is_and_without_them_all_are_alike(tmp_path: Path) -> None:
    shares = dict(TOWNS.near(["Malmö", "Malung"], 5))
    assert shares["Malmö"] == pytest.approx(30 * shares["Malung"])
    file = tmp_path / "towns.txt"
    file.write_text("\ufeffLund\n\nBad  Ems\n", encoding="utf-8")
    assert dict(load_list(file).near(["Lund", "Bad Ems"], 9)) == {"Lund": 1.0, "Bad Ems": 1.0}


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "towns.txt"
    file.write_text("Lund\n", encoding="utf-8")
    before = load_list(file)
    file.write_text("Lund\t3\nYstad\t1\n", encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert load_list(file).values == ("Lund", "Ystad")
    assert load_list(file).version != before.version


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"Lund\tmany\n", "towns.txt:1: a line is"),
        (b"Lund\n\nUme\t1\t2\n", "towns.txt:3: a line is"),
        (b"\t5\n", "towns.txt:1: a line is"),
        (b"\n\n", "is empty"),
        (b"Malm\xf6\n", "is not text in UTF-8"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_its_line(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "towns.txt"
    file.write_bytes(content)
    with pytest.raises(ListError, match=said):
        load_list(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ListError, match=r"towns\.txt: cannot be read"):
        load_list(tmp_path / "towns.txt")


def test_a_hundred_thousand_streets_are_searched_in_milliseconds() -> None:
    random_ = random.Random(3)
    syllables = [a + b for a in "bdfghklmnrst" for b in ("a", "e", "i", "o", "en", "er", "in")]
    streets = {"".join(random_.choices(syllables, k=4)) + "straße" for _ in range(100_000)}
    words = make_list([(street, 1.0) for street in sorted(streets)])
    wanted = words.values[500]
    started = time.process_time()
    for _ in range(10):
        found = words.near([wanted.upper().replace("A", "4", 1)], 64)
    assert wanted in dict(found)
    assert (time.process_time() - started) / 10 < 0.03
