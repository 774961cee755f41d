"""SG112: a view across the axes of a batch_first output, which is a transposed tensor."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Role
from shapeguard.axes.facts import RnnCalled
from shapeguard.axes.judging import HeadFed
from shapeguard.axes.layer import Call
from shapeguard.axes.making import during
from shapeguard.axes.reading import Reshaped
from shapeguard.axes.size import UNKNOWN, differ, mul, same
from shapeguard.axes.spelling import short
from shapeguard.axes.states import tensors
from shapeguard.axes.uses import comes_from, describe
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


def check(fact: Reshaped, context: Context) -> Iterator[Finding]:
    """``out.view(-1, hidden)`` where the batch and the steps do not lie one after the other."""
    source = fact.before.source
    if fact.how != "view" or source is None or source.slot != "output":
        return
    pair = joined(fact)
    if pair is None or not gaping(fact.before, pair):
        return
    if not several(fact, source.call, context) or as_one_step(fact, pair, context):
        return
    rnn, base = source.call.rnn, short(fact.base.text, 40)
    right = f"{fact.base.text}.reshape{fact.place.text[len(fact.base.text) + len('.view') :]}"
    written = fact.place.text.startswith(f"{fact.base.text}.view(")
    yield Finding(
        fact.place,
        f"`{base}` is not contiguous, and a view cannot join its axes (axes "
        f"{describe(fact.before)})",
        f"with batch_first=True the {rnn.kind} runs time-major and returns its output transposed: "
        'for more than one sample and step torch raises "view size is not compatible with input '
        "tensor's size and stride\"",
        f"use reshape, or `{base}.contiguous()` first",
        (
            Evidence(f"the output of this {rnn.kind}", source.call.place),
            *layer_evidence(rnn, "batch_first"),
        ),
        Fix(Applicability.SAFE, "Use reshape", (Edit(fact.place, right),)) if written else None,
    )


def joined(fact: Reshaped) -> tuple[int, int] | None:
    """The two axes that a view of (batch, time, feature) makes one."""
    axes, sizes = fact.before.axes or (), fact.sizes or ()
    if [axis.role for axis in axes] != [Role.BATCH, Role.TIME, Role.FEATURE]:
        return None
    if any(axis.size == 1 for axis in axes) or len(sizes) != 2:
        return None
    if same(sizes[1], axes[2].size):
        return (0, 1)
    return (1, 2) if same(sizes[0], axes[0].size) else None


def gaping(tensor: Tensor, pair: tuple[int, int]) -> bool:
    """Whether two axes do not lie one behind the other in memory."""
    if not tensor.strides or tensor.axes is None:
        return False
    first, second = pair
    wanted = mul(tensor.strides[second], tensor.axes[second].size)
    known = tensor.strides[first] is not UNKNOWN and wanted is not UNKNOWN
    return known and not same(tensor.strides[first], wanted)


def several(fact: Reshaped, call: Call, context: Context) -> bool:
    """Whether a call reads more than one step.

    So many are in view, or it always starts anew: a single step would have nothing to recur.
    """
    axes = fact.before.axes or ()
    if differ(axes[1].size, 1):
        return True
    if not isinstance(call.input, Tensor) or call.input.walked:
        return False
    if call.state is None:
        return all(
            one.state_place is None for one in context.facts(RnnCalled) if one.place == call.place
        )
    ways = [made for tensor in tensors(call.state) for made in tensor.made or (None,)]
    return bool(ways) and all(one and during(one, call.within) is not None for one in ways)


def as_one_step(fact: Reshaped, pair: tuple[int, int], context: Context) -> bool:
    """Whether a Linear reads each sample's features as those of a single step."""
    source, width = fact.before.source, fact.before.axis(2).size
    if pair != (1, 2) or source is None:
        return False
    return any(
        comes_from(head.tensor, source.call, "output")
        and head.tensor.rank == 2
        and same(head.in_features, width)
        for head in context.facts(HeadFed)
    )


PAGE = """
## What it does

Finds `view` that joins axes of the output of a layer with `batch_first=True`, such as
`out.view(-1, hidden)`, with nothing in between that makes a tensor anew.

## Why is this bad?

A layer computes time-major. With `batch_first=True` it hands back a transposed tensor: the steps of
one sample do not lie one after the other in memory. A view cannot join such axes, and torch raises.
With a single sample it works, so a model that was tried on one sample fails on the first batch.

With a single step it works, too. So nothing is said of a call that can be given a state, as the
step of a decoder is, unless the code in view gives it more than one step.

## Fix safety

Safe: `reshape` gives what the view would, and copies where it has to.

## References

- torch.Tensor.view: "Returns a new tensor with the same data as the self tensor but of a different
  shape." "... it is advisable to use reshape(), which returns a view if the shapes are compatible,
  and copies (equivalent to calling contiguous()) otherwise."
- torch.nn.LSTM, batch_first: "If True, then the input and output tensors are provided as
  (batch, seq, feature)".
"""

