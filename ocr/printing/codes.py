"""Codes and corner markers as vector squares, sharp at every resolution."""

from __future__ import annotations

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from ocr.codes.finding import FORMATS
from ocr.registration.aruco import DICTIONARY

Modules = NDArray[np.bool_]
LEAST_MODULE_MM, LEAST_BAR_MM = 0.5, 0.25
"""Four pixels and two at 200 dpi. zxing fails below 2.5 px a module once the scan is blurred by half a module."""
MATRIX_FORMATS = ("qr", "datamatrix")
_OPTIONS: dict[str, dict[str, str | bool]] = {"qr": {"ec_level": "Q"}, "datamatrix": {"force_square": True}}


def code_modules(text: str, kind: str) -> Modules:
    """The dark modules (rows, columns) of a code without its quiet zone. QR codes get error correction level Q:
    level M dies with one pen stroke across it (measured). Raises ValueError for a text that `kind` cannot carry."""
    # a rectangular Data Matrix stretched into a square box has modules too thin to scan
    options = _OPTIONS.get(kind, {})
    barcode = zxingcpp.create_barcode(text, FORMATS[kind], **options)
    picture = np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False))
    return np.asarray(picture.reshape(picture.shape[0], picture.shape[1]) < 128)


def marker_modules(number: int) -> Modules:
    """The 6 x 6 dark modules of an ArUco marker, its black border included."""
    dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARY)
    return np.asarray(cv2.aruco.generateImageMarker(dictionary, number, 6) < 128)
