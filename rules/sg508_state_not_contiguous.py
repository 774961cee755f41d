"""SG508: an initial state that is a view, which cuDNN does not take."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapeguard.axes.facts import RnnCalled
from shapeguard.axes.given import given
from shapeguard.axes.size import show
from shapeguard.axes.spelling import short, split
from shapeguard.axes.striding import apart, dense
from shapeguard.axes.value import Packed, Tensor
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
)

PLAIN = re.compile(r"[\w.]+(\(.*\)|\[.*\])*", re.S)
"""What a method can be called on as it is written."""


def check(fact: RnnCalled, context: Context) -> Iterator[Finding]:
    """The states of one call; one finding for both of an LSTM."""
    call = fact.call
    if fact.state_place is None or isinstance(call.input, Packed):
        return  # of a packed input torch may put the states in order, which makes new ones
    states = given(fact).tensors
    loose = [state for state in states if state.rank == 3 and _loose(state) is not None]
    if not loose:
        return
    text = short(fact.state_place.text, 40)
    yield Finding(
        place=fact.state_place,
        message=f"the state `{text}` of this {call.rnn.kind} is not contiguous: {_why(loose[0])}",
        why='it runs on the CPU, and cuDNN raises "rnn: hx is not contiguous" on a GPU',
        cure="call `.contiguous()` on it, which copies it into memory of its own",
        evidence=(Evidence(f"it goes into `{short(fact.place.text)}`", fact.place),),
        fix=_fix(fact, states),
    )


def _loose(state: Tensor) -> int | None:
    return apart(state.axes, state.strides, 1)


def _why(state: Tensor) -> str:
    """What of its layout gives it away."""
    axis, wanted = _loose(state), dense(state.axes)
    assert axis is not None
    assert state.strides is not None
    if state.strides[axis] == 0:
        return f"axis {axis} was expanded, and all its positions are the same memory"
    return (
        f"it is a view in which the positions of axis {axis} are {show(state.strides[axis])} "
        f"apart, not {show(wanted[axis])}"
    )


def _fix(fact: RnnCalled, states: tuple[Tensor, ...]) -> Fix | None:
    assert fact.state_place is not None
    text = fact.state_place.text
    if len(states) == 1:
        new = f"{text}.contiguous()" if PLAIN.fullmatch(text) else None
    else:
        items = split(text[1:-1]) if text[:1] == "(" and text[-1:] == ")" else None
        if items is None or len(items) != len(states) or not all(map(PLAIN.fullmatch, items)):
            return None
        parts = [
            item if _loose(state) is None else f"{item}.contiguous()"
            for item, state in zip(items, states, strict=True)
        ]
        new = f"({', '.join(parts)})"
    if new is None:
        return None
    return Fix(Applicability.SAFE, "Make it contiguous", (Edit(fact.state_place, new),))


PAGE = """
## What it does

Finds initial states that are certainly no contiguous tensors: a transpose or permute that moves an
axis longer than 1, `expand` to the batch, a slice or chunk of the features, every second row of a
state. What was made elsewhere is not known and not reported, nor is a state beside a packed input,
which torch may put in order itself.

## Why is this bad?

The layers take such a state on the CPU. On a GPU cuDNN wants states that lie in memory as they
are read, and raises "rnn: hx is not contiguous": the tests pass, and the training job fails.

## Fix safety

Safe: `.contiguous()` copies a tensor that is not contiguous, and changes no value.

## References

