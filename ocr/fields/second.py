"""Another reader for handwriting that ours is not sure of: one line, one text, no alternatives.

It is there where the extra `freehand` is installed, and is loaded when the first doubtful line asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import Protocol

import cv2
import numpy as np

from ocr.readings import Gray


class LineReader(Protocol):
    """Reads a line of handwriting. `version` goes into the readings that it had a share in."""

    @property
    def version(self) -> str: ...

    def read(self, lines: Sequence[Gray]) -> list[str]:
        """The text of each line (a field's crop, ink dark on light), "" where it sees none."""
        ...


@cache
def second_reader() -> LineReader | None:
    """The reader of this process; None where the extra is not installed. Another reader is one class and one line."""
    return RapidLines() if find_spec("rapidocr") is not None else None


class RapidLines:
    """The recogniser of RapidOCR with the model in its wheel, on one thread; it never looks for lines itself."""

    def __init__(self) -> None:
        from rapidocr import RapidOCR

        threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
        unused = {"Global.use_det": False, "Global.use_cls": False, "Global.log_level": "error"}
        self._engine = RapidOCR(params={**threads, **unused})

    @property
    def version(self) -> str:
        from importlib.metadata import version

        return f"rapidocr/{version('rapidocr')}"

    def read(self, lines: Sequence[Gray]) -> list[str]:
        return [self._line(np.asarray(cv2.cvtColor(line, cv2.COLOR_GRAY2BGR), dtype=np.uint8)) for line in lines]

    def _line(self, picture: Gray) -> str:
        # the engine keeps what it was last told, so it is told each time
        found = self._engine(picture, use_det=False, use_cls=False)
        return " ".join(found.txts[0].split()) if found.txts else ""
