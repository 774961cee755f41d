"""SG210: what a recurrent layer returned is cut from the graph before the layers after it."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.facts import Fact
from shapeguard.axes.judging import HeadFed, LossTaken, SeveredRead
from shapeguard.axes.marks import Mark
from shapeguard.axes.reading import Consumed
from shapeguard.axes.severing import Severed
from shapeguard.axes.spelling import primary, short, with_article
from shapeguard.axes.states import LOOKS, SIZED
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
)

PACKING = ("PackedSequence", "pack_padded_sequence", "pack_sequence")

IDLE = LOOKS | SIZED | {"detach", "numpy", "size", "shape"}
"""What reads a tensor without sending a gradient back, or as one of many steps to a Linear."""


def trained(fact: SeveredRead, context: Context) -> bool:
    """Whether anything else that the layer returned is read with its graph."""
    read: list[Tensor] = [other.tensor for other in context.facts(HeadFed)]
    read += [other.tensor for other in context.facts(LossTaken)]
    read += [other.tensor for other in context.facts(Consumed) if other.by not in IDLE]
    return any(hangs(tensor, fact.cut) for tensor in read)


def hangs(tensor: Tensor, cut: Severed) -> bool:
    """Whether a tensor comes from the layer, and is not cut from the graph."""
    source = tensor.source
    if source is None or source.call.rnn is not cut.rnn:
        return False
    return Mark.DETACHED not in tensor.marks and Mark.CUT not in tensor.marks


def check(fact: Fact, context: Context) -> Iterator[Finding]:
    """A layer with weights that reads a severed tensor, where nothing else trains its maker."""
    if not isinstance(fact, SeveredRead) or context.uses("requires_grad", "requires_grad_"):
        return
    cut, rnn = fact.cut, fact.cut.rnn
    if cut.how == "data" and context.uses(*PACKING):
        return  # the data of a PackedSequence is part of the graph
    if trained(fact, context):
        return
    fix = None
    if cut.how in ("detach", "data") and not context.uses("numpy", "from_numpy"):
        edit = Edit(cut.place, primary(cut.base.text))
        fix = Fix(Applicability.UNSAFE, "Keep the tensor in the graph", (edit,))
    reader = "a Linear" if fact.by == "Linear" else with_article(fact.by)
    name = f"`{rnn.target}`" if rnn.target else with_article(rnn.kind)
    yield Finding(
        cut.place,
        f"`{short(cut.place.text, 40)}` cuts what {name} returned from the graph, and "
        f"{reader} reads it: {name} gets no gradient",
        "the layers behind it learn from features that stay as random as they were at the start",
        "use the tensor itself; if the layer is frozen on purpose, call it under torch.no_grad()",
        (
            Evidence(f"the {fact.by} that reads it", fact.place),
            Evidence(f"the {rnn.kind} that is never trained", rnn.place),
        ),
        fix,
    )


PAGE = """
## What it does

Reports an output or a state that is cut from the graph by `.detach()`, `.data` or `.numpy()` in a
method of a module, and then read by a Linear or another recurrent layer in the same run of that
method, where nothing else of the layer's results is read with its graph.

It is a warning: a layer may be kept as it is on purpose. Then say so with `torch.no_grad()` or
`requires_grad_(False)`, and nothing is reported.

## Why is this bad?

Nothing raises and the loss goes down, because the layers behind the cut are trained. The recurrent
layer in front of it never is: its weights stay as they were drawn, and the optimizer steps over
parameters without a gradient. The model is then a classifier of random features.

## Fix safety

The fix is unsafe: the forward pass is the same, but the layer is trained from now on. It is not
offered where the tensor goes through NumPy.

## References

- torch.nn.LSTM: the outputs "output, (h_n, c_n)" are part of the graph, as is what is computed
  from them.
- torch.Tensor.detach: "Returns a new Tensor, detached from the current graph. The result will never
  require gradient."
"""

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_features, hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_features, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        features = h[-1].detach()
        return self.fc(features)


model = Model(5, 6)


def learns(x):
    model(x).sum().backward()
    return model.lstm.weight_hh_l0.grad is not None
""",
        at="h[-1].detach()",
        fixed="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_features, hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_features, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        features = h[-1]
        return self.fc(features)


model = Model(5, 6)


def learns(x):
    model(x).sum().backward()
    return model.lstm.weight_hh_l0.grad is not None
