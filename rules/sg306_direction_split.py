"""SG306: the two directions of ``output`` taken apart in a way in which they are not stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from shapeguard.axes.axis import Axis, Half, Role
from shapeguard.axes.facts import Named
from shapeguard.axes.grouping import crossed
from shapeguard.axes.layer import Rnn
from shapeguard.axes.reading import Indexed, Reshaped
from shapeguard.axes.size import divide, same
from shapeguard.axes.slicing import Slice
from shapeguard.axes.spelling import short, split
from shapeguard.axes.states import follows
from shapeguard.axes.uses import describe
from shapeguard.axes.value import Take, Tensor
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

SIDES = (Half.FORWARD, Half.BACKWARD)

_WAY = re.compile(
    r"(?:^|_)(?:f|b|fw|bw|fwd|bwd|fwds|bwds|forward|backward|back|rev|reverse)(?:$|_)"
)


def check(fact: Reshaped | Indexed, context: Context) -> Iterator[Finding]:
    """A view, a stride or a chunk that is meant to part the directions and does not."""
    before = fact.before
    source = before.source
    if source is None or source.slot != "output" or not _both(before.axis(-1)):
        return
    if isinstance(fact, Indexed):
        yield from _strided(fact, source.call.rnn)
        if fact.how in ("chunk", "tensor_chunk", "split"):
            yield from _chunked(fact, source.call.rnn, context)
    elif fact.sizes is not None:
        yield from _viewed(fact, source.call.rnn)


def _both(axis: Axis) -> bool:
    return axis.role is Role.FEATURE and axis.halves == SIDES


def _finding(fact: Reshaped | Indexed, said: str, rnn: Rnn, cure: str, fix: Fix | None) -> Finding:
    return Finding(
        place=fact.place,
        message=f"`{short(fact.place.text)}` {said} (axes {describe(fact.before)})",
        why="the last axis of output holds all features of the forward direction and then all of "
        "the backward direction",
        cure=cure,
        evidence=layer_evidence(rnn, "bidirectional"),
        fix=fix,
    )


def _viewed(fact: Reshaped, rnn: Rnn) -> Iterator[Finding]:
    """``output.view(T, B, hidden, 2)``: each pair holds two features of one direction."""
    before, sizes = fact.before, fact.sizes or ()
    axes = before.axes or ()
    half = divide(axes[-1].size, 2)
    together = replace(before, axes=tuple(replace(axis, halves=()) for axis in axes))
    if len(sizes) < 2 or same(half, 2) or crossed(together, sizes) or not crossed(before, sizes):
        return
    text = None
    if sizes[-1] == 2 and (same(sizes[-2], half) or sizes[-2] == -1):
        said = "does not put the directions on the last axis: it pairs neighbouring features"
        text = _swapped(fact)
    else:
        said = "does not bring the directions to another axis: a view moves no values"
    cure = "view as (..., 2, hidden_size), and then move the axis"
    cure = f"write {short(text)}" if text else cure
    fix = None
    if text is not None:
        edit = Edit(fact.place, f"{text}.transpose(-1, -2)")
        fix = Fix(Applicability.UNSAFE, "View as directions and features, then swap them", (edit,))
    yield _finding(fact, said, rnn, cure, fix)


def _swapped(fact: Reshaped) -> str | None:
    """The same view with the directions before the features."""
    base, text = fact.base.text, fact.place.text
    call = text[len(base) :] if text.startswith(base) else ""
    match = re.fullmatch(r"\s*\.\s*\w+\((.*)\)", call, re.S)
    written = None if match is None else split(match[1])
    if written is None or len(written) != len(fact.sizes or ()):
        return None
    written[-2:] = written[:-3:-1]
    return f"{base}.{fact.how}({', '.join(written)})"


def _strided(fact: Indexed, rnn: Rnn) -> Iterator[Finding]:
    """``output[..., ::2]``: every other feature of both directions."""
    take = next((one for one in fact.takes if one.role is Role.FEATURE), None)
    if take is None or not isinstance(take.index, Slice) or take.index.step != 2:
        return
    start, stop = take.index.start, take.index.stop
    if start not in (None, 0, 1) or not (stop is None or same(stop, fact.before.axis(-1).size)):
        return
    way = "backward" if start == 1 else "forward"
    half = "hidden_size:" if start == 1 else ":hidden_size"
    said = f"takes every other feature of both directions, not the {way} direction"
    cure = f"take one half: [..., {half}]"
    yield _finding(fact, said, rnn, cure, _half(fact, take, rnn))


def _half(fact: Indexed, take: Take, rnn: Rnn) -> Fix | None:
    """The half of the features that a direction has."""
    setting = rnn.setting("hidden_size")
    base, text = fact.base.text, fact.place.text
    size = setting.value
    match = re.fullmatch(r"(\[(?:.*,\s*)?)(0?|1)\s*:\s*:\s*2\s*\]", text[len(base) :], re.S)
    if match is None or not text.startswith(base) or not isinstance(size, int):
        return None
    if not same(rnn.out_size, size):
        return None
    half = f"{size}:" if take.index.start == 1 else f":{size}"
    edit = Edit(fact.place, f"{base}{match[1]}{half}]")
    return Fix(Applicability.UNSAFE, "Take one half of the features", (edit,))


def _chunked(fact: Indexed, rnn: Rnn, context: Context) -> Iterator[Finding]:
    """``forward, backward = output.chunk(2, dim=1)``: halves of the steps or of the batch."""
    take = fact.takes[0] if len(fact.takes) == 1 else None
    if take is None or take.role not in (Role.BATCH, Role.TIME):
        return
    if not isinstance(take.index, Slice) or take.index.start not in (None, 0):
        return
    named = next(
        (
            other
            for other in context.facts(Named)
            if isinstance(other.value, Tensor)
            and follows(other.value, take)
            and _WAY.search(other.name.rpartition(".")[2].lower())
        ),
        None,
    )
    if named is None:
        return
    axis = "batch" if take.role is Role.BATCH else "steps"
    said = f"cuts the {axis} in two, not the directions"
    found = _finding(fact, said, rnn, "cut the last axis: dim=-1", None)
    written = f"`{short(named.statement.text)}` {said} (axes {describe(fact.before)})"
    yield replace(found, message=written)


PAGE = """
## What it does

