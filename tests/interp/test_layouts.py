"""What is known of the axes of an input: which is batch, which is time, and what says so."""

from __future__ import annotations

import pytest

from shapeguard.axes.facts import RnnCalled
from shapeguard.axes.layouts import Misread, misread
from shapeguard.lint.interp.roots import Session
from tests.interp.sources import parsed

HEAD = """\
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset, TensorDataset
"""


def calls(text: str) -> list[RnnCalled]:
    """The calls of recurrent layers in a program."""
    outcome = Session(50_000).run([(parsed(HEAD + text), True)])
    facts = [fact for run in outcome.plain for fact, _ in run.facts]
    return [fact for fact in facts if isinstance(fact, RnnCalled)]


def verdicts(text: str) -> list[Misread | None]:
    return [misread(fact.call) for fact in calls(text)]


LOADED = """\
class Rows(Dataset):
    def __init__(self, rows):
        self.rows = rows

    def __getitem__(self, i):
        return self.rows[i], i

loader = DataLoader(Rows([]), batch_size=8)
rnn = nn.GRU(5, 6, batch_first={first})
for x, y in loader:
    x = x.to("cpu").float()
    {step}
"""

PROVED = {
    "loader": (LOADED.format(first=False, step="rnn(x)"), 0),
    "loader, moved": (LOADED.format(first=True, step="rnn(x.transpose(0, 1))"), 1),
    "loader, moved by permute": (LOADED.format(first=True, step="rnn(x.permute(1, 0, 2))"), 1),
    "embedded": (LOADED.format(first=False, step="rnn(nn.Embedding(9, 5)(x))"), 0),
    "viewed": (LOADED.format(first=False, step="n = x.size(0)\n    rnn(x.view(n, -1, 5))"), 0),
    "padded": ("nn.GRU(5, 6)(pad_sequence([torch.randn(3, 5)], batch_first=True))", 0),
    "collated": (
        "loader = DataLoader([], collate_fn=lambda rows: pad_sequence(rows, batch_first=True))\n"
        "for x in loader:\n    nn.GRU(5, 6)(x)\n",
        0,
    ),
    "tensors": (
        "for x, y in DataLoader(TensorDataset(torch.randn(9, 7, 5), torch.randn(9))):\n"
        "    nn.GRU(5, 6)(x)\n",
        0,
    ),
    "another layer": (
        "x = nn.GRU(5, 6, batch_first=True)(torch.randn(4, 7, 5))[0]\nnn.GRU(6, 6)(x)",
        0,
    ),
}

SILENT = {
    "right": LOADED.format(first=True, step="rnn(x)"),
    "moved": LOADED.format(first=False, step="rnn(x.transpose(0, 1))"),
    "one sample": LOADED.format(first=False, step="rnn(x[0].unsqueeze(1))"),
    "a step": LOADED.format(first=False, step="rnn(x[:, 0].unsqueeze(0))"),
    "own batches": LOADED.replace("batch_size=8", "batch_size=None").format(
        first=False, step="rnn(x)"
    ),
    "own collate": LOADED.replace("batch_size=8", "collate_fn=torch.stack_steps").format(
        first=False, step="rnn(x)"
    ),
    "a batch of one": LOADED.format(first=True, step="rnn(x[:, 0].unsqueeze(0))"),
    "picked": LOADED.format(first=True, step="order = pick(x)\n    rnn(x[order])"),
    "unknown": "def run(x):\n    return nn.GRU(5, 6)(x)\n",
    "view as transpose": LOADED.format(
        first=False, step="n, t = x.size(0), x.size(1)\n    rnn(x.view(t, n, 5))"
    ),
}


@pytest.mark.parametrize(("text", "position"), PROVED.values(), ids=PROVED)
def test_proved(text: str, position: int) -> None:
    found = [one for one in verdicts(text) if one is not None]
    assert found
    assert all(one.proved and one.position == position for one in found)


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_nothing_to_say(text: str) -> None:
    found = verdicts(text)
    assert found
    assert not any(found)


def test_names_prove_nothing() -> None:
    text = "def run(x):\n    batch_size, steps, _ = x.shape\n    return nn.GRU(5, 6)(x)\n"
    (found,) = (one for one in verdicts(text) if one is not None)
    assert not found.proved
    text = "batch, steps = 4, 7\nnn.GRU(5, 6)(torch.randn(batch, steps, 5))\n"
    (found,) = (one for one in verdicts(text) if one is not None)
    assert not found.proved
