"""SG504: a state that goes from one batch to the next with the graph that made it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapeguard.axes.carrying import DetachDropped, StateCarried
from shapeguard.axes.marks import Mark
from shapeguard.axes.rounds import during
from shapeguard.axes.spelling import short
from shapeguard.reference.proof import Proof
from shapeguard.rule import (
    Applicability,
    Bad,
    Context,
    Edit,
    Evidence,
    Finding,
    Fix,
    Good,
    Rule,
    Severity,
)

STATE = re.compile(r"(.*[._])?(h|c|hx|cx|hn|cn|ht|ct|h_n|c_n|h_t|c_t|hidden\w*|cell\w*|states?)")
"""Names of states."""


def check(fact: StateCarried | DetachDropped, context: Context) -> Iterator[Finding]:
    """One call that reads the state of an earlier round, or one detach that does nothing."""
    if isinstance(fact, DetachDropped):
        yield from _dropped(fact, context)
        return
    back = fact.backward
    if back is None or fact.lost is None or not fact.raises():
        return
    if any(during(fact.round.loop, drop.rounds) for drop in context.facts(DetachDropped)):
        return  # that is where it is reported
    name = fact.name()
    if back.retained:
        why = (
            "the graph goes back through all rounds before, and the optimizer has changed the "
            'weights since: torch raises "modified by an inplace operation" in the second round; '
            "retain_graph=True only hides that the graph should end"
        )
    else:
        why = (
            "the graph of the round before was freed by its own backward, so the second round "
            'raises "Trying to backward through the graph a second time"; do not cure that with '
            "retain_graph=True, which goes back through all rounds"
        )
    evidence = [
        Evidence(
            f"the state is left behind by `{short(fact.earlier.place.text)}`", fact.call.place
        ),
        Evidence(
            f"`{short(back.place.text)}` goes back from `{short(fact.lost.text)}`", back.place
        ),
    ]
    yield Finding(
        place=fact.place,
        message=f"{name} comes from the round before with the graph that made it, and "
        f"`{short(back.place.text)}` goes back through that as well",
        why=why,
        cure="detach the state between the rounds, as `h = h.detach()`; or start each round from "
        "a new state, where it does not continue the one before",
        evidence=tuple(evidence),
        fix=_fix(fact),
    )


def _fix(fact: StateCarried) -> Fix | None:
    holders = fact.names()
    if not holders or len(holders) > 2 or (len(holders) == 2 and any(t for _, t in holders)):
        return None
    if len(holders) == 2:
        names = [name for name, _ in holders]
        text = f"{', '.join(names)} = {', '.join(f'{name}.detach()' for name in names)}"
    else:
        name, several = holders[0]
        new = f"tuple(s.detach() for s in {name})" if several else f"{name}.detach()"
        text = f"{name} = {new}"
    return Fix(
        Applicability.UNSAFE,
        "Cut the state from the graph of its round",
        (Edit(fact.place, text, how="after"),),
    )


def _dropped(fact: DetachDropped, context: Context) -> Iterator[Finding]:
    tensor = fact.tensor
    base = fact.base.text
    known = tensor.source is not None or Mark.RECURRENT in tensor.marks
    over = fact.rounds[-1].over.text if fact.each and fact.rounds else ""
    if not (known or STATE.fullmatch(base.lower()) or STATE.fullmatch(over.lower())):
        return
    text = f"{base}.detach_()" if fact.each else f"{base} = {base}.detach()"
    yield Finding(
        place=fact.place,
        message=f"`{fact.place.text}` does nothing: the detached tensor that it returns is thrown "
        f"away, and `{base}` keeps its graph",
        why="a state that is carried on like this still hangs on the graph of all that came "
        "before: the next backward goes through it again, and raises",
        cure=f"keep what it returns, or detach in place: `{text}`",
        evidence=(Evidence(f"`{base}` is as it was before", fact.base),),
        fix=Fix(Applicability.UNSAFE, "Detach the state", (Edit(fact.place, text),)),
    )


PAGE = """
## What it does

