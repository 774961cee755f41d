"""SG110: a layer that reads axis 1 as channels is fed a tensor with its features at the end."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Role
from shapeguard.axes.judging import ChannelsRead
from shapeguard.axes.size import UNKNOWN, same, show
from shapeguard.axes.spelling import primary, short
from shapeguard.axes.uses import describe
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

NORMS = frozenset({"BatchNorm1d", "InstanceNorm1d"})

GLOBAL = frozenset({"AdaptiveAvgPool1d", "AdaptiveMaxPool1d"})


def check(fact: ChannelsRead, context: Context) -> Iterator[Finding]:
    """The features on the last axis of what is read as (batch, channels, positions)."""
    tensor, last, middle = fact.tensor, fact.tensor.axis(-1), fact.tensor.axis(1)
    if last.role is not Role.FEATURE or middle.role is Role.FEATURE or middle.size == 1:
        return
    source = tensor.source
    if fact.kind in GLOBAL:
        roles = {axis.role for axis in tensor.axes or ()}
        if source is None or source.slot != "output" or not roles >= {Role.TIME, Role.BATCH}:
            return
        if last.merged or fact.number != 1:
            return
    elif not same(fact.number, last.size) or same(middle.size, last.size):
        return
    name = f"`{short(fact.argument.text, 40)}`"
    pools = fact.kind in GLOBAL
    what = "pools over the features of each step" if pools else "reads axis 1 as its channels"
    axis = "the steps" if middle.role is Role.TIME else "something else"
    axis = "the batch" if middle.role is Role.BATCH else axis
    size = "" if last.size is UNKNOWN or pools else f"the {show(last.size)} "
    why = (
        "what is left is one number for each step, not one for each feature"
        if pools
        else "torch raises, unless there happen to be as many positions there as features: then "
        "each of them is taken for a channel, and nothing is said"
    )
    evidence = [Evidence(f"the {fact.kind} is made here", fact.made)]
    if source is not None:
        evidence += layer_evidence(source.call.rnn, "batch_first")
    yield Finding(
        fact.place,
        f"this {fact.kind} {what}, and {name} has {axis} on axis 1 and {size}features at the end"
        + ("" if tensor.axes is None else f" (axes {describe(tensor)})"),
        why,
        "move the features to axis 1 first: "
        + f"`{short(primary(fact.argument.text), 40)}.transpose(1, 2)`"
        + (", and back after it" if not pools else ""),
        tuple(evidence),
        fix(fact),
        Severity.WARNING if pools else None,
    )


def fix(fact: ChannelsRead) -> Fix | None:
    """The features moved to axis 1, and back: of what keeps the axes."""
    text, given = fact.place.text, fact.argument.text
    if fact.kind not in NORMS or not text.endswith(f"({given})"):
        return None
    head = text[: -len(given) - 2]
    new = f"{head}({primary(given)}.transpose(1, 2)).transpose(1, 2)"
    edit = Edit(fact.place, new)
    return Fix(
        Applicability.UNSAFE, f"Move the features to axis 1 and back: `{short(new)}`", (edit,)
    )


PAGE = """
## What it does

Finds `BatchNorm1d`, `InstanceNorm1d` and `Conv1d` over tensors such as the output of a recurrent
layer, (batch, time, feature), without the features moved to axis 1. It warns of
`AdaptiveAvgPool1d(1)` and `AdaptiveMaxPool1d(1)` over such an output.

## Why is this bad?

These layers read (batch, channels, positions). Fed (batch, time, feature), they take each step for
a channel and slide, normalize or pool along the features. Mostly torch raises, for the numbers do
not agree. Where there are as many steps as features, or where a pooling layer has no number of
channels, it runs: a batch norm then has statistics for each step, over all features together.

## Fix safety

The fix is unsafe: it changes what is computed. It is offered for the norms, which keep the axes, so
that the features can be moved back after them.

## References

- torch.nn.BatchNorm1d, shape: "Input: (N, C) or (N, C, L), where N is the batch size, C is the
  number of features or channels, and L is the sequence length".
