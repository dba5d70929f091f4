"""Text, comb and handprint fields made ready for a recogniser: lines cleaned, cells packed, emptiness measured."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ocr.fields.crops import PX_PER_MM, Mask, cut, ink, pixel_box
from ocr.readings import Gray, PixelBox
from ocr.registration.result import Matrix
from ocr.template.model import CombField, HandprintField, TextField

_DARKNESS = 0.16
_SPECK_MM = 0.36

_EMPTY_MM2 = 0.45
"""Less ink than this in a whole field is dirt, not writing: a full stop of a ball pen has 0.3 mm2."""
_RULE_MM = 9.0
_STRUCK_SHARE = 0.45
WritingField = TextField | CombField | HandprintField


@dataclass(frozen=True, slots=True)
class Writing:
    """A field's writing: `clean` is black on pure white at `PX_PER_MM`, `written_mm2` the area of its ink."""

    name: str
    field: WritingField
    clean: Gray
    written_mm2: float
    struck_out: bool
    crop: Gray
    box: PixelBox

    @property
    def empty(self) -> bool:
        return self.written_mm2 < _EMPTY_MM2


def prepare(name: str, field: WritingField, image: Gray, matrix: Matrix) -> Writing:
    """Cuts the field, takes printed lines and cell borders away and clips the paper to white."""
    crop = cut(image, matrix, field.box)
    dark = ink(crop.image, _DARKNESS, _SPECK_MM)
    dark = _cells_only(dark, field) if isinstance(field, CombField) else _without_rules(dark)
    clean = np.where(_grown(dark), crop.image, 255).astype(np.uint8)
    if isinstance(field, CombField):
        clean = _packed(clean, field)
    area = float(dark.sum()) / PX_PER_MM**2
    return Writing(name, field, clean, area, _is_struck(dark), crop.image, pixel_box(matrix, field.box))


def _cells_only(dark: Mask, field: CombField) -> Mask:
    """Ink inside the cells; the outer 12 % of each may be printed border."""
    rows, columns = dark.shape
    kept = np.zeros_like(dark)
    pitch = columns / field.cells
    border = int(0.12 * min(pitch, rows))
    for cell in range(field.cells):
        left, right = int(cell * pitch) + border, int((cell + 1) * pitch) - border
        kept[border : rows - border, left:right] = dark[border : rows - border, left:right]
    return kept


def _packed(clean: Gray, field: CombField) -> Gray:
    """The cells' characters moved together, so that a line recogniser sees a word instead of islands."""
    pitch = clean.shape[1] / field.cells
    gap = np.full((clean.shape[0], int(0.6 * PX_PER_MM)), 255, np.uint8)
    parts: list[Gray] = []
    for cell in range(field.cells):
        part = clean[:, int(cell * pitch) : int((cell + 1) * pitch)]
        used = np.flatnonzero((part < 200).any(axis=0))
        if len(used):
            parts += [part[:, used[0] : used[-1] + 1], gap]
    return np.concatenate([gap, *parts], axis=1) if parts else clean


def _without_rules(dark: Mask) -> Mask:
    """Takes thin printed writing lines away: straight, level and longer than any letter."""
    picture = dark.astype(np.uint8)
    rules = cv2.morphologyEx(picture, cv2.MORPH_OPEN, np.ones((1, int(_RULE_MM * PX_PER_MM)), np.uint8))
    thick = cv2.morphologyEx(picture, cv2.MORPH_OPEN, np.ones((int(0.9 * PX_PER_MM), 1), np.uint8))
    thin = cv2.subtract(cv2.dilate(rules, np.ones((3, 3), np.uint8)), thick)
    return np.asarray(cv2.subtract(picture, thin), dtype=np.bool_)


def _is_struck(dark: Mask) -> bool:
    """Whether a stroke runs through most of the writing, in the middle of its height.

    Letters end at the spaces between them; a stroke through them closes those gaps at one height.
    """
    used = np.flatnonzero(dark.any(axis=0))
    lines = np.flatnonzero(dark.any(axis=1))
    if len(used) < 6 * PX_PER_MM or not len(lines):
        return False
    width = used[-1] - used[0] + 1
    reach = max(int(_STRUCK_SHARE * width), int(6 * PX_PER_MM))
    # a hand-drawn line is not level, so rows are merged; columns are not, or neighbouring letters would touch
    merged = cv2.dilate(dark.astype(np.uint8), np.ones((11, 1), np.uint8))
    return bool(cv2.morphologyEx(merged, cv2.MORPH_OPEN, np.ones((1, reach), np.uint8)).any())


def _grown(dark: Mask) -> Mask:
    """Ink with its soft edge, which recognisers read better than a hard mask."""
    return np.asarray(cv2.dilate(dark.astype(np.uint8), np.ones((5, 5), np.uint8)), dtype=np.bool_)


def line_height_px(writing: Writing) -> float:
    """Height of one line of the field in px of `clean`."""
    lines = 1 if isinstance(writing.field, CombField) else writing.field.lines
    return float(writing.clean.shape[0]) / lines
