"""SG507: a state that is made and never passed, a state parameter that is never read."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.facts import CellCalled, RnnCalled
from shapeguard.axes.given import every, fits
from shapeguard.axes.keeping import ParameterIgnored, StateKept, StateSupplanted
from shapeguard.axes.layer import Call, Rnn
from shapeguard.axes.spelling import short
from shapeguard.reference.proof import Proof
from shapeguard.rule import Bad, Context, Evidence, Finding, Good, Rule, Severity


def check(
    fact: StateKept | ParameterIgnored | StateSupplanted, context: Context
) -> Iterator[Finding]:
    """A state under a name that nobody reads, or a parameter that its method does not read."""
    if isinstance(fact, ParameterIgnored):
        yield from _ignored(fact, context)
        return
    if isinstance(fact, StateSupplanted):
        yield from _supplanted(fact, context)
        return
    found = _unread(fact, context)
    if found is None:
        return
    layer, called = found
    for other in context.facts(StateKept):
        if other is fact:
            break
        if _together(other, fact) and _unread(other, context) is not None:
            return  # h_0 and c_0, or one state under two names: reported once
    made = fact.tensors[0].made[0]
    yield Finding(
        place=fact.place,
        message=f"`{fact.place.text}` is made as a state and never passed to the {layer.kind}",
        why=f"{_what(called[-1])}; what this line promises, a state that is set or reset here, "
        "does not happen",
        cure=f"pass it, as in `{_passed(called[-1], fact)}`; or drop it, if the layer is to start "
        "from zeros",
        evidence=(
            Evidence(f"made as `{short(made.place.text)}`", made.place),
            Evidence(f"the layer is called as `{short(called[-1].place.text)}`", called[-1].place),
            *_lost(fact),
        ),
    )


def _unread(fact: StateKept, context: Context) -> tuple[Rnn, list[Call]] | None:
    """The layer whose state is kept and never passed, and its calls; None if it may be passed."""
    layers = fact.layers or tuple(one.call.rnn for one in context.facts(RnnCalled))
    layer = next((rnn for rnn in layers if fits(fact.tensors, rnn)), None)
    read = context.reads(fact.name) if fact.read is None else fact.read
    if layer is None or (read and fact.lost is None):
        return None
    places = {made.place for tensor in fact.tensors for made in tensor.made}
    for states in every(context.facts(RnnCalled), context.facts(CellCalled)):
        for tensor in states.tensors:
            if any(made.place in places for made in tensor.made):
                return None
    called = [one.call for one in context.facts(RnnCalled) if one.call.rnn is layer]
    by_caller = fact.layers and fact.read is None
    if not called or (by_caller and any(call.state is not None for call in called)):
        return None
    return layer, called


def _together(other: StateKept, fact: StateKept) -> bool:
    """Whether two states were made by one call of a method, or both by none."""
    return other.tensors[0].made[0].within == fact.tensors[0].made[0].within


def _lost(fact: StateKept) -> Iterator[Evidence]:
    if fact.lost is not None:
        text = f"`{fact.name}` is bound anew by `{short(fact.lost.text)}`"
        yield Evidence(text, fact.lost)


def _supplanted(fact: StateSupplanted, context: Context) -> Iterator[Finding]:
    """The condition is the wrong way round, in a method that goes on to call the layer with it."""
    for one in context.facts(RnnCalled):
        passed = one.state_place
        if passed is None or one.call.within != fact.within or fact.name not in passed.text:
            continue
        yield Finding(
            place=fact.place,
            message=f"`{fact.name}` is replaced just where there is one: "
            f"`{short(fact.test.text)}` is the wrong way round",
            why=f"a state that the caller carries never gets to the {one.call.rnn.kind}; only "
            "where none is passed nothing is made",
            cure="test for None the other way round, or drop the replacement: without a state the "
            "layer starts from zeros",
            evidence=(
                Evidence(f"the condition is `{short(fact.test.text)}`", fact.test),
                Evidence(f"the layer is called as `{short(one.place.text)}`", one.place),
            ),
        )
        return


def _ignored(fact: ParameterIgnored, context: Context) -> Iterator[Finding]:
    called = [
        one.call
        for one in context.facts(RnnCalled)
        if one.call.rnn in fact.layers and fact.within in one.call.within
    ]
    if not called:
        return
    yield Finding(
        place=fact.place,
        message=f"the parameter `{fact.name}` of {fact.within.name} is never read",
        why=f"a caller's state is dropped in silence: {_what(called[0])}",
        cure=f"pass it on to the {called[0].rnn.kind}, or take the parameter away",
        evidence=(
            Evidence(f"the layer is called as `{short(called[0].place.text)}`", called[0].place),
        ),
    )


def _what(call: Call) -> str:
    if call.state is None:
        return f"the {call.rnn.kind} is called without a state and starts from zeros"
    return f"the {call.rnn.kind} is given another state"


def _passed(call: Call, fact: StateKept) -> str:
    text = short(call.place.text, 40)
    name = fact.place.text
    return (
        f"{text[:-1]}, {name})" if text.endswith(")") and call.state is None else f"(..., {name})"
    )


PAGE = """
## What it does

