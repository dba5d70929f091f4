"""Writing scans the way scanners write them, and the files that no scanner should have written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pillow_heif import register_heif_opener
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from ocr.readings import Gray
from ocr.template.loading import load_template
from samples.printing import HERE, on_paper

_QUALITY, _HEIC_QUALITY = 58, 40
_NO_DATE = time.gmtime(0)
"""A PDF carries the second it was made; the same seed must give the same bytes."""


def save(pages: Sequence[Gray], path: Path, dpi: int) -> None:
    """Writes by suffix: .pdf holds one JPEG a page; .tif is 1-bit G4, a frame a page; the others hold one picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *rest = (Image.fromarray(page) for page in pages)
    if path.suffix == ".tif":
        frames = [picture.convert("1", dither=Image.Dither.NONE) for picture in (first, *rest)]
        frames[0].save(path, save_all=True, append_images=frames[1:], compression="group4", dpi=(dpi, dpi))
    elif path.suffix == ".pdf":
        first.save(
            path, save_all=True, append_images=rest, resolution=dpi, quality=_QUALITY,
            title="scan", creationDate=_NO_DATE, modDate=_NO_DATE,
        )  # fmt: skip
    elif path.suffix == ".png":
        # scanners that write PNG reduce the grays first, or the file would be five times as large
        grays = ((pages[0].astype(np.uint16) + 8) // 17 * 17).clip(0, 255).astype(np.uint8)
        Image.fromarray(grays).save(path, dpi=(dpi, dpi), optimize=True)
    elif path.suffix == ".heic":
        register_heif_opener()
        first.save(path, quality=_HEIC_QUALITY)
    else:
        first.save(path, quality=_QUALITY, dpi=(dpi, dpi))


def bad_input(folder: Path) -> list[dict[str, Any]]:
    """An empty file, a text named .pdf, a form's TIFF cut short, an encrypted PDF and a letter that is no form."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "9001-empty.pdf").write_bytes(b"")
    (folder / "9002-text.pdf").write_text("Dear Nordtel, please call me.\n")
    _truncated_tiff(folder / "9003-truncated.tif")
    _letter(folder / "9004-encrypted.pdf", "secret")
    _letter(folder / "9005-foreign-letter.pdf", None)
    names = sorted(path.name for path in folder.glob("900*"))
    return [{"file": f"{folder.name}/{name}", "pages": [], "expect": "reject", "degradation": "none"} for name in names]


def _truncated_tiff(path: Path) -> None:
    """A scanned form whose copy broke off: a third of its rows is missing, all that comes before is sound."""
    form = on_paper(load_template(HERE.parent / "templates/renewal-card"), None, "sv", 150)
    # uncompressed, because its directory then stands in front of the pixels and survives the cut
    Image.fromarray(form).convert("1", dither=Image.Dither.NONE).save(path, dpi=(150, 150))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])


def _letter(path: Path, password: str | None) -> None:
    encrypt = StandardEncryption(password, canPrint=0) if password else None
    canvas = Canvas(str(path), pagesize=(595, 842), encrypt=encrypt, invariant=1)
    text = canvas.beginText(72, 760)
    text.setFont("Helvetica", 11)
    for line in ("To the customer service", "", "I have moved and would like a new invoice.", "", "With kind regards"):
        text.textLine(line)
    canvas.drawText(text)
    canvas.save()
