"""A reader's score becomes a probability, and the threshold of its kind decides what is taken."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.certainty.curves import version
from ocr.certainty.evidence import FEATURES, Scan, features_of, scan_of
from ocr.certainty.families import family_of
from ocr.certainty.judging import judged
from ocr.certainty.thresholds import Thresholds
from ocr.readings import Reading
from ocr.registration.result import Registration
from ocr.template.model import CombField, HandprintField, TextField, TickField

BOX = (10.0, 10.0, 60.0, 8.0)
COMB = CombField(kind="comb", box=BOX, cells=10, charset="digits")
SHARP, POOR = Scan(300, False, 0.05), Scan(120, True, 0.5)


def read(value="0701740605", score=0.999, status="ok", others=(), crop=None) -> Reading:
    alternatives = ((value, score), *others) if isinstance(value, str) else ()
    return Reading("phone", "comb", value, score, status, (0, 0, 9, 9), "cells/1", alternatives, (), crop)


def judge(reading: Reading, field=COMB, scan=SHARP, **given: float) -> Reading:
    keys = {key.replace("__", "/").replace("_", "-"): value for key, value in given.items()}
    return judged(reading, field, scan, Thresholds(keys), "card")


@pytest.mark.parametrize(
    ("field", "family"),
    [
        (COMB, "comb-digits"),
        (COMB.model_copy(update={"rules": ("customer_number",)}), "comb-checked"),
        (COMB.model_copy(update={"rules": ("date_not_future",)}), "comb-checked"),
        (COMB.model_copy(update={"charset": "alnum"}), "comb-text"),
        (COMB.model_copy(update={"prefill": "phone"}), "text"),
        (HandprintField(kind="handprint", box=BOX), "handprint"),
        (TextField(kind="text", box=BOX), "text"),
        (TickField(kind="tick", box=BOX), "tick"),
    ],
)
def test_fields_that_are_read_alike_are_one_family(field, family):
    assert family_of(field) == family


def test_a_reading_carries_its_family_its_threshold_and_the_version_of_the_curves():
    found = judge(read())
    assert (found.family, found.reader) == ("comb-digits", f"cells/1 {version()}")
    assert found.threshold is not None
    assert len(found.evidence) == len(FEATURES)


def test_the_same_score_is_worth_less_on_a_poor_scan():
    assert judge(read()).confidence > judge(read(), scan=POOR).confidence


def test_a_reader_that_is_less_sure_is_never_believed_more():
    found = [judge(read(score=score)).confidence for score in (0.2, 0.6, 0.9, 0.99, 0.9999)]
    assert found == sorted(found)


def test_the_threshold_decides_between_ok_and_doubtful():
    sure = judge(read()).confidence
    assert judge(read(), comb_digits=max(sure - 0.01, 0.51)).status == "ok"
    assert judge(read(), comb_digits=1.0).status == "doubtful"


def test_the_threshold_of_one_field_of_one_form_goes_before_that_of_its_family():
    assert judge(read(), comb_digits=0.51, card__phone=1.0).status == "doubtful"
    assert judge(read(), comb_digits=1.0, card__phone=0.51).status == "ok"
    assert judge(read(), comb_digits=1.0, other__phone=0.51).status == "doubtful"


def test_what_a_reader_doubted_itself_no_threshold_makes_certain():
    found = judge(read(status="doubtful"), comb_digits=0.51)
    assert found.status == "doubtful"
    assert Thresholds({"comb-digits": 0.51}).settled(found, "card").status == "doubtful"


def test_an_empty_field_stays_empty_with_the_share_of_empty_fields_that_are_so():
    found = judge(read("", 0.5, "empty"))
    assert found.status == "empty"
    assert found.confidence > 0.9


def test_the_alternatives_keep_their_order_and_share_what_is_left():
    found = judge(read(score=0.7, others=(("0701740665", 0.2), ("0701740685", 0.05))))
    assert found.alternatives[0] == (found.value, found.confidence)
    odds = [p for _, p in found.alternatives]
    assert odds == sorted(odds, reverse=True)
    assert sum(odds) <= 1.0001


def test_a_tick_says_how_probable_yes_and_no_are():
    field = TickField(kind="tick", box=BOX)
    ticked = judge(Reading("consent", "tick", True, 0.99, "ok", (0, 0, 9, 9), "tick/1"), field)
    assert dict(ticked.alternatives)["true"] == ticked.confidence
    assert sum(p for _, p in ticked.alternatives) == pytest.approx(1)


@pytest.mark.parametrize("given", [{"combs": 0.9}, {"text": 0.3}, {"text": 1.2}, {"/": 0.9}])
def test_thresholds_for_nothing_or_of_nonsense_are_refused(given):
    with pytest.raises(ValueError, match=r"threshold|neither"):
        Thresholds(given)


def test_the_scan_is_measured_on_the_pixels_whatever_the_file_says():
    registration = Registration(np.diag([200 / 25.4, 200 / 25.4, 1.0]), 0.1, "aruco", 4, 0)
    gray = np.random.default_rng(1).integers(0, 256, (500, 400)).astype(np.uint8)
    assert scan_of(gray, registration).dpi == pytest.approx(200)
    assert not scan_of(gray, registration).one_bit
    assert scan_of(np.where(gray < 128, 0, 255).astype(np.uint8), registration).one_bit


def test_pale_ink_and_rough_paper_are_seen_in_the_crop():
    rng = np.random.default_rng(2)

    def crop(ink: int, noise: float) -> np.ndarray:
        paper = np.full((60, 300), 240.0)
        paper[20:40, 40:200:8] = ink
        return np.clip(paper + rng.normal(0, noise, paper.shape), 0, 255).astype(np.uint8)

    seen = {name: dict(zip(FEATURES, features_of(read(crop=crop(*how)), COMB, SHARP), strict=True))
            for name, how in {"good": (20, 1), "pale": (170, 1), "rough": (20, 15)}.items()}  # fmt: skip
    assert seen["pale"]["pale"] > seen["good"]["pale"] + 0.4
    assert seen["rough"]["noisy"] > seen["good"]["noisy"] + 0.02
