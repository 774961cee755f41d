"""SG304: a view or cat of the states that mixes layers, directions and batch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from shapeguard.axes.axis import STATE_ROLES, Role
from shapeguard.axes.grouping import crossed, row_turned
from shapeguard.axes.judging import HeadFed
from shapeguard.axes.layer import Call
from shapeguard.axes.reading import Consumed, Joined, Reshaped
from shapeguard.axes.size import Size, exceeds, mul, product, same, show
from shapeguard.axes.spelling import is_name, short, split, with_article
from shapeguard.axes.states import held
from shapeguard.axes.uses import describe
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

STATES = ("h_n", "c_n")

READS = frozenset(
    {"Linear", "Bilinear", "loss", "cross_entropy", "nll_loss", "return", "cat", "bmm", "matmul"}
)
"""What takes a joined tensor for one row a sample."""


def check(fact: Reshaped | Joined, context: Context) -> Iterator[Finding]:
    """A state viewed in another order than its axes have, or joined along the batch."""
    if isinstance(fact, Joined):
        yield from _joined(fact, context)
        return
    source, sizes = fact.before.source, fact.sizes
    if source is None or source.slot not in STATES or sizes is None or fact.before.axes is None:
        return
    rnn = source.call.rnn
    if _swapped(fact, sizes):
        what = "reads the directions before the layers"
        why = (
            "the first axis of the states is ordered layer by layer: layer 0 forward, layer 0 "
            "backward, layer 1 forward and so on"
        )
        right = _in_order(fact)
        cure = f"write {short(right)}" if right else "view as (num_layers, num_directions, ...)"
        edits = (Edit(fact.place, f"{right}.transpose(0, 1)"),) if right else None
        told = "View as layers and directions, then swap them"
    elif row_turned(fact.before, sizes):
        what = "mixes the samples of one row of the state"
        why = (
            f"of the {rnn.kind} this is one row, (batch, feature), and turned around it is "
            "(feature, batch): a view that makes rows of it again fills them with units of several "
            "samples"
        )
        cure = "leave the row as it is, it has the batch in front; of all rows take h_n, not h_n[k]"
        edits, told = None, ""
    elif _mixed(fact.before, sizes) and not _read_batch_first(fact.before, sizes):
        what = "mixes samples with layers and directions"
        why = (
            "a view takes values in the order in which they are stored, so a row of the result is "
            "put together from states of different samples"
        )
        turned = _turned(fact)
        cure = "move the batch to the front before the view: " + (turned or "transpose(0, 1)")
        edits = (Edit(fact.base, turned),) if turned is not None and len(sizes) == 2 else None
        told = "Move the batch axis to the front first"
    else:
        return
    by_name = edits is None and row_turned(fact.before, sizes) and not crossed(fact.before, sizes)
    yield Finding(
        place=fact.place,
        message=f"`{short(fact.place.text)}` {what} (axes {describe(fact.before)})",
        why=why,
        cure=cure,
        evidence=(
            Evidence(f"the layer is {with_article(rnn.kind)}", rnn.place),
            *layer_evidence(rnn, "num_layers", "bidirectional"),
        ),
        fix=None if edits is None else Fix(Applicability.UNSAFE, told, edits),
        severity=Severity.WARNING if by_name else None,
    )


def _mixed(before: Tensor, sizes: Sequence[Size]) -> bool:
    """Whether a view needs the axes of several rows and of the batch in another order."""
    batch = before.find(Role.BATCH)
    rows = [axis for axis in before.axes or () if axis.role in STATE_ROLES and axis.size != 1]
    if batch is None or before.axis(batch).size == 1 or not rows:
        return False
    if not all(exceeds(axis.size, 1) for axis in rows) or not crossed(before, sizes):
        return False
    behind = product([axis.size for axis in (before.axes or ())[:batch]])
    return not any(
        same(size, before.axis(batch).size) and same(product(list(sizes[:at])), behind)
        for at, size in enumerate(sizes)
    )


def _read_batch_first(before: Tensor, sizes: Sequence[Size]) -> bool:
    """Whether SG305 speaks: a whole state viewed with its batch in front."""
    roles = [axis.role for axis in before.axes or ()]
    whole = roles == [Role.STATES, Role.BATCH, Role.FEATURE]
    return whole and len(sizes) in (2, 3) and same(sizes[0], before.axis(1).size)


def _swapped(fact: Reshaped, sizes: Sequence[Size]) -> bool:
    """Whether the first axis is split into directions and layers, in this order.

    Two layers of two directions look alike; what is then taken from them shows which is meant.
    """
    source, axes = fact.before.source, fact.before.axes
    assert source is not None
    if not axes or axes[0].role is not Role.STATES or len(sizes) < 3:
        return False
    rnn = source.call.rnn
    layers, ways = rnn.size("num_layers"), rnn.directions
    if ways != 2 or not exceeds(layers, 1) or not same(sizes[0], ways):
        return False
    rest = [axis.size for axis in axes[1:]]
    others = list(sizes[2:])
    if len(others) != len(rest) or not all(
        same(a, b) or a == -1 for a, b in zip(others, rest, strict=True)
    ):
        return False
    if not (same(sizes[1], layers) or sizes[1] == -1):
        return False
    return not same(layers, ways)


def _arguments(fact: Reshaped) -> list[str] | None:
    """The arguments of ``x.view(...)`` as written."""
    text = fact.place.text
    call = text[len(fact.base.text) :] if text.startswith(fact.base.text) else ""
    match = re.fullmatch(r"\s*\.\s*\w+\((.*)\)", call, re.S)
    return None if match is None else split(match[1])


def _in_order(fact: Reshaped) -> str | None:
    """The same view with layers before directions."""
    written = _arguments(fact)
    if written is None or len(written) != len(fact.sizes or ()):
        return None
    written[:2] = written[1::-1]
    return f"{fact.base.text}.{fact.how}({', '.join(written)})"


def _turned(fact: Reshaped) -> str | None:
    """The state with its batch axis in front, where it stands behind one axis of rows."""
    roles = [axis.role for axis in fact.before.axes or ()]
    if roles != [Role.STATES, Role.BATCH, Role.FEATURE] or not is_name(fact.base.text):
        return None
    turned = f"{fact.base.text}.transpose(0, 1)"
    return f"{turned}.contiguous()" if fact.how == "view" else turned


def _joined(fact: Joined, context: Context) -> Iterator[Finding]:
    """Rows of one state, such as both directions of the last layer, joined along the batch."""
    calls = {_call(tensor) for tensor in fact.tensors}
    rows = [held(tensor) for tensor in fact.tensors]
    if fact.how != "cat" or len(fact.tensors) < 2 or None in calls or len(calls) != 1:
        return
    if any(row is None or len(row) != 1 for row in rows) or len(set(rows)) != len(rows):
        return
    for tensor in fact.tensors:
        axis = tensor.axis(fact.dim)
        if tensor.rank != 2 or axis.role is not Role.BATCH or axis.size == 1:
            return
    consumed = context.facts(Consumed)
    if not any(used.by in READS and _made_by(used.tensor, fact) for used in consumed):
        return
    call = next(iter(calls))
    assert call is not None
    text = _beside(fact.place.text)
    wide = mul(len(fact.tensors), fact.tensors[0].axis(-1).size)
    heads = [head for head in context.facts(HeadFed) if _made_by(head.tensor, fact)]
    fits = all(same(head.in_features, wide) for head in heads)
    fix = None
    if text is not None and fits:
        fix = Fix(Applicability.UNSAFE, "Join the features", (Edit(fact.place, text),))
    yield Finding(
        place=fact.place,
        message=f"`{short(fact.place.text)}` puts the rows of the state one below the other: "
        f"{show(mul(len(fact.tensors), fact.tensors[0].axis(0).size))} samples in the place of "
        f"{show(fact.tensors[0].axis(0).size)}",
        why="axis 0 of a row of the state is the batch, so what follows takes the states of each "
        "direction or layer for samples of their own",
        cure="join the features: dim=-1",
        evidence=layer_evidence(call.rnn, "num_layers", "bidirectional"),
        fix=fix,
    )


def _call(tensor: Tensor) -> Call | None:
    source = tensor.source
    return source.call if source is not None and source.slot in STATES else None


def _made_by(tensor: Tensor, fact: Joined) -> bool:
    return any(mark.place == fact.place for mark in tensor.regrouped)


def _beside(text: str) -> str | None:
    """The same call with dim=-1."""
    match = re.fullmatch(r"([\w.]+\(\s*)(.*)\)", text, re.S)
    written = None if match is None else split(match[2])
    if match is None or not written or len(written) > 2:
        return None
    return f"{match[1]}{written[0]}, dim=-1)"


PAGE = """
## What it does

