"""SG209: what a Cell returns is taken for (output, state), or it is given a whole sequence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapeguard.axes.axis import Place, Role
from shapeguard.axes.facts import CellCalled, TupleMisused, Unpacked
from shapeguard.axes.layer import Call, Rnn
from shapeguard.axes.reading import Indexed
from shapeguard.axes.spelling import short, split
from shapeguard.axes.uses import cell_like, describe, hidden_like, output_like
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

STATES = re.compile(r"(.*[._])?(states?|hiddens?|hidden_states?|hx|hc)")
"""Names for h and c together."""

READ = re.compile(r"passed to (?!stack|cat|vstack|hstack|print|len|zip)|used as a tensor")
"""Uses of a tuple that need one tensor."""


def check(
    fact: CellCalled | Unpacked | TupleMisused | Indexed, context: Context
) -> Iterator[Finding]:
    """One call of a cell, or one reading of what it returned."""
    if isinstance(fact, CellCalled):
        yield from _called(fact, context)
    elif isinstance(fact, TupleMisused):
        yield from _misused(fact)
    elif isinstance(fact, Indexed):
        yield from _indexed(fact, context)
    elif fact.value.source is not None and fact.value.source.call.rnn.cell:
        yield from _unpacked(fact, context)


def returns(rnn: Rnn) -> str:
    """What a cell returns, in words."""
    return "(h_1, c_1)" if rnn.kind == "LSTMCell" else "one tensor, h_1"


def _made(rnn: Rnn) -> tuple[Evidence, ...]:
    return (Evidence(f"a {rnn.kind}, which returns {returns(rnn)}", rnn.place),)


def _called(fact: CellCalled, context: Context) -> Iterator[Finding]:
    call = fact.call
    if call is None:
        return
    given, rnn = call.input, call.rnn
    if isinstance(given, Tensor) and (given.rank or 0) > 2 and not given.regrouped:
        text = short(fact.input_place.text, 40) if fact.input_place is not None else "the input"
        yield Finding(
            fact.input_place or fact.place,
            f"`{text}` has {given.rank} axes, {describe(given)}: a {rnn.kind} reads one step, "
            "(batch, feature)",
            'torch raises: "Expected input to be 1D or 2D"; a Cell has no axis for the steps',
            f"loop over the steps and hand the state on, or use nn.{rnn.kind[:-4]} for the whole "
            "sequence",
            _made(rnn),
        )
        return
    if fact.state_place is None or _torn(call, context):
        return
    text = short(fact.state_place.text, 40)
    if isinstance(fact.state, Tensor) and rnn.kind == "LSTMCell" and fact.state.rank != 3:
        source = fact.state.source
        own = source is not None and source.slot == "c_1"
        yield Finding(
            fact.state_place,
            f"`{text}` is one tensor"
            f"{', the c_1 of the step before' if own else ''}; the state of an LSTMCell is "
            "(h_0, c_0)",
            "torch raises: it must be a tuple of tensors",
            "keep both, as in `h, c = cell(x, (h, c))`: h is what the step puts out",
            _made(rnn),
            _kept_whole(fact.state_place.text, rnn, context) if own else None,
        )
    elif isinstance(fact.state, Tuple) and rnn.kind != "LSTMCell" and len(fact.state.items) == 2:
        written = fact.state_place.text
        items = split(written[1:-1]) if written.startswith("(") and written.endswith(")") else None
        one = items[0] if items and len(items) == 2 else f"{written}[0]"
        yield Finding(
            fact.state_place,
            f"`{text}` is a tuple, and the state of a {rnn.kind} is one tensor",
            "torch raises: a tuple is no tensor",
            f"pass `{short(one)}` alone",
            _made(rnn),
            Fix(Applicability.UNSAFE, "Pass one tensor", (Edit(fact.state_place, one),)),
        )


def _torn(call: Call, context: Context) -> bool:
    """Whether what the call returns is unpacked wrong: then that is the mistake."""
    return any(
        list(_unpacked(fact, context))
        for fact in context.facts(Unpacked)
        if fact.value.source is not None and fact.value.source.call.place == call.place
    )


def _kept_whole(name: str, rnn: Rnn, context: Context) -> Fix | None:
    """``out, state = cell(...)`` becomes ``out, _ = state = cell(...)``, wherever it stands."""
    edits: dict[Place, Edit] = {}
    for fact in context.facts(Unpacked):
        source = fact.value.source
        if source is None or source.slot != "step" or source.call.rnn is not rnn:
            continue
        if len(fact.names) != 2 or not isinstance(fact.names[0], str) or fact.names[1] != name:
            return None
        text = f"{fact.places[0].text}, _ = {fact.places[1].text}"
        edits[fact.place] = Edit(fact.place, text)
    if not edits:
        return None
    return Fix(Applicability.UNSAFE, "Keep both states", tuple(edits.values()))


def _unpacked(fact: Unpacked, context: Context) -> Iterator[Finding]:
    source = fact.value.source
    if source is None or not source.call.rnn.cell or source.takes:
        return
    rnn = source.call.rnn
    direct = fact.statement.text.rstrip().endswith(source.call.place.text)
    if isinstance(fact.value, Tensor):
        if not source.exact or fact.value.rank != 2 or not _named(fact):
            return
        if source.slot == "c_1" and direct:
            return  # the names of (h_1, c_1) are what is reported
        if source.slot == "h_1" and not direct and rnn.kind == "LSTMCell":
            return
        what = "`c_1`" if source.slot == "c_1" else f"what the {rnn.kind} returns"
        yield Finding(
            fact.place,
            f"`{short(fact.place.text)}` unpacks {what}, which is one tensor, (batch, feature): "
            "each name gets a sample",
            f"Python raises unless the batch has {len(fact.names)} samples, and then takes the "
            "second sample for a state",
            f"bind it to one name: a {rnn.kind} returns {returns(rnn)}",
            _made(rnn),
            _one_name(fact, source.call, context) if direct else None,
        )
    elif source.slot == "step":
        nested = any(isinstance(name, tuple) for name in fact.names)
        if not nested and fact.mismatch != "arity":
            return
        yield Finding(
            fact.place,
            f"`{short(fact.place.text)}` does not fit: an LSTMCell returns (h_1, c_1), and no "
            "output besides",
            "c_1 is torn apart by samples, and Python raises unless the batch has as many as "
            "there are names"
            if nested
            else "Python raises: it is a tuple of two",
            "unpack it as `h, c`: h is what the step puts out",
            _made(rnn),
            _flat(fact),
        )


def _named(fact: Unpacked) -> bool:
    """Whether the names say that a state, or an output, is meant."""
    return len(fact.names) == 2 and any(
        name == "_" or hidden_like(name) or cell_like(name) or output_like(name)
        for name in fact.names
    )


def _one_name(fact: Unpacked, call: Call, context: Context) -> Fix | None:
    """``h, c = cell(x, (h, c))`` and ``out, h = cell(x, h)`` with one value for one tensor."""
    first, second = (place.text for place in fact.places)
    if not all(isinstance(name, str) for name in fact.names):
        return None
    state = next(
        (
            one.state_place
            for one in context.facts(CellCalled)
            if one.call is not None and one.call.place == call.place
        ),
        None,
    )
    edits: list[Edit]
    if state is not None and state.text == second != "_":
        edits = [Edit(fact.place, f"{first} = {second}")]
    elif state is not None and split(state.text.strip("()")) == [first, second]:
        edits = [Edit(fact.place, first), Edit(state, first)]
    elif second == "_" and (state is None or state.text == first):
        edits = [Edit(fact.place, first)]
    else:
        return None
    return Fix(Applicability.UNSAFE, "Bind the state to one name", tuple(edits))


def _flat(fact: Unpacked) -> Fix | None:
    """``out, (h, c) = cell(...)`` becomes ``out, _ = h, c = cell(...)``."""
    if fact.mismatch is not None or len(fact.names) != 2:
        return None
    first, inner = fact.names
    if not isinstance(first, str) or not isinstance(inner, tuple) or len(inner) != 2:
        return None
    if not all(isinstance(name, str) for name in inner):
        return None
    pair = ", ".join(inner)
    text = pair if first == "_" else f"{first}, _ = {pair}"
    return Fix(Applicability.UNSAFE, "Unpack (h_1, c_1)", (Edit(fact.place, text),))


def _misused(fact: TupleMisused) -> Iterator[Finding]:
    source = fact.value.source
    if source is None or source.slot != "step" or READ.match(fact.how) is None:
        return  # what takes tensors one by one, as stack does, takes the pair as well
    base = fact.base.text
    yield Finding(
        fact.base,
        f"`{short(base, 40)}` is the tuple (h_1, c_1) of the LSTMCell, and it is {fact.how}",
        "torch raises: a tuple is no tensor",
        f"take h_1 out of it: `{short(f'{base}[0]')}`",
        _made(source.call.rnn),
        _first(fact.base),
    )


def _first(base: Place) -> Fix:
    return Fix(Applicability.UNSAFE, "Take h_1", (Edit(base, f"{base.text}[0]"),))


def _indexed(fact: Indexed, context: Context) -> Iterator[Finding]:
    """``cell(x, h)[0]`` as if it were a tuple, and ``state[0]`` where state is c_1."""
    before = fact.before
    source = before.source
    if source is None or not source.call.rnn.cell or source.takes or not source.exact:
        return
    if len(fact.takes) != 1 or fact.how != "index" or fact.takes[0].role is not Role.BATCH:
        return
    take, call = fact.takes[0], source.call
    if take.index not in (0, 1, -1) or isinstance(take.index, bool) or before.axis(0).size == 1:
        return
    base = fact.base.text
    if source.slot == "h_1" and call.rnn.kind != "LSTMCell" and base == call.place.text:
        if not isinstance(call.input, Tensor) or call.input.axes is None:
            return  # a batch of one may have been made on purpose
        said = f"what the {call.rnn.kind} returns"
    elif source.slot == "c_1" and STATES.fullmatch(base.lower()) and not cell_like(base):
        said = f"`{base}`, which is c_1 alone,"
    else:
        return
    fix = None
    if source.slot == "h_1" and take.index == 0:
        fix = Fix(Applicability.UNSAFE, "Take all samples", (Edit(fact.place, base),))
    yield Finding(
        fact.place,
        f"`{short(fact.place.text)}` takes one sample of {said} as if it were a tuple",
        f"a {call.rnn.kind} returns {returns(call.rnn)}: the index counts through the batch, and "
        "all other samples are dropped",
        "use the tensor as it is"
        if source.slot == "h_1"
        else "keep both states, as in `h, c = cell(x, (h, c))`",
        _made(call.rnn),
        fix,
    )


PAGE = """
## What it does

