"""Squeezes without an axis: what is asked of what they leave, and the axes of products."""

from __future__ import annotations

import pytest

from shapeguard.axes.reading import AxisRead
from shapeguard.axes.uses import describe
from shapeguard.lint.interp.roots import Session
from shapeguard.lint.outline import chunks, pieces
from shapeguard.lint.source import Unit

HEAD = """\
import torch, torch.nn as nn, torch.nn.functional as F
rnn, w, v = nn.GRU(5, 6, batch_first=True), nn.Parameter(torch.randn(6, 3)), torch.randn(6)
out, h = rnn(x)
s = out.squeeze()
a, b = load()
"""


def facts(code: str) -> list[AxisRead]:
    trees = pieces(chunks(Unit(HEAD + code)))
    outcome = Session(1000).run([(piece.tree, piece.root) for piece in trees])
    return [fact for run in outcome.plain for fact, _ in run.facts if isinstance(fact, AxisRead)]


@pytest.mark.parametrize(
    ("code", "axis"),
    [
        ("F.softmax(s, dim=1)", 1),
        ("s.permute(1, 0)", 1),
        ("s.t()", 1),
        ("s.sum(-2)", 1),
        ("s.unsqueeze(1)", 0),
        ("s.relu().transpose(0, 1)", 1),
        ("s[:, 0]", 1),
        ("a, b = s.shape", 1),
        ("all_ = []\nall_ += s.tolist()", 0),
        ("all_ = []\nall_.extend(s.detach().numpy().tolist())", 0),
        ("for row in s:\n    print(row)", 0),
        ("F.cross_entropy(s, y)", 1),
    ],
)
def test_what_is_asked_of_a_squeezed_tensor(code: str, axis: int) -> None:
    found = facts(code)
    assert found
    assert max(fact.axis for fact in found) == axis


@pytest.mark.parametrize(
    "code",
    [
        "s.tanh()",
        "s.unsqueeze(0)[..., 0].sum(1)",
        "torch.stack([s, s]).permute(1, 2, 0)",
        "s.view(4, -1).softmax(1)",
        "out.softmax(1)",
    ],
)
def test_where_other_axes_are_asked_for(code: str) -> None:
    found = [fact.axis for fact in facts(code)]
    assert max(found, default=0) == 0


@pytest.mark.parametrize(
    ("code", "axes"),
    [
        ("out @ w", "(batch, time, feature)"),
        ("torch.matmul(out, v)", "(batch, time)"),
        ("torch.mm(out[:, 0], w)", "(batch, 3)"),
        ("torch.mv(out[:, 0], v)", "(batch)"),
        ("torch.bmm(a, b)", "(batch, a.size(1), b.size(2))"),
        ("torch.bmm(a.unsqueeze(1), b)", "(batch, 1, b.size(2))"),
        ("torch.topk(out[:, 0], 1)[1]", "(batch, 1)"),
        ("torch.multinomial(F.softmax(out[:, 0], 1), 2)", "(batch, 2)"),
    ],
)
def test_the_axes_that_are_left(code: str, axes: str) -> None:
    found = facts(f"z = {code}\nq = z.squeeze()\nq.sum(0)")
    assert {describe(mark.before) for fact in found for mark in fact.tensor.regrouped} == {axes}
