"""Exports trained nets: ``python -m training.export --cells build/cells.pt --data ../shared/data --fonts FONTS``.

Writes ocr/handprint/cells.onnx (int8 weights and activations, scaled on training pictures) and cells.json (its SHA-256
and the temperature that fits validation writers best); ``--digits`` writes digits.onnx and digits.json likewise.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from ocr.handprint.classes import (
    DIGITS,
    INDEX,
    LOWER,
    LOWER_ACCENTED,
    PUNCTUATION,
    UPPER,
    UPPER_ACCENTED,
    Mask,
    mask_of,
)  # fmt: skip
from ocr.handprint.net import HERE, softmax
from training.drawn import font_glyphs
from training.glyphs import Glyph, load_all
from training.linenet import LineNet
from training.net import CellNet, loaded
from training.samples import EVERYTHING, NUMBERS, Bank, Mix, bank_of, batches, picture_of


class _Pictures(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, pictures: NDArray[np.uint8]) -> None:
        self._parts: Iterator[NDArray[np.uint8]] = iter(np.array_split(pictures, 16))

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        part = next(self._parts, None)
        return None if part is None else {"cells": (part[:, None] / 255).astype(np.float32)}


def export(net: CellNet, file: Path) -> None:
    """The net as ONNX with 32-bit weights; its BatchNorm is folded into the convolutions."""
    net.eval()
    names = {
        "input_names": ["cells"],
        "output_names": ["logits"],
        "dynamic_axes": {"cells": {0: "n"}, "logits": {0: "n"}},
    }
    torch.onnx.export(net, (torch.zeros(1, 1, 32, 32),), str(file), opset_version=17, dynamo=False, **names)  # type: ignore[arg-type]


def export_lines(weights: Path, file: Path) -> None:
    """The line net as ONNX for lines of any width."""
    net = LineNet()
    net.load_state_dict(torch.load(weights))
    net.eval()
    axes = {"lines": {0: "n", 3: "width"}, "logits": {0: "n", 1: "steps"}}
    names = {"input_names": ["lines"], "output_names": ["logits"], "dynamic_axes": axes}
    torch.onnx.export(net, (torch.zeros(1, 1, 32, 320),), str(file), opset_version=17, dynamo=False, **names)  # type: ignore[arg-type]


def quantise(full: Path, file: Path, pictures: NDArray[np.uint8]) -> None:
    """8-bit copy of `full`, its ranges measured on `pictures`."""
    prepared = full.with_suffix(".prepared.onnx")
    quant_pre_process(str(full), str(prepared))
    quantize_static(
        str(prepared), str(file), _Pictures(pictures), quant_format=QuantFormat.QDQ, per_channel=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
    )  # fmt: skip


def logits(file: Path, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    found: NDArray[np.float32] = session.run(None, {"cells": pictures[:, None].astype(np.float32) / 255})[0]
    return found


def temperature(scores: NDArray[np.float32], labels: NDArray[np.int64], held: Mask) -> float:
    """The divisor of the logits under which the labels are most probable in a field that can hold `held`."""
    rows = np.arange(len(labels))

    def surprise(divisor: float) -> float:
        return float(-np.log(np.maximum(softmax(scores / divisor, held)[rows, labels], 1e-9)).mean())

    return round(float(min(np.arange(0.5, 3.0, 0.05), key=surprise)), 2)


def unseen(bank: Bank, held: str, count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures of the bank's characters `held`, scanned well and badly, evenly over sources and labels."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice([label for label in held if label in bank.by_label], count)
    return np.stack([picture_of(str(name), bank, rng) for name in chosen]), np.array([INDEX[n] for n in chosen])


def write(net: CellNet, name: str, held: str, mix: Mix, glyphs: list[Glyph], fonts: list[Glyph]) -> None:
    """`name`.onnx and `name`.json in ocr/handprint; `held` are the characters that its temperature is fitted to."""
    used = [glyph for glyph in glyphs + fonts if glyph.label in held + PUNCTUATION + UPPER_ACCENTED + LOWER_ACCENTED]
    seen, other = (bank_of([g for g in used if g.part == part], mix) for part in ("train", "validation"))
    ranged = np.concatenate([pictures for pictures, _ in batches(seen, 99, 8, 256)])
    with tempfile.TemporaryDirectory() as folder:
        full, small = Path(folder) / "full.onnx", HERE / f"{name}.onnx"
        export(net, full)
        quantise(full, small, ranged)
        pictures, labels = unseen(other, held, 4000, 5)
        exact, rough = logits(full, pictures), logits(small, pictures)
    found = {
        "sha256": hashlib.sha256(small.read_bytes()).hexdigest(),
        "temperature": temperature(rough, labels, mask_of(held)),
    }
    (HERE / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n")
    agree = float((exact.argmax(axis=1) == rough.argmax(axis=1)).mean())
    onnx.checker.check_model(str(small))
    print(json.dumps({"net": name, **found, "bytes": small.stat().st_size, "int8 agrees with fp32": agree}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=Path, nargs="+", help="weights of the cell net; of several the mean")
    parser.add_argument("--digits", type=Path, nargs="+", help="weights of the net for digits and marks alone")
    parser.add_argument("--lines", type=Path, help="weights of the line net")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fonts", type=Path, required=True)
    given = parser.parse_args()
    if given.lines:
        export_lines(given.lines, HERE / "lines.onnx")
    glyphs, fonts = load_all(given.data), font_glyphs(given.fonts)
    if given.cells:
        write(loaded(*given.cells), "cells", DIGITS + UPPER + LOWER, EVERYTHING, glyphs, fonts)
    if given.digits:
        write(loaded(*given.digits), "digits", DIGITS, NUMBERS, glyphs, fonts)


if __name__ == "__main__":
    main()
