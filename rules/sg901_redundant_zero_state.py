"""SG901: an initial state of zeros, which is what the layer starts from anyway."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.facts import RnnCalled
from shapeguard.axes.layer import Call
from shapeguard.axes.making import Fill, Made, Spot, during
from shapeguard.axes.recurrent import batch_and_time, state
from shapeguard.axes.size import same
from shapeguard.axes.spelling import short
from shapeguard.axes.value import Tensor, Tuple
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


def check(fact: RnnCalled, context: Context) -> Iterator[Finding]:
    """States of one call that are all zeros, of the right shape, and follow the input."""
    call, place = fact.call, fact.state_place
    given = _given(call)
    if place is None or not given or not all(_plain(call, *one) for one in given):
        return
    for other in context.facts(RnnCalled):
        again = _given(other.call) if other.place == fact.place else given
        if not again or not all(_plain(other.call, *one) for one in again if again is not given):
            return  # zeros in the first round of a loop, or for one of several callers
    made = [tensor.made[0] for _, tensor in given]
    inline = all(one.place.text in place.text for one in made)
    verb = "is" if len(given) == 1 else "are"
    names = " and ".join(slot for slot, _ in given)
    yield Finding(
        place=place,
        message=f"{names} of this {call.rnn.kind} {verb} zeros, which is the default",
        why="the layer makes the same zeros itself, of the right shape, device and dtype; made by "
        "hand they are one more thing to keep right",
        cure="leave the state out",
        evidence=tuple(
            Evidence(f"made as `{short(one.place.text)}`", one.place) for one in dict.fromkeys(made)
        ),
        fix=_fix(fact) if inline else None,
    )


def _given(call: Call) -> list[tuple[str, Tensor]]:
    """The states by name; empty where any is unknown."""
    value = call.state
    items = value.items if isinstance(value, Tuple) else (value,)
    names = ("h_n", "c_n") if call.rnn.kind == "LSTM" else ("h_n",)
    if len(items) != len(names) or not all(isinstance(item, Tensor) for item in items):
        return []
    return [(name.replace("_n", "_0"), item) for name, item in zip(names, items, strict=True)]


def _plain(call: Call, slot: str, tensor: Tensor) -> bool:
    """Whether a state is made for this call, and is what the layer would make itself."""
    if tensor.axes is None or not tensor.made or not all(_zero(one) for one in tensor.made):
        return False
    if any(during(one, call.within) is None for one in tensor.made):
        return False
    wanted = state(call, slot.replace("_0", "_n"), batch_and_time(call)[0]).axes or ()
    have = [axis.size for axis in tensor.axes]
    return len(have) == len(wanted) and all(
        same(size, axis.size) for size, axis in zip(have, wanted, strict=True)
    )


def _zero(made: Made) -> bool:
    """Whether a tensor is zeros always and still, and on no device of its own."""
    if made.spot in (Spot.CUDA, Spot.CHOSEN, Spot.CPU) or any(guard.within for guard in made.under):
        return False
    return made.fill is Fill.ZEROS and not made.computed


def _fix(fact: RnnCalled) -> Fix | None:
    if fact.state_place is None:
        return None
    edit = Edit(fact.state_place, "", how="remove-argument")
    return Fix(Applicability.SAFE, "Leave the state out", (edit,))


PAGE = """
## What it does

Finds initial states of zeros, of the shape that the layer documents, that the program makes and
passes. This is advice, off by default: `--extend-select SG901` turns it on.

States that are not zeros in every branch, that come from another layer or the caller, or that are
parameters are not reported; nor are zeros whose shape cannot be compared with the layer's.

## Why is this bad?

Nothing is computed wrongly. But the shape depends on the number of layers and directions, on the
batch and on proj_size, the device and dtype on the input, and each of them is a chance to be wrong
when the model changes. The layer gets all of them right by itself.

## Fix safety

Safe: the layer makes the same zeros. A fix is offered where the state is written in the call; a
state under a name may be used for something else, and its line is yours to delete.

## References

