"""File names as scanners, shares and people make them, made fit to be stored, shown and used again as a file name."""

from __future__ import annotations

import unicodedata
from pathlib import PurePath

# with the eight characters of a hash, a dash and ".txt", it stays below the 255 bytes of a file name
_MOST_BYTES = 240
_STRANGE = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # control, direction marks, halves of characters, line ends


def last_part(name: str) -> str:
    """The file name in what a stranger calls one: no folders of any system; ``file`` where nothing is left."""
    part = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1].strip()
    return "file" if part in ("", ".", "..") else part


def on_one_line(text: str) -> str:
    """`text` with everything that would steer a terminal, or is no character, replaced."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in _STRANGE else c for c in text)


def clean_name(name: str) -> str:
    """`name` on one line, in valid UTF-8, at most 240 bytes long with its ending kept."""
    shown = on_one_line(name)
    ending = PurePath(shown).suffix
    if len(ending.encode()) > _MOST_BYTES // 2:
        ending = ""
    stem = shown.removesuffix(ending).encode()[: _MOST_BYTES - len(ending.encode())]
    return stem.decode(errors="ignore") + ending
