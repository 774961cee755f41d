"""SG107: a squeeze without an axis, which drops the batch when it holds one sample."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shapeguard.axes.axis import Axis, Place, Role
from shapeguard.axes.facts import RnnCalled
from shapeguard.axes.judging import LossTaken
from shapeguard.axes.layer import Rnn
from shapeguard.axes.marks import Mark
from shapeguard.axes.reading import AxisRead, Consumed, Reshaped
from shapeguard.axes.recurrent import batch_and_time
from shapeguard.axes.size import Unknown, differ, show
from shapeguard.axes.spelling import short
from shapeguard.axes.uses import describe
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

LOSSES = frozenset({"loss", "cross_entropy", "nll_loss"})

READS = LOSSES | {
    *("Linear", "Bilinear", "RNN", "LSTM", "GRU", "cell", "cat", "stack", "bmm", "matmul", "mm"),
    "return",
}
"""What reads a tensor by its axes, or hands it to what does."""

ALONE = frozenset({"item", "Categorical", "multinomial"})
"""What is done with the result for one sample: dropping its batch axis is meant."""

BROADCASTS = frozenset({"mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"})
"""Losses that take one number beside a batch of one."""


def check(fact: Reshaped | RnnCalled | Consumed | AxisRead, context: Context) -> Iterator[Finding]:
    """A bare squeeze of a result that keeps its batch, or of an input of three axes."""
    if isinstance(fact, RnnCalled):
        yield from _fed(fact)
        return
    if isinstance(fact, Reshaped):
        if fact.how.startswith("squeeze") and fact.axis is None and fact.sizes is None:
            yield from _bare(fact.place, fact.base, fact.before, context)
        return
    if isinstance(fact, Consumed):
        yield from _cut(fact)
    for mark in fact.tensor.regrouped:
        if mark.bare and mark.near and mark.before.source is None:
            yield from _bare(mark.place, mark.base, mark.before, context)


def _bare(place: Place, base: Place, before: Tensor, context: Context) -> Iterator[Finding]:
    """A squeeze that drops the batch as well, where something reads the result that needs it."""
    batch, asked = _open_axis(before), _asked(place, context)
    rows = [axis for axis in before.axes or () if axis.size != 1]
    if batch is None and not _told(before, rows, asked):
        return
    if not _needed(place, context) and (asked is None or (asked.axis < 1 and len(rows) != 1)):
        return
    if _alone(place, context):
        return
    rnn = before.source.call.rnn if before.source is not None else None
    what, shown = "the batch axis when the batch is one sample", ""
    if before.axes is not None:
        shown = f" (axes {describe(before)})"
        if batch is None:
            what = "every other axis that is 1 long, such as a batch of one sample"
        elif batch.role is not Role.BATCH:
            what = f"the axis of {show(batch.size)} when that is 1"
    yield _finding(place, base, before, rnn, shown, what, asked)


def _told(before: Tensor, rows: list[Axis], asked: _Asked | None) -> bool:
    """Whether what follows asks for every axis but the last, which is the one to be dropped.

    It then raises as soon as one of the others is 1 long, whatever they are.
    """
    if asked is None or asked.axis < 1 or before.axis(-1).size != 1:
        return False
    if before.axes is None:
        return True
    open_ones = [axis for axis in rows if axis.role is Role.UNKNOWN and not _number(axis)]
    ones = len(before.axes) - len(rows)
    return ones == 1 and asked.axis == len(rows) - 1 and bool(open_ones)


def _number(axis: Axis) -> bool:
    return isinstance(axis.size, int)


def _open_axis(before: Tensor) -> Axis | None:
    """The batch, or an axis as long as an argument is, where neither is a plain number."""
    batch = before.find(Role.BATCH)
    if batch is not None:
        axis = before.axis(batch)
        return None if isinstance(axis.size, int) else axis
    if before.source is not None or Mark.RECURRENT not in before.marks:
        return None
    sizes = [axis for axis in before.axes or () if axis.role is Role.UNKNOWN]
    return next((axis for axis in sizes if ".size(" in show(axis.size)), None)


@dataclass(frozen=True)
class _Asked:
    """The last of the axes that must be there in what a squeeze has left, and where that shows."""

    axis: int
    place: Place


def _asked(place: Place, context: Context) -> _Asked | None:
    found = []
    for fact in context.facts(AxisRead):
        for mark in fact.tensor.regrouped:
            if not mark.whole:
                continue
            if mark.place == place:
                found.append(_Asked(fact.axis, fact.place))
            elif mark.before.axis(-1).size == 1 and _left(mark.before, place):
                found.append(_Asked(fact.axis + 1, fact.place))  # it drops another one
    return max(found, key=lambda one: one.axis, default=None)


def _left(tensor: Tensor, place: Place) -> bool:
    """Whether a tensor has the axes that a squeeze has left."""
    return any(mark.place == place and mark.whole for mark in tensor.regrouped)


def _alone(place: Place, context: Context) -> bool:
    """Whether the result is used for one sample, or its number of axes is asked for."""
    return any(
        (fact.by in ALONE and _left(fact.tensor, place))
        or (fact.by == "dim" and _squeezed(fact.tensor, place))
        for fact in context.facts(Consumed)
    )


def _needed(place: Place, context: Context) -> bool:
    """Whether something reads the result that fails or errs without the batch axis."""
    readers = {fact.by for fact in context.facts(Consumed) if _squeezed(fact.tensor, place)}
    if not readers & READS:
        return False
    losses = {fact.loss for fact in context.facts(LossTaken) if _squeezed(fact.tensor, place)}
    if losses - BROADCASTS or readers & READS - LOSSES - {"Linear", "return"}:
        return True
    return not readers & LOSSES


def _squeezed(tensor: Tensor, place: Place) -> bool:
    return any(mark.place == place and mark.sizes is None for mark in tensor.regrouped)


def _fed(fact: RnnCalled) -> Iterator[Finding]:
    """An input of three axes that a bare squeeze has left: one of them is the batch."""
    call = fact.call
    if not isinstance(call.input, Tensor) or call.input.rank != 3 or not call.batched:
        return
    if isinstance(batch_and_time(call)[0], int):
        return
    for mark in call.input.regrouped:
        before = mark.before
        if not mark.how.startswith("squeeze") or before.source is not None:
            continue
        if _settled(before.axes):
            continue
        yield _finding(mark.place, mark.base, before, call.rnn, "")


def _cut(fact: Consumed) -> Iterator[Finding]:
    """Gates that are cut on axis 1 after a squeeze that had nothing to drop but the batch."""
    if fact.by not in ("chunk of axis 1", "split of axis 1"):
        return
    for mark in fact.tensor.regrouped:
        axes = mark.before.axes
        if not mark.how.startswith("squeeze") or mark.before.source is not None:
            continue
        if axes is None or len(axes) != 2 or isinstance(axes[0].size, int):
            continue
        if axes[1].role is Role.FEATURE and differ(axes[1].size, 1):
            shown = f" (axes {describe(mark.before)})"
            yield _finding(mark.place, mark.base, mark.before, None, shown)


def _settled(axes: tuple[Axis, ...] | None) -> bool:
    """Whether all sizes are numbers, so that the squeeze does what it does every time."""
    return axes is not None and all(isinstance(axis.size, int) for axis in axes)


def _finding(
    place: Place,
    base: Place,
    before: Tensor,
    rnn: Rnn | None,
    shown: str,
    what: str = "the batch axis when the batch is one sample",
    asked: _Asked | None = None,
) -> Finding:
    text = short(place.text)
    ones = [i for i, axis in enumerate(before.axes or ()) if axis.size == 1]
    known = before.axes is not None and len(ones) < 2
    written = _written(place, base, before, ones) if known else None
    if rnn is None and not ones and before.axes is not None:
        written = base.text
    cure = "name the axis that is meant, such as squeeze(1)"
    if written is not None:
        bare = written == base.text
        cure = (
            "leave it out: nothing else is of size 1"
            if bare
            else f"name the axis: {short(written)}"
        )
    fix = None
    if written is not None:
        label = f"Write `{short(written)}`"
        fix = Fix(Applicability.UNSAFE, label, (Edit(place, written),))
    return Finding(
        place=place,
        message=f"`{text}` also drops {what}{shown}",
        why="without an axis, squeeze drops every axis of size 1; for one sample, such as the last "
        "batch of an epoch or a single prediction, what follows then gets a tensor with an axis "
        "less: it raises, or takes another axis for the batch",
        cure=cure,
        evidence=_evidence(base, before, rnn, asked),
        fix=fix,
    )


def _evidence(
    base: Place, before: Tensor, rnn: Rnn | None, asked: _Asked | None
) -> tuple[Evidence, ...]:
    """Where the axes come from, and what is asked of those that are left."""
    lines = () if rnn is None else layer_evidence(rnn, "batch_first")
    if asked is not None and asked.axis > 0:
        lines += (Evidence(f"axis {asked.axis} of what it leaves is asked for", asked.place),)
    if rnn is None and not isinstance(before.axis(-1).size, Unknown):
        lines += (Evidence(f"the last axis is {show(before.axis(-1).size)} long", base),)
    return lines or (Evidence(f"its axes are {describe(before)}", base),)


def _written(place: Place, base: Place, before: Tensor, ones: list[int]) -> str | None:
    """The squeeze with its axis, or what it is of where it has nothing to drop."""
    axes = before.axes or ()
    if ones:
        axis = -1 if ones[0] == len(axes) - 1 else ones[0]
    else:
        open_ones = [
            i
            for i, one in enumerate(axes)
            if one.role is not Role.BATCH and not isinstance(one.size, int)
        ]
        exact = before.source is not None and before.source.exact
        if open_ones and open_ones != [len(axes) - 1]:
            return None
        if not open_ones or (exact and axes[-1].role is Role.FEATURE):
            return base.text
        axis = -1
    call = place.text[len(base.text) :] if place.text.startswith(base.text) else ""
    if re.fullmatch(r"\s*\.\s*squeeze\(\s*\)", call):
        return f"{base.text}.squeeze({axis})"
    match = re.fullmatch(r"([\w.]+\()(.*)\)", place.text, re.S)
    if match is None or match[2].strip() != base.text:
        return None
    return f"{match[1]}{base.text}, {axis})"


PAGE = """
## What it does

