"""Filled sheets as scanners and phones see them, with the true map from millimetres of the form to pixels."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from bench.tables import TABLES, light_on
from ocr.readings import Gray
from ocr.registration.geometry import apply
from ocr.registration.result import Matrix
from ocr.template.model import Template
from samples.answers import Answers, answers
from samples.filling import Paper, fill
from samples.plans import CAMPAIGNS, Sheet
from samples.printing import HERE, Office, addressed, office, on_paper
from samples.scanning import compressed, faded, noisy, one_bit, speckled

DPI = 300
_PHOTO = (3000, 4000)


@dataclass(frozen=True, slots=True)
class Shot:
    """A page image and `matrix` (3x3), which truly maps mm on the form to its px."""

    image: Gray
    matrix: Matrix


@dataclass(frozen=True, slots=True)
class FilledSheet:
    """A sheet on paper at `DPI`, who got it and what was put onto it."""

    template: Template
    language: str
    image: Gray
    answers: Answers


def sample_office() -> Office:
    """The sample campaigns with the sample subscribers."""
    with (HERE / "subscribers.csv").open(encoding="utf-8", newline="") as file:
        return office(tuple(csv.DictReader(file)))


def filled_sheet(house: Office, template: Template, language: str, row: int) -> FilledSheet:
    """Printed for the subscriber of `row` and filled in, always alike."""
    sheet = Sheet(template.name, row, language, CAMPAIGNS.get(template.name), None, row % 2 == 0, f"shots/{row}")
    person = addressed(sheet, template, house)
    given = answers(template, sheet, person, house.people[row])
    paper = Paper(on_paper(template, person, language, DPI), DPI, random.Random(f"{sheet.seed}/strokes"))
    fill(paper, template, given, row)
    return FilledSheet(template, language, paper.image, given)


def to_pixels(dpi: float = DPI) -> Matrix:
    """From mm to px of a sheet drawn at `dpi`; px are counted at their centres."""
    return np.array([[dpi / 25.4, 0, -0.5], [0, dpi / 25.4, -0.5], [0, 0, 1]])


def scan(sheet: Gray, how: str, seed: str) -> Shot:
    """The sheet on a scanner's glass. Raises KeyError for a degradation that is not in `SCANS`."""
    random_ = random.Random(f"{seed}/{how}")
    dpi, turn, skew, finish = SCANS[how]
    shot = _moved(sheet, turn + random_.uniform(-skew, skew), dpi, random_)
    return Shot(finish(noisy(shot.image, random_.getrandbits(32)), random_.getrandbits(32)), shot.matrix)


SCANS: Mapping[str, tuple[float, float, float, Callable[[Gray, int], Gray]]] = {
    "clean": (300, 0, 0.6, lambda image, _: image),
    "skew": (300, 0, 3.0, lambda image, _: image),
    "lying": (300, 90, 0.8, lambda image, _: image),
    "upside-down": (300, 180, 0.8, lambda image, _: image),
    "200 dpi": (200, 0, 0.8, lambda image, _: image),
    "speckle": (300, 0, 0.8, lambda image, seed: speckled(image, seed, 6000)),
    "fade": (300, 0, 0.8, lambda image, _: faded(image)),
    "1 bit": (300, 0, 0.8, lambda image, _: one_bit(image)),
    "1 bit 200": (200, 180, 0.8, lambda image, _: one_bit(image)),
    "drop-out": (300, 0, 0.8, lambda image, _: np.where(image > 110, 240, image).astype(np.uint8)),
    "jpeg": (300, 0, 0.8, lambda image, _: compressed(image, 20)),
}
"""By name: dpi, clockwise turn and greatest skew in degrees, and what is done to the pixels."""


def _moved(sheet: Gray, degrees: float, dpi: float, random_: random.Random) -> Shot:
    """Turned about its middle, shifted by up to 4 mm and fed up to 1 % too fast or too slow."""
    rows, columns = sheet.shape
    scale = dpi / DPI
    turn = np.vstack([cv2.getRotationMatrix2D(((columns - 1) / 2, (rows - 1) / 2), -degrees, scale), [0, 0, 1]])
    stretch = np.diag([1.0, 1 + random_.uniform(-0.01, 0.01), 1.0])
    size = (rows, columns) if round(degrees / 90) % 2 else (columns, rows)
    width, height = (round(side * scale) for side in size)
    middle = apply(turn, np.array([[(columns - 1) / 2, (rows - 1) / 2]]))[0]
    slip = [random_.uniform(-4, 4) * dpi / 25.4 for _ in range(2)]
    shift = np.array(
        [[1, 0, (width - 1) / 2 - middle[0] + slip[0]], [0, 1, (height - 1) / 2 - middle[1] + slip[1]], [0, 0, 1]]
    )
    matrix = stretch @ shift @ turn
    small = cv2.GaussianBlur(sheet, (0, 0), 0.5 / scale) if scale < 1 else sheet
    image = cv2.warpPerspective(small, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=245)
    return Shot(np.asarray(image, dtype=np.uint8), matrix @ to_pixels())


