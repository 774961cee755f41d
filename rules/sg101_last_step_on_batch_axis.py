"""SG101: the last sample taken where the last step is meant, on a time-major output."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Role
from shapeguard.axes.layer import Call
from shapeguard.axes.layouts import misread
from shapeguard.axes.reading import Indexed
from shapeguard.axes.size import show
from shapeguard.axes.spelling import short
from shapeguard.axes.uses import at_last_step, describe, last_sample
from shapeguard.axes.value import Tensor
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
    layer_evidence,
)


def batch_leads(call: Call) -> bool:
    """Whether a view has given the input the first axis of another tensor, most likely the batch.

    Then the layer reads samples as steps, and taking another step cures nothing.
    """
    given = call.input
    if not isinstance(given, Tensor) or given.axes is None or given.key:
        return False
    return show(given.axis(0).size).endswith(".size(0)")


def check(fact: Indexed, context: Context) -> Iterator[Finding]:
    """The last position of the batch axis, where the batch is not the first axis."""
    take = last_sample(fact, context.facts(Indexed))
    source = fact.before.source
    if take is None or take.axis == 0 or source is None:
        return
    cause = misread(source.call)
    if cause is not None and cause.proved:
        return  # the layer reads samples as steps already: that is what has to change
    rnn = source.call.rnn
    base, axes = short(fact.base.text, 30), describe(fact.before)
    time = fact.before.find(Role.TIME)
    step = fact.before.axis(time if time is not None else 0)
    text = (
        at_last_step(fact, take.axis) if step.size != 1 and not batch_leads(source.call) else None
    )
    cure = f"write `{short(text)}`" if text else "index the axis of the steps"
    if rnn.flag("batch_first") is False:
        cure += (
            f"; or, if the input is (batch, time, feature), build the {rnn.kind} with "
            "`batch_first=True`"
        )
    yield Finding(
        fact.place,
        f"`{short(fact.place.text)}` takes the last sample of the batch, not the last step: "
        f"the axes of `{base}` are {axes}",
        "every sample but one is thrown away, and the steps of that one are read as a batch; "
        "torch does not complain",
        cure,
        (
            *layer_evidence(rnn, "batch_first"),
            Evidence(f"axis {take.axis} of `{base}` is the batch", fact.base),
        ),
        Fix(Applicability.UNSAFE, f"Take the last step: `{short(text)}`", (Edit(fact.place, text),))
        if text
        else None,
    )


PAGE = """
## What it does

Reports `out[:, -1]`, and other ways to take the last position of axis 1, where axis 1 of the
output is the batch. That is so for every RNN, LSTM and GRU that is built without
`batch_first=True`.

## Why is this bad?

The output of such a layer is (time, batch, feature). `out[:, -1]` is every step of the last
sample, of shape (time, feature). The last step of every sample is `out[-1]`, of shape
(batch, feature). Both are two-dimensional, so a following Linear takes either. When there are as
many steps as samples, not even the loss complains. The model then never sees most of its batch.

## Fix safety

The fix is unsafe: it changes what is computed, because what is computed today is wrong. It reads
the last step of the output as it is. If the input is in truth (batch, time, feature), then the
layer itself has been reading samples as steps, and the cure is `batch_first=True` at its
constructor.

## References

- torch.nn.LSTM, batch_first: "If `True`, then the input and output tensors are provided as
  (batch, seq, feature) instead of (seq, batch, feature)." The default is `False`.
- torch.nn.LSTM, output: "tensor of shape (L, D * H_out) for unbatched input, (L, N, D * H_out)
  when batch_first=False or (N, L, D * H_out) when batch_first=True".
"""

BAD = (
    Bad(
        code="""\
import torch
from torch import nn


class Sentiment(nn.Module):
    def __init__(self, n_features, n_hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_features, n_hidden)
        self.fc = nn.Linear(n_hidden, 2)

    def forward(self, x):
        output, (h_n, c_n) = self.lstm(x)
        return self.fc(output[:, -1, :])


model = Sentiment(5, 6)
""",
        at="output[:, -1, :]",
        fixed="""\
import torch
from torch import nn


class Sentiment(nn.Module):
    def __init__(self, n_features, n_hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_features, n_hidden)
        self.fc = nn.Linear(n_hidden, 2)

    def forward(self, x):
        output, (h_n, c_n) = self.lstm(x)
        return self.fc(output[-1])


