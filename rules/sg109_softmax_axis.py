"""SG109: a softmax or argmax over another axis than the one that holds the classes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapeguard.axes.activation import LINEAR
from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.facts import Fact
from shapeguard.axes.judging import LossTaken, Normalized, Scored
from shapeguard.axes.size import differ, same
from shapeguard.axes.spelling import short
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


def position(tensor: Tensor, dim: int) -> int | None:
    """The number of an axis from 0; None where the axes are unknown, or it is none of them."""
    if tensor.axes is None or not -len(tensor.axes) <= dim < len(tensor.axes):
        return None
    return dim % len(tensor.axes)


def chosen(fact: Normalized) -> int | None:
    """The axis of a softmax; without one torch takes the first of 1 or 3 axes, else the second."""
    rank = fact.tensor.rank
    if fact.implicit and rank is not None:
        return position(fact.tensor, 0 if rank in (0, 1, 3) else 1)
    return None if fact.dim is None else position(fact.tensor, fact.dim)


def several(axis: Axis) -> bool:
    """Whether an axis has more than one entry, or may be expected to."""
    return differ(axis.size, 1) or (axis.role is Role.TIME and axis.size != 1)


def classes(tensor: Tensor) -> bool:
    """Whether the last axis holds scores that a Linear has made, more than one of them."""
    last = tensor.axis(-1)
    return (
        tensor.by is not None
        and tensor.by.how in SCORES
        and last.role is Role.FEATURE
        and not (isinstance(last.size, int) and last.size <= 1)
    )


def trained(tensor: Tensor, context: Context) -> LossTaken | None:
    """A loss of the same layer that reads the last axis of these scores as classes."""
    source, size = tensor.source, tensor.axis(-1).size
    for fact in context.facts(LossTaken):
        other = fact.tensor.source
        if fact.loss not in ("cross_entropy", "nll_loss") or source is None or other is None:
            continue
        if other.call.rnn is not source.call.rnn or fact.tensor.axes is None:
            continue
        axis = fact.tensor.axis(1 if len(fact.tensor.axes) > 1 else 0)
        if axis.role is Role.FEATURE and same(axis.size, size):
            return fact
    return None


def mistaken(tensor: Tensor, axis: int, how: str, context: Context) -> tuple[str, str] | None:
    """What an axis is that cannot hold the classes, and what comes of it; None if it may."""
    axes, source = tensor.axes, tensor.source
    if axes is None or source is None or len(axes) < 2 or not batch_in_view(source.call):
        return None
    found = axes[axis]
    if found.role is Role.BATCH and found.size != 1 and axes[-1].role is Role.FEATURE:
        if axes[-1].size == 1 and how != "argmax":
            return None  # one score for each sample: they may well compete
        if classes(tensor):
            return "the batch", "the samples of a batch then compete with one another"
    if found.role is Role.TIME and found.size != 1 and classes(tensor):
        log = how == "log_softmax" and tensor.by is not None and tensor.by.how == LINEAR
        if (log and len(axes) == 3) or (how == "argmax" and trained(tensor, context) is not None):
            return "time", "the steps of a sequence then compete with one another"
    return None


def lonely(fact: Normalized, axis: int) -> bool:
    """Whether a softmax is taken over an axis of one, which makes every value 1."""
    axes = fact.tensor.axes or ()
    found = axes[axis]
    return (
        not fact.implicit
        and found.size == 1
        and (found.role is not Role.TIME or (fact.how == "log_softmax" and classes(fact.tensor)))
        and fact.tensor.source is not None
        and len(axes) > 1
        and (classes(fact.tensor) or any(several(other) for other in axes))
    )


def target(tensor: Tensor, axis: int) -> int | None:
    """The axis that was meant: the classes, or of one score for each step the steps."""
    if tensor.axis(-1).size != 1:
        return -1
    return tensor.find(Role.TIME)


def redirected(fact: Normalized, dim: int | None, context: Context) -> Fix | None:
    """The softmax over another axis, unless the same layer serves elsewhere, too."""
    if dim is None:
        return None
    for other in context.facts(Normalized):
        shared = fact.made is not None and other.made == fact.made and other.place != fact.place
        if shared and not fact.implicit:
            return None
    message = f"Normalize over `dim={dim}`"
    if fact.dim_place is not None:
        text = f"dim={dim}" if fact.dim_place.text.startswith("dim") else str(dim)
        return Fix(Applicability.UNSAFE, message, (Edit(fact.dim_place, text),))
    whole = fact.made or fact.place
    text = whole.text
    if not fact.implicit or not text.endswith(")"):
        return None
    body = text[:-1].rstrip().rstrip(",")
    comma = "" if body.endswith("(") else ", "
    return Fix(Applicability.UNSAFE, message, (Edit(whole, f"{body}{comma}dim={dim})"),))


def evidence(tensor: Tensor, loss: LossTaken | None = None) -> tuple[Evidence, ...]:
    """The axes of the tensor, the layer they come from, and the loss that tells the classes."""
    lines = []
    if tensor.axes is not None:
        lines.append(Evidence(f"its axes are {describe(tensor)}"))
    if loss is not None:
        lines.append(Evidence(f"{loss.loss} reads the last axis as classes", loss.place))
    source = tensor.source
    if source is not None:
        lines += layer_evidence(source.call.rnn, "batch_first")
    return tuple(lines)


def normalized(fact: Normalized, context: Context) -> Iterator[Finding]:
    """A softmax over the batch, over time or over an axis of one; or over what torch picks."""
    axis = chosen(fact)
    what = short(fact.argument.text, 40)
    place = fact.made if fact.implicit and fact.made is not None else fact.place
    wrong = None if axis is None else mistaken(fact.tensor, axis, fact.how, context)
    if wrong is not None and not (fact.implicit and wrong[0] == "time"):
        given = "without dim torch takes axis 0" if fact.implicit else f"dim={fact.dim} is"
        tail = f", {wrong[0]}" if fact.implicit else f" {wrong[0]}"
        yield Finding(
            place,
            f"{fact.how} of `{what}` is taken over the wrong axis: {given}{tail}",
            f"{wrong[1]}; the classes of one of them no longer sum to 1",
            "take it over the classes, dim=-1",
            evidence(fact.tensor),
            redirected(fact, -1, context),
            severity=Severity.ERROR,
        )
    elif axis is not None and lonely(fact, axis):
        dim = target(fact.tensor, axis)
        yield Finding(
            fact.place,
            f"{fact.how} of `{what}` is taken over an axis of size 1 (dim={fact.dim})",
            f"every value becomes {'0' if fact.how == 'log_softmax' else '1'}, whatever the scores "
            "are, and no gradient flows",
            "take it over the axis whose entries are to be compared"
            + ("" if dim is None else f", dim={dim}"),
            evidence(fact.tensor),
            redirected(fact, dim, context),
            severity=Severity.ERROR,
        )
    elif fact.implicit and fact.near:
        rank = fact.tensor.rank
        today = "axis 0 of one or three axes, and axis 1 of any other number"
        if rank is not None and axis is not None:
            today = f"axis {axis} of these {rank}"
        yield Finding(
            place,
            f"{fact.how} of `{what}` does not say over which axis",
            f"torch picks {today}; it warns that this choice is deprecated, and a batch axis more "
            "or less changes it in silence",
            "pass dim, such as dim=-1 for the last axis",
            evidence(fact.tensor) or (Evidence("no dim is given here", place),),
            redirected(fact, -1, context) if rank in (1, 2) else None,
            severity=Severity.WARNING,
        )


def picked(fact: Scored, context: Context) -> Iterator[Finding]:
    """An argmax over the batch or over time, of scores whose last axis holds the classes."""
    axis = None if fact.dim is None else position(fact.tensor, fact.dim)
    if fact.by != "argmax" or axis is None:
        return
    loss = trained(fact.tensor, context)
    wrong = mistaken(fact.tensor, axis, "argmax", context)
    if wrong is None or loss is None:
        return
    text = fact.place.text
    fixed = re.sub(r"(\(|,\s*)((?:dim|axis)\s*=\s*)?-?\d+(?=\s*\)$)", r"\g<1>\g<2>-1", text)
    edits = (Edit(fact.place, fixed),) if fixed != text and "keepdim" not in text else ()
    yield Finding(
        fact.place,
        f"argmax of `{short(fact.argument.text, 40)}` is taken over the wrong axis: "
        f"dim={fact.dim} is {wrong[0]}",
        f"{wrong[1]}; the result is a position on that axis, and no class",
        "take it over the classes, dim=-1",
        evidence(fact.tensor, loss),
        Fix(Applicability.UNSAFE, "Take the argmax over the classes", edits) if edits else None,
    )


def check(fact: Fact, context: Context) -> Iterator[Finding]:
    """What compares entries along an axis."""
    if isinstance(fact, Normalized):
        yield from normalized(fact, context)
    elif isinstance(fact, Scored):
        yield from picked(fact, context)


PAGE = """
## What it does

