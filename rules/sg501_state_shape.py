"""SG501: an initial state whose axes are not those that the layer documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shapeguard.axes.axis import Place, Role
from shapeguard.axes.facts import RnnCalled
from shapeguard.axes.keeping import StateMade, StateServed
from shapeguard.axes.layer import Call
from shapeguard.axes.layouts import misread
from shapeguard.axes.recurrent import batch_and_time, state
from shapeguard.axes.size import UNKNOWN, Expr, Size, differ, mul, same, show
from shapeguard.axes.spelling import factor, short, split
from shapeguard.axes.states import tensors
from shapeguard.axes.value import Packed, Tensor, Tuple
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

_PARAMETER = re.compile(r"\w+@[A-Za-z_][\w.]*")
"""The identity of what a caller passes."""

AXES = ("num_layers * num_directions", "batch", "hidden size")


@dataclass(frozen=True)
class Wrong:
    """A state with axes that cannot be right: what it has and what the layer expects."""

    slot: str
    tensor: Tensor
    have: tuple[Size, ...]
    want: tuple[Size, ...]
    why: str


def given(call: Call) -> list[tuple[str, Tensor]]:
    """The states that a call is given, by name."""
    value = call.state
    if isinstance(value, Tensor):
        return [("h_0", value)] if call.rnn.kind != "LSTM" else []
    if isinstance(value, Tuple) and call.rnn.kind == "LSTM" and len(value.items) == 2:
        pairs = zip(("h_0", "c_0"), value.items, strict=True)
        return [(slot, item) for slot, item in pairs if isinstance(item, Tensor)]
    return []


def wrong(call: Call, slot: str, tensor: Tensor) -> Wrong | None:
    """What is provably wrong with a state, if anything is."""
    if tensor.axes is None:
        return None
    batch, time = batch_and_time(call)
    expected = state(call, slot.replace("_0", "_n"), batch).axes or ()
    have = tuple(axis.size for axis in tensor.axes)
    want = tuple(axis.size for axis in expected)
    if len(have) != len(want):
        return _rank(call, slot, tensor, have, want)
    if len(want) == 2:
        pairs = ((have[0], want[0], AXES[0]), (have[1], want[1], AXES[2]))
        bad = next((name for a, b, name in pairs if differ(a, b)), None)
        return Wrong(slot, tensor, have, want, f"the axis of {bad} is wrong") if bad else None
    why = _why(have, want, time, tensor)
    if why is not None and same(have[1], time) and misread(call) is not None:
        return None  # the state has the batch where it is; the layer reads the input wrong (SG103)
    return Wrong(slot, tensor, have, want, why) if why else None


def _rank(
    call: Call, slot: str, tensor: Tensor, have: tuple[Size, ...], want: tuple[Size, ...]
) -> Wrong | None:
    """Another number of axes, where that of the input is known."""
    known = isinstance(call.input, Packed) or (
        isinstance(call.input, Tensor) and call.input.rank is not None
    )
    if not known or len(have) > 3:
        return None
    why = f"it has {len(have)} axes; beside this input it must have {len(want)}"
    return Wrong(slot, tensor, have, want, why)


def _why(have: tuple[Size, ...], want: tuple[Size, ...], time: Size, tensor: Tensor) -> str | None:
    first, second, third = have
    states, batch, width = want
    if third == 1 and not same(width, 1):
        return None  # more likely a factor that a state was multiplied with
    # A symbol is the size of one axis of the input wherever it is read.
    if isinstance(first, Expr) and not same(first, states) and states != first:
        if same(first, batch) and _sized(states):
            return "its first axis is the batch; batch_first does not move the batch of a state"
        if same(first, time) and _sized(states):
            return "its first axis is as long as the sequence; a state has none for the steps"
    if isinstance(states, Expr) and same(second, states) and not same(first, states):
        return "its second axis counts the layers; that is the first axis of a state"
    if differ(first, states):
        if same(second, states) and same(first, batch):
            return "its first axis is the batch; batch_first does not move the batch of a state"
        if same(mul(first, 2), states):
            return "each layer has two directions, and each of them a state"
        return f"its first axis must be {AXES[0]}, which is {show(states)}"
    if differ(second, batch) or (
        isinstance(second, Expr) and same(second, time) and not same(time, batch)
    ):
        if same(second, time):
            return "its second axis is as long as the sequence; it must be the batch"
        if tensor.axes is not None and tensor.axes[1].role in (Role.UNKNOWN, Role.BATCH):
            return f"its second axis must be the batch, which is {show(batch)}"
    if differ(third, width):
        return f"its last axis must be {show(width)}"
    return None


def _sized(size: Size) -> bool:
    return isinstance(size, (int, Expr))


def check(fact: RnnCalled | StateServed, context: Context) -> Iterator[Finding]:
    """The states of one call; one finding for both of an LSTM."""
    if isinstance(fact, StateServed):
        yield from _served(fact, context)
        return
    call = fact.call
    found = [one for slot, tensor in given(call) if (one := wrong(call, slot, tensor))]
    if not found:
        return
    rnn, first = call.rnn, found[0]
    names, verb = " and ".join(one.slot for one in found), "is" if len(found) == 1 else "are"
    made = [maker for maker in context.facts(StateMade) if _made(maker, found)]
    evidence = [Evidence(f"made as `{short(maker.place.text)}`", maker.place) for maker in made[:1]]
    yield Finding(
        place=fact.state_place or fact.place,
        message=f"{names} of this {rnn.kind} {verb} {_shape(first.have)}, not "
        f"{_shape(first.want)}: {_named(first.want)}",
        why=f"{first.why}; torch raises as soon as the sizes differ, and where they agree by "
        "chance it goes on with a wrong state",
        cure=f"make it {_shape(first.want)}; or leave it out, if it is zeros: that is the default",
        evidence=(*layer_evidence(rnn, "num_layers", "bidirectional", "batch_first"), *evidence),
        fix=_fix(call, found, made, context),
    )


def _served(fact: StateServed, context: Context) -> Iterator[Finding]:
    """A state that a module makes for whoever calls it, where its one layer is given what the
    caller passes."""
    rnn = fact.layers[0]
    calls = [other for other in context.facts(RnnCalled) if other.call.rnn.place == rnn.place]
    passed = [other for other in calls if _from_caller(other.call)]
    if len({one.place for one in fact.layers}) > 1 or not passed or _judged(fact, context):
        return
    states, widths = mul(rnn.size("num_layers"), rnn.directions), [rnn.size("hidden_size")]
    if rnn.kind == "LSTM":
        widths = [rnn.out_size, *widths]
    if len(fact.tensors) != len(widths) or any(tensor.rank != 3 for tensor in fact.tensors):
        return
    for tensor, width in zip(fact.tensors, widths, strict=True):
        have, want = tuple(axis.size for axis in tensor.axes or ()), (states, UNKNOWN, width)
        why = _why(have, want, UNKNOWN, tensor)
        if why is None or not all(map(_sized, (states, width))) or not tensor.made:
            continue
        shown = f"({show(states)}, batch, {show(width)})"
        yield Finding(
            place=tensor.made[0].place,
            message=f"{fact.within.name} makes a state of {_shape(have)} for this {rnn.kind}, not "
            f"{shown}: {_named(have)}",
            why=f"{why}; torch raises as soon as the sizes differ",
            cure=f"make it {shown}; or leave it out, if it is zeros: that is the default",
            evidence=(
                *layer_evidence(rnn, "num_layers", "bidirectional"),
                Evidence(f"the {rnn.kind} that it is for", rnn.place),
                Evidence("which is given what the caller passes", passed[0].place),
            ),
        )
        return


def _from_caller(call: Call) -> bool:
    """Whether a call is given a state that a caller out of view passes, as it is."""
    parts = call.state.items if isinstance(call.state, Tuple) else (call.state,)
    return all(_PARAMETER.fullmatch(getattr(part, "identity", "")) for part in parts)


def _judged(fact: StateServed, context: Context) -> bool:
    """Whether a call in view is given what was made, or may be."""
    places = {way.place for tensor in fact.tensors for way in tensor.made}
    return any(
        way.place in places
        for other in context.facts(RnnCalled)
        for tensor in tensors(other.call.state)
        for way in tensor.made
    )


def _shape(sizes: tuple[Size, ...]) -> str:
    return f"({', '.join(show(size) for size in sizes)})"


def _named(sizes: tuple[Size, ...]) -> str:
    return f"({', '.join(AXES if len(sizes) == 3 else (AXES[0], AXES[2]))})"


def _made(maker: StateMade, found: Sequence[Wrong]) -> bool:
    return any(maker.sizes == one.have for one in found)


def _fix(
    call: Call, found: Sequence[Wrong], made: Sequence[StateMade], context: Context
) -> Fix | None:
    """The sizes put right where the states are made, if nothing else reads states of such."""
    for other in context.facts(RnnCalled):
        for slot, tensor in given(other.call):
            sizes = tuple(axis.size for axis in tensor.axes or ())
            if any(sizes == one.have for one in found) and not wrong(other.call, slot, tensor):
                return None
    edits: dict[Place, Edit] = {}
    for maker in made:
        one = next(one for one in found if maker.sizes == one.have)
        text = _remade(maker.place.text, one, call)
        if text is None:
            return None
        edits[maker.place] = Edit(maker.place, text)
    covered = all(any(maker.sizes == one.have for maker in made) for one in found)
    if not edits or not covered:
        return None
    return Fix(
        Applicability.UNSAFE, "Make the state of the documented shape", tuple(edits.values())
    )


def _remade(text: str, one: Wrong, call: Call) -> str | None:
    """The call that makes a state, with other sizes."""
    head, opened, inner = text.partition("(")
    arguments = split(inner[:-1]) if opened and inner.endswith(")") and "\n" not in text else None
    if not arguments or len(one.have) != len(one.want):
        return None
    count = len(one.want)
    tuple_ = arguments[0][:1] in "([" and arguments[0][-1:] in ")]"
    sizes = split(arguments[0][1:-1]) if tuple_ else arguments[:count]
    if sizes is None or len(sizes) != count or any("=" in size or size[0] == "*" for size in sizes):
        return None
    new = _permuted(sizes, one) or _replaced(sizes, one, call)
    if new is None:
        return None
    joined = ", ".join(new)
    listed = [f"{arguments[0][0]}{joined}{arguments[0][-1]}"] if tuple_ else [joined]
    return f"{head}({', '.join(listed + arguments[1 if tuple_ else count :])})"


def _permuted(sizes: list[str], one: Wrong) -> list[str] | None:
    """The same sizes in the right order."""
    order: list[int] = []
    for want in one.want:
        found = [i for i, have in enumerate(one.have) if same(have, want) and i not in order]
        order.append(found[0] if found else -1)
    if order.count(-1) == 1:
        left = next(i for i in range(len(order)) if i not in order)
        place = order.index(-1)
        if differ(one.have[left], one.want[place]) or left == place:
            return None
        order[place] = left
    return None if -1 in order else [sizes[i] for i in order]


def _replaced(sizes: list[str], one: Wrong, call: Call) -> list[str] | None:
    """Each size that is wrong, written as it must be."""
    flag = call.rnn.setting("bidirectional")
    new = []
    for text, have, want in zip(sizes, one.have, one.want, strict=True):
        if same(have, want):
            new.append(text)
        elif isinstance(want, int) and text.isdecimal():
            new.append(str(want))
        elif same(mul(have, 2), want) and flag.value is True and flag.text == "True":
            new.append(f"{factor(text)} * 2")
        elif (moved := _other_axis(text, call)) is not None:
            new.append(moved)
        elif not differ(have, want):
            new.append(text)
        else:
            return None
    return new if new != sizes else None


def _other_axis(text: str, call: Call) -> str | None:
    """``x.size(0)`` for ``x.size(1)`` and the other way round, as the layout wants the batch."""
    match = re.fullmatch(r"([\w.]+\.(?:size\(|shape\[))([01])([)\]])", text)
    first = call.rnn.flag("batch_first")
    if match is None or not isinstance(first, bool) or isinstance(call.input, Packed):
        return None
    return f"{match[1]}{0 if first else 1}{match[3]}"


PAGE = """
## What it does