model = Sentiment(5, 6)
""",
        proof=Proof(inputs={"x": "time batch 5"}, run="model(x)", watch="fc", expect="last_step"),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn

HIDDEN = 6
gru = nn.GRU(input_size=5, hidden_size=HIDDEN, num_layers=2, dropout=0.1)
readout = nn.Linear(HIDDEN, 1)


def predict(series):
    states, _ = gru(series)
    final = states.select(1, -1)
    return readout(final)
""",
        at="states.select(1, -1)",
        fixed="""\
import torch
import torch.nn as nn

HIDDEN = 6
gru = nn.GRU(input_size=5, hidden_size=HIDDEN, num_layers=2, dropout=0.1)
readout = nn.Linear(HIDDEN, 1)


def predict(series):
    states, _ = gru(series)
    final = states[-1]
    return readout(final)
""",
        proof=Proof(
            inputs={"series": "time batch 5"},
            run="predict(series)",
            watch="readout",
            expect="last_step",
        ),
    ),
    Bad(
        code="""\
import torch
from torch.nn import Embedding, Linear, Module, RNN


class Tagger(Module):
    \"\"\"Reads ids of shape (batch, time).\"\"\"

    def __init__(self, vocab: int = 13, width: int = 6) -> None:
        super().__init__()
        self.embed = Embedding(vocab, width)
        self.rnn = RNN(width, width, nonlinearity="relu", batch_first=False)
        self.out = Linear(width, 3)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        steps = self.embed(ids).transpose(0, 1)
        seq = self.rnn(steps)[0]
        last = seq[:, -1:]
        return self.out(last)


tagger = Tagger()
""",
        at="seq[:, -1:]",
        fixed="""\
import torch
from torch.nn import Embedding, Linear, Module, RNN


class Tagger(Module):
    \"\"\"Reads ids of shape (batch, time).\"\"\"

    def __init__(self, vocab: int = 13, width: int = 6) -> None:
        super().__init__()
        self.embed = Embedding(vocab, width)
        self.rnn = RNN(width, width, nonlinearity="relu", batch_first=False)
        self.out = Linear(width, 3)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        steps = self.embed(ids).transpose(0, 1)
        seq = self.rnn(steps)[0]
        last = seq[-1:]
        return self.out(last)


tagger = Tagger()
""",
        proof=Proof(
            inputs={"ids": "batch time:ids(13)"},
            run="tagger(ids)",
            watch="out",
            expect="last_step[None]",
        ),
    ),
    Bad(
        code="""\
import torch as th

cell = th.nn.GRU(5, 6, batch_first=True)
head = th.nn.Linear(6, 1)


def score(batch):
    out, _ = cell(batch)
    out = out.permute(1, 0, 2)
    return head(th.tanh(out)[:, out.size(1) - 1, :])
""",
        at="th.tanh(out)[:, out.size(1) - 1, :]",
        fixed="""\
import torch as th

cell = th.nn.GRU(5, 6, batch_first=True)
head = th.nn.Linear(6, 1)


def score(batch):
    out, _ = cell(batch)
    out = out.permute(1, 0, 2)
    return head(th.tanh(out)[-1])
""",
        proof=Proof(
            inputs={"batch": "batch time 5"},
            run="score(batch)",
            watch="head",
            expect="np.tanh(last_step)",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Detector(nn.Module):
    def __init__(self, n_in=5, n_hidden=6):
        super().__init__()
        self.rnn = nn.LSTM(n_in, n_hidden)
        self.head = nn.Linear(n_hidden, 2)

    def forward(self, frames):
        batch, steps, width = frames.shape
        frames = frames.reshape(batch * steps, width).relu()
        frames = frames.view(batch, steps, 5)
        out, _ = self.rnn(frames)
        return self.head(out[:, -1, :])


detector = Detector()
""",
        at="out[:, -1, :]",
        proof=Proof(
            inputs={"frames": "batch time 5"},
            run="detector(frames)",
            watch="head",
            holds="value.shape == (7, 6)",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
from torch import nn


class Sentiment(nn.Module):
    def __init__(self, n_features, n_hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_features, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 2)

    def forward(self, x):
        output, _ = self.lstm(x)
        return self.fc(output[:, -1, :])


model = Sentiment(5, 6)
print(model(torch.randn(4, 9, 5)).shape)
""",
        why="with `batch_first=True` axis 1 is time, so `output[:, -1]` is the last step",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6)
fc = nn.Linear(6, 2)
x = torch.randn(9, 4, 5)
out, _ = gru(x)
out = out.transpose(0, 1)
print(fc(out[:, -1]).shape)
""",
        why="a transpose in between makes axis 1 time again",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, dim, hidden, batch_first):
        super().__init__()
        self.rnn = nn.GRU(dim, hidden, batch_first=batch_first)

    def forward(self, x):
        out, _ = self.rnn(x)
        return out[:, -1]


def build(options):
    return Encoder(5, 6, **options)


print(build({"batch_first": True})(torch.randn(4, 9, 5)).shape)
""",
        why="where `batch_first` comes from outside of the file, nothing is known of axis 1",
    ),
    Good(
        code="""\
import torch
from torch import nn

rnn = nn.RNN(3, 6)
fc = nn.Linear(6, 1)
series = torch.randn(24, 3)
out, _ = rnn(series.unsqueeze(1))
forecast = fc(out[:, -1])
print(forecast.shape)
""",
        why="the batch is one sample, made by `unsqueeze(1)`: taking its last drops the axis",
    ),
    Good(
        code="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 6)
x = torch.randn(9, 4, 5)
out, (h_n, c_n) = lstm(x)
print(torch.allclose(out[-1, -1], h_n[0, -1]))
""",
        why="a step and a sample are both chosen: one vector is being looked at",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Either(nn.Module):
    def __init__(self, batch_first=False):
        super().__init__()
        self.batch_first = batch_first
        self.rnn = nn.GRU(5, 6, batch_first=batch_first)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        out, _ = self.rnn(x)
        last = out[:, -1] if self.batch_first else out[-1]
        return self.fc(last)


print(Either()(torch.randn(9, 4, 5)).shape, Either(True)(torch.randn(4, 9, 5)).shape)
""",
        why="a branch on the flag takes the right axis in each case",
    ),
    Good(
        code="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

gru = nn.GRU(5, 6)
fc = nn.Linear(6, 2)
x = torch.randn(4, 9, 5)
packed = pack_padded_sequence(x, [9, 9, 9, 9], batch_first=True)
out, _ = pad_packed_sequence(gru(packed)[0], batch_first=True)
print(fc(out[:, 8]).shape)
""",
        why="`pad_packed_sequence(batch_first=True)` decides the layout, not the layer",
    ),
)

RULE = Rule(
    code="SG101",
    name="last-step-on-batch-axis",
    summary="`out[:, -1]` on a time-major output takes the last sample, not the last step",
    severity=Severity.ERROR,
    page=PAGE,
    on=(Indexed,),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
