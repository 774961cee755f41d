"""SG105: predictions and targets flattened in different orders."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapeguard.axes.axis import Axis, Place, Role
from shapeguard.axes.judging import LossTaken
from shapeguard.axes.layouts import inherited
from shapeguard.axes.spelling import primary, short
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

_FLATTENED = re.compile(r"(.+?)(?:\.contiguous\(\))?\.(?:(?:view|reshape)\(.*\)|flatten\(\))", re.S)


def check(fact: LossTaken, context: Context) -> Iterator[Finding]:
    """Steps outermost on one side of a loss, samples outermost on the other."""
    ours, theirs = flat(fact.tensor), flat(fact.target)
    if ours is None or theirs is None or fact.tensor.source is None:
        return
    sure = reversed_order(ours, theirs)
    if sure is None:
        return
    call = fact.tensor.source.call
    leads = role(ours[0]) or (Role.TIME if role(theirs[0]) is Role.BATCH else Role.BATCH)
    outer, other = ("steps", "samples") if leads is Role.TIME else ("samples", "steps")
    doubt = "" if sure else ", as far as names tell"
    said = [part.known for part in (ours[0], theirs[0]) if part.known is not None]
    target = fact.target_place
    name = f"`{short(target.text, 40)}`" if target is not None else "the targets"
    evidence = [*layer_evidence(call.rnn, "batch_first")]
    evidence += [Evidence(known.text, known.place) for known in said]
    if not said or ours[0].ident in [part.ident for part in theirs if part.ident]:
        text = f"the outermost axis of the predictions is the inner one of {name}"
        evidence.append(Evidence(text, target))
    yield Finding(
        fact.place,
        f"`{short(fact.argument.text, 30)}` runs through the {outer} first and {name} through the "
        f"{other} first{doubt}: predictions meet the targets of others",
        "the numbers of rows agree, so the loss is computed and goes down, towards the wrong "
        "targets",
        "flatten both in one order: transpose one of them before it is flattened",
        tuple(evidence),
        fix(target, theirs),
        None if sure else Severity.WARNING,
    )


def flat(tensor: Tensor | None) -> tuple[Axis, Axis] | None:
    """The two outermost axes that were flattened into the first axis of a tensor."""
    if tensor is None or not tensor.axes or len(tensor.axes) > 2:
        return None
    parts = tensor.axes[0].merged
    return (parts[0], parts[1]) if len(parts) > 1 else None


def role(axis: Axis) -> Role | None:
    """Batch or time, if anything says that it is."""
    if axis.role in (Role.BATCH, Role.TIME):
        return axis.role
    return axis.known.role if axis.known is not None else None


def reversed_order(ours: tuple[Axis, Axis], theirs: tuple[Axis, Axis]) -> bool | None:
    """Whether the axes stand the other way round: True where that is proved, False where names
    say it, None where they do not or nothing is known."""
    same = [a.ident and a.ident == b.ident for a, b in zip(ours, theirs, strict=True)]
    crossed = [a.ident and a.ident == b.ident for a, b in zip(ours, theirs[::-1], strict=True)]
    if any(same) or any(part.known and inherited(part.known) for part in ours):
        return None
    if any(crossed):
        return True
    outer, other = role(ours[0]), role(theirs[0])
    if outer is None or other is None or outer is other or role(ours[1]) is outer:
        return None
    if role(theirs[1]) is other:
        return None
    return all(
        part.known.proved if part.known is not None else part.role is not Role.UNKNOWN
        for part in (ours[0], theirs[0])
    )


def fix(target: Place | None, theirs: tuple[Axis, Axis]) -> Fix | None:
    """The targets transposed before they are flattened, where that is written in one place."""
    match = _FLATTENED.fullmatch(target.text) if target is not None else None
    if match is None or target is None:
        return None
    text = f"{primary(match[1])}.transpose(0, 1).reshape(-1)"
    edit = Edit(target, text)
    return Fix(Applicability.UNSAFE, f"Flatten in the same order: `{short(text)}`", (edit,))


PAGE = """
## What it does

Finds losses whose two sides were flattened in different orders: predictions of shape
(time * batch, classes) from a time-major layer beside targets of shape (batch * time), or the
reverse. That both come from one tensor, or from one batch of a DataLoader, shows which axis is
which.

## Why is this bad?

Both have as many rows, so the loss compares them row by row without a word. The prediction for
the second sample's first step is held against the first sample's second target. The model is
trained on shuffled targets: the loss falls to that of guessing, and stays there.

## Fix safety

The fix is unsafe: it changes the loss, because it is wrong today. It transposes the targets before
they are flattened.

## References

- torch.nn.CrossEntropyLoss, shape: "Input: (N, C); target: (N)": row n of one is compared with
  entry n of the other.
- torch.nn.LSTM, output: "(L, N, D * H_out) when batch_first=False or (N, L, D * H_out) when
  batch_first=True".
