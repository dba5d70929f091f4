"""Who reads lines of printed text: Tesseract inside this process where tesserocr is installed, else its command.

An engine is a class with two things (`Engine`), so that another one is one file and one line in `engine`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Protocol

from ocr.readings import Gray

_NEEDED = "tesseract-ocr tesseract-ocr-deu tesseract-ocr-swe"


class EngineMissingError(Exception):
    """Tesseract or one of its models is not installed, so no page can be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """`text` of one line or field; `confidence` 0..1 is the worst word's, as the engine gives it."""

    text: str
    confidence: float


NOTHING = Recognised("", 0.0)


class Engine(Protocol):
    """Reads lines of printed text. `version` goes into every reading, such as ``tesseract/5.3.0``."""

    @property
    def version(self) -> str: ...

    def read_lines(self, lines: Sequence[Gray], *, model: str, whitelist: str = "") -> list[Recognised]:
        """The text of each line picture (black on white, some white around it) with one `model` (``deu``).

        Raises EngineMissingError when the engine or the model is not installed.
        """
        ...


@cache
def engine() -> Engine:
    """The engine of this process. Raises EngineMissingError where Tesseract is not installed."""
    from ocr.fields.tesseract_command import TesseractCommand
    from ocr.fields.tesseract_library import TesseractLibrary, models_folder

    if find_spec("tesserocr") is not None and (folder := models_folder()) is not None:
        return TesseractLibrary(folder)
    return TesseractCommand()


def joined(words: Sequence[tuple[str, float]]) -> Recognised:
    """One line of its words, each with a confidence 0..1; a speck reads as a full stop or a bar, and is no word."""
    real = [(text.strip(), chance) for text, chance in words if any(character.isalnum() for character in text)]
    return Recognised(" ".join(text for text, _ in real), min(chance for _, chance in real)) if real else NOTHING


def engine_missing() -> EngineMissingError:
    return EngineMissingError(f"Tesseract is not installed; printed text cannot be read. Run: apt install {_NEEDED}")


def model_missing(model: str) -> EngineMissingError:
    return EngineMissingError(f"Tesseract lacks its model {model}. Run: apt install tesseract-ocr-{model}")