Finds `.squeeze()` and `torch.squeeze(x)` without an axis on the output or the states of a
recurrent layer, on what is computed from them, and on a layer's input, where the batch axis is
among the axes that it can drop and something that needs the axis reads the result. An axis is
needed, too, where it is asked for by its number: `softmax(scores.squeeze(), dim=1)` of scores with
one value for each step raises for a batch of one.

## Why is this bad?

Without an axis, `squeeze` drops every axis of size 1. With many samples in the batch only the
intended axis goes. With one, as in the last batch of an epoch or when a single sample is predicted,
the batch goes, too. `cat(..., dim=1)`, `permute` and losses such as BCELoss then raise, and a
recurrent layer takes the two axes that are left for one unbatched sequence.

A finding is a warning, because a program may never see a batch of one. Elementwise regression
losses, which come to the same number for one sample, and results that are only looked at are not
flagged.

## Fix safety

Unsafe: for a batch of one sample the result has another shape, which is the purpose. The axis that
is known to be of size 1 is named. Where none is, the squeeze is left out.

## References

[torch.squeeze](https://docs.pytorch.org/docs/stable/generated/torch.squeeze.html): "If the tensor
has a batch dimension of size 1, then squeeze(input) will also remove the batch dimension, which can
lead to unexpected errors. Consider specifying only the dims you wish to be squeezed."
[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): "h_n: tensor of
shape (D * num_layers, H_out) for unbatched input or (D * num_layers, N, H_out)".
"""

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, n_hidden=3):
        super().__init__()
        self.lstm = nn.LSTM(5, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 2)

    def forward(self, x):
        _, (h_n, _) = self.lstm(x)
        return self.fc(h_n.squeeze())
""",
        at="h_n.squeeze()",
        fixed="""\
import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, n_hidden=3):
        super().__init__()
        self.lstm = nn.LSTM(5, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 2)

    def forward(self, x):
        _, (h_n, _) = self.lstm(x)
        return self.fc(h_n.squeeze(0))
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="Classifier()(x[:1])",
            expect="apply('fc', final_state)",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Sentiment(nn.Module):
    def __init__(self, n_words=13, n_hidden=3):
        super().__init__()
        self.embedding = nn.Embedding(n_words, 5)
        self.lstm = nn.LSTM(5, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 1)

    def forward(self, ids):
        out, _ = self.lstm(self.embedding(ids))
        return torch.sigmoid(self.fc(out[:, -1]))


def train_step(model, ids, labels, criterion=nn.BCELoss()):
    predicted = model(ids)
    return criterion(predicted.squeeze(), labels)


def run(ids):
    return train_step(Sentiment(), ids, torch.ones(len(ids)))
""",
        at="predicted.squeeze()",
        fixed="""\
import torch
import torch.nn as nn


class Sentiment(nn.Module):
    def __init__(self, n_words=13, n_hidden=3):
        super().__init__()
        self.embedding = nn.Embedding(n_words, 5)
        self.lstm = nn.LSTM(5, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 1)

    def forward(self, ids):
        out, _ = self.lstm(self.embedding(ids))
        return torch.sigmoid(self.fc(out[:, -1]))


def train_step(model, ids, labels, criterion=nn.BCELoss()):
    predicted = model(ids)
    return criterion(predicted.squeeze(-1), labels)


def run(ids):
    return train_step(Sentiment(), ids, torch.ones(len(ids)))
""",
        proof=Proof(inputs={"ids": "batch time:ids(13)"}, run="run(ids[:1])", raises="target size"),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 3, num_layers=2)
        self.fc = nn.Linear(3, 1)

    def forward(self, x):
        out, _ = self.gru(x)
        return torch.squeeze(self.fc(out[-1]))
