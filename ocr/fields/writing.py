"""Printed text, in a comb's cells or without, made ready for a recogniser: cleaned, packed, emptiness measured."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ocr.fields.crops import EDGE_MM, PX_PER_MM, Mask, Shares, cut, darkness_of, pixel_box, without_specks
from ocr.fields.lines import Line, line_pictures
from ocr.fields.rules import rule_mask
from ocr.handprint.cells import quantile
from ocr.pieces import pieces
from ocr.readings import Gray, PixelBox
from ocr.registration.result import Matrix
from ocr.template.model import CombField, HandprintField, TextField

_DARKNESS = 0.16
_SPECK_MM = 0.36

_EMPTY_MM2 = 0.45
"""Less ink than this in a whole field is dirt, not writing: a full stop of a ball pen has 0.3 mm2."""
_LOWEST_LETTER_MM = 0.7
_RULE_AT_MOST = 0.25
"""Share of a line's height, from its edges, in which a printed rule may lie."""
_GAP_MM = 0.6
"""White put between the characters of a comb."""
_PEN_SHARE = 0.4
"""A stroke has this share of the darkness of the ink; the blur between two letters has not."""
_STRUCK_SHARE = 0.45
_SHORTEST_STRIKE_MM = 6.0
_SLOPES = (-0.12, -0.08, -0.04, 0.0, 0.04, 0.08, 0.12)
WritingField = TextField | CombField | HandprintField


@dataclass(frozen=True, slots=True)
class Writing:
    """A field's writing: its lines, and the area of its ink in mm2."""

    name: str
    field: WritingField
    lines: tuple[Line, ...]
    written_mm2: float
    struck_out: bool
    crop: Gray
    box: PixelBox

    @property
    def empty(self) -> bool:
        return self.written_mm2 < _EMPTY_MM2


def prepare(name: str, field: WritingField, image: Gray, matrix: Matrix) -> Writing:
    """Cuts the field, takes printed lines and cell borders away and tells writing from blank paper."""
    crop = cut(image, matrix, field.box, EDGE_MM)
    inner = crop.inner(0.0)
    shares = darkness_of(crop.image)
    dark = without_specks(shares > _DARKNESS, _SPECK_MM)
    own, box = np.ascontiguousarray(crop.image[inner]), pixel_box(matrix, field.box)
    if isinstance(field, CombField):
        kept = _cells(dark[inner].shape, field)
        dark, shares = dark[inner] & kept, shares[inner]
        written = dark
        lines = line_pictures(*_packed(shares, dark, kept, field), dark.shape[0])
    else:
        rules = rule_mask(dark)
        kept = ~(rules & _where_rules_lie(dark, field))[inner]
        # a fold through an empty field is not writing, wherever it runs
        written = (dark & ~rules)[inner]
        dark, shares = dark[inner] & kept, shares[inner]
        lines = line_pictures(shares, dark, kept, dark.shape[0] / field.lines)
    struck = isinstance(field, TextField) and _is_struck(_strokes(shares, dark))
    return Writing(name, field, tuple(lines), _written_mm2(written), struck, own, box)


def _written_mm2(dark: Mask) -> float:
    """Area of all ink as high as the lowest letter; specks and what is left of broken rules are lower."""
    _, stats, _ = pieces(dark.view(np.uint8))
    high = stats[1:, cv2.CC_STAT_HEIGHT] >= _LOWEST_LETTER_MM * PX_PER_MM
    return float(stats[1:, cv2.CC_STAT_AREA][high].sum()) / PX_PER_MM**2


def _cells(shape: tuple[int, ...], field: CombField) -> Mask:
    """The insides of the cells; the outer 12 % of each may be printed border."""
    rows, columns = shape
    kept = np.zeros((rows, columns), np.bool_)
    pitch = columns / field.cells
    border = int(0.12 * min(pitch, rows))
    for cell in range(field.cells):
        kept[border : rows - border, int(cell * pitch) + border : int((cell + 1) * pitch) - border] = True
    return kept


def _packed(shares: Shares, dark: Mask, kept: Mask, field: CombField) -> tuple[Shares, Mask, Mask]:
    """The cells' characters moved together, so that a line recogniser sees a word instead of islands."""
    pitch = dark.shape[1] / field.cells
    columns: list[int] = []
    gaps: list[bool] = []
    for cell in range(field.cells):
        first = int(cell * pitch)
        used = np.flatnonzero(dark[:, first : int((cell + 1) * pitch)].any(axis=0))
        if len(used):
            letter = range(first + int(used[0]), first + int(used[-1]) + 1)
            gap = [first] * round(_GAP_MM * PX_PER_MM)
            columns += [*letter, *gap]
            gaps += [False] * len(letter) + [True] * len(gap)
    blank = np.array(gaps, dtype=np.bool_)
    return (
        np.where(blank, 0, shares[:, columns]).astype(np.float32),
        dark[:, columns] & ~blank,
        kept[:, columns] & ~blank,
    )


def _where_rules_lie(dark: Mask, field: TextField | HandprintField) -> Mask:
    """The rows (n, 1) that may hold printed lines: a line through the middle of machine-printed text is a pen's."""
    rows = np.arange(dark.shape[0])[:, None]
    if not isinstance(field, TextField):
        return np.ones_like(rows, dtype=np.bool_)
    edge = round(EDGE_MM * PX_PER_MM)
    place = (rows - edge) / ((dark.shape[0] - 2 * edge) / field.lines) % 1.0
    return np.asarray((place <= _RULE_AT_MOST) | (place >= 1 - _RULE_AT_MOST), dtype=np.bool_)


def _strokes(shares: Shares, dark: Mask) -> Mask:
    level = quantile(shares[dark], 0.9) if dark.any() else 1.0
    return np.asarray(dark & (shares > _PEN_SHARE * level), dtype=np.bool_)


def _is_struck(dark: Mask) -> bool:
    """Whether a stroke runs through most of the writing.

    Letters are open inside and end at the gaps between them; a stroke through them closes both at one height.
    """
    used = np.flatnonzero(dark.any(axis=0))
    if len(used) < _SHORTEST_STRIKE_MM * PX_PER_MM:
        return False
    reach = max(int(_STRUCK_SHARE * (used[-1] - used[0] + 1)), int(_SHORTEST_STRIKE_MM * PX_PER_MM))
    # a stroke leaves no gap between the columns
    if max(len(run) for run in np.split(used, np.flatnonzero(np.diff(used) > 1) + 1)) < reach:
        return False
    picture = dark.view(np.uint8)
    rows, columns = dark.shape
    for slope in _SLOPES:
        level = cv2.warpAffine(picture, np.array([[1, 0, 0], [slope, 1, -slope * columns / 2]]), (columns, rows))
        merged = cv2.dilate(level, np.ones((5, 1), np.uint8))
        if cv2.morphologyEx(merged, cv2.MORPH_OPEN, np.ones((1, reach), np.uint8)).any():
            return True
    return False
