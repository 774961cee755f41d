"""SG207: class scores whose classes are not on axis 1, where the loss looks for them."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.activation import LINEAR
from shapeguard.axes.axis import Role
from shapeguard.axes.judging import LossTaken
from shapeguard.axes.size import differ, same, show
from shapeguard.axes.spelling import primary, short
from shapeguard.axes.uses import batch_in_view, describe
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

SCORES = frozenset({LINEAR, "softmax", "log_softmax", "relu", "tanh"})


def meant(tensor: Tensor, target: Tensor | None) -> bool:
    """Whether the target shows that axis 1 is to hold the classes, as in a choice among steps."""
    last = tensor.axis(-1).size
    if target is None or target.axes is None:
        return last == 2  # a start and an end may be chosen for each sample
    return (
        len(target.axes) == 2
        and same(target.axes[1].size, last)
        and differ(target.axes[1].size, tensor.axis(1).size)
    )


def moved(fact: LossTaken) -> Fix | None:
    """The classes moved to axis 1, where the target has an axis for each of the others."""
    target = fact.target
    if target is not None and target.rank not in (None, 2):
        return None
    text = f"{primary(fact.argument.text)}.transpose(1, 2)"
    return Fix(Applicability.UNSAFE, "Move the classes to axis 1", (Edit(fact.argument, text),))


def check(fact: LossTaken, context: Context) -> Iterator[Finding]:
    """Scores of every step in a loss that reads axis 1 as classes."""
    tensor, source = fact.tensor, fact.tensor.source
    if fact.loss not in ("cross_entropy", "nll_loss") or source is None:
        return
    if tensor.rank != 3 or tensor.by is None or tensor.by.how not in SCORES:
        return
    middle, last = tensor.axis(1), tensor.axis(2)
    if last.role is not Role.FEATURE or last.size == 1 or not batch_in_view(source.call):
        return
    if middle.role not in (Role.TIME, Role.BATCH) or meant(tensor, fact.target):
        return
    what = short(fact.argument.text, 40)
    count = f"{show(last.size)} " if isinstance(last.size, int) else ""
    yield Finding(
        fact.argument,
        f"{fact.loss} reads axis 1 of `{what}` as classes, and that is {middle.role.value}: the "
        f"{count}classes are on axis 2",
        "torch raises, unless the sizes happen to agree; then a softmax over "
        f"{middle.role.value} is trained",
        "move the classes to axis 1 with .transpose(1, 2), or flatten scores and targets, each "
        "step a row",
        (
            Evidence(f"its axes are {describe(tensor)}"),
            *((Evidence("the loss is made here", fact.made),) if fact.made is not None else ()),
            *layer_evidence(source.call.rnn, "batch_first"),
        ),
        moved(fact),
    )


PAGE = """
## What it does

Reports scores of shape (batch, time, classes), or (time, batch, classes), that go into
`CrossEntropyLoss` or `NLLLoss` as they are. These read axis 1 as the classes.

## Why is this bad?

torch raises where the shape of the targets does not fit. Where the number of steps, or the size
of the batch, happens to be the number of classes, nothing raises: the loss then compares the steps
of a sequence with one another, and the model learns something that nobody asked for.

## Fix safety

The fix is unsafe: it changes the loss, because it is wrong today. It is not offered where the
targets are flat, as their order is not in view.

## References

- torch.nn.CrossEntropyLoss, Input: "Shape (C), (N, C) or (N, C, d_1, d_2, ..., d_K)"; Target: "If
  containing class indices, shape (), (N) or (N, d_1, d_2, ..., d_K)".
- torch.nn.LSTM, output: "(L, N, D * H_out) when batch_first=False or (N, L, D * H_out) when
  batch_first=True".