Reports softmax, log_softmax and argmax of a tensor from a recurrent layer over the wrong axis:
over the batch, over time where the last axis holds the classes, or over an axis of size 1, such as
the last axis of attention scores that a `Linear(hidden, 1)` has made. As a warning it reports a
softmax without `dim`, where torch picks an axis by the number of axes.

## Why is this bad?

Nothing raises. Over the batch, the answer for a sample depends on which others are in its batch.
Over time, the probabilities of a step no longer sum to 1. Over an axis of size 1 each weight is 1,
so the attention pays equal attention to everything and its layer is never trained. Without `dim`
torch takes axis 0 of a tensor with one or three axes and axis 1 of any other, so the first batched
input moves it; the torch.nn documents call this deprecated, and torch warns.

## Fix safety

The fix is unsafe: it changes what is computed, because it is wrong today. For a softmax without
`dim` it is offered where the axis that torch picks is the last one, so nothing changes.

## References

- torch.nn.Softmax: "dim (int): A dimension along which Softmax will be computed (so every slice
  along dim will sum to 1)."
- torch.nn.LSTM, output: "(L, N, D * H_out) when batch_first=False or (N, L, D * H_out) when
  batch_first=True".
"""

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Attention(nn.Module):
    def __init__(self, n_features, hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_features, hidden, batch_first=True)
        self.score = nn.Linear(hidden, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        weights = F.softmax(self.score(out), dim=2)
        return (weights * out).sum(dim=1)


model = Attention(5, 6)
""",
        at="F.softmax(self.score(out), dim=2)",
        fixed="""\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Attention(nn.Module):
    def __init__(self, n_features, hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_features, hidden, batch_first=True)
        self.score = nn.Linear(hidden, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        weights = F.softmax(self.score(out), dim=1)
        return (weights * out).sum(dim=1)


model = Attention(5, 6)
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="model(x)",
            expect="(lambda e: (e / e.sum(1, keepdims=True) * output).sum(1))"
            "(np.exp(apply('score', output)))",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, vocab: int, n_tags: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocab, 5)
        self.rnn = nn.GRU(5, 6)
        self.out = nn.Linear(6, n_tags)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        steps, batch = ids.shape
        x = self.embed(ids).view(steps, batch, -1)
        states, _ = self.rnn(x)
        return torch.log_softmax(self.out(states), dim=1)


tagger = Tagger(13, 3)
""",
        at="torch.log_softmax(self.out(states), dim=1)",
        fixed="""\
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, vocab: int, n_tags: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocab, 5)
        self.rnn = nn.GRU(5, 6)
        self.out = nn.Linear(6, n_tags)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        steps, batch = ids.shape
        x = self.embed(ids).view(steps, batch, -1)
        states, _ = self.rnn(x)
        return torch.log_softmax(self.out(states), dim=-1)


tagger = Tagger(13, 3)
""",
        proof=Proof(
            inputs={"ids": "time batch:ids(13)"},
            run="tagger(ids)",
            holds="np.allclose(np.exp(value).sum(-1), 1)",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn

rnn = nn.LSTM(5, 6, batch_first=True)
fc = nn.Linear(6, 3)
criterion = nn.CrossEntropyLoss()


def evaluate(y):
    x = torch.randn(7, 11, 5)
    logits = fc(rnn(x)[0])
    loss = criterion(logits.view(-1, 3), y.view(-1))
    guess = logits.argmax(dim=1)
    return loss, guess
""",
        at="logits.argmax(dim=1)",
        fixed="""\
import torch
import torch.nn as nn

rnn = nn.LSTM(5, 6, batch_first=True)
fc = nn.Linear(6, 3)
criterion = nn.CrossEntropyLoss()


def evaluate(y):
    x = torch.randn(7, 11, 5)
    logits = fc(rnn(x)[0])
    loss = criterion(logits.view(-1, 3), y.view(-1))
    guess = logits.argmax(dim=-1)
    return loss, guess
""",
        proof=Proof(
            inputs={"y": "batch time:ids(3)"},
            run="evaluate(y)[1]",
            expect="apply('fc', output).argmax(-1)",
        ),
    ),
    Bad(
        code="""\
import torch.nn as nn


class Names(nn.Module):
    def __init__(self, n_letters=5, n_hidden=6, n_languages=3):
        super(Names, self).__init__()
        self.gru = nn.GRU(n_letters, n_hidden)
        self.fc = nn.Linear(n_hidden, n_languages)
        self.softmax = nn.LogSoftmax()

    def forward(self, line):
        _, hidden = self.gru(line)
        return self.softmax(self.fc(hidden[0]))


model = Names()
""",
        at="nn.LogSoftmax()",
        fixed="""\
import torch.nn as nn


class Names(nn.Module):
    def __init__(self, n_letters=5, n_hidden=6, n_languages=3):
        super(Names, self).__init__()
        self.gru = nn.GRU(n_letters, n_hidden)
        self.fc = nn.Linear(n_hidden, n_languages)
        self.softmax = nn.LogSoftmax(dim=-1)

    def forward(self, line):
        _, hidden = self.gru(line)
        return self.softmax(self.fc(hidden[0]))


model = Names()
""",
        severity=Severity.WARNING,
        proof=Proof(
            inputs={"line": "time batch 5"},
            run="model(line)",
            no_warning="Implicit dimension choice",
            holds="np.allclose(np.exp(value).sum(-1), 1)",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F

lstm = nn.LSTM(5, 6, batch_first=True)
score = nn.Linear(6, 1)
out, _ = lstm(torch.randn(4, 9, 5))
weights = F.softmax(score(out), dim=1)
also = torch.softmax(score(out).squeeze(-1), dim=-1)
print(torch.allclose(weights.squeeze(-1), also))
""",
        why="attention weights compare the steps, whichever number their axis has",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F

gru = nn.GRU(5, 6)
fc = nn.Linear(6, 3)
out, _ = gru(torch.randn(9, 4, 5))
first = F.log_softmax(fc(out), dim=2)
second = F.log_softmax(fc(out), dim=-1)
print(torch.equal(first, second), F.softmax(fc(out[-1]), dim=1).shape)
""",
        why="the classes stand on the last axis, whichever number it has",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 6, batch_first=True, bidirectional=True)
hops = nn.Sequential(nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 4))
out, _ = lstm(torch.randn(3, 9, 5))
weights = torch.softmax(hops(out), dim=1)
print((weights.transpose(1, 2) @ out).shape)
""",
        why="structured attention has several weights for each step, and each sums to 1 over time",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Tokenizer(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        return F.log_softmax(self.fc(self.lstm(x)[0]), dim=1)


print(Tokenizer()(torch.randn(9, 5)).shape)
""",
        why="a single sequence without a batch axis has its classes on axis 1",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F

lstm = nn.LSTM(5, 6)
tag = nn.Linear(6, 3)
out, _ = lstm(torch.randn(9, 1, 5))
scores = tag(out.view(9, -1))
print(F.log_softmax(scores, dim=1).argmax(dim=1))
""",
        why="the batch of one is gone after the view, so axis 1 holds the classes",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 6, batch_first=True)
fc = nn.Linear(6, 2)
out, _ = rnn(torch.randn(4, 9, 5))
ends = fc(out)
loss = nn.CrossEntropyLoss()(ends, torch.randint(0, 9, (4, 2)))
print(float(loss), ends.argmax(dim=1).shape)
""",
        why="the start and the end of a span are chosen among the steps",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 6, batch_first=True)
fc = nn.Linear(6, 3)
_, h = rnn(torch.randn(4, 9, 5))
scores = fc(h[-1])
hardest = scores[:, 1].argmax(dim=0)
print(int(hardest), torch.softmax(scores, 1).sum(1))
""",
        why="which sample of the batch has the highest score of one class is a question of its own",
    ),
)

RULE = Rule(
    code="SG109",
    name="softmax-axis",
    summary="a softmax or argmax is taken over another axis than the one with the classes",
    severity=Severity.ERROR,
    page=PAGE,
    on=(Normalized, Scored),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
