"""Tesseract inside this process, through tesserocr: 3 ms a line where the command's start alone costs 100."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ocr.fields.engine import Recognised, joined, model_missing
from ocr.readings import Gray

_SETTINGS = {"tessedit_enable_doc_dict": "0", "classify_enable_learning": "0"}
"""What was learnt from one line must not colour the next: a page reads the same alone and in a pile."""
_FOLDERS = ("/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tesseract-ocr/4.00/tessdata", "/usr/share/tessdata")


def models_folder() -> Path | None:
    """Where Tesseract's models lie: the folder ``TESSDATA_PREFIX`` names, or the one of the system's packages."""
    named = os.environ.get("TESSDATA_PREFIX")
    folders = (Path(folder) for folder in ((named,) if named else _FOLDERS))
    return next((folder for folder in folders if any(folder.glob("*.traineddata"))), None)


class TesseractLibrary:
    """The engine where tesserocr is installed; `models` is the folder of Tesseract's models, each loaded once."""

    def __init__(self, models: Path) -> None:
        import tesserocr

        self.version = f"tesseract/{tesserocr.tesseract_version().split()[1]}"
        self._models = models
        self._readers: dict[str, Any] = {}

    def read_lines(self, lines: Sequence[Gray], *, model: str, whitelist: str = "") -> list[Recognised]:
        """See `Engine`."""
        if not lines:
            return []
        reader = self._reader(model)
        reader.SetVariable("tessedit_char_whitelist", whitelist)
        return [_read(reader, line) for line in lines]

    def _reader(self, model: str) -> Any:  # noqa: ANN401  # tesserocr has no types
        import tesserocr

        for part in model.split("+"):
            if not (self._models / f"{part}.traineddata").is_file():
                raise model_missing(part)
        if model not in self._readers:
            mode = tesserocr.PSM.SINGLE_LINE
            self._readers[model] = tesserocr.PyTessBaseAPI(
                path=str(self._models), lang=model, psm=mode, variables=_SETTINGS
            )
        return self._readers[model]


def _read(reader: Any, line: Gray) -> Recognised:  # noqa: ANN401
    height, width = line.shape
    reader.SetImageBytes(np.ascontiguousarray(line).tobytes(), width, height, 1, width)
    text, chances = reader.GetUTF8Text().split(), reader.AllWordConfidences()
    words = [(word, max(chance, 0) / 100) for word, chance in zip(text, chances, strict=False)]
    return joined(words)
