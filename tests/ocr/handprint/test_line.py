"""From probabilities along a line to its texts: repeated letters, alternatives, lists."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.handprint.classes import BLANK, CHARACTERS, CLASSES, UPPER
from ocr.handprint.line import SPACE, Steps, best_texts, likelihoods, line_picture, read_lines, within


def steps(*rows: dict[str, float]) -> Steps:
    found = np.full((len(rows), CLASSES), 1e-6)
    for row, chances in zip(found, rows, strict=True):
        for character, p in chances.items():
            row[{"": BLANK, " ": SPACE}.get(character, CHARACTERS.find(character))] = p
    return np.asarray(np.log(found / found.sum(axis=1, keepdims=True)))


SURE = {"": 0.998}


def test_a_character_seen_in_two_steps_is_one_and_two_with_nothing_between_are_two() -> None:
    line = steps({"A": 0.99}, {"A": 0.99}, SURE, {"N": 0.99}, SURE, {"N": 0.99}, {" ": 0.99}, {"E": 0.99})
    assert best_texts(line)[0][0] == "ANN E"


def test_the_beam_and_the_sum_over_all_alignments_agree() -> None:
    line = steps({"A": 0.6, "": 0.4}, {"A": 0.3, "B": 0.5, "": 0.2}, {"B": 0.7, "": 0.3})
    texts, chances = zip(*best_texts(line, 4, beam=200), strict=True)
    assert np.exp(likelihoods(line, texts)) == pytest.approx(chances, rel=1e-3)


def test_an_empty_text_is_as_likely_as_nothing_in_every_step() -> None:
    line = steps({"A": 0.6, "": 0.4}, {"B": 0.7, "": 0.3})
    assert np.exp(likelihoods(line, ["", "AB"])) == pytest.approx([0.12, 0.42], rel=1e-3)


def test_a_text_with_unknown_characters_has_no_probability() -> None:
    assert np.exp(likelihoods(steps(SURE), ["Ω"]))[0] == 0.0


def test_small_letters_count_as_capitals_where_a_field_holds_capitals() -> None:
    line = steps({"M": 0.9}, SURE, {"i": 0.7, "I": 0.1}, SURE, {"1": 0.6, "A": 0.3})
    assert best_texts(within(line, UPPER))[0][0] == "MIA"


def test_a_line_is_scaled_to_the_nets_height_whatever_its_resolution() -> None:
    crop = np.full((96, 900), 235, np.uint8)
    crop[30:70, 100:110] = 30
    picture = line_picture(crop)
    assert picture.shape == (32, 300)
    assert picture.max() > 200
    assert picture[:, 60:].max() == 0


def test_the_committed_line_net_reads_plain_capitals() -> None:
    crop = np.full((96, 620), 240, np.uint8)
    for at, character in enumerate("MARTIN"):
        cv2.putText(crop, character, (40 + 85 * at, 72), cv2.FONT_HERSHEY_SIMPLEX, 1.9, 30, 4, cv2.LINE_AA)
    (found,) = read_lines([line_picture(crop)])
    assert best_texts(within(found, UPPER))[0][0] == "MARTIN"
