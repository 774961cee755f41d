"""SG102: `out[-1]` on a batch-major output, and `out[..., -1]` on any."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Role
from shapeguard.axes.judging import HeadFed, Scored
from shapeguard.axes.layouts import misread
from shapeguard.axes.reading import Consumed, Indexed
from shapeguard.axes.size import exceeds
from shapeguard.axes.slicing import Slice
from shapeguard.axes.spelling import keys, short
from shapeguard.axes.uses import (
    SUMMARY,
    at_last_step,
    chooses_last,
    describe,
    last_sample,
    passed_through,
    uses,
)
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

READ = SUMMARY | {"return"}


def is_result(fact: Indexed, context: Context) -> bool:
    """Whether what was selected goes on as a result, and not only to be looked at."""
    found = uses(context.facts(HeadFed), context.facts(Scored), context.facts(Consumed), by=READ)
    return any(passed_through(use.tensor, fact.place) for use in found)


def takes_feature(fact: Indexed, context: Context) -> bool:
    """Whether the expression selects the last hidden unit of every step, and nothing else."""
    source, axes = fact.before.source, fact.before.axes
    if source is None or axes is None or len(fact.takes) != 1:
        return False
    take = fact.takes[0]
    axis = axes[take.axis]
    if source.slot != "output" or not source.exact or source.takes:
        return False
    if take.role is not Role.FEATURE or isinstance(take.index, Slice) or axis.size == 1:
        return False
    if Role.TIME not in {one.role for one in axes}:
        return False
    if not chooses_last(fact, take, context.facts(Indexed)):
        return False
    written = keys(fact.place.text, fact.base.text) or []
    return "..." in written or exceeds(axis.size, 1)


def check(fact: Indexed, context: Context) -> Iterator[Finding]:
    """The last sample, or the last hidden unit, where it goes on as the summary."""
    source = fact.before.source
    time = fact.before.find(Role.TIME)
    if source is None or time is None or fact.before.axis(time).size == 1:
        return
    cause = misread(source.call)
    if cause is not None and cause.proved:
        return  # the layer reads steps as samples already: that is what has to change
    sample = last_sample(fact, context.facts(Indexed))
    if sample is not None and sample.axis == 0:
        axis, what = sample.axis, "the last sample of the batch"
        why = "the prediction is made for one sample, and its steps take the place of the batch"
    elif takes_feature(fact, context):
        axis, what = fact.takes[0].axis, "the last hidden unit of every step"
        why = "one number of each hidden state is kept and all others are thrown away"
    else:
        return
    if not is_result(fact, context):
        return
    base = short(fact.base.text, 30)
    text = at_last_step(fact, axis)
    yield Finding(
        fact.place,
        f"`{short(fact.place.text)}` takes {what}, not the last step: "
        f"the axes of `{base}` are {describe(fact.before)}",
        f"{why}; torch does not complain",
        f"write `{short(text)}`" if text else f"take the last position of axis {time}",
        (
            *layer_evidence(source.call.rnn, "batch_first"),
            Evidence(f"axis {time} of `{base}` is time", fact.base),
        ),
        Fix(Applicability.UNSAFE, f"Take the last step: `{short(text)}`", (Edit(fact.place, text),))
        if text
        else None,
    )


PAGE = """
## What it does

Reports `out[-1]` where axis 0 of the output is the batch, and `out[..., -1]`, which is a hidden
unit, when the result is used as the summary of the sequence: fed to a Linear, given to a loss,
joined with something, or returned.

## Why is this bad?

With `batch_first=True` the output is (batch, time, feature), so `out[-1]` is every step of the
last sample. A following Linear turns it into one prediction for each step. When there are as many
steps as samples, the loss takes it too. `out[..., -1]` keeps one number of each hidden state.
The last step of every sample is `out[:, -1]`.

## Fix safety

The fix is unsafe: it changes what is computed, because what is computed today is wrong.

## References

- torch.nn.GRU, output: "tensor of shape (L, D * H_out) for unbatched input, (L, N, D * H_out)
  when batch_first=False or (N, L, D * H_out) when batch_first=True containing the output features
  (h_t) from the last layer of the GRU, for each t."
"""

BAD = (
    Bad(
        code="""\
import torch
from torch import nn


class Activity(nn.Module):
    def __init__(self, n_features, n_hidden, n_classes):
        super().__init__()
        self.lstm = nn.LSTM(n_features, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, n_classes)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[-1])


model = Activity(5, 6, 3)
""",
        at="out[-1]",
        fixed="""\
import torch
from torch import nn


class Activity(nn.Module):
    def __init__(self, n_features, n_hidden, n_classes):
        super().__init__()
        self.lstm = nn.LSTM(n_features, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, n_classes)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1])