BAD = (
    Bad(
        code="""\
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.hidden = hidden
        self.rnn = nn.RNN(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        out, _ = self.rnn(x)
        out = out.view(-1, self.hidden)
        return self.fc(out)


model = Model(5, 6)
""",
        at="out.view(-1, self.hidden)",
        fixed="""\
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.hidden = hidden
        self.rnn = nn.RNN(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        out, _ = self.rnn(x)
        out = out.reshape(-1, self.hidden)
        return self.fc(out)


model = Model(5, 6)
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="model(x)",
            raises="view size is not compatible",
            expect="apply('fc', output.reshape(-1, 6))",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, batch_first=True, bidirectional=True)


def rows(x):
    out, _ = gru(x)
    return out.view(x.size(0), -1)
""",
        at="out.view(x.size(0), -1)",
        fixed="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, batch_first=True, bidirectional=True)


def rows(x):
    out, _ = gru(x)
    return out.reshape(x.size(0), -1)
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="rows(x)",
            raises="view size is not compatible",
            holds="np.allclose(value, output.reshape(len(value), -1))",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn

HIDDEN = 6
lstm = nn.LSTM(5, HIDDEN, num_layers=2, batch_first=True)


def rows(x):
    return lstm(x)[0].view(-1, HIDDEN)
""",
        at="lstm(x)[0].view(-1, HIDDEN)",
        fixed="""\
import torch
from torch import nn

HIDDEN = 6
lstm = nn.LSTM(5, HIDDEN, num_layers=2, batch_first=True)


def rows(x):
    return lstm(x)[0].reshape(-1, HIDDEN)
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="rows(x)",
            raises="view size is not compatible",
            expect="output.reshape(-1, 6)",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
from torch import nn

rnn = nn.RNN(5, 6, batch_first=True)
out, _ = rnn(torch.randn(4, 9, 5))
print(out.contiguous().view(-1, 6).shape, out.reshape(-1, 6).shape)
""",
        why="copied into order first",
    ),
    Good(
        code="""\
import torch
from torch import nn

rnn = nn.RNN(5, 6)
out, _ = rnn(torch.randn(9, 4, 5))
print(out.view(-1, 6).shape)
""",
        why="a time-major output lies in memory as it reads",
    ),
    Good(
        code="""\
import torch
from torch import nn

rnn, fc = nn.RNN(5, 6, batch_first=True), nn.Linear(6, 3)
out, _ = rnn(torch.randn(4, 9, 5))
print(fc(out).view(-1, 3).shape)
""",
        why="a Linear makes a tensor anew",
    ),
    Good(
        code="""\
import torch
from torch import nn

rnn = nn.GRU(5, 6, batch_first=True, bidirectional=True)
out, _ = rnn(torch.randn(4, 9, 5))
print(out.view(4, 9, 2, 6).shape)
""",
        why="one axis is split, none are joined",
    ),
    Good(
        code="""\
import torch
from torch import nn

rnn = nn.RNN(5, 6, batch_first=True)
out, _ = rnn(torch.randn(1, 9, 5))
print(out.view(-1, 6).shape)
""",
        why="with one sample the steps do lie one after the other",
    ),
    Good(
        code="""\
import torch
from torch import nn

rnn = nn.RNN(5, 6, batch_first=True)
out, _ = rnn(torch.randn(4, 9, 5))
print(out.transpose(0, 1).view(-1, 6).shape)
""",
        why="transposed back, it lies in memory as it was computed",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Decoder(nn.Module):
    def __init__(self, n_tokens, hidden):
        super().__init__()
        self.hidden = hidden
        self.emb = nn.Embedding(n_tokens, hidden)
        self.gru = nn.GRU(hidden, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, n_tokens)

    def forward(self, token, state):
        out, state = self.gru(self.emb(token), state)
        return self.fc(out.view(-1, self.hidden)), state


decoder = Decoder(13, 6)
""",
        why="the state comes from the caller and goes back to it: a step at a time, which is "
        "contiguous",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, batch_first=True)
x, state = torch.randn(4, 9, 5), None
for t in range(x.size(1)):
    out, state = gru(x[:, t : t + 1], state)
    print(out.view(-1, 6).shape)
""",
        why="a single step, cut out right there",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.gru = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(out.view(x.size(0), -1))


model = Model(5, 6)
""",
        why="the Linear is as wide as one step: the layer is given no more",
    ),
    Good(
        code="""\
import torch
from torch import nn

HIDDEN = 6
gru = nn.GRU(5, HIDDEN, batch_first=True)


def go_on(x, state=None):
    out, state = gru(x, state)
    return out.view(-1, HIDDEN), state
""",
        why="a state may come with each step",
    ),
)

RULE = Rule(
    code="SG112",
    name="view-on-batch-first-output",
    summary="a `view` joins axes of a batch_first output, which is not contiguous",
    severity=Severity.WARNING,
    page=PAGE,
    on=(Reshaped,),
    check=check,
    fix=Applicability.SAFE,
    bad=BAD,
    good=GOOD,
)
