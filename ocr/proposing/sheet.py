"""The blank as the proposals see it: one scale, ink, and the straight lines in it. All boxes are in mm."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ocr.fields.crops import PX_PER_MM, Mask, darkness_of
from ocr.readings import Gray
from ocr.template.model import Box

_INK = 0.14
_SHORTEST_RULE_MM = 1.8
_THICKEST_RULE_MM = 1.2


@dataclass(frozen=True)
class Sheet:
    """`image` and `ink` at `PX_PER_MM`; `across` and `down` are the horizontal and vertical lines in the ink."""

    image: Gray
    ink: Mask
    across: Mask
    down: Mask

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in mm."""
        return self.image.shape[1] / PX_PER_MM, self.image.shape[0] / PX_PER_MM

    def share(self, box: Box) -> float:
        """The share of ink in `box`, 0 for a box without area on the sheet."""
        x, y, w, h = (round(side * PX_PER_MM) for side in box)
        part = self.ink[max(y, 0) : max(y + h, 0), max(x, 0) : max(x + w, 0)]
        return float(part.mean()) if part.size else 0.0


def sheet_of(image: Gray, size: tuple[float, float]) -> Sheet:
    """The blank `image`, which shows a whole page of `size` mm."""
    pixels = round(size[0] * PX_PER_MM), round(size[1] * PX_PER_MM)
    way = cv2.INTER_AREA if image.shape[1] > pixels[0] else cv2.INTER_CUBIC
    scaled = np.asarray(cv2.resize(image, pixels, interpolation=way), dtype=np.uint8)
    ink = darkness_of(scaled) > _INK
    return Sheet(scaled, ink, _rules(ink, upright=False), _rules(ink, upright=True))


def _rules(ink: Mask, *, upright: bool) -> Mask:
    """Ink that is long one way and thin the other."""
    long, thick = round(_SHORTEST_RULE_MM * PX_PER_MM), round(_THICKEST_RULE_MM * PX_PER_MM)
    along, over = (np.ones((long, 1), np.uint8), np.ones((1, thick), np.uint8))
    if not upright:
        along, over = along.T, over.T
    # a hairline that runs askew steps from row to row; a pixel of width keeps it whole
    beside = np.ones((1, 3) if upright else (3, 1), np.uint8)
    fat = cv2.dilate(ink.astype(np.uint8), beside)
    lines = cv2.morphologyEx(fat, cv2.MORPH_OPEN, along)
    areas = cv2.morphologyEx(lines, cv2.MORPH_OPEN, over)
    return np.asarray((lines > 0) & (areas == 0) & ink)
