"""Trains the line net: ``python -m training.train_lines --data ../shared/data --fonts FONTS --out build/lines.pt``."""

from __future__ import annotations

import argparse
import copy
import csv
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from ocr.handprint.classes import BLANK, CHARACTERS, UPPER
from ocr.handprint.line import HEIGHT, SPACE, STEP, Steps, best_texts, line_picture, within
from training.drawn import font_glyphs
from training.glyphs import load_all
from training.linenet import LineNet, as_lines
from training.lines import WIDTH, Line, Writer, german, names, shaken
from training.samples import bank_of
from training.train import follow

_BATCH, _KEPT = 32, 12_000
Batch = tuple[Tensor, Tensor, Tensor, Tensor]


class Lines(IterableDataset[Batch]):
    """Batches of lines: real names, real streets, set lines; half of each batch was drawn before."""

    def __init__(self, writer: Writer, real: dict[str, list[Line]], seed: int, count: int) -> None:
        self.writer, self.real, self.seed, self.count = writer, real, seed, count

    def __iter__(self) -> Iterator[Batch]:
        cv2.setNumThreads(1)
        rng = np.random.default_rng(self.seed)
        kept: list[tuple[NDArray[np.uint8], list[int]]] = []
        for _ in range(self.count):
            new = [self.one(rng) for _ in range(_BATCH // 2)]
            again = [kept[int(i)] for i in rng.integers(0, len(kept), _BATCH // 2)] if kept else []
            kept = (kept + new)[-_KEPT:]
            yield _batch(new + again)

    def one(self, rng: np.random.Generator) -> tuple[NDArray[np.uint8], list[int]]:
        while True:
            kind = rng.random()
            if kind < 0.55:
                line = self.writer.line(rng)
                gray = line.gray
            else:
                lines = self.real["names" if kind < 0.83 else "german"]
                line = lines[int(rng.integers(len(lines)))]
                gray = shaken(line.gray, rng)
            picture = line_picture(gray)[:, :WIDTH]
            labels = classes_of(line.text)
            repeats = sum(a == b for a, b in pairwise(labels))
            if labels and len(labels) + repeats <= picture.shape[1] // STEP and picture.shape[0] == HEIGHT:
                return picture, labels


def classes_of(text: str) -> list[int]:
    return [SPACE if character == " " else CHARACTERS.index(character) for character in text]


def _batch(lines: list[tuple[NDArray[np.uint8], list[int]]]) -> Batch:
    width = max(picture.shape[1] for picture, _ in lines)
    stack = np.zeros((len(lines), HEIGHT, width), np.uint8)
    for row, (picture, _) in zip(stack, lines, strict=True):
        row[:, : picture.shape[1]] = picture
    steps = torch.tensor([picture.shape[1] // STEP for picture, _ in lines])
    labels = torch.tensor([index for _, found in lines for index in found])
    return torch.from_numpy(stack), steps, labels, torch.tensor([len(found) for _, found in lines])


def words(data: Path) -> list[str]:
    """First and last names and towns of several countries, to set lines from."""
    found: list[str] = []
    for file in sorted((data / "gazetteers").glob("popular_names_by_country/*.csv")):
        with file.open(encoding="utf-8") as handle:
            found += [row["Romanized Name"] or "" for row in csv.DictReader(handle)]
    for name in ("fornamn.txt", "efternamn.txt", "sveriges-tätorter-list.txt"):
        found += (data / "gazetteers/omegapoint_se" / name).read_text(encoding="utf-8", errors="replace").split("\n")
    kept = {word.strip().title() for word in found if 2 <= len(word.strip()) <= 16}
    return sorted(word for word in kept if all(c in CHARACTERS + " " for c in word))


def steps_of(net: LineNet, line: Line) -> Steps:
    net.eval()
    with torch.no_grad():
        logits = net(as_lines(torch.from_numpy(line_picture(line.gray))[None]))[0]
    return torch.log_softmax(logits, dim=1).numpy().astype(np.float64)


def exact(net: LineNet, lines: list[Line]) -> float:
    """Share of lines read exactly, names as capitals."""
    hits = []
    for line in lines:
        steps = steps_of(net, line)
        steps = within(steps, UPPER + "-' ") if line.source == "names" else steps
        hits.append(bool(best_texts(steps, 1, 6)[0][0] == line.text))
    return round(float(np.mean(hits)), 4)


def train(
    stream: Lines, checked: dict[str, list[Line]], epochs: int, steps: int, out: Path, start: Path | None = None
) -> LineNet:
    torch.manual_seed(stream.seed)
    net = LineNet()
    if start:
        net.load_state_dict(torch.load(start))
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    mean: LineNet = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), 2.5e-3, weight_decay=0.02)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2.5e-3, total_steps=epochs * steps, pct_start=0.15)
    ctc, began, total = nn.CTCLoss(blank=BLANK, zero_infinity=True), time.monotonic(), 0.0
    for step, (pictures, widths, labels, lengths) in enumerate(DataLoader(stream, batch_size=None, num_workers=1), 1):
        net.train()
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(as_lines(pictures).to(memory_format=torch.channels_last))
        loss = ctc(torch.log_softmax(logits.float(), 2).transpose(0, 1), labels, widths, lengths)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        plan.step()
        follow(mean, net, min(0.998, step / (step + 10)))
        total += float(loss.detach())
        if step % steps == 0:
            torch.save(mean.state_dict(), out)
            found = {name: exact(mean, lines) for name, lines in checked.items()}
            print(f"step {step} loss {total / steps:.4f} {time.monotonic() - began:.0f} s", found, flush=True)
            total = 0.0
    return mean


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fonts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="earlier weights to go on from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--steps", type=int, default=250)
    given = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    every = [*names(given.data / "handprint/name_fields"), *german(given.data / "handwriting/dhsd_german")]
    real = {
        name: [line for line in every if line.source == name and line.part == "train"] for name in ("names", "german")
    }
    checked = {
        name: [line for line in every if line.source == name and line.part == "validation"][:80] for name in real
    }
    hand = [glyph for glyph in load_all(given.data) if glyph.part == "train"]
    bank = bank_of(hand + font_glyphs(given.fonts))
    writer = Writer([glyph for glyphs in bank.plenty.values() for glyph in glyphs], words(given.data))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    train(
        Lines(writer, real, given.seed, given.epochs * given.steps),
        checked,
        given.epochs,
        given.steps,
        given.out,
        given.start,
    )


if __name__ == "__main__":
    main()
