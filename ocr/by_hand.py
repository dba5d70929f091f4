"""What a person says of a page stands in the place of what the machine would have searched for."""

from __future__ import annotations

import time
from dataclasses import replace

import cv2
import numpy as np

from ocr.codes.reference import parse_reference
from ocr.fields.codes import place_of
from ocr.locate import Located, locate
from ocr.page import ByHand, Page, Placed, Turn
from ocr.readings import Gray, Reading
from ocr.registration.geometry import Points, rotation_of, why_implausible
from ocr.registration.result import Matrix, NotRegistered, Registration
from ocr.template.loading import TemplateSet
from ocr.template.model import CodeField, Template

METHOD = "by hand"
PERSON = "person"


def mended(page: Page, by_hand: ByHand) -> Page:
    """The page as the person has turned it, with what else was said of it."""
    turn = by_hand.turn or 0
    dpi = page.dpi[::-1] if page.dpi and turn in (90, 270) else page.dpi
    return replace(page, image=turned(page.image, turn), dpi=dpi, by_hand=by_hand)


def turned(image: Gray, turn: Turn) -> Gray:
    """The image turned clockwise."""
    return np.ascontiguousarray(np.rot90(image, -(turn // 90)))


def find(page: Page, templates: TemplateSet, *, fixed: str | None = None) -> Located | NotRegistered:
    """Where the form lies: as a person has said, without any search, or else as `locate` finds it.

    A typed reference names the form to look for.
    """
    placed = page.by_hand.placed
    if placed is None:
        return locate(page, templates, fixed=fixed or _named(page.by_hand.code, templates))
    started = time.perf_counter()
    template = templates.by_name.get(placed.template)
    if template is None:
        return NotRegistered(f"The form {placed.template}, which was chosen by hand, is not known here any more.")
    registration = _registered(page, template, placed)
    if isinstance(registration, NotRegistered):
        return registration
    return Located(template, registration, (), None, {"register": (time.perf_counter() - started) * 1000})


def matrix_of(placed: Placed) -> Matrix:
    """The map from mm of the form to px of the page that the four points fix; NaN where three lie in one line."""
    try:
        matrix = cv2.getPerspectiveTransform(np.array(placed.mm, np.float32), np.array(placed.px, np.float32))
    except cv2.error:
        return np.full((3, 3), np.nan)
    return np.asarray(matrix, dtype=np.float64)


def why_not_placed(placed: Placed, template: Template) -> str | None:
    """Why the points cannot be those of `template` on any page, or None."""
    return why_implausible(matrix_of(placed), template.page.mm)


def typed_code(name: str, field: CodeField, image: Gray, matrix: Matrix, text: str) -> Reading:
    """The printed reference as a person has typed it; whether it is genuine is not asked here."""
    box, crop = place_of(field, image, matrix)
    return Reading(name, "code", text, 1.0, "ok", box, PERSON, ((text, 1.0),), ("typed",), crop)


def _registered(page: Page, template: Template, placed: Placed) -> Registration | NotRegistered:
    rows, columns = page.image.shape[:2]
    turn = (page.by_hand.turn or 0) - placed.turn
    matrix = _turning(turn % 360, rows, columns) @ matrix_of(placed)
    if fault := why_implausible(matrix, template.page.mm, (rows, columns)):
        return NotRegistered(f"The four points that were set by hand cannot be those of {template.name}: {fault}.")
    anchors: Points = np.array(placed.mm)
    return Registration(matrix, float("nan"), METHOD, len(anchors), rotation_of(matrix, template.page.mm), anchors)


def _turning(turn: int, rows: int, columns: int) -> Matrix:
    """Maps px of a picture to those of the picture turned clockwise; rows and columns are those of the turned one."""
    right, bottom = columns - 1, rows - 1
    maps = {
        0: [[1, 0, 0], [0, 1, 0]],
        90: [[0, -1, right], [1, 0, 0]],
        180: [[-1, 0, right], [0, -1, bottom]],
        270: [[0, 1, 0], [-1, 0, bottom]],
    }
    return np.array([*maps[turn], [0, 0, 1]], dtype=np.float64)


def _named(code: str | None, templates: TemplateSet) -> str | None:
    reference = parse_reference(code) if code else None
    template = templates.by_code.get(reference.form) if reference else None
    return template.name if template else None
