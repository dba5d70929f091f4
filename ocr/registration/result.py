"""The outcome of looking for a form on a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Registration:
    """`matrix` (3x3) maps millimetres on the form to pixels of the page as scanned.

    `residual_mm` is the mean error left on the marks or features, NaN where nobody can know it; `marks` how many
    carried the fit; `rotation` the clockwise turn of the scan in degrees (0, 90, 180, 270); `anchors` (n, 2) the places
    in mm of the marks that were found.
    """

    matrix: Matrix
    residual_mm: float
    method: str
    marks: int
    rotation: int
    anchors: Matrix = field(default_factory=lambda: np.empty((0, 2)))


@dataclass(frozen=True, slots=True)
class NotRegistered:
    """The form was not found, or not well enough to read boxes; `reason` is a sentence for a person."""

    reason: str
    residual_mm: float | None = None