@dataclass(frozen=True, slots=True)
class Pose:
    """How a phone is held: the sheet's share of the picture's long side, greatest turn and tilt, a thumb's corner."""

    share: tuple[float, float] = (0.86, 0.95)
    degrees: float = 5.0
    tilt: float = 0.06
    thumb: bool = False


POSES: Mapping[str, Pose] = {
    "filling": Pose(),
    "slanted": Pose((0.7, 0.85), 20.0, 0.1),
    "small": Pose((0.5, 0.62), 12.0, 0.07),
    "thumb": Pose((0.8, 0.9), 6.0, 0.06, thumb=True),
}


def photograph(sheet: Gray, pose: str, table: str, seed: str) -> Shot:
    """A phone photo (12 MP, gray) of the sheet on a cluttered table. Raises KeyError for an unknown pose or table."""
    random_ = random.Random(f"{seed}/{pose}/{table}")
    held = POSES[pose]
    rows, columns = sheet.shape
    upright = rows >= columns
    size = _PHOTO if upright else _PHOTO[::-1]
    matrix = _view((columns, rows), size, held, random_)
    scene = TABLES[table](size, random_.getrandbits(32))
    soft = cv2.GaussianBlur(sheet, (0, 0), 0.6)
    # paper is no lamp: white is 235 before the light of the room falls on it
    paper = (soft.astype(np.float32) * (215 / 255) + 20).astype(np.uint8)
    cv2.warpPerspective(paper, matrix, size, dst=scene, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)
    if held.thumb:
        _thumb(scene, apply(matrix, np.array([[0.0, 0.0], [columns, 0.0], [columns, rows], [0.0, rows]])), random_)
    lit = np.clip(scene.astype(np.float32) * light_on(size, random_), 0, 255).astype(np.uint8)
    taken = noisy(lit, random_.getrandbits(32), 3.0, random_.uniform(0.9, 1.5))
    return Shot(compressed(taken, random_.randint(60, 85)), matrix @ to_pixels())


def _view(sheet: tuple[int, int], size: tuple[int, int], held: Pose, random_: random.Random) -> Matrix:
    """From px of the sheet to px of the photo: turned, tilted, off the middle."""
    width, height = sheet
    scale = random_.uniform(*held.share) * min(size[0] / width, size[1] / height)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), random_.uniform(-held.degrees, held.degrees), scale)
    seen = corners @ turn[:, :2].T + turn[:, 2]
    seen += np.array([[random_.uniform(-1, 1) for _ in range(2)] for _ in range(4)]) * held.tilt * scale * width
    # whoever takes the photo sees the whole sheet
    seen *= min(1.0, 0.985 * float(np.min(np.array(size) / np.ptp(seen, axis=0))))
    room = (np.array(size) * 0.99 - np.ptp(seen, axis=0)) / 2
    aside = np.array([random_.uniform(-0.8, 0.8) for _ in range(2)]) * room
    seen += np.array(size) / 2 - (seen.min(axis=0) + seen.max(axis=0)) / 2 + aside
    fit = cv2.getPerspectiveTransform((corners - 0.5).astype(np.float32), seen.astype(np.float32))
    return np.asarray(fit, dtype=np.float64)


def _thumb(scene: Gray, corners: Matrix, random_: random.Random) -> None:
    """A finger that holds one corner of the sheet down, over its marker."""
    corner, middle = corners[random_.randrange(4)], corners.mean(axis=0)
    inwards = (middle - corner) / np.linalg.norm(middle - corner)
    length = float(np.linalg.norm(corners[1] - corners[0]))
    tip = corner + inwards * length * 0.1
    back = corner - inwards * length * 0.3
    thickness = int(length * 0.13)
    cv2.line(scene, back.astype(int).tolist(), tip.astype(int).tolist(), 150, thickness, cv2.LINE_AA)
