"""Batches that are filled up again, and what modules in nn.DataParallel return."""

from __future__ import annotations

import libcst as cst
import pytest

from shapeguard.axes.axis import Role
from shapeguard.axes.facts import Fact
from shapeguard.axes.packing import FilledUp, Gathered
from shapeguard.lint.interp.roots import Session

HEAD = """\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.fc = nn.GRU(5, 3, batch_first={first}), nn.Linear(3, 2)

    def forward(self, x, lengths):
        packed, h = self.rnn(pack_padded_sequence({given}, {lengths}, batch_first={first}))
        out, _ = pad_packed_sequence(packed, {first}{more})
        return {value}


def run(loader):
    net = {net}
    for x, lengths in loader:
        print(net(x, lengths))
"""


def facts(**parts: str) -> list[Fact]:
    """What happened in the program with these parts."""
    usual = {"first": "True", "given": "x", "lengths": "lengths", "more": "", "value": "out"}
    text = HEAD.format(**{**usual, "net": "nn.DataParallel(Net())", **parts})
    runs = Session(5000).run([(cst.parse_module(text), True)]).plain
    return [fact for run in runs for fact, _ in run.facts]


@pytest.mark.parametrize(
    ("parts", "total", "even", "steps"),
    [
        ({}, False, False, "x.size(1)"),
        ({"first": "False"}, False, False, "x.size(0)"),
        ({"more": ", total_length=None"}, False, False, "x.size(1)"),
        ({"more": ", total_length=x.size(1)"}, True, False, "x.size(1)"),
        ({"more": ", 0.0, 9"}, True, False, "x.size(1)"),
        ({"lengths": "[4, 4]"}, False, True, "x.size(1)"),
        ({"given": "x[lengths.argsort()]"}, False, False, None),
        ({"given": "self.fc(x)"}, False, False, None),
    ],
)
def test_filled_up(parts: dict[str, str], total: bool, even: bool, steps: str | None) -> None:
    found = [fact for fact in facts(**parts) if isinstance(fact, FilledUp)]
    assert {(fact.total, fact.even, fact.steps) for fact in found} == {(total, even, steps)}
    dim = int(parts.get("first") != "False")
    assert {fact.output.find(Role.TIME) for fact in found} == {dim}


@pytest.mark.parametrize(
    ("parts", "slots"),
    [
        ({}, {"output"}),
        ({"value": "self.fc(out), h"}, {"output", "h_n"}),
        ({"value": "x"}, set()),
        ({"net": "nn.DataParallel(Net().cuda()).to('cuda')"}, {"output"}),
        ({"net": "nn.DataParallel(Net(), device_ids=[0])"}, set()),
        ({"net": "nn.DataParallel(Net(), device_ids=[0, 1])"}, {"output"}),
        ({"net": "nn.parallel.DistributedDataParallel(Net())"}, set()),
        ({"net": "Net()"}, set()),
    ],
)
def test_gathered(parts: dict[str, str], slots: set[str]) -> None:
    sources = [fact.tensor.source for fact in facts(**parts) if isinstance(fact, Gathered)]
    assert {source.slot for source in sources if source is not None} == slots