Finds an initial state that is made, of the size that a layer of the same module wants, and kept
under a name that nobody reads, or that is bound anew before anybody has read it, while the layer is
called without a state; an optional parameter for the state that `forward` never reads although it
calls the layer; and a condition the wrong way round, which replaces a state that is passed and
makes none where there is none.

A state that is passed anywhere, returned, or read elsewhere in the file is not reported, nor is a
parameter that a caller must pass: it may be there for the sake of other modules.

## Why is this bad?

The layer starts from zeros at every call. A line that resets the state, or keeps it from batch to
batch, says otherwise, and so does a comment beside it; a caller who hands over a state loses it
without a word.

## Fix safety

No fix is offered: whether the state is to be passed, or the line to go, is for you to say.

## References

[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): "Inputs: input,
(h_0, c_0)"; "Defaults to zeros if (h_0, c_0) is not provided."
"""

_ROUNDS = """\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.lstm = nn.LSTM(5, n_hidden)

    def init_hidden(self, batch_size):
        shape = (1, batch_size, self.n_hidden)
        return torch.ones(shape), torch.ones(shape)

    def forward(self, x):
        return self.lstm(x)


def run(batches):
    model = Encoder(3)
    hidden = model.init_hidden(7)
    for x in batches:
        hidden = tuple(part.data for part in hidden)
        output, hidden = model(x)
    return output


result = run([torch.randn(11, 7, 5)])
"""


BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn


class Forecaster(nn.Module):
    def __init__(self, n_hidden, batch_size):
        super().__init__()
        self.n_hidden, self.batch_size = n_hidden, batch_size
        self.lstm = nn.LSTM(5, n_hidden)

    def init_hidden(self):
        shape = (1, self.batch_size, self.n_hidden)
        return torch.ones(shape), torch.ones(shape)

    def forward(self, x):
        out, self.hidden = self.lstm(x)
        return out


def run(x):
    model = Forecaster(3, 7)
    model.hidden = model.init_hidden()
    return model(x)
""",
        at="model.hidden",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="run(x)",
            holds="not np.allclose(value, rnn(x.swapaxes(0, 1)).output.swapaxes(0, 1))",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.gru = nn.GRU(5, n_hidden)

    def forward(self, x, hidden=None):
        output, h_n = self.gru(x)
        return output