""",
        at="torch.squeeze(self.fc(out[-1]))",
        fixed="""\
import torch
import torch.nn as nn


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 3, num_layers=2)
        self.fc = nn.Linear(3, 1)

    def forward(self, x):
        out, _ = self.gru(x)
        return torch.squeeze(self.fc(out[-1]), -1)
""",
        proof=Proof(
            inputs={"x": "time batch 5"}, run="Scorer()(x[:, :1])", holds="value.shape == (1,)"
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn

first = nn.GRU(5, 3, batch_first=True)
second = nn.GRU(5, 3, batch_first=True)
head = nn.Linear(6, 2)


def score(x):
    a = first(x)[0][:, -1].squeeze()
    b = second(x)[0][:, -1]
    return head(torch.cat([a, b], dim=1))
""",
        at="first(x)[0][:, -1].squeeze()",
        fixed="""\
import torch
from torch import nn

first = nn.GRU(5, 3, batch_first=True)
second = nn.GRU(5, 3, batch_first=True)
head = nn.Linear(6, 2)


def score(x):
    a = first(x)[0][:, -1]
    b = second(x)[0][:, -1]
    return head(torch.cat([a, b], dim=1))
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="score(x[:1])",
            layer="second",
            raises="Dimension out of range",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Rows(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 3)
        self.fc = nn.Linear(3, 2)

    def forward(self, images):
        rows = images.squeeze().permute(1, 0, 2)
        out, _ = self.lstm(rows)
        return self.fc(out[-1])
""",
        at="images.squeeze()",
        proof=Proof(inputs={"x": "1 1 time 5"}, run="Rows()(x)", raises="permute"),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class GRUCell(nn.Module):
    def __init__(self, n_in=5, n_hidden=3):
        super().__init__()
        self.x2h = nn.Linear(n_in, 3 * n_hidden)
        self.h2h = nn.Linear(n_hidden, 3 * n_hidden)

    def forward(self, x, h):
        gates = self.x2h(x.view(-1, x.size(1))).squeeze()
        reset, update, new = gates.chunk(3, 1)
        return torch.sigmoid(reset + update) * new + self.h2h(h).chunk(3, 1)[2]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = GRUCell()

    def forward(self, x):
        h = torch.zeros(x.size(0), 3, dtype=x.dtype)
        for t in range(x.size(1)):
            h = self.gru(x[:, t], h)
        return h