Finds the output of a bidirectional layer taken apart where its directions are not: a view as
`(..., hidden_size, 2)`, a view that puts the two directions on another axis at once, a stride such
as `output[..., ::2]`, and `forward, backward = output.chunk(2, dim=...)` on the axis of the steps
or of the batch.

## Why is this bad?

The last axis of `output` holds all features of the forward direction, then all of the backward
direction. A view as `(..., hidden_size, 2)` and a stride of 2 pair neighbouring features of one
direction, and a chunk of another axis parts samples or steps. The shapes are as wanted, and the two
"directions" are both a mixture.

## Fix safety

Unsafe: it changes what is computed, because what is computed today is wrong.

## References

[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): "For
bidirectional LSTMs, forward and backward are directions 0 and 1 respectively. Example of splitting
the output layers when batch_first=False: output.view(seq_len, batch, num_directions, hidden_size)."
"""

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn


class Apart(nn.Module):
    def __init__(self, hidden=3):
        super().__init__()
        self.hidden = hidden
        self.lstm = nn.LSTM(5, hidden, bidirectional=True)

    def forward(self, x):
        out, _ = self.lstm(x)
        ways = out.view(x.size(0), x.size(1), self.hidden, 2)
        return ways[..., 0]
""",
        at="out.view(x.size(0), x.size(1), self.hidden, 2)",
        fixed="""\
import torch
import torch.nn as nn


class Apart(nn.Module):
    def __init__(self, hidden=3):
        super().__init__()
        self.hidden = hidden
        self.lstm = nn.LSTM(5, hidden, bidirectional=True)

    def forward(self, x):
        out, _ = self.lstm(x)
        ways = out.view(x.size(0), x.size(1), 2, self.hidden).transpose(-1, -2)
        return ways[..., 0]
""",
        proof=Proof(inputs={"x": "time batch 5"}, run="Apart()(x)", expect="output[..., :3]"),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Summed(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 3, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(out[:, :, ::2] + out[..., 3:])
""",
        at="out[:, :, ::2]",
        fixed="""\
import torch
import torch.nn as nn


class Summed(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 3, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(out[:, :, :3] + out[..., 3:])
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="Summed()(x)",
            expect="apply('fc', output[..., :3] + output[..., 3:])",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


gru = nn.GRU(5, 3, bidirectional=True)
fc = nn.Linear(6, 2)


def halves(x):
    out, _ = gru(x)
    forward, backward = torch.chunk(out, 2)
    return forward
""",
        at="forward",
        proof=Proof(inputs={"x": "time batch 5"}, run="halves(x)", expect="output[..., :3]"),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Ways(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(5, 3, bidirectional=True)

    def forward(self, x):
        out, _ = self.rnn(x)
        steps, batch, _ = out.size()
        forward = out.view(2, steps, batch, 3)[0]
        return forward
""",
        at="out.view(2, steps, batch, 3)",
        proof=Proof(inputs={"x": "time batch 5"}, run="Ways()(x)", expect="output[..., :3]"),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn as nn


lstm = nn.LSTM(5, 3, bidirectional=True)
x = torch.randn(6, 4, 5)
out, _ = lstm(x)
ways = out.view(6, 4, 2, 3)
summed = ways[:, :, 0] + ways[:, :, 1]
""",
        why="directions come before the features of each, as documented",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


gru = nn.GRU(5, 3, bidirectional=True, batch_first=True)
out, _ = gru(torch.randn(4, 6, 5))
forward, backward = out.chunk(2, dim=-1)
print((forward + backward).shape)
""",
        why="the last axis is the one that holds the directions",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


gru = nn.GRU(5, 3, bidirectional=True, batch_first=True)
pairs = torch.randn(4, 6, 5)
left, right = gru(pairs)[0].chunk(2, dim=0)
print((left - right).abs().mean())
""",
        why="two halves of a batch that was put together from two inputs",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


gru = nn.GRU(5, 6, batch_first=True)
out, _ = gru(torch.randn(4, 6, 5))
even = out[:, :, ::2]
pairs = out.view(4, 6, 3, 2)
""",
        why="one direction: nothing is parted that the layer has put together",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


lstm = nn.LSTM(5, 3, bidirectional=True)
out, _ = lstm(torch.randn(6, 4, 5))
half_rate = out[::2]
print(half_rate.shape)
""",
        why="every other step, as in a pyramid of layers",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


rnn = nn.RNN(5, 3, bidirectional=True)
out, _ = rnn(torch.randn(6, 4, 5))
ways = out.view(6, 4, 2, 3).permute(2, 0, 1, 3)
forward = ways[0]
""",
        why="the view takes the directions apart where they are, and permute moves them",
    ),
)

RULE = Rule(
    code="SG306",
    name="direction-split",
    summary="the directions of `output` are taken apart where they are not",
    severity=Severity.ERROR,
    page=PAGE,
    on=(
        Reshaped,
        Indexed,
    ),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
