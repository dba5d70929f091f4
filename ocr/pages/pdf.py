"""PDF pages: the scan inside is taken as it is; only pages that draw are rasterised, one at a time."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from threading import RLock

import cv2
import numpy as np
import pypdfium2 as pdfium
from pdf2image import convert_from_path
from pdf2image.exceptions import PDFPopplerTimeoutError
from PIL import Image
from pypdfium2 import raw

from ocr.page import Page, Unreadable
from ocr.pages.limits import Limits
from ocr.pages.raster import to_gray
from ocr.readings import Gray

_POINTS_PER_INCH = 72.0
_DRAW_DPI = 300
_DRAW_PIXELS = 40_000_000
_DRAW_TIMEOUT_S = 10
"""For poppler, and again for pdfium where poppler takes longer: some pages cost one a minute and the other a blink."""
_PDFIUM = RLock()
"""pdfium bears one thread at a time, also where these have documents of their own."""
_COVERS = 0.9
"""A page whose one image covers this share of it is a scan."""


def count(path: Path, shown: str) -> int | Unreadable:
    """The number of pages, or why the PDF does not open."""
    with _PDFIUM:
        try:
            document = pdfium.PdfDocument(path)
        except pdfium.PdfiumError as error:
            return _unopened(shown, error)
        try:
            pages = len(document)
        finally:
            document.close()
    return pages or Unreadable(shown, 0, "broken", "The PDF has no pages. Export or scan it again.")


def pages(path: Path, shown: str, numbers: Sequence[int], limits: Limits) -> Iterator[Page | Unreadable]:
    """The pages `numbers` (from 1) as gray images."""
    with _PDFIUM:
        document = pdfium.PdfDocument(path)
    try:
        for number in numbers:
            try:
                yield _page(document, path, shown, number, limits)
            except subprocess.TimeoutExpired:
                yield Unreadable(
                    shown, number, "too-slow", "This page of the PDF takes too long to draw. Scan the paper instead."
                )
            except Exception:  # hostile PDFs break pdfium and poppler in many ways; the page is lost, the file is not
                yield Unreadable(shown, number, "broken", "This page of the PDF is damaged. Export or scan it again.")
    finally:
        with _PDFIUM:
            document.close()


def _page(document: pdfium.PdfDocument, path: Path, shown: str, number: int, limits: Limits) -> Page | Unreadable:
    with _PDFIUM:
        page = document[number - 1]
        try:
            width, height = page.get_size()
            scan = _scan_on(page, width, height, limits)
            rotation = page.get_rotation()
        finally:
            page.close()
    if isinstance(scan, Unreadable):
        return Unreadable(shown, number, scan.code, scan.reason)
    if scan is not None:
        image = np.ascontiguousarray(np.rot90(scan, -(rotation // 90)))
        dpi = (image.shape[1] / width * _POINTS_PER_INCH, image.shape[0] / height * _POINTS_PER_INCH)
        return Page(shown, number, image, dpi)
    return _drawn(path, shown, number, width, height, limits)


def _scan_on(page: pdfium.PdfPage, width: float, height: float, limits: Limits) -> Gray | Unreadable | None:
    """The page's only object, when it is an upright image that fills the page; None when the page draws."""
    objects = list(page.get_objects(max_depth=1))
    if len(objects) != 1 or objects[0].type != raw.FPDF_PAGEOBJ_IMAGE:
        return None
    image = objects[0]
    matrix = image.get_matrix()
    if matrix.b or matrix.c or matrix.a <= 0 or matrix.d <= 0:
        return None
    if page.get_rotation() % 180:
        width, height = height, width
    left, bottom, _, _ = page.get_bbox()
    slack_x, slack_y = (1 - _COVERS) * width, (1 - _COVERS) * height
    # an image larger than the page, or beside it, is cropped by it: only drawing shows what a person sees
    if abs(matrix.a - width) > slack_x or abs(matrix.d - height) > slack_y:
        return None
    if abs(matrix.e - left) > slack_x or abs(matrix.f - bottom) > slack_y:
        return None
    columns, rows = image.get_px_size()
    if columns * rows > limits.pixels:
        return Unreadable("", 0, "too-large", f"The scan has {columns} x {rows} pixels. Scan at 300 dpi.")
    return _pixels(image)


def _pixels(image: pdfium.PdfImage) -> Gray | None:
    """A JPEG is handed to OpenCV undecoded (17 ms a page); everything else comes as pdfium's bitmap."""
    if image.get_filters() == ["DCTDecode"]:
        encoded = np.frombuffer(image.get_data(decode_simple=False), dtype=np.uint8)
        # a page's /Rotate says how it lies; EXIF inside the PDF does not count
        way = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION
        if _components(encoded) in (1, 3) and (decoded := cv2.imdecode(encoded, way)) is not None:
            return np.asarray(decoded, dtype=np.uint8)
    return to_gray(image.get_bitmap().to_pil())


def _components(encoded: Gray) -> int:
    with Image.open(BytesIO(encoded.tobytes())) as header:
        return len(header.getbands())


def _drawn(path: Path, shown: str, number: int, width: float, height: float, limits: Limits) -> Page | Unreadable:
    largest = min(_DRAW_PIXELS, limits.pixels)
    dpi = min(float(_DRAW_DPI), _POINTS_PER_INCH * float(np.sqrt(largest / max(width * height, 1.0))))
    dpi = float(max(int(dpi), 10))
    try:
        images = convert_from_path(
            path,
            dpi=int(dpi),
            first_page=number,
            last_page=number,
            grayscale=True,
            use_cropbox=True,
            timeout=_DRAW_TIMEOUT_S,
        )
    except PDFPopplerTimeoutError:
        return Page(shown, number, _drawn_by_pdfium(path, number, dpi), (dpi, dpi))
    if not images:
        return Unreadable(shown, number, "broken", "This page of the PDF cannot be drawn. Export or scan it again.")
    return Page(shown, number, to_gray(images[0]), (dpi, dpi))


def _drawn_by_pdfium(path: Path, number: int, dpi: float) -> Gray:
    """The page as pdfium draws it, in a process that can be stopped. Raises subprocess.TimeoutExpired."""
    with tempfile.TemporaryDirectory(prefix="replyflow-") as folder:
        subprocess.run(
            [sys.executable, "-m", "pypdfium2_cli", "render", str(path), "--output", folder, "--format", "png",
             "--pages", str(number), "--scale", str(dpi / _POINTS_PER_INCH), "--grayscale"],
            check=True, capture_output=True, timeout=_DRAW_TIMEOUT_S,
        )  # fmt: skip
        with Image.open(next(Path(folder).glob("*.png"))) as drawn:
            return to_gray(drawn)


def _unopened(shown: str, error: pdfium.PdfiumError) -> Unreadable:
    if ctypes.c_ulong(raw.FPDF_GetLastError()).value == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
        return Unreadable(
            shown,
            0,
            "encrypted-pdf",
            "The PDF is protected by a password. Save it without one, or scan the paper.",
        )
    return Unreadable(shown, 0, "broken", "The PDF is damaged and cannot be opened. Export or scan it again.")
