"""SG104: a view where a transpose is needed, on the way into or out of a recurrent layer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from shapeguard.axes.axis import Place, Role
from shapeguard.axes.facts import CellCalled, RnnCalled
from shapeguard.axes.grouping import crossed, orders
from shapeguard.axes.layer import Rnn
from shapeguard.axes.reading import Reshaped
from shapeguard.axes.size import Size
from shapeguard.axes.spelling import is_name, short
from shapeguard.axes.uses import describe
from shapeguard.axes.value import Packed, Tensor
from shapeguard.reference.proof import Proof
from shapeguard.rule import (
    Applicability,
    Bad,
    Context,
    Edit,
    Finding,
    Fix,
    Good,
    Rule,
    Severity,
    layer_evidence,
)


def check(fact: Reshaped | RnnCalled | CellCalled, context: Context) -> Iterator[Finding]:
    """A view of the output, or of what becomes the input, that needs axes in another order."""
    if isinstance(fact, Reshaped):
        source = fact.before.source
        if source is not None and source.slot == "output" and fact.sizes is not None:
            before = _whole(fact.before)
            if _of_steps(before) and crossed(before, fact.sizes):
                yield _finding(fact.place, fact.base, before, fact.sizes, fact.how, source.call.rnn)
        return
    call = fact.call
    if call is None:
        return
    given = call.input.tensor if isinstance(call.input, Packed) else call.input
    for mark in given.regrouped if isinstance(given, Tensor) else ():
        source = mark.before.source
        if mark.sizes is None or (source is not None and source.slot in ("h_n", "c_n", "output")):
            continue
        before = _whole(mark.before)
        if crossed(before, mark.sizes):
            yield _finding(mark.place, mark.base, before, mark.sizes, mark.how, call.rnn)


def _whole(tensor: Tensor) -> Tensor:
    """The tensor with the directions on its features left together: to split them is SG306's."""
    if tensor.axes is None:
        return tensor
    return replace(tensor, axes=tuple(replace(axis, halves=()) for axis in tensor.axes))


def _of_steps(tensor: Tensor) -> bool:
    """Whether a tensor has a batch and steps, and more than one of both as far as is known."""
    at = [tensor.find(role) for role in (Role.BATCH, Role.TIME)]
    return all(number is not None and tensor.axis(number).size != 1 for number in at)


def _finding(
    place: Place, base: Place, before: Tensor, sizes: Sequence[Size], how: str, rnn: Rnn
) -> Finding:
    fixed = _moved(place, base, before, sizes, how)
    shown = f" (axes {describe(before)})" if before.axes is not None else ""
    cure = "move the axes with transpose or permute, and then view"
    fix = None
    if fixed is not None:
        cure = f"move the axes: {short(fixed)}"
        fix = Fix(Applicability.UNSAFE, f"Write `{short(fixed)}`", (Edit(place, fixed),))
    return Finding(
        place=place,
        message=f"`{short(place.text)}` does not move axes, it reads the values in the order in "
        f"which they are stored{shown}",
        why="the sizes are as wanted, but what stands on the new axes is mixed: a step of one "
        "sample holds values of other steps, samples or features",
        cure=cure,
        evidence=layer_evidence(rnn, *(() if rnn.cell else ("batch_first",))),
        fix=fix,
    )


def _moved(
    place: Place, base: Place, before: Tensor, sizes: Sequence[Size], how: str
) -> str | None:
    """The same sizes by moving axes first."""
    axes = before.axes
    if axes is None or any(axis.size == 1 or axis.merged for axis in axes):
        return None
    ways = list(orders([axis.size for axis in axes], sizes))
    if len(ways) != 1 or not is_name(base.text):
        return None
    order = [number for group in ways[0] for number in group]
    swapped = [i for i, number in enumerate(order) if i != number]
    moved = f"{base.text}.permute({', '.join(map(str, order))})"
    if len(swapped) == 2:
        moved = f"{base.text}.transpose({swapped[0]}, {swapped[1]})"
    if all(len(group) == 1 for group in ways[0]) and len(sizes) == len(axes):
        return moved
    call = place.text[len(base.text) :] if place.text.startswith(base.text) else ""
    match = re.fullmatch(r"\s*\.\s*(?:view|reshape)(\(.*\))", call, re.S)
    return None if match is None else f"{moved}.reshape{match[1]}"


PAGE = """
## What it does

Finds `view` and `reshape` on the output of a recurrent layer, or on a tensor that becomes its
input, whose sizes fit the axes in another order only: `out.view(steps, batch, -1)` of a
(batch, time, feature) tensor, `out.view(batch, -1)` of a (time, batch, feature) one, views that
make steps out of channels.

## Why is this bad?

A view reads values in the order in which they are stored. It can merge adjacent axes or split one,
but it cannot change their order. Asked for other sizes, it cuts the same row of numbers at other
places: every "step" then holds values of several samples. All shapes fit, nothing raises, and with
a batch of one the result is right, so it works when the model is tried on one sample.

## Fix safety

Unsafe: it changes what is computed, because what is computed today is wrong.

## References

[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): "input: tensor
of shape (L, H_in) for unbatched input, (L, N, H_in) when batch_first=False or (N, L, H_in) when
batch_first=True".
[torch.Tensor.view](https://docs.pytorch.org/docs/stable/generated/torch.Tensor.view.html): "The
returned tensor shares the same data and must have the same number of elements, but may have a
different size."
"""

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 3)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        out, _ = self.lstm(x)
        out = out.view(x.size(1), x.size(0), -1)
        return self.fc(out)