Finds an initial state whose shape cannot be (num_layers * num_directions, batch, hidden size):
the batch axis first, the number of directions left out, the batch taken from the axis of the
steps, one state for each step, `hidden_size` where the layer projects to `proj_size`.

## Why is this bad?

The shape of a state does not depend on `batch_first`. torch compares it with the input and
raises, but only when the sizes differ. A batch as large as the number of layers or of steps runs
with the wrong state, and a state made for one batch size fails on the last batch, after hours.

## Fix safety

Unsafe: it changes the sizes where the state is made. No fix is offered where that is out of
sight, or where the state goes to another layer as well, for which it is right. A state of zeros
need not be made at all: it is the default.

## References

[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): "h_0: tensor of
shape (D * num_layers, H_out) for unbatched input or (D * num_layers, N, H_out) containing the
initial hidden state for each element in the input sequence. Defaults to zeros if (h_0, c_0) is not
provided." "D = 2 if bidirectional=True otherwise 1".
"""

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_in, n_hidden, num_layers):
        super().__init__()
        self.num_layers, self.n_hidden = num_layers, n_hidden
        self.gru = nn.GRU(n_in, n_hidden, num_layers, batch_first=True)

    def forward(self, x):
        h0 = torch.zeros(x.size(0), self.num_layers, self.n_hidden, device=x.device)
        out, _ = self.gru(x, h0)
        return out
""",
        at="h0",
        nth=1,
        fixed="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_in, n_hidden, num_layers):
        super().__init__()
        self.num_layers, self.n_hidden = num_layers, n_hidden
        self.gru = nn.GRU(n_in, n_hidden, num_layers, batch_first=True)

    def forward(self, x):
        h0 = torch.zeros(self.num_layers, x.size(0), self.n_hidden, device=x.device)
        out, _ = self.gru(x, h0)
        return out
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="Model(5, 3, 2)(x)",
            raises="Expected hidden",
            expect="output",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class BiLSTM(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers):
        super().__init__()
        self.n_hidden, self.n_layers = n_hidden, n_layers
        self.lstm = nn.LSTM(n_in, n_hidden, n_layers, bidirectional=True)

    def forward(self, x):
        h0 = x.new_zeros(self.n_layers, x.size(1), self.n_hidden)
        c0 = x.new_zeros(self.n_layers, x.size(1), self.n_hidden)
        return self.lstm(x, (h0, c0))[0]
