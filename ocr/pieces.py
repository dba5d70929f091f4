"""Connected pieces of ink, counted as quickly as OpenCV can."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.readings import Gray

Labels = NDArray[np.integer[Any]]
_MOST_LABELS = 2**16 - 1


def pieces(picture: Gray) -> tuple[Labels, NDArray[np.int32], NDArray[np.float64]]:
    """Each pixel's piece (8-connected, 0 is paper), and by piece OpenCV's statistics (n, 5) and centre (n, 2) in px.

    Measured: 16-bit labels take a third of the time of 32-bit ones.
    """
    # no more pieces fit into a picture than squares of 2 x 2
    most = -(-picture.shape[0] // 2) * -(-picture.shape[1] // 2)
    kind = cv2.CV_16U if most <= _MOST_LABELS else cv2.CV_32S
    _, labels, stats, centres = cv2.connectedComponentsWithStatsWithAlgorithm(picture, 8, kind, cv2.CCL_DEFAULT)
    return np.asarray(labels), np.asarray(stats, np.int32), np.asarray(centres, np.float64)
