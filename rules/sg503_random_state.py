"""SG503: a random initial state, drawn anew whenever the model is called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from shapeguard.axes.axis import Place
from shapeguard.axes.facts import CellCalled, RnnCalled
from shapeguard.axes.given import every, given, redrawn
from shapeguard.axes.making import Made, during
from shapeguard.axes.spelling import short
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

DRAWN = re.compile(r"\.(randn|rand)\(")
FILLED = re.compile(r"\.((xavier|kaiming)_)?(normal|uniform)_\(([\w.]+)\)$")


def check(fact: RnnCalled | CellCalled, context: Context) -> Iterator[Finding]:
    """The states of one call; what one method draws is reported once."""
    states = given(fact)
    here = [tensor.made[0] for tensor in states.tensors if redrawn(tensor, states)]
    if not here:
        return
    first = here[0]
    alike: dict[Place, Made] = {}
    for other in every(context.facts(RnnCalled), context.facts(CellCalled)):
        for tensor in other.tensors:
            if redrawn(tensor, other) and tensor.made[0].within[-1] == first.within[-1]:
                alike.setdefault(tensor.made[0].filled, tensor.made[0])
    if next(iter(alike)) != first.filled:
        return
    together = during(first, states.within)
    method = "the model" if together is None else together.name
    yield Finding(
        place=first.filled,
        message=f"the initial state of this {states.kind} is drawn at random in every call of "
        f"{method}",
        why="it is drawn in evaluation as well: the same input gives another result each time, "
        "and training sees noise that nothing can learn",
        cure="leave the state out, for zeros; or make it a parameter in `__init__`, to learn it; "
        "noise that is meant belongs under `if self.training`",
        evidence=(
            *(Evidence(f"and so is `{short(place.text)}`", place) for place in list(alike)[1:4]),
            Evidence(f"it goes into `{short(fact.place.text)}`", fact.place),
        ),
        fix=_fix(list(alike.values())),
    )


def _fix(alike: Sequence[Made]) -> Fix | None:
    """Zeros in place of every random state of the method."""
    edits = []
    for made in alike:
        text = made.filled.text
        if made.filled == made.place:
            changed, count = DRAWN.subn(".zeros(", text, count=1)
        elif text.partition("(")[0].split(".")[-2:-1] == ["init"]:
            changed, count = FILLED.subn(r".zeros_(\4)", text)
        else:
            changed, count = FILLED.subn(".zero_()", text.replace("_()", "_(x)"))
        if count != 1:
            return None
        edits.append(Edit(made.filled, changed))
    return Fix(Applicability.UNSAFE, "Start from zeros", tuple(edits))


PAGE = """
## What it does

Finds initial states that are drawn at random in the very call that uses them, whatever the mode
of the model: `torch.randn` in `forward`, or in an `init_hidden` that `forward` calls.

States that are drawn in training only, parameters, the latent of a generator or a variational
autoencoder, and states that the caller passes are not reported.

## Why is this bad?

The state is drawn in evaluation as well, so the same input gives another result at each call, and
a stored model does not reproduce its own figures. In training it is noise that nothing can learn;
the idea that a random start helps, as it does for weights, does not hold for states.

## Fix safety

Unsafe: it changes what is computed. The state becomes zeros, torch's default.

## References

