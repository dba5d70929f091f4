"""Photos of several pages become one PDF: the camera's own JPEG bytes inside, nothing compressed twice."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps
from pillow_heif import register_heif_opener
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

_TURNS = {1: 0, 3: 180, 6: 90, 8: 270}
"""EXIF orientation -> clockwise turn that shows the page upright; the other four are mirrored."""
_ORIENTATION = 0x0112
_POINTS_A_PX = 72 / 200
_QUALITY = 95


def join(photos: Sequence[Path], out: Path) -> None:
    """Writes one page a photo to `out`; the same photos give the same bytes. Raises OSError for a broken photo."""
    register_heif_opener()
    canvas = Canvas(str(out), invariant=1)
    for photo in photos:
        jpeg, (width, height), turn = _jpeg_of(photo)
        lying = (width * _POINTS_A_PX, height * _POINTS_A_PX)
        # reportlab wants the size of a turned page as it is shown
        canvas.setPageSize(lying[::-1] if turn % 180 else lying)
        canvas.setPageRotation(turn)
        canvas.drawImage(ImageReader(BytesIO(jpeg)), 0, 0, *lying)
        canvas.showPage()
    canvas.save()


def _jpeg_of(photo: Path) -> tuple[bytes, tuple[int, int], int]:
    """The photo as JPEG, its size in px as stored, and how far to turn it; only what is no plain JPEG is encoded."""
    with Image.open(photo) as image:
        turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
        if image.format == "JPEG" and image.mode in ("L", "RGB") and turn is not None:
            return photo.read_bytes(), image.size, turn
        upright = ImageOps.exif_transpose(image).convert("RGB")
    out = BytesIO()
    upright.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue(), upright.size, 0
