"""Writing scans the way scanners write them, and the files that no scanner should have written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from ocr.readings import Gray

_QUALITY = 62


def save(image: Gray, path: Path, dpi: int) -> None:
    """Writes by suffix: .pdf holds one JPEG; .tif is 1-bit G4; .jpg, .png (16 grays) and .webp are what they say."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(image)
    if path.suffix == ".tif":
        picture.convert("1", dither=Image.Dither.NONE).save(path, compression="group4", dpi=(dpi, dpi))
    elif path.suffix == ".pdf":
        picture.save(path, resolution=dpi, quality=_QUALITY)
    elif path.suffix == ".png":
        # scanners that write PNG reduce the grays first, or the file would be five times as large
        Image.fromarray(((image.astype(np.uint16) + 8) // 17 * 17).clip(0, 255).astype(np.uint8)).save(
            path, dpi=(dpi, dpi), optimize=True
        )
    else:
        picture.save(path, quality=_QUALITY, dpi=(dpi, dpi))


def bad_input(folder: Path) -> list[dict[str, Any]]:
    """An empty file, a text named .pdf, a truncated TIFF, an encrypted PDF and a letter that is no form."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "9001-empty.pdf").write_bytes(b"")
    (folder / "9002-text.pdf").write_text("Dear Nordtel, please call me.\n")
    _truncated_tiff(folder / "9003-truncated.tif")
    _letter(folder / "9004-encrypted.pdf", "secret")
    _letter(folder / "9005-foreign-letter.pdf", None)
    names = sorted(path.name for path in folder.glob("900*"))
    return [{"file": f"{folder.name}/{name}", "pages": [], "expect": "reject", "degradation": "none"} for name in names]


def _truncated_tiff(path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (400, 300), dtype=np.uint8)
    Image.fromarray(noise).save(path, compression="tiff_lzw")
    whole = path.read_bytes()
    # the directory stays readable at the front or the end; the pixels in between are cut
    path.write_bytes(whole[: len(whole) // 3])


def _letter(path: Path, password: str | None) -> None:
    encrypt = StandardEncryption(password, canPrint=0) if password else None
    canvas = Canvas(str(path), pagesize=(595, 842), encrypt=encrypt, invariant=1)
    text = canvas.beginText(72, 760)
    text.setFont("Helvetica", 11)
    for line in ("To the customer service", "", "I have moved and would like a new invoice.", "", "With kind regards"):
        text.textLine(line)
    canvas.drawText(text)
    canvas.save()