""",
        at="out.view(x.size(1), x.size(0), -1)",
        fixed="""\
import torch
import torch.nn as nn


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 3)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        out, _ = self.lstm(x)
        out = out.transpose(0, 1)
        return self.fc(out)
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="Sequence()(x)",
            expect="apply('fc', output.transpose(1, 0, 2))",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class AllSteps(nn.Module):
    def __init__(self, n_steps=11):
        super().__init__()
        self.gru = nn.GRU(5, 3)
        self.fc = nn.Linear(3 * n_steps, 2)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(out.reshape(x.size(1), -1))
""",
        at="out.reshape(x.size(1), -1)",
        fixed="""\
import torch
import torch.nn as nn


class AllSteps(nn.Module):
    def __init__(self, n_steps=11):
        super().__init__()
        self.gru = nn.GRU(5, 3)
        self.fc = nn.Linear(3 * n_steps, 2)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(out.transpose(0, 1).reshape(x.size(1), -1))
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="AllSteps()(x)",
            expect="apply('fc', output.transpose(1, 0, 2).reshape(7, -1))",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Chars(nn.Module):
    def __init__(self, n_chars=13, n_steps=11):
        super().__init__()
        self.n_steps = n_steps
        self.embedding = nn.Embedding(n_chars, 5)
        self.rnn = nn.GRU(5, 3)

    def forward(self, ids):
        x = self.embedding(ids)
        x = x.view(self.n_steps, ids.size(0), -1)
        self.start = x[0]
        return self.rnn(x)[0], self.embedding(ids[:, 0])
""",
        at="x.view(self.n_steps, ids.size(0), -1)",
        proof=Proof(
            inputs={"ids": "batch time:ids(13)"},
            run="(m := Chars())(ids)[1], m.start",
            holds="np.allclose(value[0], value[1])",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Frames(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(6, 3, batch_first=True)

    def forward(self, images):
        n, channels, rows, columns = images.shape
        x = images.view(n, columns, channels * rows)
        self.first = x[:, 0]
        return self.rnn(x)[0]
""",
        at="images.view(n, columns, channels * rows)",
        proof=Proof(
            inputs={"x": "batch 2 3 time"},
            run="(m := Frames())(x), m.first",
            holds="np.allclose(value[1], x[..., 0].reshape(7, -1))",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn as nn


lstm = nn.LSTM(5, 3, batch_first=True)
fc = nn.Linear(3, 2)
x = torch.randn(4, 6, 5)
out, _ = lstm(x)
logits = fc(out.reshape(-1, 3)).view(4, 6, 2)
""",
        why="batch and time are merged and taken apart again, in the same order",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class AllSteps(nn.Module):
    def __init__(self, n_steps=6):
        super().__init__()
        self.gru = nn.GRU(5, 3, batch_first=True)
        self.fc = nn.Linear(3 * n_steps, 2)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(out.reshape(x.size(0), -1))


print(AllSteps()(torch.randn(4, 6, 5)).shape)
""",
        why="the batch is first, and the steps and features of each sample are adjacent",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 3)

    def forward(self, x):
        out, _ = self.lstm(x)
        out = out.permute(1, 0, 2).contiguous()
        return out.view(x.size(1), -1)


print(Sequence()(torch.randn(6, 4, 5)).shape)
""",
        why="permute has moved the batch to the front before the view",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(13, 5)
        self.lstm = nn.LSTM(5, 3)

    def forward(self, sentence):
        x = self.embedding(sentence)
        out, _ = self.lstm(x.view(len(sentence), 1, -1))
        return out.view(len(sentence), -1)


print(Tagger()(torch.tensor([1, 4, 2])).shape)
""",
        why="the batch of one is made by the view, so no values are moved",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Frames(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(6, 3, batch_first=True)

    def forward(self, images):
        n, channels, rows, columns = images.shape
        x = images.view(n, channels * rows, columns).transpose(1, 2)
        return self.rnn(x)[0]


print(Frames()(torch.randn(4, 2, 3, 7)).shape)
""",
        why="adjacent axes are merged, and transpose makes the columns the steps",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


lstm = nn.LSTM(5, 3)
x = torch.randn(4, 4, 5)
out, _ = lstm(x)
flat = out.view(4, -1)
""",
        why="both axes are 4 long, so the view may be meant in the order that there is",
    ),
)

RULE = Rule(
    code="SG104",
    name="view-as-transpose",
    summary="a view reorders batch, time or features where a transpose is needed",
    severity=Severity.ERROR,
    page=PAGE,
    on=(
        Reshaped,
        RnnCalled,
        CellCalled,
    ),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