"""

LOSS = (
    "-np.take_along_axis(apply('fc', output) - np.log(np.exp(apply('fc', output))"
    ".sum(-1, keepdims=True)), {}[..., None].astype(np.int64), -1).mean()"
)

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(13, 5)
        self.rnn = nn.GRU(5, 6)
        self.fc = nn.Linear(6, 13)

    def loss(self, ids):
        steps = self.emb(ids).transpose(0, 1)
        out, _ = self.rnn(steps)
        scores = self.fc(out)
        return F.cross_entropy(scores.reshape(-1, 13), ids.reshape(-1))


model = Autoencoder()
""",
        at="F.cross_entropy(scores.reshape(-1, 13), ids.reshape(-1))",
        fixed="""\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(13, 5)
        self.rnn = nn.GRU(5, 6)
        self.fc = nn.Linear(6, 13)

    def loss(self, ids):
        steps = self.emb(ids).transpose(0, 1)
        out, _ = self.rnn(steps)
        scores = self.fc(out)
        return F.cross_entropy(scores.reshape(-1, 13), ids.transpose(0, 1).reshape(-1))


model = Autoencoder()
""",
        proof=Proof(
            inputs={"ids": "batch time:ids(13)"},
            run="model.loss(ids)",
            expect=LOSS.format("ids.T"),
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

texts, tags = torch.randn(14, 11, 5), torch.randint(0, 3, (14, 11))
lstm, fc = nn.LSTM(5, 6), nn.Linear(6, 3)
criterion = nn.CrossEntropyLoss()
for x, y in DataLoader(TensorDataset(texts, tags), batch_size=7):
    out, _ = lstm(x.permute(1, 0, 2))
    scores = fc(out).view(-1, 3)
    loss = criterion(scores, y.view(-1))
""",
        at="criterion(scores, y.view(-1))",
        fixed="""\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

texts, tags = torch.randn(14, 11, 5), torch.randint(0, 3, (14, 11))
lstm, fc = nn.LSTM(5, 6), nn.Linear(6, 3)
criterion = nn.CrossEntropyLoss()
for x, y in DataLoader(TensorDataset(texts, tags), batch_size=7):
    out, _ = lstm(x.permute(1, 0, 2))
    scores = fc(out).view(-1, 3)
    loss = criterion(scores, y.transpose(0, 1).reshape(-1))
""",
        proof=Proof(
            run="(loss, y)",
            holds="np.allclose(value[0], " + LOSS.format("value[1].T") + ")",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn

batch_size, n_steps = 7, 11
rnn, fc = nn.RNN(5, 6), nn.Linear(6, 3)
criterion = nn.CrossEntropyLoss()
targets = torch.randint(0, 3, (batch_size, n_steps))


def loss_of(x):
    states, _ = rnn(x)
    return criterion(fc(states).flatten(0, 1), targets.flatten())
""",
        at="criterion(fc(states).flatten(0, 1), targets.flatten())",
        severity=Severity.WARNING,
        fixed="""\
import torch
import torch.nn as nn

batch_size, n_steps = 7, 11
rnn, fc = nn.RNN(5, 6), nn.Linear(6, 3)
criterion = nn.CrossEntropyLoss()
targets = torch.randint(0, 3, (batch_size, n_steps))


def loss_of(x):
    states, _ = rnn(x)
    return criterion(fc(states).flatten(0, 1), targets.transpose(0, 1).reshape(-1))
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="(loss_of(x), targets)",
            holds="np.allclose(value[0], " + LOSS.format("value[1].T") + ")",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F

emb, rnn, fc = nn.Embedding(13, 5), nn.GRU(5, 6, batch_first=True), nn.Linear(6, 13)
ids = torch.randint(0, 13, (7, 11))
scores = fc(rnn(emb(ids))[0])
print(F.cross_entropy(scores.reshape(-1, 13), ids.reshape(-1)))
""",
        why="both are flattened with the samples outermost",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F

emb, rnn, fc = nn.Embedding(13, 5), nn.GRU(5, 6), nn.Linear(6, 13)
ids = torch.randint(0, 13, (7, 11))
scores = fc(rnn(emb(ids.t()))[0])
print(F.cross_entropy(scores.view(-1, 13), ids.t().reshape(-1)))
""",
        why="the targets are transposed as the inputs were: steps outermost on both sides",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F

emb, rnn, fc = nn.Embedding(13, 5), nn.GRU(5, 6), nn.Linear(6, 13)
ids = torch.randint(0, 13, (7, 11))
scores = fc(rnn(emb(ids).transpose(0, 1))[0])
print(F.cross_entropy(scores.transpose(0, 1).reshape(-1, 13), ids.reshape(-1)))
""",
        why="the scores are put back before they are flattened",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

data = TensorDataset(torch.randn(14, 11, 5), torch.randint(0, 3, (14,)))
rnn, fc, criterion = nn.GRU(5, 6), nn.Linear(6, 3), nn.CrossEntropyLoss()
for x, y in DataLoader(data, batch_size=7):
    _, h = rnn(x.transpose(0, 1))
    print(criterion(fc(h[-1]), y.view(-1)))
""",
        why="one target for each sample: there are no steps to flatten",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

rnn, fc, criterion = nn.RNN(5, 6), nn.Linear(6, 3), nn.CrossEntropyLoss()


def loss_of(x, targets):
    out, _ = rnn(x)
    return criterion(fc(out).view(-1, 3), targets.view(-1))


print(loss_of(torch.randn(11, 7, 5), torch.randint(0, 3, (11, 7))))
""",
        why="nothing says how the targets are laid out",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F

emb, rnn, fc = nn.Embedding(13, 5), nn.GRU(5, 6), nn.Linear(6, 13)
ids = torch.randint(0, 13, (7, 11))
scores = fc(rnn(emb(ids).transpose(0, 1))[0])
print(F.cross_entropy(scores.permute(1, 2, 0), ids))
""",
        why="nothing is flattened: classes on axis 1, samples and steps as in the targets",
    ),
)

RULE = Rule(
    code="SG105",
    name="flatten-order",
    summary="predictions and targets are flattened in different orders of batch and time",
    severity=Severity.ERROR,
    page=PAGE,
    on=(LossTaken,),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
