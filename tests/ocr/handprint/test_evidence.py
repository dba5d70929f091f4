"""What cells, line and another reader say together, with and without a list of what is mostly written."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.handprint.classes import BLANK, CHARACTERS, CLASSES
from ocr.handprint.evidence import Evidence, near, weighed
from ocr.handprint.lattice import Lattice
from ocr.handprint.line import SPACE, Steps
from ocr.handprint.wordlist import make_list
from tests.ocr.handprint.certain import certain

NAMES = make_list([("MARTA", 1), ("MARTIN", 1), ("GRETA", 1), ("ERIK", 1)])
STREETS = make_list([("Storgatan", 3), ("Skolgatan", 1), ("Ringvägen", 1)])


def line(text: str, doubts: dict[int, tuple[str, float]] | None = None) -> Steps:
    """A line that says `text`, at the places of `doubts` with another character of this probability."""
    found = np.full((2 * len(text) + 1, CLASSES), 1e-9)
    found[::2, BLANK] = 1
    for at, character in enumerate(text):
        other, p = (doubts or {}).get(at, (character, 0.0))
        for one, share in ((character, 1 - p), (other, p)):
            found[2 * at + 1, SPACE if one == " " else CHARACTERS.index(one)] += share
    return np.asarray(np.log(found / found.sum(axis=1, keepdims=True)))


def test_a_list_turns_a_doubtful_reading_into_the_name_that_exists() -> None:
    evidence = Evidence(("M4RTA",), None, line("M4RTA", {1: ("A", 0.4)}))
    text, p = weighed(evidence, near(NAMES, evidence))[0]
    assert text == "MARTA"
    assert p > 0.99


def test_a_name_that_is_clearly_another_is_not_bent_into_one_of_the_list() -> None:
    evidence = Evidence(("MARTI",), None, line("MARTI"))
    text, p = weighed(evidence, near(NAMES, evidence))[0]
    assert text == "MARTI"
    assert p < 0.6


def test_a_more_usual_value_wins_a_tie() -> None:
    words = make_list([("LUND", 50), ("LVND", 1)])
    evidence = Evidence(("LVND", "LUND"), Lattice((certain("LUND", 6).cells + certain("LVND", 6).cells) / 2))
    assert weighed(evidence, near(words, evidence))[0][0] == "LUND"


def test_a_value_longer_than_its_comb_or_with_unknown_characters_is_not_offered() -> None:
    evidence = Evidence(("OK",), certain("OK", 3))
    assert dict(weighed(evidence, {"OK": 1.0, "OKAY": 1.0, "OΩ": 1.0}))["OK"] > 0.99


def test_a_value_may_begin_in_a_later_cell() -> None:
    cells = np.roll(certain("LUND", 6).cells, 2, axis=0)
    evidence = Evidence(("LUND",), Lattice(cells))
    assert weighed(evidence, {"LUND": 1.0, "SUND": 1.0})[0][1] > 0.99


@pytest.mark.parametrize("text", ["STORGATAN 12 B", "Storgatan 12 B", "7 STORGATAN"])
def test_a_house_number_stays_as_read_when_the_street_is_looked_up(text: str) -> None:
    evidence = Evidence((text.replace("RG", "R6"),), None, line(text, {text.find("R") + 1: ("6", 0.6)}))
    assert weighed(evidence, near(STREETS, evidence))[0][0] == text


def test_the_number_that_one_reader_saw_goes_with_the_street_that_another_saw() -> None:
    evidence = Evidence(("STORGATAN 1Z",), None, line("STORGATAN 12", {11: ("Z", 0.6)}), "5TQR6ATAM 12")
    assert weighed(evidence, near(STREETS, evidence))[0][0] == "STORGATAN 12"


def test_another_reader_decides_between_two_texts_that_are_alike_to_ours() -> None:
    doubtful = line("HSA", {0: ("U", 0.3)})
    assert weighed(Evidence(("HSA", "USA"), None, doubtful), {})[0][0] == "HSA"
    assert weighed(Evidence(("HSA", "USA"), None, doubtful, "USA"), {})[0][0] == "USA"


def test_without_any_text_there_is_none() -> None:
    assert weighed(Evidence(()), {}) == ()