""",
        at="self.x2h(x.view(-1, x.size(1))).squeeze()",
        fixed="""\
import torch
import torch.nn as nn


class GRUCell(nn.Module):
    def __init__(self, n_in=5, n_hidden=3):
        super().__init__()
        self.x2h = nn.Linear(n_in, 3 * n_hidden)
        self.h2h = nn.Linear(n_hidden, 3 * n_hidden)

    def forward(self, x, h):
        gates = self.x2h(x.view(-1, x.size(1)))
        reset, update, new = gates.chunk(3, 1)
        return torch.sigmoid(reset + update) * new + self.h2h(h).chunk(3, 1)[2]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = GRUCell()

    def forward(self, x):
        h = torch.zeros(x.size(0), 3, dtype=x.dtype)
        for t in range(x.size(1)):
            h = self.gru(x[:, t], h)
        return h
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="Model()(x[:1])",
            raises="Dimension out of range",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = nn.Linear(3, 1)

    def forward(self, states):
        weights = self.score(states).squeeze()
        return torch.softmax(weights, dim=1)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 3, batch_first=True)
        self.attention = Attention()
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        out, _ = self.gru(x)
        weights = self.attention(torch.tanh(out))
        return self.fc(torch.bmm(weights.unsqueeze(1), out)[:, 0])
