"""Losses and activations: what the interpreter says was compared, and how it came to be."""

from __future__ import annotations

import pytest

from shapeguard.axes.facts import Fact
from shapeguard.axes.judging import LossTaken, Normalized
from shapeguard.lint.interp.roots import Session
from shapeguard.lint.outline import chunks, pieces
from shapeguard.lint.source import Unit

HEAD = """\
import torch, torch.nn as nn, torch.nn.functional as F
rnn, fc, act = nn.GRU(5, 6, batch_first=True), nn.Linear(6, 3), nn.Sequential(nn.Softmax(1))
out, h = rnn(torch.randn(4, 9, 5))
z = fc(out[:, -1])
y = labels
"""


def facts(code: str, kind: type[Fact]) -> list[Fact]:
    trees = pieces(chunks(Unit(HEAD + code)))
    outcome = Session(1000).run([(piece.tree, piece.root) for piece in trees])
    return [fact for run in outcome.plain for fact, _ in run.facts if type(fact) is kind]


@pytest.mark.parametrize(
    ("code", "loss", "how"),
    [
        ("F.cross_entropy(z, y)", "cross_entropy", "linear"),
        ("F.cross_entropy(input=z.view(-1, 3), target=y)", "cross_entropy", "linear"),
        ("nn.CrossEntropyLoss()(act(z), y)", "cross_entropy", "softmax"),
        ("F.nll_loss(torch.log(z.softmax(1)), y)", "nll_loss", "log_softmax"),
        ("nn.MSELoss()(torch.tanh(z).squeeze(), y)", "mse_loss", "tanh"),
        ("F.mse_loss(2 * torch.tanh(z), y)", "mse_loss", None),
        ("F.l1_loss(torch.bmm(out, out), y)", "l1_loss", None),
        ("F.cross_entropy(torch.stack([z, z]).flatten(0, 1), y)", "cross_entropy", "linear"),
    ],
)
def test_loss(code: str, loss: str, how: str | None) -> None:
    (fact,) = facts(code, LossTaken)
    assert isinstance(fact, LossTaken)
    assert fact.loss == loss
    assert (fact.tensor.by and fact.tensor.by.how) == how


def test_a_loss_of_something_else_is_no_fact() -> None:
    assert facts("F.cross_entropy(torch.randn(4, 3), y)", LossTaken) == []


@pytest.mark.parametrize(
    ("code", "dim", "implicit"),
    [
        ("F.softmax(z)", None, True),
        ("F.softmax(z, 1)", 1, False),
        ("z.softmax(dim=-1)", -1, False),
        ("nn.LogSoftmax()(z)", None, True),
        ("F.softmax(z, **options)", None, False),
        ("F.softmax(z, dim=axis)", None, False),
    ],
)
def test_softmax(code: str, dim: int | None, implicit: bool) -> None:
    (fact,) = facts(code, Normalized)
    assert isinstance(fact, Normalized)
    assert (fact.dim, fact.implicit) == (dim, implicit)
