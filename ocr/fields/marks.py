"""Tick and choice fields: from the marks in their boxes to one value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ocr.fields.bubbles import read_bubbles
from ocr.fields.crops import cut, hull, pixel_box
from ocr.fields.ticks import READER, TickReading, read_tick
from ocr.readings import Gray, Reading, Status
from ocr.registration.result import Matrix
from ocr.template.model import ChoiceField, TickField

_SCRIBBLED, _DARKER = 0.55, 2.5
"""Ink in a box that was scribbled over in a hurry; ticks with a thick pen have as much, but then all of them have."""
_LIKELY = 0.97


def read_tick_field(name: str, field: TickField, image: Gray, matrix: Matrix) -> Reading:
    """True when ticked; a filled-over box is an answer taken back."""
    tick = read_tick(image, matrix, field.box)
    status: Status = "doubtful" if tick.mark == "doubtful" else "ok" if tick.mark == "ticked" else "empty"
    notes = ("withdrawn",) if tick.mark == "withdrawn" else ()
    yes = tick.confidence if tick.mark == "ticked" else 0.5 if tick.mark == "doubtful" else 1 - tick.confidence
    return Reading(
        name, "tick", tick.mark == "ticked", tick.confidence, status, pixel_box(matrix, field.box), READER,
        (("true", yes), ("false", 1 - yes)), notes, tick.crop,
    )  # fmt: skip


def read_choice(name: str, field: ChoiceField, image: Gray, matrix: Matrix) -> Reading:
    """The ticked options' names. Two ticks in a single choice, or any box that is not clear, make it doubtful."""
    ticks = _marks(field, image, matrix)
    if not field.multiple:
        ticks = _taken_back(ticks)
    chosen = [option for option, tick in ticks.items() if tick.mark == "ticked"]
    withdrawn = tuple(f"withdrawn:{option}" for option, tick in ticks.items() if tick.mark == "withdrawn")
    unclear = tuple(f"unclear:{option}" for option, tick in ticks.items() if tick.mark == "doubtful")
    notes = withdrawn + unclear
    confidence = float(np.prod([tick.confidence for tick in ticks.values()]))
    if len(chosen) > 1 and not field.multiple:
        notes, confidence = (*notes, "several"), 0.3
    status: Status = "doubtful" if unclear or "several" in notes else "ok" if chosen else "empty"
    box = hull([option.box for option in field.options.values()])
    return Reading(
        name, "choice", chosen, confidence, status, pixel_box(matrix, box), READER, _ranked(ticks), notes,
        cut(image, matrix, box, 1.5).image,
    )  # fmt: skip


def _marks(field: ChoiceField, image: Gray, matrix: Matrix) -> dict[str, TickReading]:
    boxes = {option: spec.box for option, spec in field.options.items()}
    if field.mark == "fill":
        return read_bubbles(image, matrix, boxes, field.shape)
    return {option: read_tick(image, matrix, box, field.shape) for option, box in boxes.items()}


def _taken_back(ticks: dict[str, TickReading]) -> dict[str, TickReading]:
    """Of two ticks where one is meant, the scribbled-over one is withdrawn: much darker than the same pen's other."""
    chosen = sorted((tick.share, option) for option, tick in ticks.items() if tick.mark == "ticked")
    if len(chosen) != 2 or chosen[1][0] < max(_SCRIBBLED, _DARKER * chosen[0][0]):
        return ticks
    scribbled = chosen[1][1]
    return {**ticks, scribbled: replace(ticks[scribbled], mark="withdrawn", confidence=_LIKELY)}


def _ranked(ticks: dict[str, TickReading]) -> tuple[tuple[str, float], ...]:
    """Each option with the probability that it is meant."""
    odds = {"ticked": 1.0, "doubtful": 0.5}
    values = [
        (option, tick.confidence if tick.mark == "ticked" else odds.get(tick.mark, 1 - tick.confidence))
        for option, tick in ticks.items()
    ]
    return tuple(sorted(values, key=lambda pair: -pair[1]))