""",
        proof=Proof(inputs={"x": "batch time 5"}, run="learns(x)", holds="bool(value)"),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.chars = nn.GRU(5, 6)
        self.words = nn.GRU(6, 4)
        self.out = nn.Linear(4, 3)

    def forward(self, letters: torch.Tensor) -> torch.Tensor:
        _, last = self.chars(letters)
        words = last.data
        states, _ = self.words(words)
        return self.out(states)


tagger = Tagger()


def learns(x: torch.Tensor) -> bool:
    tagger(x).sum().backward()
    return tagger.chars.weight_ih_l0.grad is not None
""",
        at="last.data",
        fixed="""\
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.chars = nn.GRU(5, 6)
        self.words = nn.GRU(6, 4)
        self.out = nn.Linear(4, 3)

    def forward(self, letters: torch.Tensor) -> torch.Tensor:
        _, last = self.chars(letters)
        words = last
        states, _ = self.words(words)
        return self.out(states)


tagger = Tagger()


def learns(x: torch.Tensor) -> bool:
    tagger(x).sum().backward()
    return tagger.chars.weight_ih_l0.grad is not None
""",
        proof=Proof(
            inputs={"x": "time batch 5"}, run="learns(x)", holds="bool(value)", layer="chars"
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Life(nn.Module):
    def __init__(self, n_in=5, n_hidden=6):
        super(Life, self).__init__()
        self.rnn = nn.LSTM(n_in, n_hidden, num_layers=1, batch_first=True)
        self.fc1 = nn.Linear(n_hidden, 4)
        self.fc2 = nn.Linear(4, 1)

    def forward(self, x):
        out, (hn, cn) = self.rnn(x)
        last = torch.from_numpy(hn.detach().numpy()[-1, :, :])
        return self.fc2(torch.relu(self.fc1(last)))


life = Life()


def learns(x):
    life(x).sum().backward()
    return life.rnn.weight_ih_l0.grad is not None
""",
        at="hn.detach()",
        proof=Proof(inputs={"x": "batch time 5"}, run="learns(x)", holds="bool(value)"),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn as nn


class Stateful(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 3)
        self.state = None

    def forward(self, x):
        out, (h, c) = self.lstm(x, self.state)
        self.state = (h.detach(), c.detach())
        return self.fc(out[:, -1])


print(Stateful()(torch.randn(4, 9, 5)).shape)
""",
        why="states that are carried to the next batch are to be cut from this one's graph",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 6, batch_first=True)
        self.policy, self.value = nn.Linear(6, 2), nn.Linear(6, 1)

    def forward(self, x):
        out, _ = self.gru(x)
        last = out[:, -1]
        return self.policy(last), self.value(last.detach())


print([part.shape for part in Two()(torch.randn(4, 9, 5))])
""",
        why="one head trains the layer, and the other is kept from it on purpose",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Watched(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        out, h = self.rnn(x)
        self.shown = h.detach().numpy().mean()
        return self.fc(out[:, -1])


model = Watched()
print(model(torch.randn(4, 9, 5)).shape, model.shown)
""",
        why="a copy for a figure or a log is read by no layer",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Probe(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(5, 6, batch_first=True)
        for parameter in self.encoder.parameters():
            parameter.requires_grad = False
        self.probe = nn.Linear(6, 3)

    def forward(self, x):
        _, h = self.encoder(x)
        return self.probe(h[-1].detach())


print(Probe()(torch.randn(4, 9, 5)).shape)
""",
        why="the program says that the layer is frozen",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Writer(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 6, batch_first=True)
        self.out = nn.Linear(6, 3)

    def forward(self, x):
        return self.out(self.rnn(x)[0])

    @torch.no_grad()
    def write(self, x, steps):
        for _ in range(steps):
            states, _ = self.rnn(x)
            x = torch.cat([x, self.out(states[:, -1:].detach())], dim=1)
        return x


print(Writer().write(torch.randn(4, 9, 3), 5).shape)
""",
        why="nothing is trained while it generates",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

generator, shape = nn.GRU(5, 6, batch_first=True), nn.Linear(6, 2)
judge = nn.Linear(2, 1)
fake = shape(generator(torch.randn(4, 9, 5))[0])
print(float(judge(fake.detach()).mean()), float(judge(fake).mean()))
""",
        why="the judge of a GAN is trained on samples cut from the graph, the maker on the others",
    ),
)

RULE = Rule(
    code="SG210",
    name="output-detached",
    summary="an output or state is cut from the graph, so the recurrent layer is never trained",
    severity=Severity.WARNING,
    page=PAGE,
    on=(SeveredRead,),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
