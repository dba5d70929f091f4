"""The line net: characters along a line of handprint, each four px apart, for CTC."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ocr.handprint.classes import CLASSES
from training.net import layer


class LineNet(nn.Module):
    """(N, 1, 32, W) of 0..1 -> (N, W / 4, CLASSES) logits; 0.4 million weights."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            layer(1, 24, 5, 2), layer(24, 40), nn.MaxPool2d(2),
            layer(40, 72), layer(72, 72), nn.MaxPool2d((2, 1)), layer(72, 96),
        )  # fmt: skip
        self.column = nn.Sequential(nn.Conv2d(96, 128, (4, 1), bias=False), nn.BatchNorm2d(128), nn.ReLU(inplace=True))
        self.context = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(128, 128, 5, padding=2 * gap, dilation=gap, bias=False), nn.BatchNorm1d(128), nn.ReLU()
            )
            for gap in (1, 2, 4)
        )
        self.decision = nn.Sequential(nn.Dropout(0.2), nn.Conv1d(128, CLASSES, 1))

    def forward(self, lines: Tensor) -> Tensor:
        columns = self.column(self.features(lines)).squeeze(2)
        for wider in self.context:
            columns = columns + wider(columns)
        found: Tensor = self.decision(columns).transpose(1, 2)
        return found


def as_lines(pictures: Tensor) -> Tensor:
    """uint8 (N, 32, W) -> what the net takes."""
    return pictures[:, None].to(torch.float32) / 255
