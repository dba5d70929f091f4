"""A picture of how a page was read: what was found where, what was read, and what was refused and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr.codes.finding import FoundCode
from ocr.locate import Located, locate
from ocr.page import Page
from ocr.reader import read_page
from ocr.readings import PageReading, Reading
from ocr.registration.aruco import find_markers
from ocr.registration.geometry import Points, apply
from ocr.registration.result import Matrix
from ocr.template.loading import TemplateSet
from ocr.template.model import Box, ChoiceField, CodeField, FormField, SquareMarks, Template

_LONG_SIDE_PX = 2400
_HEAD_PX = 132
_COLORS = {"ok": "#15803d", "doubtful": "#c2410c", "empty": "#64748b", "invalid": "#b91c1c"}
_FOUND = "#1d4ed8"
_MARK = "#7e22ce"
_REFUSED = "#b91c1c"
_LONGEST_VALUE = 40
_FACES = ("DejaVuSans.ttf", "Lato-Regular.ttf")
_Rect = tuple[float, float, float, float]
"""Left, top, right, bottom in px of the picture."""


def explain(page: Page, templates: TemplateSet, *, fixed: str | None = None) -> Image.Image:
    """The page, at most 2400 px long, with its fields outlined in the colour of their status, below a head of facts.

    Green is sure, orange doubtful, grey empty, red invalid; blue are codes, violet marks; all boxes lie where the
    reader looked. A page that was refused shows the codes and markers that were found, and the reason.
    """
    located = locate(page, templates, fixed=fixed)
    reading = read_page(page, templates, fixed=fixed)
    scale = min(1.0, _LONG_SIDE_PX / max(page.image.shape))
    small = cv2.resize(page.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    sheet = Image.new("RGB", (small.shape[1], small.shape[0] + _HEAD_PX), "white")
    sheet.paste(Image.fromarray(small), (0, _HEAD_PX))
    draw = ImageDraw.Draw(sheet)
    _write_head(draw, reading)
    outlines = _markers(page)
    if isinstance(located, Located):
        outlines += _form(located, reading)
    _draw(draw, outlines, scale)
    return sheet


@dataclass(frozen=True, slots=True)
class _Outline:
    """Corners (4, 2) in px of the page, with what is said about them."""

    corners: Points
    color: str
    label: str = ""
    thick: bool = False


def _write_head(draw: ImageDraw.ImageDraw, reading: PageReading) -> None:
    big, small = _face(30), _face(20)
    draw.text((16, 10), f"{reading.file}  page {reading.page}", fill="black", font=big)
    if not reading.registered:
        draw.text((16, 54), f"Refused: {reading.reason}", fill=_REFUSED, font=small)
        return
    facts = f"{reading.template} by {reading.method}, {reading.residual_mm:.2f} mm off, turned {reading.rotation} deg"
    draw.text((16, 54), facts + (f", {reading.language}" if reading.language else ""), fill="black", font=small)
    spent = "  ".join(f"{step} {ms:.0f} ms" for step, ms in reading.ms.items())
    draw.text((16, 84), spent, fill=_COLORS["empty"], font=small)


def _markers(page: Page) -> list[_Outline]:
    return [_Outline(marker.corners, _MARK, f"marker {marker.id}") for marker in find_markers(page.image)]


def _form(located: Located, reading: PageReading) -> list[_Outline]:
    matrix, template = located.registration.matrix, located.template
    outlines = [_Outline(_corners(matrix, box), _MARK) for box in ((0.0, 0.0, *template.page.mm), *_squares(template))]
    outlines += [_Outline(np.array(code.quad), _FOUND, _named(code)) for code in located.codes]
    for one in reading.fields:
        for number, (box, chosen) in enumerate(_boxes(template.fields[one.name], one)):
            label = _label(one) if number == 0 else ""
            outlines.append(_Outline(_corners(matrix, box), _COLORS[one.status], label, chosen))
    return outlines


def _squares(template: Template) -> tuple[Box, ...]:
    return template.marks.squares if isinstance(template.marks, SquareMarks) else ()


def _boxes(field: FormField, reading: Reading) -> Iterator[tuple[Box, bool]]:
    """Each box of a field, and whether it bears the value: a ticked option, a code that was read, any other box."""
    if isinstance(field, ChoiceField):
        chosen = reading.value if isinstance(reading.value, list) else []
        yield from ((option.box, name in chosen) for name, option in field.options.items())
    elif isinstance(field, CodeField):
        yield from ((box, reading.value is not None) for box in field.boxes)
    else:
        yield field.box, reading.status != "empty"


def _label(reading: Reading) -> str:
    value = ", ".join(reading.value) if isinstance(reading.value, list) else str(reading.value)
    if len(value) > _LONGEST_VALUE:
        value = value[: _LONGEST_VALUE - 3] + "..."
    notes = f" ({', '.join(reading.notes)})" if reading.notes else ""
    shown = "" if reading.value is None else f" = {value}"
    return f"{reading.name}{shown}  {reading.confidence:.0%} {reading.status}{notes}"


def _named(code: FoundCode) -> str:
    return f"{code.format}: {code.text}"


def _corners(matrix: Matrix, box: Box | tuple[float, ...]) -> Points:
    x, y, width, height = box
    return apply(matrix, np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]]))


def _draw(draw: ImageDraw.ImageDraw, outlines: list[_Outline], scale: float) -> None:
    polygons = [(outline.corners * scale + (0, _HEAD_PX)) for outline in outlines]
    for outline, polygon in zip(outlines, polygons, strict=True):
        points = [(float(x), float(y)) for x, y in polygon]
        draw.line([*points, points[0]], fill=outline.color, width=5 if outline.thick else 2)
    # the sheet itself and the squares have no label, and labels may lie on them
    taken = [_hull(polygon) for outline, polygon in zip(outlines, polygons, strict=True) if outline.color != _MARK]
    for outline, polygon in zip(outlines, polygons, strict=True):
        if outline.label:
            taken.append(_write(draw, outline, _hull(polygon), taken))


def _hull(polygon: Points) -> _Rect:
    left, top = polygon.min(axis=0)
    right, bottom = polygon.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _write(draw: ImageDraw.ImageDraw, outline: _Outline, hull: _Rect, taken: list[_Rect]) -> _Rect:
    """Writes a label where it hides nothing: above, below or right of its box, else above all the same."""
    face = _face(18)
    left, top, right, bottom = hull
    width, height = draw.textlength(outline.label, font=face), 22.0
    left = min(left, draw.im.size[0] - width)
    places = [(left, top - height), (left, bottom + 2), (right + 6, (top + bottom - height) / 2)]
    rects = [(x, y, x + width, y + height) for x, y in places]
    free = (rect for rect in rects if rect[2] <= draw.im.size[0] and not any(_overlap(rect, other) for other in taken))
    rect = next(free, rects[0])
    draw.rectangle(rect, fill="white")
    draw.text(rect[:2], outline.label, fill=outline.color, font=face)
    return rect


def _overlap(a: _Rect, b: _Rect) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@cache
def _face(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in _FACES:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    # Pillow's own face has no letters with dots and rings, but a picture without them beats none
    return ImageFont.load_default(size)