""",
        at="(h0, c0)",
        fixed="""\
import torch
import torch.nn as nn


class BiLSTM(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers):
        super().__init__()
        self.n_hidden, self.n_layers = n_hidden, n_layers
        self.lstm = nn.LSTM(n_in, n_hidden, n_layers, bidirectional=True)

    def forward(self, x):
        h0 = x.new_zeros(self.n_layers * 2, x.size(1), self.n_hidden)
        c0 = x.new_zeros(self.n_layers * 2, x.size(1), self.n_hidden)
        return self.lstm(x, (h0, c0))[0]
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="BiLSTM(5, 3, 2)(x)",
            raises="Expected hidden",
            expect="output",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn

rnn = nn.RNN(5, 3)


def run(x):
    state = torch.zeros((1, x.shape[0], 3), dtype=x.dtype)
    return rnn(x, state)[0]
""",
        at="state",
        nth=1,
        fixed="""\
import torch
from torch import nn

rnn = nn.RNN(5, 3)


def run(x):
    state = torch.zeros((1, x.shape[1], 3), dtype=x.dtype)
    return rnn(x, state)[0]
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="run(x)",
            raises="Expected hidden",
            expect="output",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn

encoder = nn.GRU(5, 3, bidirectional=True)
decoder = nn.GRU(5, 3)


