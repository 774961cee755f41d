"""SG111: a sequence of one step, made right before the layer, with no state carried."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.facts import RnnCalled, TupleIndexed, Unpacked
from shapeguard.axes.marks import Mark
from shapeguard.axes.reading import Consumed
from shapeguard.axes.spelling import short
from shapeguard.axes.states import tensors
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
    """The time axis is 1 long, put in by unsqueeze or a view, and each call starts anew."""
    step = one_step(fact)
    if step is None or step.inserted is None:
        return
    same = [other for other in context.facts(RnnCalled) if other.place == fact.place]
    if not all(starts_anew(other, context) for other in same) or carried(fact, context):
        return
    if next(other for other in same if one_step(other) is not None) is not fact:
        return  # said at the first place that makes such a step
    kind, place = fact.call.rnn.kind, step.inserted
    yield Finding(
        place,
        f"`{short(place.text, 40)}` makes a sequence of one step, and the {kind} starts it with "
        "no state: there is nothing to recur",
        "the weights between the states are never used and the layer is a plain feed-forward one; "
        "unless that is meant, the steps have been lost or stand on another axis",
        "put the steps on the time axis, or carry the state from call to call; for features "
        "without an order, an nn.Linear with an activation does the same",
        (
            *layer_evidence(fact.call.rnn, "batch_first"),
            Evidence(f"this call of the {kind} reads the new axis as time", fact.place),
        ),
    )


def one_step(fact: RnnCalled) -> Axis | None:
    """The axis of time, if it is one step that an operation has put in."""
    first, given = fact.call.rnn.flag("batch_first"), fact.call.input
    if not isinstance(first, bool) or not isinstance(given, Tensor) or not fact.call.batched:
        return None
    step, batch = given.axis(int(first)), given.axis(1 - int(first))
    if step.size != 1 or step.inserted is None or batch.size == 1:
        return None
    is_time = batch.role is Role.TIME or (batch.known and batch.known.role is Role.TIME)
    return None if is_time or given.walked else step


def carried(fact: RnnCalled, context: Context) -> bool:
    """Whether the layer is given a state elsewhere, or the caller is handed the one it returns."""
    elsewhere = any(
        other.call.rnn.place == fact.call.rnn.place
        and other.place != fact.place
        and not starts_anew(other, context)
        for other in context.facts(RnnCalled)
    )
    return elsewhere or any(
        used.by == "return"
        and used.tensor.source.call is fact.call
        and not used.tensor.source.takes
        for used in context.facts(Consumed)
        if used.tensor.source is not None and used.tensor.source.slot in ("h_n", "c_n")
    )


def starts_anew(fact: RnnCalled, context: Context) -> bool:
    """Whether a call is given no state, or zeros, and the state it returns is thrown away."""
    state = fact.call.state
    if state is None:
        return fact.state_place is None
    held = list(tensors(state))
    if not held or not all(Mark.ZEROS in one.marks for one in held):
        return False
    for unpacked in context.facts(Unpacked):
        source = unpacked.value.source
        if source is not None and source.call is fact.call and source.slot == "result":
            return len(unpacked.names) == 2 and unpacked.names[1] == "_"
    return any(
        one.value.source is not None and one.value.source.call is fact.call and one.index == 0
        for one in context.facts(TupleIndexed)
    )


PAGE = """
## What it does

Finds calls whose time axis is 1 long because `unsqueeze`, `view` or `[:, None]` has just put it
in, and which are given no state: `lstm(x.unsqueeze(1))` with `batch_first=True`,
`lstm(x.view(1, n, -1))` without. It is a warning, for a layer may be meant that way.

## Why is this bad?

A recurrent layer connects steps. With one step and no state from before, the recurrent weights
multiply zeros: what is left is one linear map and an activation, slower than they are by
themselves. Mostly the steps are there in the data but on another axis, or the state of the step
before was to be passed.

## Fix safety

There is no fix: where the steps are to come from, only the author knows.

## References

- torch.nn.LSTM, h_0: "Defaults to zeros if (h_0, c_0) is not provided."
- torch.nn.RNN: "h_t = tanh(x_t W_ih^T + b_ih + h_(t-1) W_hh^T + b_hh)".
"""

BAD = (
    Bad(
        code="""\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

