"""Trains the cell net: ``python -m training.train --data ../shared/data --fonts FONTS --out build/cells.pt``.

``--digits`` trains the net of the fields that hold digits and marks alone; half of its pictures are cut from combs.

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
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from ocr.handprint.classes import CLASSES, DIGITS, LOWER, MARKS, UPPER, UPPER_ACCENTED, allowed, mask_of
from training.combs import Drawn, comb_batches
from training.cut_names import letters_of_names
from training.drawn import font_glyphs
from training.evaluate import accuracies
from training.fields import Hands, hands
from training.glyphs import Glyph, load_all
from training.net import CellNet, as_input
from training.samples import EVERYTHING, NUMBERS, Bank, bank_of, batches

_BATCH, _NEW, _KEPT = 256, 64, 60_000
_ANY = np.stack([
    np.ones(CLASSES, np.bool_), *[mask_of(DIGITS)] * 3, *[mask_of(UPPER)] * 2, mask_of(DIGITS + UPPER), mask_of(LOWER),
    allowed("upper"), allowed("phone"), allowed("email"), mask_of(DIGITS + UPPER + UPPER_ACCENTED + LOWER),
])  # fmt: skip
_NUMBERS = np.stack([*[allowed("digits")] * 3, allowed("date"), allowed("phone"), NUMBERS.mask()])
"""What fields can hold, those that are met most more than once."""
Batch = tuple[Tensor, Tensor]


class Stream(IterableDataset[Batch]):
    """The training's batches, drawn in a process beside it; three quarters of each were drawn before, to save time.

    With `writers`, half of what is new is cut from combs that they filled in.
    """

    def __init__(self, bank: Bank, writers: Hands, seed: int, count: int) -> None:
        self.bank, self.writers, self.seed, self.count = bank, writers, seed, count

    def __iter__(self) -> Iterator[Batch]:
        cv2.setNumThreads(1)
        rng = np.random.default_rng(self.seed)
        kept, classes, filled = np.zeros((_KEPT, 32, 32), np.uint8), np.zeros(_KEPT, np.int64), 0
        for number, (pictures, labels) in enumerate(self._new()):
            again = rng.integers(0, max(filled, 1), _BATCH - _NEW) if filled else np.zeros(0, np.int64)
            whole = np.concatenate([pictures, kept[again]]), np.concatenate([labels, classes[again]])
            at = (np.arange(len(labels)) + number * len(labels)) % _KEPT
            kept[at], classes[at] = pictures, labels
            filled = min(filled + len(labels), _KEPT)
            yield torch.from_numpy(whole[0]), torch.from_numpy(whole[1])

    def _new(self) -> Drawn:
        if not self.writers:
            yield from batches(self.bank, self.seed, self.count, _NEW)
            return
        half = _NEW // 2
        alone, combs = (
            batches(self.bank, self.seed, self.count, half), comb_batches(self.writers, self.seed, self.count, half)
        )  # fmt: skip
        for one, other in zip(alone, combs, strict=True):
            yield np.concatenate([one[0], other[0]]), np.concatenate([one[1], other[1]])


def train(
    stream: Stream, charsets: NDArray[np.bool_], checked: list[Glyph], epochs: int, out: Path, start: Path | None
) -> CellNet:
    """The net whose weights are the moving mean of the last steps; `out` keeps them after every epoch.

    With weights to `start` from, it learns at half the speed.
    """
    torch.manual_seed(stream.seed)
    net, rng, steps = CellNet(deep=bool(stream.writers)), np.random.default_rng(stream.seed), stream.count // epochs
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if start:
        net.load_state_dict(torch.load(start), strict=not stream.writers)
    fastest = 1.5e-3 if start else 3e-3
    mean: CellNet = copy.deepcopy(net)
    masks = torch.from_numpy(charsets)
    optimiser = torch.optim.AdamW(net.parameters(), fastest, weight_decay=0.02)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, fastest, total_steps=stream.count, pct_start=0.15)
    began, total = time.monotonic(), 0.0
    for step, (pictures, labels) in enumerate(DataLoader(stream, batch_size=None, num_workers=1), 1):
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
    held = torch.where(fits[:, None], held, masks.any(dim=0))
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
    parser.add_argument("--digits", action="store_true", help="the net of fields with digits and marks alone")
    parser.add_argument("--without", default="", help="sources, apart by commas, to leave out and measure on")
    parser.add_argument("--start", type=Path, help="earlier weights to go on from, now with whole names cut")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--steps", type=int, default=350)
    given = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    hand = [glyph for glyph in load_all(given.data) if not given.digits or glyph.label in DIGITS]
    used = [glyph for glyph in hand if glyph.part == "train" and glyph.source not in given.without.split(",")]
    checked = [glyph for glyph in hand if glyph.part == "validation"]
    writers = hands(used, "train")["digits"] if given.digits else []
    if given.start and not given.digits and "name_letters" not in given.without:
        every = letters_of_names(given.data / "handprint/name_fields")
        used += [glyph for glyph in every if glyph.part == "train"]
    given.out.parent.mkdir(parents=True, exist_ok=True)
    drawn = [g for g in font_glyphs(given.fonts) if not given.digits or g.label in DIGITS + MARKS]
    bank = bank_of(used + drawn, NUMBERS if given.digits else EVERYTHING)
    stream = Stream(bank, writers, given.seed, given.epochs * given.steps)
    train(stream, _NUMBERS if given.digits else _ANY, checked, given.epochs, given.out, given.start)


if __name__ == "__main__":
    main()
