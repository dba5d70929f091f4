"""The handprint net: small enough to read a page's cells in milliseconds on one core."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from ocr.handprint.classes import CLASSES


def layer(inward: int, outward: int, side: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inward, outward, side, stride, side // 2, bias=False), nn.BatchNorm2d(outward), nn.ReLU(inplace=True)
    )


class Deep(nn.Sequential):
    """A layer and a second one added to what it finds, which begins as nothing: a trained net is deepened so."""

    def __init__(self, inward: int, outward: int) -> None:
        super().__init__(*layer(inward, outward))
        self.more = nn.Sequential(nn.Conv2d(outward, outward, 3, 1, 1, bias=False), nn.BatchNorm2d(outward))
        nn.init.zeros_(self.more[1].weight)  # type: ignore[arg-type]

    def forward(self, cells: Tensor) -> Tensor:
        found: Tensor = self[2](self[1](self[0](cells)))
        return torch.relu(found + self.more(found))


class CellNet(nn.Module):
    """(N, 1, 32, 32) of 0..1 -> (N, CLASSES) logits; 0.3 million weights, 7 million multiplications a cell.

    A `deep` one has twice as many multiplications and can go on from the weights of one that is not.
    """

    def __init__(self, *, deep: bool = False) -> None:
        super().__init__()
        second = Deep if deep else layer
        self.features = nn.Sequential(
            layer(1, 24, 5, 2), second(24, 32), nn.MaxPool2d(2),
            layer(32, 64), second(64, 64), nn.MaxPool2d(2), second(64, 96),
        )  # fmt: skip
        self.decision = nn.Sequential(
            nn.Flatten(), nn.Dropout(0.2), nn.Linear(96 * 16, 128), nn.ReLU(inplace=True), nn.Dropout(0.1),
            nn.Linear(128, CLASSES),
        )  # fmt: skip

    def forward(self, cells: Tensor) -> Tensor:
        found: Tensor = self.decision(self.features(cells))
        return found


def loaded(*weights: Path) -> CellNet:
    """The net of a .pt file, deep or not; of several, with the mean of their weights."""
    states = [torch.load(file) for file in weights]
    net = CellNet(deep=any(".more." in name for name in states[0]))
    net.load_state_dict({
        name: sum(state[name] for state in states) / len(states) if first.dtype.is_floating_point else first
        for name, first in states[0].items()
    })  # fmt: skip
    return net


def as_input(pictures: Tensor) -> Tensor:
    """uint8 (N, 32, 32) -> what the net takes."""
    return pictures[:, None].to(torch.float32) / 255