def translate(source, target):
    memory, state = encoder(source)
    return decoder(target, state)[0]
""",
        at="state",
        nth=1,
        proof=Proof(
            inputs={"source": "time batch 5", "target": "time batch 5"},
            run="translate(source, target)",
            layer="decoder",
            raises="Expected hidden",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_words, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.embed = nn.Embedding(n_words, 5)
        self.gru = nn.GRU(5, n_hidden)

    def forward(self, words):
        h0 = self.embed.weight.new_zeros(1, words.size(0), self.n_hidden)
        x = self.embed(words).transpose(0, 1)
        return self.gru(x, h0)[0]


print(Model(13, 3)(torch.randint(13, (4, 6))).shape)
""",
        why="the ids have the batch on axis 0, and the steps go to the front before the layer",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_in, n_hidden, num_layers):
        super().__init__()
        self.num_layers, self.n_hidden = num_layers, n_hidden
        self.gru = nn.GRU(n_in, n_hidden, num_layers, batch_first=True)

    def forward(self, x):
        h0 = torch.zeros(self.num_layers, x.size(0), self.n_hidden)
        return self.gru(x, h0)[0]


print(Model(5, 3, 2)(torch.randn(4, 6, 5)).shape)
""",
        why="the documented order; batch_first does not move the batch of a state",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class BiGRU(nn.Module):
    def __init__(self, n_hidden, num_layers=2, bidirectional=True):
        super().__init__()
        self.num_layers = num_layers * 2 if bidirectional else num_layers
        self.n_hidden = n_hidden
        self.gru = nn.GRU(5, n_hidden, num_layers, bidirectional=bidirectional)

    def forward(self, x):
        return self.gru(x, x.new_zeros(self.num_layers, x.size(1), self.n_hidden))[0]


print(BiGRU(3)(torch.randn(6, 4, 5)).shape)
""",
        why="the number of layers was multiplied by the directions before",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

