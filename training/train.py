"""Trains the cell net: ``python -m training.train --data ../shared/data --fonts FONTS --out build/cells.pt``.

One thread, seeded: the same data, fonts and versions give the same weights.
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from ocr.handprint.classes import CLASSES, DIGITS, LOWER, UPPER, UPPER_ACCENTED, allowed, mask_of
from training.cut_names import letters_of_names
from training.drawn import font_glyphs
from training.evaluate import accuracies
from training.glyphs import Glyph, load_all
from training.net import CellNet, as_input
from training.samples import Bank, bank_of, batches

_BATCH, _NEW, _KEPT = 256, 64, 60_000
_CHARSETS = np.stack([
    np.ones(CLASSES, np.bool_), *[mask_of(DIGITS)] * 3, *[mask_of(UPPER)] * 2, mask_of(DIGITS + UPPER), mask_of(LOWER),
    allowed("upper"), allowed("phone"), allowed("email"), mask_of(DIGITS + UPPER + UPPER_ACCENTED + LOWER),
])  # fmt: skip
"""What fields can hold, those that are met most more than once."""
Batch = tuple[Tensor, Tensor]


class Stream(IterableDataset[Batch]):
    """The training's batches, drawn in a process beside it; three quarters of each were drawn before, to save time."""

    def __init__(self, bank: Bank, seed: int, count: int) -> None:
        self.bank, self.seed, self.count = bank, seed, count

    def __iter__(self) -> Iterator[Batch]:
        cv2.setNumThreads(1)
        rng = np.random.default_rng(self.seed)
        kept, classes, filled = np.zeros((_KEPT, 32, 32), np.uint8), np.zeros(_KEPT, np.int64), 0
        for number, (pictures, labels) in enumerate(batches(self.bank, self.seed, self.count, _NEW)):
            again = rng.integers(0, max(filled, 1), _BATCH - _NEW) if filled else np.zeros(0, np.int64)
            whole = np.concatenate([pictures, kept[again]]), np.concatenate([labels, classes[again]])
            at = (np.arange(len(labels)) + number * len(labels)) % _KEPT
            kept[at], classes[at] = pictures, labels
            filled = min(filled + len(labels), _KEPT)
            yield torch.from_numpy(whole[0]), torch.from_numpy(whole[1])


def train(
    bank: Bank, checked: list[Glyph], seed: int, epochs: int, steps: int, out: Path, start: Path | None = None
) -> CellNet:
    """The net whose weights are the moving mean of the last steps; `out` keeps them after every epoch.

    With weights to `start` from, it learns at half the speed.
    """
    torch.manual_seed(seed)
    net, rng = CellNet(), np.random.default_rng(seed)
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if start:
        net.load_state_dict(torch.load(start))
    fastest = 1.5e-3 if start else 3e-3
    mean: CellNet = copy.deepcopy(net)
    masks = torch.from_numpy(_CHARSETS)
    optimiser = torch.optim.AdamW(net.parameters(), fastest, weight_decay=0.02)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, fastest, total_steps=epochs * steps, pct_start=0.15)
    began, total = time.monotonic(), 0.0
    stream = DataLoader(Stream(bank, seed, epochs * steps), batch_size=None, num_workers=1)
    for step, (pictures, labels) in enumerate(stream, 1):
        net.train()
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(as_input(pictures).to(memory_format=torch.channels_last))
        loss = _loss(logits.float(), labels, masks, rng)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        plan.step()
        follow(mean, net, min(0.998, step / (step + 10)))
        total += float(loss.detach())
        if step % steps == 0:
            torch.save(mean.state_dict(), out)
            seconds = time.monotonic() - began
            print(f"step {step} loss {total / steps:.4f} {seconds:.0f} s", accuracies(mean, checked), flush=True)
            total = 0.0
    return mean


def _loss(logits: Tensor, labels: Tensor, masks: Tensor, rng: np.random.Generator) -> Tensor:
    """Cross entropy among the classes of a field that can hold the label, as cells are read later."""
    chosen = torch.from_numpy(rng.integers(0, len(masks), len(labels)))
    held = masks[chosen]
    fits = held[torch.arange(len(labels)), labels]
    held = torch.where(fits[:, None], held, torch.ones_like(held))
    return nn.functional.cross_entropy(logits.masked_fill(~held, -30.0), labels)


def follow(mean: nn.Module, net: nn.Module, share: float) -> None:
    with torch.no_grad():
        for kept, new in zip(mean.state_dict().values(), net.state_dict().values(), strict=True):
            if kept.dtype.is_floating_point:
                kept.lerp_(new, 1 - share)
            else:
                kept.copy_(new)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fonts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--without", default="", help="sources, apart by commas, to leave out and measure on")
    parser.add_argument("--start", type=Path, help="earlier weights to go on from, now with whole names cut")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--steps", type=int, default=350)
    given = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    hand = load_all(given.data)
    used = [glyph for glyph in hand if glyph.part == "train" and glyph.source not in given.without.split(",")]
    checked = [glyph for glyph in hand if glyph.part == "validation"]
    if given.start and "name_letters" not in given.without:
        every = letters_of_names(given.data / "handprint/name_fields")
        used += [glyph for glyph in every if glyph.part == "train"]
    given.out.parent.mkdir(parents=True, exist_ok=True)
    train(
        bank_of(used + font_glyphs(given.fonts)), checked, given.seed, given.epochs, given.steps, given.out, given.start
    )


if __name__ == "__main__":
    main()