model = Activity(5, 6, 3)
""",
        proof=Proof(inputs={"x": "batch time 5"}, run="model(x)", watch="fc", expect="last_step"),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Summary(nn.Module):
    def __init__(self, dim=5, hidden=6):
        super().__init__()
        self.gru = nn.GRU(dim, hidden)

    def forward(self, x):
        out, _ = self.gru(x)
        return out[..., -1]


summary = Summary()
""",
        at="out[..., -1]",
        fixed="""\
import torch
import torch.nn as nn


class Summary(nn.Module):
    def __init__(self, dim=5, hidden=6):
        super().__init__()
        self.gru = nn.GRU(dim, hidden)

    def forward(self, x):
        out, _ = self.gru(x)
        return out[-1]


summary = Summary()
""",
        proof=Proof(inputs={"x": "time batch 5"}, run="summary(x)", expect="last_step"),
    ),
    Bad(
        code="""\
import torch
import torch.nn.functional as F
from torch.nn import Linear, RNN

FLAGS = dict(num_layers=2, batch_first=True)
rnn = RNN(5, 6, **FLAGS)
scores = Linear(6, 3)


def loss(x, y):
    steps, _ = rnn(x)
    final = steps[-1, :, :]
    return F.cross_entropy(scores(final), y)
""",
        at="steps[-1, :, :]",
        fixed="""\
import torch
import torch.nn.functional as F
from torch.nn import Linear, RNN

FLAGS = dict(num_layers=2, batch_first=True)
rnn = RNN(5, 6, **FLAGS)
scores = Linear(6, 3)


def loss(x, y):
    steps, _ = rnn(x)
    final = steps[:, -1]
    return F.cross_entropy(scores(final), y)
""",
        proof=Proof(
            inputs={"x": "batch time 5", "y": "batch:ids(3)"},
            run="loss(x, y)",
            watch="scores",
            expect="last_step",
            raises="Expected input batch_size",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class TimeMajor(nn.Module):
    def __init__(self, n_in: int, n_hidden: int) -> None:
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden)
        self.norm = nn.LayerNorm(n_hidden)
        self.head = nn.Linear(n_hidden, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.rnn(x)[0].transpose(0, 1)
        last = self.norm(out)[-1:]
        return self.head(last)


net = TimeMajor(5, 6)
""",
        at="self.norm(out)[-1:]",
        fixed="""\
import torch
from torch import nn


class TimeMajor(nn.Module):
    def __init__(self, n_in: int, n_hidden: int) -> None:
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden)
        self.norm = nn.LayerNorm(n_hidden)
        self.head = nn.Linear(n_hidden, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.rnn(x)[0].transpose(0, 1)
        last = self.norm(out)[:, -1:]
        return self.head(last)


net = TimeMajor(5, 6)
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="net(x)",
            watch="head",
            expect="apply('norm', last_step)[:, None]",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Spotter(nn.Module):
    def __init__(self, n_in=5, n_hidden=6):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, num_layers=2, batch_first=True)
        self.head = nn.Linear(n_hidden, 3)

    def forward(self, x):
        y, _ = self.rnn(x)
        return self.head(y.unbind(0)[-1])


spotter = Spotter()
""",
        at="y.unbind(0)[-1]",
        fixed="""\
import torch
from torch import nn


class Spotter(nn.Module):
    def __init__(self, n_in=5, n_hidden=6):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, num_layers=2, batch_first=True)
        self.head = nn.Linear(n_hidden, 3)

    def forward(self, x):
        y, _ = self.rnn(x)
        return self.head(y[:, -1])


spotter = Spotter()
""",
        proof=Proof(
            inputs={"x": "batch time 5"}, run="spotter(x)", watch="head", expect="last_step"
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn

rnn = nn.GRU(5, 6, batch_first=True)
head = nn.Linear(6, 3)


def classify(x):
    y, _ = rnn(x)
    rows = y.unbind(0)
    return head(rows[-1])
""",
        at="rows[-1]",
        proof=Proof(
            inputs={"x": "batch time 5"}, run="classify(x)", watch="head", expect="last_step"
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 6)
fc = nn.Linear(6, 3)
out, _ = lstm(torch.randn(9, 4, 5))
print(fc(out[-1]).shape)
""",
        why="without `batch_first=True` axis 0 is time, so `out[-1]` is the last step",
    ),
    Good(
        code="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 6, num_layers=2, batch_first=True)
fc = nn.Linear(6, 3)
_, (h_n, _) = lstm(torch.randn(4, 9, 5))
print(fc(h_n[-1]).shape)
""",
        why="`h_n[-1]` is the last layer: `batch_first` does not move the axes of `h_n`",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(3, 6, batch_first=True)
fc = nn.Linear(6, 1)
series = torch.randn(24, 3)
out, _ = gru(series)
print(fc(out[-1]))
""",
        why="an unbatched input has no batch axis: axis 0 of its output is time",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, batch_first=True)
out, _ = gru(torch.randn(4, 9, 5))
print(out[-1])
print(out[..., -1].mean())
""",
        why="a sample, or a hidden unit, is picked to be printed or drawn",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Next(nn.Module):
    def __init__(self, vocab=13, width=6):
        super().__init__()
        self.embed = nn.Embedding(vocab, width)
        self.rnn = nn.LSTM(width, width, batch_first=True)
        self.out = nn.Linear(width, vocab)

    def forward(self, ids):
        steps, _ = self.rnn(self.embed(ids).unsqueeze(0))
        return self.out(steps[-1])


print(Next()(torch.tensor([3, 1, 4, 1, 5])).shape)
""",
        why="the batch is one sample, made by `unsqueeze(0)`: taking its last drops the axis",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, batch_first=True)
fc = nn.Linear(6, 3)
x = torch.randn(1, 9, 5)
out, _ = gru(x)
flat = out.reshape(-1, 6)
print(fc(flat[-1]).shape)
""",
        why="after flattening, axis 0 is neither batch nor time",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, batch_first=True)
fc = nn.Linear(6, 3)
out, _ = gru(torch.randn(4, 9, 5))
print(fc(out[-1][-1]).shape)
""",
        why="a sample is chosen, and then a step of it",
    ),
)

RULE = Rule(
    code="SG102",
    name="last-sample-as-last-step",
    summary="`out[-1]` on a batch-major output takes the last sample, not the last step",
    severity=Severity.ERROR,
    page=PAGE,
    on=(Indexed,),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
