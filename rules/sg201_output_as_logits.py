"""SG201: hidden states read as class scores, with no layer that maps them to classes."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Role
from shapeguard.axes.building import RnnBuilt
from shapeguard.axes.judging import Scored
from shapeguard.axes.layer import Rnn
from shapeguard.axes.marks import Mark
from shapeguard.axes.reading import Consumed
from shapeguard.axes.spelling import short
from shapeguard.axes.uses import comes_from
from shapeguard.axes.value import Source
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

LOSSES = frozenset({"cross_entropy", "nll_loss"})
WEIGHTING = frozenset({"arithmetic", "matmul", "bmm", "mm", "mv", "dot", "einsum", "baddbmm"})


def reads_features(fact: Scored) -> bool:
    """Whether the classes are the layer's own features, all of them."""
    axes = fact.tensor.axes
    if not axes:
        return False
    if fact.by in LOSSES:
        places = [1, -1] if len(axes) > 1 else [-1]
    elif fact.dim is not None:
        places = [fact.dim]
    elif fact.by == "argmax":
        return False
    else:
        places = [0 if len(axes) in (0, 1, 3) else 1]
    found = [fact.tensor.axis(place) for place in places]
    return any(axis.role is Role.FEATURE and axis.size != 1 for axis in found)


def weighs(source: Source, context: Context) -> bool:
    """Whether a softmax of this slot is multiplied with something: weights, not scores."""
    return any(
        fact.by in WEIGHTING
        and Mark.SOFTMAX in fact.tensor.marks
        and comes_from(fact.tensor, source.call, source.slot)
        for fact in context.facts(Consumed)
    )


def head(fact: Scored, source: Source, context: Context) -> Fix | None:
    """A Linear made below the recurrent layer, and applied where the scores are read."""
    rnn = source.call.rnn
    linear = context.spell("torch.nn.Linear")
    target = rnn.target
    if target is None or not target.startswith("self.") or linear is None or rnn.directions != 1:
        return None
    if any(one.rnn.target == target and one.place != rnn.place for one in context.facts(RnnBuilt)):
        return None
    size, name = rnn.setting("hidden_size").text, f"{target}_head"
    if not size or context.access(source.call, source.slot, at=fact.argument) is None:
        return None
    return Fix(
        Applicability.UNSAFE,
        f"Map the hidden state to the classes with `{name}`",
        (
            Edit(rnn.place, f"{name} = {linear}({size}, {size})", how="after"),
            Edit(fact.argument, f"{name}({fact.argument.text})"),
        ),
    )


def bounds(rnn: Rnn) -> str:
    """What the values of a hidden state are limited to, in words."""
    if rnn.kind == "RNN" and rnn.setting("nonlinearity").value != "tanh":
        return "no layer maps the hidden state to classes"
    return "a hidden state lies between -1 and 1, so no class can get a high score"


def unmapped(fact: Scored, context: Context) -> Source | None:
    """Where class scores come from that are still exactly what a recurrent layer returned."""
    source = fact.tensor.source
    if source is None or not source.exact or source.call.rnn.cell:
        return None
    if source.slot not in ("output", "h_n", "c_n") or not reads_features(fact):
        return None
    rnn = source.call.rnn
    if rnn.kind == "LSTM" and rnn.setting("proj_size").value != 0:
        return None
    if any(take.role is Role.FEATURE for take in source.takes) or weighs(source, context):
        return None
    return source


def check(fact: Scored, context: Context) -> Iterator[Finding]:
    """What a layer returned, read as class scores: by its loss, or where none is in view."""
    source = unmapped(fact, context)
    if source is None:
        return
    rnn = source.call.rnn
    for other in context.facts(Scored) if fact.by not in LOSSES else ():
        trained = unmapped(other, context) if other.by in LOSSES else None
        if trained is not None and trained.call.rnn is rnn:
            return
    what = short(fact.argument.text, 40)
    yield Finding(
        fact.argument,
        f"`{what}` goes into {fact.by} as class scores, but it is `{source.slot}` of the "
        f"{rnn.kind} itself",
        f"{bounds(rnn)}; and what the layer must remember is forced to be the answer",
        f"add a `nn.Linear(hidden_size, n_classes)` and pass its result to {fact.by}; "
        "hidden_size can then be chosen freely",
        layer_evidence(rnn, "hidden_size"),
        head(fact, source, context),
    )


