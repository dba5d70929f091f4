"""The maker of samples makes the same samples again."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from samples.make import make
from samples.people import luhn_digit, people

ROOT = Path(__file__).parents[2]


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def test_the_same_seed_makes_the_same_scans_and_truth(tmp_path: Path) -> None:
    first, again = make(tmp_path / "a", 3, 5), make(tmp_path / "b", 3, 5)
    assert first == again
    # a PDF carries the second it was made; the pictures are bare pixels
    pictures = {name: value for name, value in digests(tmp_path / "a").items() if not name.endswith(".pdf")}
    assert pictures
    assert pictures.items() <= digests(tmp_path / "b").items()


def test_another_seed_makes_other_answers(tmp_path: Path) -> None:
    assert make(tmp_path / "a", 3, 5) != make(tmp_path / "b", 3, 6)


def test_the_committed_subscribers_are_what_the_maker_makes() -> None:
    with (ROOT / "samples/subscribers.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == list(people(2000, 1))


def test_customer_numbers_pass_their_check_digit() -> None:
    assert luhn_digit("7992739871") == "3"
    assert all(luhn_digit(p["customer_number"][:-1]) == p["customer_number"][-1] for p in people(50, 2))


def test_there_are_households_and_namesakes() -> None:
    everyone = list(people(2000, 1))
    names = [(p["first_name"], p["last_name"]) for p in everyone]
    homes = [(p["last_name"], p["street"], p["house_number"], p["postcode"]) for p in everyone]
    assert len(set(names)) < len(names)
    assert len(set(homes)) < len(homes)