Finds a state that one round of a training loop leaves behind and the next one reads, while it
still hangs on the graph of the round that made it, and `backward` is called in every round. Also
finds `h.detach()` as a statement of its own, which returns a new tensor to nobody.

## Why is this bad?

`backward` frees the graph that it went through. The next one comes to the same graph by way of the
state, and raises "Trying to backward through the graph a second time". With `retain_graph=True`
the graph of all rounds is kept and gone through again, until an optimizer changes the weights in
place, which torch notices and raises as well. What is meant is backpropagation through one piece
at a time: the state goes on, its graph does not.

## Fix safety

Unsafe: gradients end where the state is detached. The fix adds a line that detaches, below the
call that returns the state. No fix is offered where the names that hold the state are not in view.

## References

[torch.Tensor.detach](https://docs.pytorch.org/docs/stable/generated/torch.Tensor.detach.html):
"Returns a new Tensor, detached from the current graph." The states of
[torch.nn.GRU](https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html) carry the graph of
their call.
"""

_GRU = """\
import torch
import torch.nn as nn


class CharModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 3, batch_first=True)
        self.fc = nn.Linear(3, 2)

    def forward(self, x, hidden):
        out, hidden = self.gru(x, hidden)
        return self.fc(out), hidden


def train(model, batches):
    criterion = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(10):
        hidden = torch.zeros(1, 7, 3)
        for x, y in batches:
            optimizer.zero_grad()
{inner}
    return hidden


batches = [(torch.randn(7, 11, 5), torch.randn(7, 11, 2)) for _ in range(20)]
last = train(CharModel(), batches)
"""


def _gru(inner: str) -> str:
    lines = inner.strip("\n").splitlines()
    return _GRU.format(inner="\n".join(f"            {line}" for line in lines))


_STEP = """\
loss = criterion(out, y)
loss.backward()
optimizer.step()
"""

_LSTM = """\
import torch
from torch import nn