Finds calls of nn.RNNCell, nn.GRUCell and nn.LSTMCell that are read as if they returned
`(output, state)` like the layers: `h, c = gru_cell(x, h)`, `out, (h, c) = lstm_cell(x)`, the tuple
of an LSTMCell where a tensor is needed, its `c_1` handed on as the whole state. Also finds a cell
that is given a tensor with an axis for the steps.

## Why is this bad?

A GRUCell or RNNCell returns one tensor. Unpacked into two names it is torn apart by samples:
Python raises, unless the batch happens to hold two, and then the second sample is taken for a
state. An LSTMCell returns `(h_1, c_1)`: what is called the output is h_1, and there is nothing
beside the two.

## Fix safety

Unsafe: it changes what the names hold. No fix is offered where a sequence is fed, or where the
names do not tell what is meant.

## References

[torch.nn.GRUCell](https://docs.pytorch.org/docs/stable/generated/torch.nn.GRUCell.html):
"Outputs: h'". [torch.nn.LSTMCell](
https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html): "Outputs: (h_1, c_1)";
"input of shape (batch, input_size) or (input_size)".
"""

_STEPS = """\
import torch
import torch.nn as nn


class Stepper(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.cell = nn.{kind}(n_in, n_hidden)
        self.head = nn.Linear(n_hidden, 2)

    def forward(self, x):
        {start}
        outs = []
        for t in range(x.size(1)):
            {step}
            outs.append(self.head({read}))
        return torch.stack(outs, dim=1)
"""


def _steps(kind: str, start: str, step: str, read: str = "h") -> str:
    return _STEPS.format(kind=kind, start=start, step=step, read=read)


_ZERO = "h = x.new_zeros(x.size(0), self.cell.hidden_size)"
_NONE = "state = None"
_PAIR = "h = c = x.new_zeros(x.size(0), self.cell.hidden_size)"


def _loud(raises: str) -> Proof:
    return Proof(inputs={"x": "batch time 5"}, run="Stepper(5, 3)(x)", raises=raises)


BAD = (
    Bad(
        code=_steps("GRUCell", _PAIR, "h, c = self.cell(x[:, t], h)"),
        at="h, c",
        proof=_loud("too many values to unpack"),
    ),
    Bad(
        code=_steps("GRUCell", _ZERO, "out, h = self.cell(x[:, t], h)", "out"),
        at="out, h",
        fixed=_steps("GRUCell", _ZERO, "out = h = self.cell(x[:, t], h)", "out"),
        proof=_loud("too many values to unpack"),
    ),
    Bad(
        code=_steps("RNNCell", _ZERO, "h, _ = self.cell(x[:, t], h)"),
        at="h, _",
        fixed=_steps("RNNCell", _ZERO, "h = self.cell(x[:, t], h)"),
        proof=_loud("too many values to unpack"),
    ),
    Bad(
        code=_steps("LSTMCell", _PAIR, "out, (h, c) = self.cell(x[:, t], (h, c))", "out"),
        at="out, (h, c)",
        fixed=_steps("LSTMCell", _PAIR, "out, _ = h, c = self.cell(x[:, t], (h, c))", "out"),
        proof=_loud("too many values to unpack"),
    ),
    Bad(
        code=_steps("LSTMCell", _NONE, "state = self.cell(x[:, t], state)", "state"),
        at="state",
        nth=3,
        fixed=_steps("LSTMCell", _NONE, "state = self.cell(x[:, t], state)", "state[0]"),
        proof=_loud("must be Tensor, not tuple"),
    ),
    Bad(
        code="""\
import torch
from torch import nn

cell = nn.LSTMCell(5, 3)


def run(x):
    out, state = cell(x[0])
    for step in x[1:]:
        out, state = cell(step, state)
    return out
""",
        at="state",
        nth=2,
        fixed="""\
import torch
from torch import nn

cell = nn.LSTMCell(5, 3)


def run(x):
    out, _ = state = cell(x[0])
    for step in x[1:]:
        out, _ = state = cell(step, state)
    return out
""",
        proof=Proof(inputs={"x": "time batch 5"}, run="run(x)", raises="tuple of Tensors"),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Decoder(nn.Module):
    def __init__(self, n_words, n_hidden):
        super().__init__()
        self.embed = nn.Embedding(n_words, 5)
        self.cell = nn.GRUCell(5, n_hidden)

    def forward(self, words):
        x = self.embed(words.view(words.size(0), -1))
        return self.cell(x)
""",
        at="x",
        nth=1,
        proof=Proof(
            inputs={"words": "batch time:ids(13)"},
            run="Decoder(13, 3)(words)",
            raises="Expected input to be 1D or 2D",
        ),
    ),
)

