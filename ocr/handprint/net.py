"""The cell nets: one inference for all characters of many pages, in a process that loads each net once.

Cells that can hold digits and their marks alone are read by a net that learnt nothing else and confuses fewer of them.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ocr.handprint.classes import BLANK, CLASSES, DIGITS, FOLD, MARKS, STRUCK, Mask, mask_of
from ocr.readings import Gray

_NOTHING, _STRUCK = 0.03, 0.3
_TOGETHER = 16
"""Cells in one inference: so many stay in the processor's cache, and memory does not grow with the page."""
_NUMBERS = mask_of(DIGITS + MARKS)
_RARER = np.log(np.float32(4))
"""The digit net has met that many times fewer struck characters than the cell net."""
HERE = Path(__file__).parent
Probabilities = NDArray[np.float32]
"""(cells, CLASSES); each row sums to 1 over the classes that its field allows."""


@cache
def session(name: str) -> onnxruntime.InferenceSession:
    """The net in the file `name` of this folder, on one thread: more threads only cost CPU here."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # an arena keeps what the largest page ever needed
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(str(HERE / name), options, providers=["CPUExecutionProvider"])


@cache
def version() -> str:
    """``cells/<first 8 hex digits of the SHA-256 of the weights of all cell nets together>``."""
    both = "".join(str(facts(name)["sha256"]) for name in ("cells", "digits"))
    return f"cells/{hashlib.sha256(both.encode()).hexdigest()[:8]}"


@cache
def facts(name: str) -> dict[str, str | float]:
    """What `<name>.json` says about the net `<name>.onnx` beside it: sha256, temperature."""
    found: dict[str, str | float] = json.loads((HERE / f"{name}.json").read_text())
    return found


def classify(cells: Gray, allowed: Mask) -> Probabilities:
    """How probable each class is for each cell.

    `cells` is (N, 32, 32) from `normalise`; `allowed` is (CLASSES,) for all or (N, CLASSES) for each cell.
    """
    held = np.broadcast_to(allowed, (len(cells), CLASSES))
    number = ~(held & ~_NUMBERS).any(axis=1)
    found = np.zeros((len(cells), CLASSES), np.float32)
    for name, own in (("digits", number), ("cells", ~number)):
        if own.any():
            found[own] = softmax(_logits(name, cells[own]), held[own])
    return found


def _logits(name: str, cells: Gray) -> NDArray[np.float32]:
    """(N, CLASSES), divided by the temperature of the net."""
    net, pictures = session(f"{name}.onnx"), cells[:, None].astype(np.float32) / 255
    parts = (pictures[at : at + _TOGETHER] for at in range(0, len(pictures), _TOGETHER))
    found: NDArray[np.float32] = np.concatenate([net.run(None, {"cells": part})[0] for part in parts])
    logits = found / np.float32(facts(name)["temperature"])
    logits[:, STRUCK] += _RARER * (name == "digits")
    return np.asarray(logits, dtype=np.float32)


def inked(found: Probabilities) -> Probabilities:
    """For cells in which ink was found after borders and specks were taken away: that is seldom nothing.

    Struck-out characters are rarer on forms than among the pictures that the net was trained on.
    """
    weighed = found.copy()
    weighed[:, BLANK] *= _NOTHING
    weighed[:, STRUCK] *= _STRUCK
    return np.asarray(weighed / np.maximum(weighed.sum(axis=1, keepdims=True), 1e-9), dtype=np.float32)


def as_capitals(found: Probabilities, share: float = 1.0) -> Probabilities:
    """For text in capitals: the probability of a small letter, times `share`, goes to its capital."""
    weighed = found * np.where(np.arange(CLASSES) == FOLD, 1.0, share)
    folded = np.zeros_like(found)
    np.add.at(folded.T, FOLD, weighed.T)
    return folded


def softmax(logits: NDArray[np.float32], allowed: Mask) -> Probabilities:
    """Probabilities among the allowed classes; the others get 0."""
    held = np.where(allowed, logits, -np.inf)
    powers = np.exp(held - held.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)