rnn = nn.RNN(5, 3, num_layers=2)
sequence = torch.randn(6, 5)
out, h = rnn(sequence, torch.zeros(2, 3))
""",
        why="an unbatched sequence has states without a batch axis",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 8, proj_size=3)
x = torch.randn(6, 4, 5)
out, _ = lstm(x, (torch.zeros(1, 4, 3), torch.zeros(1, 4, 8)))
""",
        why="with a projection h_0 is as wide as proj_size and c_0 as wide as hidden_size",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 3, batch_first=True)
x = torch.randn(6, 4, 5)
h0 = torch.zeros(1, x.size(1), 3)
out, h = rnn(x.transpose(0, 1), h0)
""",
        why="the axes were exchanged on the way in: x.size(1) is the batch",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Decoder(nn.Module):
    def __init__(self, n_hidden, n_layers):
        super().__init__()
        self.rnn = nn.GRU(5, n_hidden, n_layers, batch_first=True)
        self.start = nn.Parameter(torch.zeros(n_layers, 1, n_hidden))

    def forward(self, x):
        h0 = self.start.expand(-1, x.size(0), -1).contiguous()
        return self.rnn(x, h0)[0]


print(Decoder(3, 2)(torch.randn(4, 6, 5)).shape)
""",
        why="a learned state, repeated for each sample of the batch",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


def run(rnn: nn.GRU, x, batch_size, n_layers):
    return rnn(x, torch.zeros(n_layers, batch_size, rnn.hidden_size))[0]


print(run(nn.GRU(5, 3, 2), torch.randn(6, 4, 5), 4, 2).shape)
""",
        why="sizes that come from elsewhere are not held against it",
    ),
)

RULE = Rule(
    code="SG501",
    name="state-shape",
    summary="an initial state is not (num_layers * num_directions, batch, hidden size)",
    severity=Severity.ERROR,
    page=PAGE,
    on=(RnnCalled, StateServed),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
    ends=("static", "guard"),
)