""",
        at="self.score(states).squeeze()",
        fixed="""\
import torch
import torch.nn as nn


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = nn.Linear(3, 1)

    def forward(self, states):
        weights = self.score(states).squeeze(-1)
        return torch.softmax(weights, dim=1)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 3, batch_first=True)
        self.attention = Attention()
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        out, _ = self.gru(x)
        weights = self.attention(torch.tanh(out))
        return self.fc(torch.bmm(weights.unsqueeze(1), out)[:, 0])
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="Classifier()(x[:1])",
            raises="Dimension out of range",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Summary(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 3, batch_first=True)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        out, h_n = self.gru(x)
        weights = torch.softmax(torch.bmm(out, h_n[-1].unsqueeze(2)), 1)
        context = torch.bmm(weights.transpose(1, 2), out).squeeze()
        return self.fc(torch.cat([context, h_n[-1]], dim=1))
""",
        at="torch.bmm(weights.transpose(1, 2), out).squeeze()",
        fixed="""\
import torch
import torch.nn as nn


class Summary(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 3, batch_first=True)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        out, h_n = self.gru(x)
        weights = torch.softmax(torch.bmm(out, h_n[-1].unsqueeze(2)), 1)
        context = torch.bmm(weights.transpose(1, 2), out).squeeze(1)
        return self.fc(torch.cat([context, h_n[-1]], dim=1))
""",
        proof=Proof(
            inputs={"x": "batch time 5"}, run="Summary()(x[:1])", raises="Dimension out of range"
        ),
    ),
)

GOOD = (
    Good(
        code="""
import torch
import torch.nn as nn


