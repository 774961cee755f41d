"""What layers that read axis 1 as channels make of a tensor."""

from __future__ import annotations

import pytest
import torch

from shapeguard.axes.axis import Role
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor
from tests.interp.sources import interpreted

HEAD = "import torch\nfrom torch import nn\n\n"
SAMPLES = "samples = torch.randn(4, 5, 9)\n"


def made(layers: str, how: str = "", given: str = SAMPLES) -> Tensor:
    value = interpreted(f"{HEAD}{given}layers = {layers}\nresult = layers(samples){how}\n")[
        "result"
    ]
    assert isinstance(value, Tensor)
    return value


@pytest.mark.parametrize(
    ("layers", "how"),
    [
        ("nn.Conv1d(5, 8, 3)", ""),
        ("nn.Conv1d(5, 8, 3, stride=2)", ".transpose(1, 2)"),
        ("nn.Sequential(nn.Conv1d(5, 8, 3), nn.ReLU(), nn.MaxPool1d(2))", ""),
        ("nn.AdaptiveMaxPool1d(1)", ".squeeze(-1)"),
        ("nn.Sequential(nn.Conv1d(5, 10, 3, groups=5), nn.BatchNorm1d(10))", ""),
    ],
)
def test_sizes_are_those_of_torch_or_unknown(layers: str, how: str) -> None:
    names = {"torch": torch, "nn": torch.nn}
    truth = eval(f"{layers}(torch.randn(4, 5, 9)){how}", names).shape
    value = made(layers, how)
    if value.axes is not None:
        assert len(value.axes) == len(truth)
        pairs = zip(value.axes, truth, strict=True)
        assert all(axis.size in (UNKNOWN, size) for axis, size in pairs)


def test_channels_are_features_wherever_they_are_moved() -> None:
    assert made("nn.Conv1d(5, 8, 3)").axis(1).role is Role.FEATURE
    assert made("nn.Conv1d(5, 8, 3)", ".permute(0, 2, 1)").axis(2).role is Role.FEATURE
    unknown = "samples = read()\n"
    assert made("nn.Conv1d(5, 8, 3)", given=unknown).axis(1).size == 8


def test_grouped_channels_may_be_what_they_were() -> None:
    assert made("nn.Conv1d(5, 5, 3, groups=5)").axis(1).role is Role.UNKNOWN