PAGE = """
## What it does

Reports `output`, `h_n` or `c_n` of a recurrent layer that goes straight into `cross_entropy`,
`nll_loss`, `softmax`, `log_softmax` or `argmax` over its features. The layer then stands in for
the classifier, with `hidden_size` as the number of classes.

## Why is this bad?

A hidden state of an LSTM, of a GRU and of an RNN with tanh lies between -1 and 1. With 10
classes, a softmax over such numbers gives the best class a probability of 0.45 at most, so the
loss cannot come near zero. The hidden state is also the layer's memory. With `hidden_size` equal
to the number of classes it is far too small, and it must hold the answer and the memory at once.

## Fix safety

The fix is unsafe: it adds a layer with new weights below the recurrent layer. It keeps the number
of classes as it is. Choose a larger `hidden_size` when you apply it, and train again.

## References

- torch.nn.RNN: "h_t = tanh(x_t W_ih^T + b_ih + h_(t-1) W_hh^T + b_hh)".
- torch.nn.LSTM: "h_t = o_t * tanh(c_t)", where o_t is a sigmoid.
- torch.nn.CrossEntropyLoss: "The input is expected to contain the unnormalized logits for each
  class (which do not need to be positive or sum to 1, in general)."
"""

BAD = (
    Bad(
        code="""\
import torch
import torch.nn.functional as F
from torch import nn


class Classifier(nn.Module):
    def __init__(self, n_features, n_classes):
        super().__init__()
        self.rnn = nn.LSTM(n_features, n_classes, batch_first=True)

    def loss(self, x, y):
        out, _ = self.rnn(x)
        return F.cross_entropy(out[:, -1], y)


model = Classifier(5, 3)
""",
        at="out[:, -1]",
        fixed="""\
import torch
import torch.nn.functional as F
from torch import nn


class Classifier(nn.Module):
    def __init__(self, n_features, n_classes):
        super().__init__()
        self.rnn = nn.LSTM(n_features, n_classes, batch_first=True)
        self.rnn_head = nn.Linear(n_classes, n_classes)

    def loss(self, x, y):
        out, _ = self.rnn(x)
        return F.cross_entropy(self.rnn_head(out[:, -1]), y)


model = Classifier(5, 3)
""",
        proof=Proof(
            inputs={"x": "batch time 5", "y": "batch:ids(3)"},
            run="model.loss(x, y)",
            watch="cross_entropy",
            expect="apply('rnn_head', last_step)",
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
        self.gru = nn.GRU(input_size=5, hidden_size=n_tags)
        self.criterion = nn.CrossEntropyLoss()

    def forward(self, ids: torch.Tensor, tags: torch.Tensor) -> torch.Tensor:
        states, _ = self.gru(self.embed(ids))
        flat = states.reshape(-1, states.size(-1))
        return self.criterion(flat, tags.reshape(-1))


tagger = Tagger(13, 3)
""",
        at="flat",
        nth=1,
        fixed="""\
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, vocab: int, n_tags: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocab, 5)
        self.gru = nn.GRU(input_size=5, hidden_size=n_tags)
        self.gru_head = nn.Linear(n_tags, n_tags)
        self.criterion = nn.CrossEntropyLoss()

    def forward(self, ids: torch.Tensor, tags: torch.Tensor) -> torch.Tensor:
        states, _ = self.gru(self.embed(ids))
        flat = states.reshape(-1, states.size(-1))
        return self.criterion(self.gru_head(flat), tags.reshape(-1))


tagger = Tagger(13, 3)
""",
        proof=Proof(
            inputs={"ids": "time batch:ids(13)", "tags": "time batch:ids(3)"},
            run="tagger(ids, tags)",
            watch="cross_entropy",
            expect="apply('gru_head', output.reshape(-1, 3))",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Policy(nn.Module):
    def __init__(self, n_actions=3):
        super(Policy, self).__init__()
        self.core = nn.RNN(5, n_actions, 2, batch_first=True)

    def forward(self, x):
        _, h = self.core(x)
        return torch.softmax(h[-1], dim=-1)


policy = Policy()
""",
        at="h[-1]",
        fixed="""\
import torch
import torch.nn as nn


class Policy(nn.Module):
    def __init__(self, n_actions=3):
        super(Policy, self).__init__()
        self.core = nn.RNN(5, n_actions, 2, batch_first=True)
        self.core_head = nn.Linear(n_actions, n_actions)

    def forward(self, x):
        _, h = self.core(x)
        return torch.softmax(self.core_head(h[-1]), dim=-1)


policy = Policy()
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="policy(x)",
            watch="softmax",
            expect="apply('core_head', final_state)",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn.functional as F
from torch import nn

rnn = nn.LSTM(5, 3, batch_first=True)


def step(x, y):
    _, (scores, _) = rnn(x)
    scores = scores.squeeze(0)
    loss = F.cross_entropy(scores, y)
    right = (scores.argmax(dim=1) == y).sum()
    return loss, right
""",
        at="scores",
        nth=3,
        proof=Proof(
            inputs={"x": "batch time 5", "y": "batch:ids(3)"},
            run="step(x, y)",
            watch="cross_entropy",
            holds="np.abs(value).max() > 1",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn.functional as F
from torch import nn

lstm = nn.LSTM(5, 6, batch_first=True)
fc = nn.Linear(6, 3)
out, _ = lstm(torch.randn(4, 9, 5))
loss = F.cross_entropy(fc(out[:, -1]), torch.randint(0, 3, (4,)))
print(float(loss))
""",
        why="a Linear maps the hidden state to the classes",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, batch_first=True)
attention = nn.Linear(6, 1)
out, _ = gru(torch.randn(4, 9, 5))
weights = torch.softmax(attention(out), dim=1)
print((weights * out).sum(dim=1).shape)
""",
        why="a softmax over time makes attention weights",
    ),
    Good(
        code="""\
import torch
from torch import nn

reader = nn.GRU(5, 6, batch_first=True)
memory = torch.randn(6, 8)
out, _ = reader(torch.randn(4, 9, 5))
address = torch.softmax(out, dim=-1)
print((address @ memory).shape)
""",
        why="a softmax that is multiplied with a memory holds weights, not class scores",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, num_layers=2, batch_first=True)
criterion = nn.MSELoss()
_, h_n = gru(torch.randn(4, 9, 5))
print(float(criterion(h_n[-1], torch.randn(4, 6))))
""",
        why="regression on the hidden state is no classification",
    ),
    Good(
        code="""\
import torch
from torch import nn


class LanguageModel(nn.Module):
    def __init__(self, vocab=20, dim=6):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.rnn = nn.GRU(dim, dim, batch_first=True)
        self.loss = nn.AdaptiveLogSoftmaxWithLoss(dim, vocab, cutoffs=[10])

    def forward(self, ids):
        out, _ = self.rnn(self.embed(ids[:, :-1]))
        return self.loss(out.reshape(-1, out.size(-1)), ids[:, 1:].reshape(-1)).loss


print(float(LanguageModel()(torch.randint(0, 20, (4, 9)))))
""",
        why="the adaptive softmax projects inside the loss",
    ),
    Good(
        code="""\
import torch
import torch.nn.functional as F
from torch import nn

embed = nn.Embedding(13, 6)
rnn = nn.LSTM(6, 6)
ids = torch.randint(0, 13, (9, 4))
out, _ = rnn(embed(ids))
logits = F.linear(out, embed.weight)
print(float(F.cross_entropy(logits.flatten(0, 1), ids.flatten())))
""",
        why="the weights of the embedding, tied, map the hidden state to the words",
    ),
    Good(
        code="""\
import torch
import torch.nn.functional as F
from torch import nn

lstm = nn.LSTM(5, 16, batch_first=True, proj_size=3)
out, _ = lstm(torch.randn(4, 9, 5))
print(float(F.cross_entropy(out[:, -1], torch.randint(0, 3, (4,)))))
""",
        why="`proj_size` is a linear layer inside the LSTM",
    ),
)

RULE = Rule(
    code="SG201",
    name="output-as-logits",
    summary="hidden states are read as class scores, without a layer that maps them to classes",
    severity=Severity.ERROR,
    page=PAGE,
    on=(Scored,),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