- torch.nn.Conv1d, shape: "Input: (N, C_in, L_in) or (C_in, L_in)".
- torch.nn.LSTM, output: "(N, L, D * H_out) when batch_first=True".
"""

BAD = (
    Bad(
        code="""\
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, hidden, batch_first=True)
        self.norm = nn.BatchNorm1d(hidden)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x):
        out, _ = self.lstm(x)
        out = self.norm(out)
        return self.fc(out)


model = Tagger(5, 6)
""",
        at="self.norm(out)",
        fixed="""\
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, hidden, batch_first=True)
        self.norm = nn.BatchNorm1d(hidden)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x):
        out, _ = self.lstm(x)
        out = self.norm(out.transpose(1, 2)).transpose(1, 2)
        return self.fc(out)


model = Tagger(5, 6)
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="model.eval()(x)",
            raises="running_mean should contain",
            expect="apply('fc', output / np.sqrt(1 + 1e-5))",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn

rnn, conv = nn.GRU(5, 6, batch_first=True), nn.Conv1d(6, 8, kernel_size=3)


def maps(x):
    out, _ = rnn(x)
    return conv(torch.relu(out))
""",
        at="conv(torch.relu(out))",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="maps(x)",
            raises="expected input",
            holds="value.shape[1] == 8",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn

rnn, pool, fc = nn.GRU(5, 6, batch_first=True), nn.AdaptiveMaxPool1d(1), nn.Linear(6, 2)


def pooled(x):
    out, _ = rnn(x)
    return pool(out).squeeze(-1)
""",
        at="pool(out)",
        severity=Severity.WARNING,
        proof=Proof(inputs={"x": "batch time 5"}, run="pooled(x)", expect="output.max(1)"),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
from torch import nn

rnn, norm = nn.GRU(5, 6, batch_first=True), nn.BatchNorm1d(6)
out, _ = rnn(torch.randn(4, 9, 5))
print(norm(out.transpose(1, 2)).transpose(1, 2).shape)
""",
        why="the features stand on axis 1 while the norm reads them",
    ),
    Good(
        code="""\
import torch
from torch import nn

rnn, norm = nn.GRU(5, 6, batch_first=True), nn.BatchNorm1d(6)
out, _ = rnn(torch.randn(4, 9, 5))
print(norm(out[:, -1]).shape, norm(out.reshape(-1, 6)).shape)
""",
        why="with two axes the features are the last one",
    ),
    Good(
        code="""\
import torch
from torch import nn

steps = 9
rnn, norm = nn.GRU(5, 6, batch_first=True), nn.BatchNorm1d(steps)
out, _ = rnn(torch.randn(4, steps, 5))
print(norm(out).shape)
""",
        why="made for as many channels as there are steps: each step is normalized on purpose",
    ),
    Good(
        code="""\
import torch
from torch import nn

rnn, conv = nn.GRU(5, 6), nn.Conv1d(6, 8, 3)
out, _ = rnn(torch.randn(9, 4, 5))
print(conv(out.permute(1, 2, 0)).shape)
""",
        why="permuted to (batch, feature, time)",
    ),
    Good(
        code="""\
import torch
from torch import nn

rnn, norm = nn.GRU(5, 6, batch_first=True), nn.LayerNorm(6)
out, _ = rnn(torch.randn(4, 9, 5))
print(norm(out).shape)
""",
        why="a LayerNorm reads the last axes",
    ),
    Good(
        code="""\
import torch
from torch import nn

rnn, pool = nn.GRU(5, 6, batch_first=True), nn.AdaptiveAvgPool1d(1)
out, _ = rnn(torch.randn(4, 9, 5))
print(pool(out.permute(0, 2, 1)).squeeze(-1).shape)
""",
        why="the steps are at the end, where they are pooled",
    ),
)

RULE = Rule(
    code="SG110",
    name="channel-axis",
    summary="a BatchNorm1d, Conv1d or pooling layer is fed (batch, time, feature)",
    severity=Severity.ERROR,
    page=PAGE,
    on=(ChannelsRead,),
    check=check,
    fix=Applicability.UNSAFE,
    bad=BAD,
    good=GOOD,
)
