"""SG106: a batch of vectors given to a layer, which reads it as one sequence."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Role
from shapeguard.axes.facts import RnnCalled
from shapeguard.axes.layouts import inherited
from shapeguard.axes.spelling import primary, short
from shapeguard.axes.value import Tensor
from shapeguard.reference.proof import Proof
from shapeguard.rule import (
    Bad,
    Context,
    Evidence,
    Finding,
    Good,
    Rule,
    Severity,
    layer_evidence,
)


def check(fact: RnnCalled, context: Context) -> Iterator[Finding]:
    """An input of two axes, the first of which is the batch."""
    call, given = fact.call, fact.call.input
    if call.batched or not isinstance(given, Tensor) or given.axes is None:
        return
    samples = given.axes[0]
    known = samples.known
    is_batch = samples.role is Role.BATCH or (known is not None and known.role is Role.BATCH)
    if not is_batch or known is None or samples.size == 1 or inherited(known):
        return
    kind, first = call.rnn.kind, call.rnn.flag("batch_first")
    text = fact.input_place.text if fact.input_place is not None else "input"
    name = f"`{short(text, 40)}`"
    dim = 1 if first is True else 0
    step = f"`{short(primary(text))}.unsqueeze({dim})`" if first in (True, False) else "unsqueeze"
    doubt = "" if known.proved else ", as far as the names around it tell"
    sure = known.proved and known.call is None
    yield Finding(
        fact.place,
        f"the {kind} reads {name} as one sequence, but its axes are (batch, feature){doubt}",
        "an input of two axes is a single sequence without a batch: the samples are taken for its "
        "steps, and the state runs from each sample into the next; torch is silent since 1.11",
        f"keep the axis of the steps; if each sample is one step, write {step}"
        + ("" if sure else "; if the samples are steps of one sequence on purpose, ignore this"),
        (*layer_evidence(call.rnn, "batch_first"), Evidence(known.text, known.place)),
        severity=None if sure else Severity.WARNING,
    )


PAGE = """
## What it does

Finds two-dimensional inputs whose first axis is the batch: a batch of feature vectors from a
DataLoader, the last state of an encoder, the last step of another layer. What another layer took
for a batch can be meant as the steps of a longer sequence, as with the sentences of a document:
there, and where only the names of sizes speak, the finding is a warning.

## Why is this bad?

torch reads an input of two axes as (time, feature): one sequence, without a batch. The samples of
the batch become the steps of that sequence, each sample's result depends on those before it in
the batch, and shuffling the batch changes every prediction. Up to torch 1.10 this was an error;
now it runs.

## Fix safety

There is no fix: whether the axis of the steps was lost on the way, or each sample is a single
step, only the author knows.

## References

- torch.nn.GRU, input: "tensor of shape (L, H_in) for unbatched input, (L, N, H_in) when
  batch_first=False or (N, L, H_in) when batch_first=True".
"""

BAD = (
    Bad(
        code="""\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

table = TensorDataset(torch.randn(21, 5), torch.randint(0, 2, (21,)))


class Churn(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(out)


model = Churn()
for x, y in DataLoader(table, batch_size=7):
    scores = model(x)
""",
        at="self.gru(x)",
        proof=Proof(
            run="(scores, x)",
            holds="np.allclose(value[0], apply('fc', rnn(value[1][:, None]).last_step))",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn

encoder = nn.LSTM(5, 6, num_layers=2, batch_first=True)
decoder = nn.LSTM(6, 3, batch_first=True)


def decode(x):
    _, (h_n, c_n) = encoder(x)
    rebuilt, _ = decoder(h_n[-1])
    return rebuilt
""",
        at="decoder(h_n[-1])",
        severity=Severity.WARNING,
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="decode(x)",
            layer="decoder",
            holds="value.shape == (7, 1, 3)",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn

batch_size, n_features = 7, 5
rnn = nn.RNN(n_features, 6)
head = nn.Linear(6, 1)
x = torch.randn(batch_size, n_features)
out, h = rnn(x)
forecast = head(out)
""",
        at="rnn(x)",
        severity=Severity.WARNING,
        proof=Proof(
            run="(forecast, x)",
            holds="np.allclose(value[0], apply('head', rnn(value[1][:, None]).last_step))",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.low = nn.GRU(5, 6)
        self.high = nn.GRU(6, 4)

    def forward(self, x):
        out, _ = self.low(x)
        return self.high(out[-1])[0]


stack = Stack()
""",
        at="self.high(out[-1])",
        severity=Severity.WARNING,
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="stack(x)",
            layer="high",
            holds="value.shape == (1, 7, 4)",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
from torch import nn

rnn = nn.GRU(5, 6)
sentence = torch.randn(11, 5)
out, h = rnn(sentence)
print(out.shape)
""",
        why="a single sequence of vectors, which is what two axes mean",
    ),
    Good(
        code="""\
import torch
from torch import nn

rnn = nn.GRU(5, 6, batch_first=True)
batch = torch.randn(7, 11, 5)
for sequence in batch:
    out, h = rnn(sequence)
    print(out.shape)
""",
        why="the samples are read one by one, each as a sequence of its own",
    ),
    Good(
        code="""\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

cell = nn.GRUCell(5, 6)
h = torch.zeros(7, 6)
for (x,) in DataLoader(TensorDataset(torch.randn(21, 5)), batch_size=7):
    h = cell(x, h)
print(h.shape)
""",
        why="a Cell takes one step of every sample: two axes are right",
    ),
    Good(
        code="""\
import torch
from torch import nn

encoder = nn.GRU(5, 6, batch_first=True)
decoder = nn.GRU(6, 6, batch_first=True)
_, h_n = encoder(torch.randn(7, 11, 5))
repeated = h_n[-1].unsqueeze(1).repeat(1, 11, 1)
print(decoder(repeated)[0].shape)
""",
        why="the summary is given at every step: the axis of the steps was made",
    ),
    Good(
        code="""\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

rnn = nn.GRU(5, 6)
for (x,) in DataLoader(TensorDataset(torch.randn(3, 11, 5)), batch_size=1):
    print(rnn(x.squeeze(0))[0].shape)
""",
        why="the batch of one was squeezed away, and what is left is a sequence",
    ),
    Good(
        code="""\
import torch
from torch import nn

low, high = nn.GRU(5, 6, batch_first=True), nn.GRU(6, 4)
out, _ = low(torch.randn(7, 11, 5))
print(high(out[0])[0].shape)
""",
        why="the output for one sample is a sequence of steps",
    ),
)

RULE = Rule(
    code="SG106",
    name="batch-read-as-sequence",
    summary="a (batch, feature) tensor is read as one sequence, with the samples as its steps",
    severity=Severity.ERROR,
    page=PAGE,
    on=(RnnCalled,),
    check=check,
    bad=BAD,
    good=GOOD,
    ends=("static", "guard"),
)