""",
        at="hidden",
        nth=2,
        proof=Proof(
            inputs={"x": "time batch 5", "start": "1 batch 3"},
            run="[torch.equal(m(x, start), m(x)) for m in [Encoder(3)]][0]",
            holds="value is False",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Reader(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.rnn = nn.RNN(5, n_hidden, batch_first=True)

    def forward(self, x):
        h0 = x.new_full((1, x.size(0), self.n_hidden), 0.5)
        out, _ = self.rnn(x)
        return out
""",
        at="h0",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="Reader(3)(x)",
            holds="not np.allclose(value, rnn(x).output)",
        ),
    ),
    Bad(
        code=_ROUNDS,
        at="hidden",
        nth=6,
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="run([x])",
            layer="lstm",
            holds="not np.allclose(value, rnn(x.swapaxes(0, 1)).output.swapaxes(0, 1))",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Anomaly(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.gru = nn.GRU(5, n_hidden)

    def forward(self, x, hidden=None):
        hidden = torch.zeros(1, x.size(1), self.n_hidden) if hidden is not None else hidden
        return self.gru(x, hidden)[0]
""",
        at="torch.zeros(1, x.size(1), self.n_hidden)",
        proof=Proof(
            inputs={"x": "time batch 5", "start": "1 batch 3"},
            run="[torch.equal(m(x, start), m(x)) for m in [Anomaly(3)]][0]",
            holds="value is False",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn as nn


class Scorer(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.gru = nn.GRU(5, n_hidden)

    def forward(self, x, hidden=None):
        hidden = hidden if hidden is not None else x.new_zeros(1, x.size(1), self.n_hidden)
        return self.gru(x, hidden)


model, x = Scorer(3), torch.randn(6, 4, 5)
print(model(x, model(x)[1])[0].shape)
""",
        why="a state that is passed is kept, and one is made where there is none",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Scorer(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.gru = nn.GRU(5, n_hidden)

    def forward(self, x, hidden=None, done=None):
        if done is not None:
            hidden = torch.zeros(1, x.size(1), self.n_hidden)
        if hidden is not None:
            hidden = hidden.to(x.dtype)
        return self.gru(x, hidden)


print(Scorer(3)(torch.randn(6, 4, 5), None, True)[0].shape)
""",
        why="the state is made anew for another reason, and moved where there is one",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

gru = nn.GRU(5, 3)
for epoch in range(2):
    hidden = torch.zeros(1, 4, 3)
    for x in torch.randn(3, 6, 4, 5):
        hidden = hidden.detach()
        out, hidden = gru(x, hidden)
""",
        why="the state is detached and passed on in every round",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.hidden = None
        self.lstm = nn.LSTM(5, n_hidden)

    def reset(self, like):
        zeros = like.new_zeros(1, like.size(1), self.n_hidden)
        self.hidden = (zeros, zeros)

    def forward(self, x):
        out, self.hidden = self.lstm(x, self.hidden)
        return out


model = Model(3)
x = torch.randn(6, 4, 5)
model.reset(x)
print(model(x).shape)
""",
        why="the state is reset in one method and passed in another",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.gru = nn.GRU(5, n_hidden)

    def init_hidden(self, batch_size):
        return next(self.parameters()).new_zeros(1, batch_size, self.n_hidden)

    def forward(self, x, hidden=None):
        return self.gru(x, hidden)


model = Tagger(3)
x = torch.randn(6, 4, 5)
hidden = model.init_hidden(4)
out, hidden = model(x, hidden)
print(model(x)[0].shape)
""",
        why="the caller makes the state and passes it, or does without",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Attention(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.encoder = nn.GRU(5, n_hidden, batch_first=True)
        self.cell = nn.GRUCell(n_hidden, n_hidden)

    def forward(self, x):
        memory, _ = self.encoder(x)
        hidden = x.new_zeros(x.size(0), self.n_hidden)
        for step in memory.unbind(1):
            hidden = self.cell(step, hidden)
        return hidden


print(Attention(3)(torch.randn(4, 6, 5)).shape)
""",
        why="the state is that of another layer, which gets it",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Bag(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.fc = nn.Linear(5, n_hidden)

    def forward(self, x, hidden=None):
        return self.fc(x), hidden


class Recurrent(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.rnn = nn.RNN(5, n_hidden)

    def forward(self, x, hidden=None):
        return self.rnn(x, hidden)


for model in (Bag(3), Recurrent(3)):
    print(model(torch.randn(6, 4, 5))[0].shape)
""",
        why="a parameter that is handed back, for the sake of a common interface",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Baseline(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.fc = nn.Linear(5, n_hidden)

    def forward(self, x, hidden=None):
        return self.fc(x)


class Summary(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.rnn = nn.RNN(5, n_hidden)

    def forward(self, x, mask, state):
        return self.rnn(x * mask)[0]


x = torch.randn(6, 4, 5)
print(Baseline(3)(x).shape, Summary(3)(x, torch.ones(6, 4, 1), None).shape)
""",
        why="no recurrent layer, and a parameter that callers of every model must pass",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.gru = nn.GRU(5, n_hidden, batch_first=True)

    def forward(self, x):
        hidden = x.new_zeros(x.size(0), self.n_hidden)
        out, _ = self.gru(x)
        return out + hidden.unsqueeze(1)


print(Net(3)(torch.randn(4, 6, 5)).shape)
""",
        why="the tensor is used for something else",
    ),
)

RULE = Rule(
    code="SG507",
    name="state-unused",
    summary="an initial state is made and never passed, or a state parameter is never read",
    severity=Severity.WARNING,
    page=PAGE,
    on=(StateKept, ParameterIgnored, StateSupplanted),
    check=check,
    bad=BAD,
    good=GOOD,
)
