"""Loops: which states go from round to round, with or without their graph, and which do not."""

from __future__ import annotations

import pytest

from shapeguard.axes.building import ListedPlainly, Registered
from shapeguard.axes.carrying import DetachDropped, StateCarried, StepsApart
from shapeguard.axes.facts import Fact
from shapeguard.lint.interp.roots import Session
from shapeguard.lint.outline import chunks, pieces
from shapeguard.lint.source import Unit

HEAD = """\
import torch, torch.nn as nn
from torch.utils.data import DataLoader
rnn, mse = nn.GRU(5, 3), nn.MSELoss()
h = torch.zeros(1, 7, 3)
"""
LOSS = "    loss = mse(out, y)\n    loss.backward()\n"


def facts(code: str, kind: type[Fact]) -> list[Fact]:
    trees = pieces(chunks(Unit(HEAD + code)))
    outcome = Session(5000).run([(piece.tree, piece.root) for piece in trees])
    return [fact for run in outcome.plain for fact, _ in run.facts if type(fact) is kind]


@pytest.mark.parametrize(
    ("body", "live"),
    [
        ("    out, h = rnn(x, h)\n", True),
        ("    out, h = rnn(x, h.detach())\n", False),
        ("    out, h = rnn(x, h)\n    h.detach_()\n", False),
        ("    h.detach()\n    out, h = rnn(x, h)\n", True),
        ("    if h is None:\n        h = torch.zeros(1, 7, 3)\n    out, h = rnn(x, h)\n", True),
        ("    with torch.no_grad():\n        out, h = rnn(x, h)\n", False),
        ("    out, h = rnn(x, h)\n    if x.sum() > 0:\n        h = h.detach()\n", False),
    ],
)
def test_carried(body: str, live: bool) -> None:
    (fact,) = facts(f"for x, y in batches:\n{body}{LOSS}", StateCarried)
    assert isinstance(fact, StateCarried)
    assert fact.live is live
    assert fact.raises() is live
    assert [name for name, _ in fact.names()] == ["h"]


@pytest.mark.parametrize(
    "body",
    [
        "    h = torch.zeros(1, 7, 3)\n    out, h = rnn(x, h)\n",
        "    out, _ = rnn(x, h)\n",
        "    if x.sum() > 0:\n        h = torch.zeros(1, 7, 3)\n    out, h = rnn(x, h)\n",
        "    h = clean(h)\n    out, h = rnn(x, h)\n",
    ],
)
def test_not_carried(body: str) -> None:
    assert not facts(f"for x, y in batches:\n{body}{LOSS}", StateCarried)


@pytest.mark.parametrize("over", ["loader", "enumerate(loader)", "tqdm(enumerate(loader))"])
@pytest.mark.parametrize("shuffle", [True, False])
def test_shuffled(over: str, shuffle: bool) -> None:
    made = f"loader = DataLoader(data, 7, shuffle={shuffle})\n"
    found = facts(f"{made}for x in {over}:\n    out, h = rnn(x, h)\n", StateCarried)
    assert [isinstance(fact, StateCarried) and bool(fact.shuffled) for fact in found] == (
        [True] if shuffle else []
    )


def test_detach_of_each() -> None:
    (fact,) = facts("out, h = rnn(x, h)\nfor part in h:\n    part.detach()\n", DetachDropped)
    assert isinstance(fact, DetachDropped)
    assert fact.each


@pytest.mark.parametrize(
    ("call", "how"),
    [
        ("out, _ = rnn(x[t : t + 1], h)", "counted"),
        ("out, _ = rnn(x[t].unsqueeze(0))", "counted"),
        ("out, h = rnn(x[t : t + 1], h)", None),
        ("out, _ = rnn(x[:, t].unsqueeze(1), h)", None),
        ("out, _ = rnn(x[: t + 1], h)", None),
    ],
)
def test_steps(call: str, how: str | None) -> None:
    found = facts(f"for t in range(11):\n    {call}\n", StepsApart)
    assert [fact.how for fact in found if isinstance(fact, StepsApart)] == ([how] if how else [])


def test_listed() -> None:
    code = """\
class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.seen = nn.ModuleList([nn.GRU(5, 3)])
        self.lost = [nn.GRU(3, 5)]
two = Two()
"""
    (fact,) = facts(code, ListedPlainly)
    assert isinstance(fact, ListedPlainly)
    assert fact.name == "lost"
    assert fact.rnns[0].place not in {one.place for one in facts(code, Registered)}