Finds views and reshapes of `h_n` and `c_n` that need their axes in another order: one that joins
rows of several samples, and `view(num_directions, num_layers, ...)` where the layers come first.
It finds `h_n[k].transpose(0, 1).contiguous().view(batch, -1)`, where one row of the state is
turned around (of a GRU, in code that is right for the (h_n, c_n) of an LSTM), and rows of one
state, such as the two directions of the last layer, that `torch.cat` joins along the batch.

## Why is this bad?

The states have the axes (layers * directions, batch, feature), and a view takes their values in
this order. `h_n.reshape(-1, 2 * hidden)` therefore puts two neighbouring samples of one direction
into a row, not the two directions of one sample. `torch.cat((h_n[-2], h_n[-1]))` without `dim`
makes twice as many samples. The shapes are often those that were wanted, so nothing raises.

## Fix safety

Unsafe: it changes what is computed, because what is computed today is wrong. The fix moves the
batch to the front before the view, reads layers before directions, or joins the features.

## References

[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): "h_n: tensor of
shape (D * num_layers, H_out) for unbatched input or (D * num_layers, N, H_out) containing the final
hidden state for each element in the sequence." "Example of splitting the output layers when
batch_first=False: output.view(seq_len, batch, num_directions, hidden_size)."
"""

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, n_words=13, n_hidden=3):
        super().__init__()
        self.embedding = nn.Embedding(n_words, 5)
        self.lstm = nn.LSTM(5, n_hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * n_hidden, 2)
        self.n_hidden = n_hidden

    def forward(self, ids):
        _, (h, _) = self.lstm(self.embedding(ids))
        return self.fc(h.reshape(-1, 2 * self.n_hidden))
""",
        at="h.reshape(-1, 2 * self.n_hidden)",
        fixed="""\
import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, n_words=13, n_hidden=3):
        super().__init__()
        self.embedding = nn.Embedding(n_words, 5)
        self.lstm = nn.LSTM(5, n_hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * n_hidden, 2)
        self.n_hidden = n_hidden

    def forward(self, ids):
        _, (h, _) = self.lstm(self.embedding(ids))
        return self.fc(h.transpose(0, 1).reshape(-1, 2 * self.n_hidden))
""",
        proof=Proof(
            inputs={"ids": "batch time:ids(13)"},
            run="Classifier()(ids)",
            expect="apply('fc', final_state)",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_in=5, n_hidden=4, n_layers=3):
        super().__init__()
        self.n_hidden, self.n_layers = n_hidden, n_layers
        self.gru = nn.GRU(n_in, n_hidden, n_layers, bidirectional=True)
        self.fc = nn.Linear(n_hidden, 2)

    def forward(self, x):
        _, h_n = self.gru(x)
        ways = h_n.view(2, self.n_layers, x.size(1), self.n_hidden)
        top = ways[:, -1]
        return self.fc(top[0] + top[1])