data = TensorDataset(torch.randn(21, 5), torch.rand(21).round())


class Detector(nn.Module):
    def __init__(self, n_features, n_hidden):
        super().__init__()
        self.rnn = nn.RNN(n_features, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 1)

    def forward(self, x):
        h0 = torch.zeros(1, x.size(0), self.rnn.hidden_size)
        out, _ = self.rnn(x, h0)
        return self.fc(out[:, -1, :])


model = Detector(5, 6)
for x, y in DataLoader(data, batch_size=7):
    x = x.unsqueeze(1)
    score = model(x)
""",
        at="x.unsqueeze(1)",
        proof=Proof(run="score", holds="rnn(np.zeros((7, 1, 5))).output.shape[1] > 1"),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Tabular(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 6)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        out, h = self.gru(x.view(1, x.size(0), -1))
        return self.fc(h[-1])


model = Tabular()
""",
        at="x.view(1, x.size(0), -1)",
        proof=Proof(
            inputs={"x": "batch 5"}, run="model(x)", holds="output.shape[0] > 1 and value.any()"
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 6, batch_first=True, bidirectional=True)
head = nn.Linear(12, 3)


def classify(features):
    out, _ = lstm(features[:, None, :])
    return head(out[:, 0])
""",
        at="features[:, None, :]",
        proof=Proof(
            inputs={"features": "batch 5"}, run="classify(features)", holds="output.shape[1] > 1"
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
from torch import nn


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(13, 5)
        self.gru = nn.GRU(5, 6, batch_first=True)

    def forward(self, token, hidden):
        step = self.emb(token).unsqueeze(1)
        return self.gru(step, hidden)


out, h = Decoder()(torch.randint(0, 13, (7,)), torch.zeros(1, 7, 6))
print(out.shape)
""",
        why="a decoder's step is given the state from before",
    ),
    Good(
        code="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 6)
x = torch.randn(11, 7, 5)
state = (torch.zeros(1, 7, 6), torch.zeros(1, 7, 6))
for t in range(11):
    out, state = lstm(x[t].unsqueeze(0), state)
print(out.shape)
""",
        why="a loop over the steps that hands the state on, from zeros at first",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6)
series = torch.randn(11, 5)
out, h = gru(series.unsqueeze(1))
print(out.shape)
""",
        why="the new axis is the batch: one sequence of eleven steps",
    ),
    Good(
        code="""\
import torch
from torch import nn

encoder = nn.Linear(8, 5)
decoder = nn.GRU(5, 6, batch_first=True)
z = encoder(torch.randn(7, 8))
out, _ = decoder(z.unsqueeze(1).repeat(1, 11, 1))
print(out.shape)
""",
        why="the code is given at each of eleven steps",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Caption(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 6, batch_first=True)
        self.start = nn.Parameter(torch.randn(1, 1, 6))

    def forward(self, image):
        h0 = self.start.expand(1, image.size(0), 6).contiguous()
        out, _ = self.rnn(image.unsqueeze(1), h0)
        return out


print(Caption()(torch.randn(7, 5)).shape)
""",
        why="one step from a learned state: that state is recurred from",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 6)
        self.memory = None

    def forward(self, observation):
        out, self.memory = self.lstm(observation.unsqueeze(0), self.memory)
        return out[0]


policy = Policy()
for _ in range(3):
    print(policy(torch.randn(7, 5)).shape)
""",
        why="the module keeps the state from call to call",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Memory(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 6)

    def forward(self, x, h=None, c=None):
        x = x[None, :, :]
        if h is None:
            out, (h, c) = self.lstm(x)
        else:
            out, (h, c) = self.lstm(x, (h, c))
        return out[0], h, c


memory = Memory()
out, h, c = memory(torch.randn(7, 5))
print(memory(torch.randn(7, 5), h, c)[0].shape)
""",
        why="the first step has no state yet; the state is returned for the next",
    ),
)

RULE = Rule(
    code="SG111",
    name="one-step-sequence",
    summary="the sequence has one step, made right before the layer, and no state is carried",
    severity=Severity.WARNING,
    page=PAGE,
    on=(RnnCalled,),
    check=check,
    bad=BAD,
    good=GOOD,
    ends=("static", "guard"),
)