"""

TAGGED = (
    "(lambda z, y: np.mean(np.log(np.exp(z).sum(-1)) - "
    "np.take_along_axis(z, y.astype(int)[..., None], -1)[..., 0]))"
)
"""Cross entropy of scores z, classes last, and of targets y."""

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self, n_features, hidden, n_tags):
        super().__init__()
        self.lstm = nn.LSTM(n_features, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, n_tags)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out)


model = Tagger(5, 6, 3)
criterion = nn.CrossEntropyLoss()


def step(y):
    x = torch.ones(7, 11, 5)
    return criterion(model(x), y)
""",
        at="model(x)",
        fixed="""\
import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self, n_features, hidden, n_tags):
        super().__init__()
        self.lstm = nn.LSTM(n_features, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, n_tags)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out)


model = Tagger(5, 6, 3)
criterion = nn.CrossEntropyLoss()


def step(y):
    x = torch.ones(7, 11, 5)
    return criterion(model(x).transpose(1, 2), y)
""",
        proof=Proof(
            inputs={"y": "batch time:ids(3)"},
            run="step(y)",
            raises="Expected target size [7, 3], got [7, 11]",
            expect=f"{TAGGED}(apply('fc', output), y)",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn.functional as F
from torch import nn


class LanguageModel(nn.Module):
    def __init__(self, vocab: int = 7, dim: int = 5) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.gru = nn.GRU(dim, 6)
        self.out = nn.Linear(6, vocab)

    def loss(self, ids: torch.Tensor, following: torch.Tensor) -> torch.Tensor:
        steps, batch = ids.shape
        words = self.embed(ids).view(steps, batch, -1)
        states, _ = self.gru(words)
        log_probs = F.log_softmax(self.out(states), dim=-1)
        return F.nll_loss(log_probs, following)


model = LanguageModel()
""",
        at="log_probs",
        nth=1,
        fixed="""\
import torch
import torch.nn.functional as F
from torch import nn


class LanguageModel(nn.Module):
    def __init__(self, vocab: int = 7, dim: int = 5) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.gru = nn.GRU(dim, 6)
        self.out = nn.Linear(6, vocab)

    def loss(self, ids: torch.Tensor, following: torch.Tensor) -> torch.Tensor:
        steps, batch = ids.shape
        words = self.embed(ids).view(steps, batch, -1)
        states, _ = self.gru(words)
        log_probs = F.log_softmax(self.out(states), dim=-1)
        return F.nll_loss(log_probs.transpose(1, 2), following)


model = LanguageModel()
""",
        proof=Proof(
            inputs={"ids": "time batch:ids(7)", "y": "time batch:ids(7)"},
            run="model.loss(ids, y)",
            expect=f"{TAGGED}(apply('out', output), y)",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

rnn = nn.RNN(5, 6, batch_first=True)
fc = nn.Linear(6, 3)
loss_fn = nn.CrossEntropyLoss(ignore_index=-1)


def loss(x, lengths, tags):
    packed, _ = rnn(pack_padded_sequence(x, lengths, batch_first=True))
    out, _ = pad_packed_sequence(packed, batch_first=True)
    scores = fc(out)
    return loss_fn(scores, tags)
""",
        at="scores",
        nth=1,
        fixed="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

rnn = nn.RNN(5, 6, batch_first=True)
fc = nn.Linear(6, 3)
loss_fn = nn.CrossEntropyLoss(ignore_index=-1)


def loss(x, lengths, tags):
    packed, _ = rnn(pack_padded_sequence(x, lengths, batch_first=True))
    out, _ = pad_packed_sequence(packed, batch_first=True)
    scores = fc(out)
    return loss_fn(scores.transpose(1, 2), tags)
""",
        proof=Proof(
            inputs={"x": "batch time 5", "n": "batch:lengths", "y": "batch time:ids(3)"},
            run="loss(x, n, y)",
            raises="Expected target size [7, 3], got [7, 11]",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 6, batch_first=True)
fc = nn.Linear(6, 3)
out, _ = lstm(torch.randn(4, 9, 5))
scores, y = fc(out), torch.randint(0, 3, (4, 9))
criterion = nn.CrossEntropyLoss()
print(float(criterion(scores.permute(0, 2, 1), y)), float(criterion(scores.mT, y)))
""",
        why="the classes are moved to axis 1",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

gru = nn.GRU(5, 6)
fc = nn.Linear(6, 3)
out, _ = gru(torch.randn(9, 4, 5))
scores, y = fc(out), torch.randint(0, 3, (9, 4))
print(float(nn.CrossEntropyLoss()(scores.reshape(-1, 3), y.reshape(-1))))
""",
        why="each step is a row of its own, with its classes on axis 1",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 6, batch_first=True)
        self.span = nn.Linear(6, 2)

    def loss(self, x, ends):
        return F.cross_entropy(self.span(self.lstm(x)[0]), ends)


print(float(Reader().loss(torch.randn(4, 9, 5), torch.randint(0, 9, (4, 2)))))
""",
        why="a start and an end are chosen among the steps, which are on axis 1",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Labels(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        return self.fc(self.rnn(x)[0])


model, criterion = Labels(), nn.CrossEntropyLoss()
for x, y in [(torch.randn(9, 5), torch.randint(0, 3, (9,)))]:
    print(float(criterion(model(x), y)))
""",
        why="a single sequence without a batch axis gives (time, classes)",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 6)
fc = nn.Linear(6, 3)
criterion = nn.CrossEntropyLoss()
out, _ = lstm(torch.randn(9, 4, 5))
scores, y = fc(out), torch.randint(0, 3, (9, 4))
print(float(sum(criterion(scores[t], y[t]) for t in range(9))))
""",
        why="the loss is taken step by step, of scores (batch, classes)",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 6, batch_first=True)
fc = nn.Linear(6, 2)
x, goal = torch.randn(4, 9, 5), torch.randn(4, 9, 2)
print(float(nn.MSELoss()(fc(rnn(x)[0]), goal)))
""",
        why="a loss that compares number by number has no axis for classes",
    ),
)

RULE = Rule(
    code="SG207",
    name="loss-layout",
    summary="class scores of every step go into a loss that looks for the classes on axis 1",
    severity=Severity.ERROR,
    page=PAGE,
    on=(LossTaken,),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
