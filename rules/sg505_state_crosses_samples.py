"""SG505: a state carried from one shuffled batch to the next, between sequences of no relation."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.carrying import StateCarried
from shapeguard.axes.spelling import short
from shapeguard.reference.proof import Proof
from shapeguard.rule import Bad, Context, Evidence, Finding, Good, Rule, Severity


def check(fact: StateCarried, context: Context) -> Iterator[Finding]:
    """One call in a loop over a loader; what raises is reported as that."""
    if fact.shuffled is None or fact.raises():
        return
    name = fact.name()
    yield Finding(
        place=fact.place,
        message=f"{name} goes from one batch into the next, and `{short(fact.round.over.text)}` "
        "shuffles: each sequence starts from the state of an unrelated one",
        why="row i of a shuffled batch does not continue row i of the batch before, so the model "
        "starts from noise, and its results depend on the order of the batches",
        cure="start every batch from a new state, inside the loop, or pass none; a state is worth "
        "carrying only where each row goes on where it ended, without shuffling",
        evidence=(
            Evidence(
                f"the loader draws in random order: `{short(fact.shuffled.setting.text)}`",
                fact.shuffled.setting,
            ),
            Evidence(
                f"the state is left behind by `{short(fact.earlier.place.text)}`",
                fact.earlier.place,
            ),
        ),
    )


PAGE = """
## What it does

Finds a state that is handed from one batch to the next in a loop over a DataLoader with
`shuffle=True`, detached or not.

## Why is this bad?

A shuffled loader gives sequences that have nothing to do with those at the same rows of the batch
before. Their first steps are read with a state that belongs to others. Training sees noise there,
results depend on the order of the batches, and a prediction that starts from zeros is a case that
the model was never trained on. With a smaller last batch it raises as well.

## Fix safety

No fix is offered: make the state inside the loop, or leave it out for zeros. Where the sequences
are pieces of one long one, do not shuffle, and cut it so that each row goes on in the next batch.

## References

[torch.utils.data.DataLoader](https://docs.pytorch.org/docs/stable/data.html): "shuffle: set to True
to have the data reshuffled at every epoch". [torch.nn.LSTM](
https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): the initial state is that of
"each element in the input sequence" and "Defaults to zeros if (h_0, c_0) is not provided."
"""

_PROGRAM = """\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Sentiment(nn.Module):
    def __init__(self, n_layers=2):
        super().__init__()
        self.n_layers = n_layers
        self.lstm = nn.LSTM(5, 3, n_layers, batch_first=True)
        self.fc = nn.Linear(3, 1)

    def forward(self, x, hidden):
        out, hidden = self.lstm(x, hidden)
        return torch.sigmoid(self.fc(out[:, -1])), hidden

    def init_hidden(self, batch_size):
        weight = next(self.parameters()).data
        return (
            weight.new(self.n_layers, batch_size, 3).zero_(),
            weight.new(self.n_layers, batch_size, 3).zero_(),
        )


data = TensorDataset(torch.randn(28, 11, 5), torch.rand(28, 1))
loader = DataLoader(data, batch_size=7, shuffle={shuffle})
net = Sentiment()
criterion = nn.BCELoss()
optimizer = torch.optim.Adam(net.parameters())
for epoch in range(10):
{before}    for x, y in loader:
{first}        score, h = net(x, h)
        loss = criterion(score, y)
        optimizer.zero_grad()
        loss.backward()
"""
_BEFORE = "    h = net.init_hidden(7)\n"
_INSIDE = "        h = net.init_hidden(x.size(0))\n"
_DATA = "        h = tuple([each.data for each in h])\n"

_EVALUATED = """\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

gru = nn.GRU(5, 3)
dataset = TensorDataset(torch.randn(28, 11, 5), torch.randn(28, 3))
loader = DataLoader(dataset, batch_size=7, shuffle=True)


def evaluate(model, loader):
    total, hidden = 0, torch.zeros(1, 7, 3)
    with torch.no_grad():
        for number, (x, y) in enumerate(loader):
            x = x.transpose(0, 1)
            out, hidden = model(x, hidden)
            total += nn.functional.mse_loss(out[-1], y)
    return total, x, out


total, x, out = evaluate(gru, loader)
"""

_HELD = """\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(5, 3, batch_first=True)
        self.state = None

    def forward(self, x):
        out, state = self.rnn(x, self.state)
        self.state = state.detach()
        return out


model = Forecaster()
loader = DataLoader(TensorDataset(torch.randn(28, 11, 5)), batch_size=7, shuffle=True)
for (x,) in loader:
    {reset}out = model(x)
    loss = out.pow(2).mean()
    loss.backward()
"""

_FINAL = "np.allclose(value[1], rnn(value[0]).h_n)"
_ALONE = "np.allclose(value[1], rnn(value[0]).output)"

BAD = (
    Bad(
        code=_PROGRAM.format(shuffle="True", before=_BEFORE, first=_DATA),
        at="net(x, h)",
        proof=Proof(run="x, h[0]", layer="lstm", holds=_FINAL),
    ),
    Bad(
        code=_EVALUATED,
        at="model(x, hidden)",
        proof=Proof(run="x.transpose(0, 1), out.transpose(0, 1)", layer="gru", holds=_ALONE),
    ),
    Bad(
        code=_HELD.format(reset=""),
        at="model(x)",
        proof=Proof(run="x, out", layer="rnn", holds=_ALONE),
    ),
)

GOOD = (
    Good(
        code=_PROGRAM.format(shuffle="True", before="", first=_INSIDE),
        why="each batch starts from a state of its own",
    ),
    Good(
        code=_PROGRAM.format(shuffle="False", before=_BEFORE, first=_DATA),
        why="the loader keeps the order: rows may go on from batch to batch",
    ),
    Good(
        code=_HELD.format(reset="model.state = None\n    "),
        why="the state that the model keeps is dropped before each batch",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

gru = nn.GRU(5, 3, batch_first=True)
loader = DataLoader(TensorDataset(torch.randn(28, 11, 5)), batch_size=7, shuffle=True)
for (batch,) in loader:
    hidden, outputs = None, []
    for step in range(11):
        out, hidden = gru(batch[:, step : step + 1], hidden)
        outputs.append(out)
""",
        why="the state goes on over the steps of a batch, and starts anew in the next",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

gru = nn.GRU(5, 3, batch_first=True)
loader = DataLoader(TensorDataset(torch.randn(28, 11, 5)), batch_size=7, shuffle=True)
states = []
for (batch,) in loader:
    out, hidden = gru(batch)
    states.append(hidden)
again, _ = gru(batch, hidden)
""",
        why="states are collected, and no later batch reads them",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

gru = nn.GRU(5, 3, batch_first=True)
stream = torch.randn(7, 44, 5)
hidden = torch.zeros(1, 7, 3)
for piece in stream.split(11, dim=1):
    hidden = hidden.detach()
    out, hidden = gru(piece, hidden)
    out.mean().backward()
""",
        why="one long sequence for each row, piece by piece in order",
    ),
)

RULE = Rule(
    code="SG505",
    name="state-crosses-samples",
    summary="a state carried from one batch of a shuffled loader to the next",
    severity=Severity.WARNING,
    page=PAGE,
    on=(StateCarried,),
    check=check,
    bad=BAD,
    good=GOOD,
)