GOOD = (
    Good(
        code=_steps("LSTMCell", _PAIR, "h, c = self.cell(x[:, t], (h, c))"),
        why="an LSTMCell returns (h_1, c_1)",
    ),
    Good(
        code=_steps("LSTMCell", _NONE, "state = out, _ = self.cell(x[:, t], state)", "out"),
        why="the first of the two is what the step puts out, and both are handed on",
    ),
    Good(
        code=_steps("LSTMCell", _NONE, "state = self.cell(x[:, t], state)", "state[0]"),
        why="h_1 is taken out of the tuple",
    ),
    Good(
        code=_steps("GRUCell", _ZERO, "h = self.cell(x[:, t], h)"),
        why="one tensor under one name",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

cell = nn.GRUCell(5, 3)
h = torch.zeros(1, 3)
for x in torch.randn(6, 5):
    h = cell(x.unsqueeze(0), h)
print(h[0])
""",
        why="a batch of one: its only sample is taken",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

cell = nn.GRUCell(5, 3)
ours, theirs = torch.randn(2, 5)
left, right = cell(torch.stack([ours, theirs]))
print(torch.dot(left, right))
""",
        why="two samples are told apart on purpose: no name says state or output",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Walker(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.cell = nn.LSTMCell(5, n_hidden)

    def forward(self, x, hx=None):
        states = []
        for step in x.unbind(1):
            hx = self.cell(step, hx)
            states.append(hx[0])
        return torch.stack(states, 1), hx


print(Walker(3)(torch.randn(4, 6, 5))[0].shape)
""",
        why="the pair stays whole under one name",
    ),
)

RULE = Rule(
    code="SG209",
    name="cell-return",
    summary="what a Cell returns is read as (output, state), or it is fed a whole sequence",
    severity=Severity.ERROR,
    page=PAGE,
    on=(CellCalled, Unpacked, TupleMisused, Indexed),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
    ends=("static", "guard"),
)
