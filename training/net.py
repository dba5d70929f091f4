"""The handprint net: small enough to read a page's cells in milliseconds on one core."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ocr.handprint.classes import CLASSES


def layer(inward: int, outward: int, side: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inward, outward, side, stride, side // 2, bias=False), nn.BatchNorm2d(outward), nn.ReLU(inplace=True)
    )


class CellNet(nn.Module):
    """(N, 1, 32, 32) of 0..1 -> (N, CLASSES) logits; 0.3 million weights, 7 million multiplications a cell."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            layer(1, 24, 5, 2), layer(24, 32), nn.MaxPool2d(2),
            layer(32, 64), layer(64, 64), nn.MaxPool2d(2), layer(64, 96),
        )  # fmt: skip
        self.decision = nn.Sequential(
            nn.Flatten(), nn.Dropout(0.2), nn.Linear(96 * 16, 128), nn.ReLU(inplace=True), nn.Dropout(0.1),
            nn.Linear(128, CLASSES),
        )  # fmt: skip

    def forward(self, cells: Tensor) -> Tensor:
        found: Tensor = self.decision(self.features(cells))
        return found


def as_input(pictures: Tensor) -> Tensor:
    """uint8 (N, 32, 32) -> what the net takes."""
    return pictures[:, None].to(torch.float32) / 255