[torch.nn.GRU](https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html): "Defaults to
zeros if not provided."
"""

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_hidden, n_layers):
        super().__init__()
        self.n_hidden, self.n_layers = n_hidden, n_layers
        self.gru = nn.GRU(5, n_hidden, n_layers, batch_first=True)

    def forward(self, x):
        return self.gru(x, x.new_zeros(self.n_layers, x.size(0), self.n_hidden))[0]
""",
        at="x.new_zeros(self.n_layers, x.size(0), self.n_hidden)",
        fixed="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_hidden, n_layers):
        super().__init__()
        self.n_hidden, self.n_layers = n_hidden, n_layers
        self.gru = nn.GRU(5, n_hidden, n_layers, batch_first=True)

    def forward(self, x):
        return self.gru(x)[0]
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="__import__('inspect').signature(Model).parameters and "
            "(Model(3, 2)(x), 'new_zeros' in Model.forward.__code__.co_names)[1]",
            holds="value is False",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.lstm = nn.LSTM(5, n_hidden, bidirectional=True)

    def forward(self, x):
        h0 = torch.zeros(2, x.size(1), self.n_hidden, device=x.device, dtype=x.dtype)
        c0 = torch.zeros_like(h0)
        return self.lstm(x, (h0, c0))[0]
""",
        at="(h0, c0)",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="(Encoder(3)(x), 'zeros_like' in Encoder.forward.__code__.co_names)[1]",
            holds="value is False",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self, n_hidden, device):
        super().__init__()
        self.n_hidden, self.device = n_hidden, device
        self.rnn = nn.RNN(5, n_hidden, batch_first=True)

    def init_hidden(self, batch_size):
        return torch.zeros(1, batch_size, self.n_hidden).to(self.device)

    def forward(self, x):
        out, h = self.rnn(x, self.init_hidden(x.size(0)))
        return out
""",
        at="self.init_hidden(x.size(0))",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="(Tagger(3, 'cpu')(x), 'init_hidden' in Tagger.forward.__code__.co_names)[1]",
            holds="value is False",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.gru = nn.GRU(5, n_hidden)
        self.start = nn.Parameter(torch.zeros(1, 1, n_hidden))

    def forward(self, x):
        return self.gru(x, self.start.repeat(1, x.size(1), 1))[0]


print(Model(3)(torch.randn(6, 4, 5)).shape)
""",
        why="a parameter that is zeros at first",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.gru = nn.GRU(5, n_hidden)

    def forward(self, x, h=None):
        if h is None:
            h = x.new_zeros(1, x.size(1), self.n_hidden)
        out, h = self.gru(x, h)
        return out, h


model = Model(3)
out, h = model(torch.randn(6, 4, 5))
out, h = model(torch.randn(6, 4, 5), h.detach())
print(out.shape)
""",
        why="the caller may pass another state, and does",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.lstm = nn.LSTM(5, n_hidden)

    def forward(self, x, h):
        c = x.new_zeros(1, x.size(1), self.n_hidden)
        return self.lstm(x, (h, c))[0]


print(Model(3)(torch.randn(6, 4, 5), torch.ones(1, 4, 3)).shape)
""",
        why="one of the two states is not zeros, and they are passed together",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.rnn = nn.RNN(5, n_hidden)

    def forward(self, x):
        h = x.new_ones(1, x.size(1), self.n_hidden)
        return self.rnn(x, h * 0.5)[0]


print(Model(3)(torch.randn(6, 4, 5)).shape)
""",
        why="not zeros",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Steps(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.gru = nn.GRU(5, n_hidden)

    def forward(self, x):
        h = x.new_zeros(1, x.size(1), self.n_hidden)
        outs = []
        for step in x.split(1):
            out, h = self.gru(step, h)
            outs.append(out)
        return torch.cat(outs)


print(Steps(3)(torch.randn(6, 4, 5)).shape)
""",
        why="zeros in the first round of a loop, and the state of the last step afterwards",
    ),
)

RULE = Rule(
    code="SG901",
    name="redundant-zero-state",
    summary="an initial state of zeros is passed, which is the default",
    severity=Severity.ADVICE,
    page=PAGE,
    on=(RnnCalled,),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.SAFE,
)