lstm = nn.LSTM(5, 3, 2)
head = nn.Linear(3, 1)
optimizer = torch.optim.Adam([*lstm.parameters(), *head.parameters()])
state = (torch.zeros(2, 7, 3), torch.zeros(2, 7, 3))
for step in range(30):
    x, y = torch.randn(11, 7, 5), torch.randn(11, 7, 1)
    out, state = lstm(x, state)
{line}    loss = nn.functional.mse_loss(head(out), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""

_DROPPED = """\
import torch
import torch.nn as nn

rnn = nn.RNN(5, 3)
optimizer = torch.optim.SGD(rnn.parameters(), lr=0.1)
hidden = torch.zeros(1, 7, 3)
for number in range(20):
    {line}
    out, hidden = rnn(torch.randn(11, 7, 5), hidden)
    optimizer.zero_grad()
    out.pow(2).mean().backward(retain_graph=True)
    optimizer.step()
"""

_EACH = """\
import torch
import torch.nn as nn


def run(model, pieces):
    state = (torch.zeros(1, 7, 3), torch.zeros(1, 7, 3))
    for piece in pieces:
        for part in state:
            {line}
        out, state = model(piece, state)
        loss = nn.functional.mse_loss(out, piece[:, :, :3])
        loss.backward()
    return loss


last = run(nn.LSTM(5, 3), [torch.randn(11, 7, 5) for _ in range(20)])
"""

_KEPT = """\
import torch
import torch.nn as nn


class Tracker(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 3)
        self.out = nn.Linear(3, 1)
        self.hidden = None

    def forward(self, x):
        y, self.hidden = self.rnn(x, self.hidden)
        return self.out(y)


model = Tracker()
optimizer = torch.optim.Adam(model.parameters())
for number in range(50):
    x = torch.randn(11, 7, 5)
    prediction = model(x)
{line}    loss = nn.functional.mse_loss(prediction, x[:, :, :1])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""

BAD = (
    Bad(
        code=_gru("out, hidden = model(x, hidden)\n" + _STEP),
        at="model(x, hidden)",
        fixed=_gru("out, hidden = model(x, hidden)\nhidden = hidden.detach()\n" + _STEP),
        proof=Proof(run="last", layer="gru", raises="second time"),
    ),
    Bad(
        code=_LSTM.format(line=""),
        at="lstm(x, state)",
        fixed=_LSTM.format(line="    state = tuple(s.detach() for s in state)\n"),
        proof=Proof(run="out", raises="second time"),
    ),
    Bad(
        code=_KEPT.format(line=""),
        at="model(x)",
        fixed=_KEPT.format(line="    model.hidden = model.hidden.detach()\n"),
        proof=Proof(run="prediction", raises="second time"),
    ),
    Bad(
        code=_DROPPED.format(line="hidden.detach()"),
        at="hidden.detach()",
        fixed=_DROPPED.format(line="hidden = hidden.detach()"),
        proof=Proof(run="out", raises="modified by an inplace operation"),
    ),
    Bad(
        code=_EACH.format(line="part.detach()"),
        at="part.detach()",
        fixed=_EACH.format(line="part.detach_()"),
        proof=Proof(run="last", layer="model", raises="second time"),
    ),
)

GOOD = (
    Good(
        code=_gru("out, hidden = model(x, hidden.detach())\n" + _STEP),
        why="what goes into the call is detached",
    ),
    Good(
        code=_gru("hidden = hidden.data\nout, hidden = model(x, hidden)\n" + _STEP),
        why=".data of a tensor has no graph",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


def repackage(h):
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(repackage(v) for v in h)


lstm = nn.LSTM(5, 3)
state = (torch.zeros(1, 7, 3), torch.zeros(1, 7, 3))
for number in range(20):
    state = repackage(state)
    out, state = lstm(torch.randn(11, 7, 5), state)
    out.mean().backward()
""",
        why="a helper detaches each tensor of the state",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F

rnn = nn.GRU(5, 3)
optimizer = torch.optim.SGD(rnn.parameters(), lr=0.1)
hidden, total = torch.zeros(1, 7, 3), 0
for number in range(20):
    out, hidden = rnn(torch.randn(11, 7, 5), hidden)
    total = total + F.mse_loss(out, torch.zeros(11, 7, 3))
    if number % 5 == 4:
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        hidden, total = hidden.detach(), 0
""",
        why="several rounds share one graph, which is cut where it was gone through",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F

gru = nn.GRU(5, 3)
for batch in range(20):
    hidden, total = torch.zeros(1, 7, 3), 0
    for x in torch.randn(11, 1, 7, 5):
        out, hidden = gru(x, hidden)
        total = total + F.mse_loss(out, torch.zeros(1, 7, 3))
    total.backward()
""",
        why="a loop over the steps: backward comes after it, and each batch starts anew",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 3)
hidden, scores = None, []
with torch.no_grad():
    for number in range(20):
        out, hidden = rnn(torch.randn(11, 7, 5), hidden)
        scores.append(nn.functional.mse_loss(out, torch.zeros(11, 7, 3)))
loss = rnn(torch.randn(11, 7, 5), hidden)[0].mean()
loss.backward()
""",
        why="no graph is kept under no_grad",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 3)
state = (torch.zeros(1, 7, 3), torch.zeros(1, 7, 3))
for number in range(20):
    for part in state:
        part.detach_()
    out, state = lstm(torch.randn(11, 7, 5), state)
    out.mean().backward()
""",
        why="detach_() detaches in place",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

model = nn.GRU(5, 3)
for number in range(20):
    hidden = torch.zeros(1, 7, 3)
    out, hidden = model(torch.randn(11, 7, 5), hidden)
    out.mean().backward()
""",
        why="each round starts from a state of its own",
    ),
)

RULE = Rule(
    code="SG504",
    name="state-not-detached",
    summary="a state carried from one batch to the next with the graph that made it",
    severity=Severity.ERROR,
    page=PAGE,
    on=(StateCarried, DetachDropped),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
