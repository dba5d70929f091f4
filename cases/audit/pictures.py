"""Pages as the machine saw them: turned, flattened, the form's own corner at 0, at one resolution."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ocr.locate import locate
from ocr.page import Page, Unreadable
from ocr.pages import open_pages
from ocr.registration.result import NotRegistered
from ocr.template.loading import TemplateSet

DPI = 150
_MM_AN_INCH = 25.4
_QUALITY = 85


def normalised(path: Path, wanted: dict[int, str], templates: TemplateSet) -> Iterator[tuple[int, bytes]]:
    """The pages `wanted` (number -> template) of a file as JPEG, gray, 150 dpi; those that are not found again are
    left out. The same file gives the same bytes."""
    for page in open_pages(path, name="", wanted=list(wanted)):
        if not isinstance(page, Unreadable) and (picture := _flat(page, wanted[page.number], templates)):
            yield page.number, picture


def _flat(page: Page, template: str, templates: TemplateSet) -> bytes | None:
    cv2.setRNGSeed(0)
    found = locate(page, templates, fixed=template)
    if isinstance(found, NotRegistered):
        return None
    scale = _MM_AN_INCH / DPI
    width, height = (round(side / scale) for side in found.template.page.mm)
    matrix = found.registration.matrix @ np.diag([scale, scale, 1.0])
    flat = cv2.warpPerspective(
        page.image, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=255
    )
    done, jpeg = cv2.imencode(".jpg", flat, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return jpeg.tobytes() if done else None