class Gates(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTMCell(3, 5)
        self.gate = nn.Linear(5, 1)

    def forward(self, x):
        state, gates = None, []
        for step in x:
            state = self.rnn(step, state)
            gates.append(self.gate(state[0]).squeeze())
        gates = torch.stack(gates)
        if gates.dim() == 1:
            return gates.unsqueeze(0)
        return gates.transpose(0, 1)
""",
        why="the number of axes is asked for, and a batch of one sample gets its axis back",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Summary(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 3, batch_first=True)
        self.score = nn.Linear(3, 1)

    def forward(self, sentence):
        out, _ = self.gru(sentence.unsqueeze(0))
        weights = torch.softmax(self.score(out).squeeze(), dim=0)
        return weights @ out[0]


print(Summary()(torch.randn(6, 5)).shape)
""",
        why="one sentence, whose batch of one was made here: the steps are left and compared",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Writer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(13, 5)
        self.gru = nn.GRU(5, 3)
        self.fc = nn.Linear(3, 13)

    def forward(self, token, h=None):
        out, h = self.gru(self.embedding(token).view(1, 1, -1), h)
        return self.fc(out[0]), h


def write(model, token, steps):
    h, text = None, []
    for _ in range(steps):
        scores, h = model(token, h)
        _, best = scores.topk(1)
        token = best.squeeze().detach()
        text.append(token.item())
    return text


print(write(Writer(), torch.tensor(3), 4))
""",
        why="one text is written token by token, and `item()` takes each as a number",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 3, batch_first=True)
        self.fc = nn.Linear(3, 1)

    def forward(self, x):
        _, (h_n, _) = self.lstm(x)
        return self.fc(h_n.squeeze(0)).squeeze(-1)


print(Classifier()(torch.randn(1, 6, 5)).shape)
""",
        why="both squeezes name an axis that is of size 1 whatever the batch",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 3, batch_first=True)
        self.fc = nn.Linear(3, 4)

    def forward(self, sentence):
        out, _ = self.lstm(sentence.unsqueeze(0))
        return self.fc(out.squeeze())


print(Tagger()(torch.randn(6, 5)).shape)
""",
        why="the batch of one was made by `unsqueeze(0)`, and dropping it is meant",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 3, batch_first=True)
        self.fc = nn.Linear(3, 1)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(out[:, -1])


def predict(model, x):
    return model(x).squeeze().item()


print(predict(Scorer(), torch.randn(1, 6, 5)))
""",
        why="`item()` takes one number, so there is one sample",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(5, 3, batch_first=True)
        self.fc = nn.Linear(3, 1)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out[:, -1])


model, criterion = Forecaster(), nn.MSELoss()


def evaluate(x, y):
    return criterion(model(x).squeeze(), y)


print(evaluate(torch.randn(4, 6, 5), torch.randn(4)))
""",
        why="for one sample the squared error beside a target of shape (1,) is the same number",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 3)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        _, h_n = self.gru(x)
        return self.fc(h_n.squeeze().view(x.size(1), -1))


print(Encoder()(torch.randn(6, 1, 5)).shape)
""",
        why="the view that follows puts the batch axis back",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


gru = nn.GRU(5, 3, batch_first=True)
fc = nn.Linear(3, 1)
x = torch.randn(4, 6, 5)
out, _ = gru(x)
scores = fc(out[:, -1]).squeeze()
loss = nn.functional.binary_cross_entropy_with_logits(scores, torch.ones(4))
""",
        why="the batch is 4 in this program",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 3)
        self.fc = nn.Linear(3, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out)


def curve(model, x):
    with torch.no_grad():
        return model(x).squeeze().numpy().tolist()


print(curve(Forecaster(), torch.randn(6, 1, 1)))
""",
        why="the result leaves torch to be drawn: one sample is a line, several are lines",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Language(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(13, 5)
        self.gru = nn.GRU(5, 3)
        self.fc = nn.Linear(3, 13)

    def forward(self, ids, h=None):
        out, h = self.gru(self.embedding(ids), h)
        return self.fc(out), h


def sample(model, ids):
    logits, _ = model(ids)
    return torch.multinomial(logits.squeeze().softmax(0), 1)


print(sample(Language(), torch.tensor([[3]])))
""",
        why="one token of one text is drawn while a text is written",
    ),
)

RULE = Rule(
    code="SG107",
    name="squeeze-drops-batch",
    summary="`squeeze()` without an axis drops a batch of one sample",
    severity=Severity.WARNING,
    page=PAGE,
    on=(Reshaped, RnnCalled, Consumed, AxisRead),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