[torch.nn.GRU](https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html): "h_0: tensor ...
containing the initial hidden state for the input sequence. Defaults to zeros if not provided."
"""

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn


class BiLSTM(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True, bidirectional=True)

    def forward(self, x):
        h0 = torch.randn(2, x.size(0), self.n_hidden, device=x.device, dtype=x.dtype)
        c0 = torch.randn(2, x.size(0), self.n_hidden, device=x.device, dtype=x.dtype)
        return self.lstm(x, (h0, c0))[0]
""",
        at="torch.randn(2, x.size(0), self.n_hidden, device=x.device, dtype=x.dtype)",
        fixed="""\
import torch
import torch.nn as nn


class BiLSTM(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True, bidirectional=True)

    def forward(self, x):
        h0 = torch.zeros(2, x.size(0), self.n_hidden, device=x.device, dtype=x.dtype)
        c0 = torch.zeros(2, x.size(0), self.n_hidden, device=x.device, dtype=x.dtype)
        return self.lstm(x, (h0, c0))[0]
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="[torch.equal(m(x), m(x)) for m in [BiLSTM(5, 3)]][0]",
            holds="value is True",
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
        self.gru = nn.GRU(5, n_hidden)

    def init_hidden(self, batch_size):
        return torch.randn(1, batch_size, self.n_hidden).to(self.device)

    def forward(self, x):
        self.hidden = self.init_hidden(x.size(1))
        out, self.hidden = self.gru(x, self.hidden)
        return out
""",
        at="torch.randn(1, batch_size, self.n_hidden)",
        fixed="""\
import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self, n_hidden, device):
        super().__init__()
        self.n_hidden, self.device = n_hidden, device
        self.gru = nn.GRU(5, n_hidden)

    def init_hidden(self, batch_size):
        return torch.zeros(1, batch_size, self.n_hidden).to(self.device)

    def forward(self, x):
        self.hidden = self.init_hidden(x.size(1))
        out, self.hidden = self.gru(x, self.hidden)
        return out
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="[torch.equal(m(x), m(x)) for m in [Tagger(3, 'cpu')]][0]",
            holds="value is True",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Stepper(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.cell = nn.GRUCell(5, n_hidden)

    def forward(self, x):
        h = x.new_zeros(x.size(1), self.n_hidden)
        nn.init.xavier_normal_(h)
        for step in x:
            h = self.cell(step, h)
        return h
""",
        at="nn.init.xavier_normal_(h)",
        fixed="""\
import torch
from torch import nn


class Stepper(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.cell = nn.GRUCell(5, n_hidden)

    def forward(self, x):
        h = x.new_zeros(x.size(1), self.n_hidden)
        nn.init.zeros_(h)
        for step in x:
            h = self.cell(step, h)
        return h
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="[torch.equal(m(x), m(x)) for m in [Stepper(3)]][0]",
            holds="value is True",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.rnn = nn.RNN(5, n_hidden, batch_first=True)

    def forward(self, x):
        self.h0 = nn.Parameter(torch.rand(1, x.size(0), self.n_hidden))
        return self.rnn(x, self.h0)[1][-1]
""",
        at="torch.rand(1, x.size(0), self.n_hidden)",
        fixed="""\
import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.rnn = nn.RNN(5, n_hidden, batch_first=True)

    def forward(self, x):
        self.h0 = nn.Parameter(torch.zeros(1, x.size(0), self.n_hidden))
        return self.rnn(x, self.h0)[1][-1]
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="[torch.equal(m(x), m(x)) for m in [Classifier(3)]][0]",
            holds="value is True",
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
        self.h0 = nn.Parameter(torch.randn(1, 1, n_hidden) * 0.1)

    def forward(self, x):
        return self.gru(x, self.h0.repeat(1, x.size(1), 1))[0]


print(Model(3)(torch.randn(6, 4, 5)).shape)
""",
        why="a parameter: drawn once, then learned",
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

    def forward(self, x):
        h0 = x.new_zeros(1, x.size(1), self.n_hidden)
        if self.training:
            h0 = 0.1 * torch.randn_like(h0)
        return self.gru(x, h0)[0]


print(Model(3)(torch.randn(6, 4, 5)).shape)
""",
        why="noise in training only",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Generator(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.gru = nn.GRU(5, n_hidden, batch_first=True)

    def forward(self, labels):
        z = torch.randn(1, labels.size(0), self.n_hidden, device=labels.device)
        return self.gru(labels, z)[0]


print(Generator(3)(torch.randn(4, 6, 5)).shape)
""",
        why="the latent of a generator: its samples must differ",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class SequenceVAE(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.encoder = nn.GRU(5, n_hidden)
        self.mean = nn.Linear(n_hidden, n_hidden)
        self.scale = nn.Linear(n_hidden, n_hidden)
        self.decoder = nn.GRU(5, n_hidden)

    def forward(self, x):
        _, h = self.encoder(x)
        mean, scale = self.mean(h), self.scale(h)
        z = mean + torch.randn_like(mean) * scale.exp()
        return self.decoder(x, z)[0]


print(SequenceVAE(3)(torch.randn(6, 4, 5)).shape)
""",
        why="the noise is the model's own, around a mean that the encoder gives",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

rnn = nn.LSTM(10, 20, 2)
x = torch.randn(5, 3, 10)
h0 = torch.randn(2, 3, 20)
c0 = torch.randn(2, 3, 20)
output, (hn, cn) = rnn(x, (h0, c0))
""",
        why="torch's own example shows the shapes; nothing is trained or predicted",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_hidden, n_layers):
        super().__init__()
        self.gru = nn.GRU(5, n_hidden, n_layers)

    def forward(self, x, h0):
        return self.gru(x, h0)[0]


model = Model(3, 2)
print(model(torch.randn(6, 4, 5), torch.randn(2, 4, 3)).shape)
""",
        why="the caller chooses the state, here to try the model out",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_hidden, noise=0.0):
        super().__init__()
        self.n_hidden, self.noise = n_hidden, noise
        self.gru = nn.GRU(5, n_hidden)

    def forward(self, x):
        if self.noise > 0:
            h0 = torch.randn(1, x.size(1), self.n_hidden, device=x.device) * self.noise
        else:
            h0 = None
        return self.gru(x, h0)[0]


print(Model(3)(torch.randn(6, 4, 5)).shape)
""",
        why="noise that somebody asks for by name",
    ),
)

RULE = Rule(
    code="SG503",
    name="random-state",
    summary="an initial state is drawn at random in every call, in evaluation as well",
    severity=Severity.WARNING,
    page=PAGE,
    on=(RnnCalled, CellCalled),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