""",
        at="h_n.view(2, self.n_layers, x.size(1), self.n_hidden)",
        fixed="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_in=5, n_hidden=4, n_layers=3):
        super().__init__()
        self.n_hidden, self.n_layers = n_hidden, n_layers
        self.gru = nn.GRU(n_in, n_hidden, n_layers, bidirectional=True)
        self.fc = nn.Linear(n_hidden, 2)

    def forward(self, x):
        _, h_n = self.gru(x)
        ways = h_n.view(self.n_layers, 2, x.size(1), self.n_hidden).transpose(0, 1)
        top = ways[:, -1]
        return self.fc(top[0] + top[1])
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="Encoder()(x)",
            expect="apply('fc', h_n[-2] + h_n[-1])",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 3, bidirectional=True, batch_first=True)
head = nn.Linear(6, 2)


def score(x):
    _, h = gru(x)
    both = torch.cat((h[-2], h[-1]), dim=0)
    return head(both)
""",
        at="torch.cat((h[-2], h[-1]), dim=0)",
        fixed="""\
import torch
from torch import nn

gru = nn.GRU(5, 3, bidirectional=True, batch_first=True)
head = nn.Linear(6, 2)


def score(x):
    _, h = gru(x)
    both = torch.cat((h[-2], h[-1]), dim=-1)
    return head(both)
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="score(x)",
            raises="cannot be multiplied",
            expect="apply('head', final_state)",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Summary(nn.Module):
    def __init__(self, n_layers=2):
        super().__init__()
        self.rnn = nn.RNN(5, 3, n_layers)
        self.head = nn.Linear(3 * n_layers, 2)

    def forward(self, x):
        h = self.rnn(x)[1]
        return self.head(h.view(-1, h.size(0) * h.size(2)))
""",
        at="h.view(-1, h.size(0) * h.size(2))",
        fixed="""\
import torch
import torch.nn as nn


class Summary(nn.Module):
    def __init__(self, n_layers=2):
        super().__init__()
        self.rnn = nn.RNN(5, 3, n_layers)
        self.head = nn.Linear(3 * n_layers, 2)

    def forward(self, x):
        h = self.rnn(x)[1]
        return self.head(h.transpose(0, 1).contiguous().view(-1, h.size(0) * h.size(2)))
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="Summary()(x)",
            expect="apply('head', np.concatenate(list(h_n), axis=-1))",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Sentence(nn.Module):
    def __init__(self, kind, n_in, hidden):
        super().__init__()
        if kind == "LSTM":
            self.rnn = nn.LSTM(n_in, hidden, batch_first=True)
        else:
            self.rnn = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 2)

    def forward(self, x):
        _, hidden = self.rnn(x)
        rows = hidden[0].transpose(1, 0).contiguous().view(x.size(0), -1)
        return self.fc(rows)
""",
        at="hidden[0].transpose(1, 0).contiguous().view(x.size(0), -1)",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="Sentence('GRU', 5, 6)(x)",
            expect="apply('fc', final_state)",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn

gru, fc = nn.GRU(5, 6, 2, batch_first=True), nn.Linear(6, 2)


def score(ids, vectors):
    _, h = gru(vectors)
    return fc(h[-1].t().reshape(ids.size(0), -1))
""",
        at="h[-1].t().reshape(ids.size(0), -1)",
        severity=Severity.WARNING,
        proof=Proof(
            inputs={"ids": "batch time", "vectors": "batch time 5"},
            run="score(ids, vectors)",
            expect="apply('fc', final_state)",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
from torch import nn

lstm, fc = nn.LSTM(5, 6, 2, batch_first=True), nn.Linear(12, 2)
x = torch.randn(4, 9, 5)
_, hidden = lstm(x)
print(fc(hidden[0].transpose(1, 0).contiguous().view(x.size(0), -1)).shape)
""",
        why="of an LSTM hidden[0] is the whole h_n, and its batch is moved to the front",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, batch_first=True)
_, h = gru(torch.randn(4, 9, 5))
columns = h[0].t().reshape(6, -1)
print(columns.shape, h[0].t().contiguous().view(1, -1).shape)
""",
        why="rows of units, as they stand: nothing is taken for a sample",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_layers=3):
        super().__init__()
        self.n_layers = n_layers
        self.gru = nn.GRU(5, 4, n_layers, bidirectional=True)
        self.fc = nn.Linear(8, 2)

    def forward(self, x):
        _, h_n = self.gru(x)
        layers = h_n.view(self.n_layers, 2, x.size(1), 4)
        return self.fc(torch.cat((layers[-1, 0], layers[-1, 1]), dim=1))


print(Encoder()(torch.randn(6, 5, 5)).shape)
""",
        why="layers come before directions, as documented",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


gru = nn.GRU(5, 3, num_layers=2, bidirectional=True)
fc = nn.Linear(12, 2)
x = torch.randn(6, 4, 5)
_, h = gru(x)
logits = fc(h.transpose(0, 1).reshape(-1, 12))
""",
        why="the batch was moved to the front before the reshape",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, n_hidden=3):
        super().__init__()
        self.lstm = nn.LSTM(5, n_hidden)
        self.fc = nn.Linear(n_hidden, 2)
        self.n_hidden = n_hidden

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        return self.fc(h.view(-1, self.n_hidden))


print(Net()(torch.randn(6, 4, 5)).shape)
""",
        why="one layer and one direction: the view only drops an axis of 1",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


lstm = nn.LSTM(5, 3, bidirectional=True)
fc = nn.Linear(6, 2)
_, (h, _) = lstm(torch.randn(6, 1, 5))
logits = fc(h.view(-1, 6))
""",
        why="the batch is 1, so the values of its only sample are taken in order",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 3, bidirectional=True, batch_first=True)
        self.score = nn.Linear(3, 1)

    def forward(self, x):
        _, h = self.gru(x)
        flat = h.view(-1, 3)
        return self.score(flat).view(2, x.size(0)).t()


print(Attention()(torch.randn(4, 6, 5)).shape)
""",
        why="every row is scored by itself, and the view back has the rows in the same order",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


gru = nn.GRU(5, 3, bidirectional=True, batch_first=True)
x = torch.randn(4, 6, 5)
_, h = gru(x)
state = torch.cat((h[-2], h[-1]), dim=0).view(2, x.size(0), 3)
out, _ = gru(x, state)
""",
        why="the view takes apart what cat has joined, in the same order",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


gru = nn.GRU(5, 3, bidirectional=True)
fc = nn.Linear(6, 2)
_, h = gru(torch.randn(6, 5))
logits = fc(torch.cat((h[-2], h[-1])))
""",
        why="a single sequence: axis 0 of a row is the feature",
    ),
)

RULE = Rule(
    code="SG304",
    name="state-reshape",
    summary="a view or cat of `h_n` mixes layers, directions and batch",
    severity=Severity.ERROR,
    page=PAGE,
    on=(
        Reshaped,
        Joined,
    ),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