[torch.Tensor.contiguous](
https://docs.pytorch.org/docs/stable/generated/torch.Tensor.contiguous.html): "Returns a contiguous
in memory tensor containing the same data as self tensor." The states are those of
[torch.nn.GRU](https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html).
"""

_DECODER = """\
import torch
import torch.nn as nn


class Decoder(nn.Module):
    def __init__(self, n_latent, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.start = nn.Linear(n_latent, 2 * n_hidden)
        self.{layer}

    def forward(self, x, z):
        {start}
        return self.rnn(x, {state})[0]
"""


def _decoder(layer: str, start: str, state: str) -> str:
    return _DECODER.format(layer=layer, start=start, state=state)


_TWO = "rnn = nn.GRU(5, n_hidden, 2)"
_VIEW = "h0 = self.start(z).view(z.size(0), 2, self.n_hidden).transpose(0, 1)"
_LSTM = "rnn = nn.LSTM(5, n_hidden)"
_CHUNK = "h0, c0 = self.start(z.flatten(1)).unsqueeze(0).chunk(2, dim=-1)"

_LEARNED = """\
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.h0 = nn.Parameter(torch.zeros(1, 1, n_hidden))
        self.gru = nn.GRU(5, n_hidden, batch_first=True)

    def forward(self, x):
        return self.gru(x, {state})[0]
"""

_SEEN = (
    "[seen[0] for seen in [[]] for m in [{make}] for _ in [m.{layer}.register_forward_pre_hook("
    "lambda mod, args: seen.append(all(s.is_contiguous() for s in "
    "(args[1] if isinstance(args[1], tuple) else (args[1],)))))] for _ in [m({args})]][0]"
)


def _proof(make: str, layer: str, args: str, **inputs: str) -> Proof:
    run = _SEEN.format(make=make, layer=layer, args=args)
    return Proof(inputs=inputs, run=run, holds="value is True")


_GIVEN = {"x": "time batch 5", "z": "batch 4"}

BAD = (
    Bad(
        code=_decoder(_TWO, _VIEW, "h0"),
        at="h0",
        nth=1,
        fixed=_decoder(_TWO, _VIEW, "h0.contiguous()"),
        proof=_proof("Decoder(4, 3)", "rnn", "x, z", **_GIVEN),
    ),
    Bad(
        code=_decoder(_LSTM, _CHUNK, "(h0, c0)"),
        at="(h0, c0)",
        fixed=_decoder(_LSTM, _CHUNK, "(h0.contiguous(), c0.contiguous())"),
        proof=_proof("Decoder(4, 3)", "rnn", "x, z", **_GIVEN),
    ),
    Bad(
        code=_LEARNED.format(state="self.h0.expand(-1, x.size(0), -1)"),
        at="self.h0.expand(-1, x.size(0), -1)",
        fixed=_LEARNED.format(state="self.h0.expand(-1, x.size(0), -1).contiguous()"),
        proof=_proof("Encoder(3)", "gru", "x", x="batch time 5"),
    ),
)

GOOD = (
    Good(
        code=_decoder(_TWO, f"{_VIEW}.contiguous()", "h0"),
        why="the copy is contiguous",
    ),
    Good(
        code=_decoder(
            "rnn = nn.GRU(5, 2 * n_hidden)",
            "h0 = self.start(z).unsqueeze(1).transpose(0, 1)",
            "h0",
        ),
        why="an axis of one position may stand anywhere",
    ),
    Good(
        code=_LEARNED.format(state="self.h0.repeat(1, x.size(0), 1)"),
        why="repeat copies, unlike expand",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Seq2Seq(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.encoder = nn.GRU(5, n_hidden, num_layers=2)
        self.decoder = nn.GRU(5, n_hidden)

    def forward(self, source, target):
        _, hidden = self.encoder(source)
        return self.decoder(target, hidden[-1:])[0]


print(Seq2Seq(3)(torch.randn(6, 4, 5), torch.randn(7, 4, 5)).shape)
""",
        why="rows of a state one after the other lie side by side",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Parallel(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.gru = nn.GRU(5, n_hidden, 2, batch_first=True)

    def forward(self, x, hidden):
        out, hidden = self.gru(x, hidden.transpose(0, 1))
        return out, hidden.transpose(0, 1)


model = Parallel(3)
x = torch.randn(4, 6, 5)
hidden = torch.zeros(2, 4, 3).transpose(0, 1)
for _ in range(2):
    out, hidden = model(x, hidden)
""",
        why="what was transposed on its way here is turned back",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence

gru = nn.GRU(5, 3, 2)
x, lengths = torch.randn(6, 4, 5), torch.tensor([2, 6, 3, 4])
packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
out, _ = gru(packed, torch.zeros(4, 2, 3).transpose(0, 1))
""",
        why="torch puts the states of an unsorted batch in order, which copies them",
    ),
)

RULE = Rule(
    code="SG508",
    name="state-not-contiguous",
    summary="an initial state is a view that is not contiguous: it fails on the GPU only",
    severity=Severity.WARNING,
    page=PAGE,
    on=(RnnCalled,),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.SAFE,
    ends=("static", "guard"),
)
