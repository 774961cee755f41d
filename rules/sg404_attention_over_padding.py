"""SG404: attention over the steps of a padded batch without a mask."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Role
from shapeguard.axes.judging import Attended, Scored
from shapeguard.axes.marks import Mark, Padding
from shapeguard.axes.reading import Consumed
from shapeguard.axes.uses import describe
from shapeguard.axes.value import Tensor
from shapeguard.reference.proof import Proof
from shapeguard.rule import (
    Bad,
    Context,
    Evidence,
    Finding,
    Good,
    Rule,
    Severity,
)


def check(fact: Scored | Attended, context: Context) -> Iterator[Finding]:
    """A softmax over the steps, or ready-made attention over them."""
    tensor = fact.tensor
    padding, source = tensor.padding, tensor.source
    if padding is None or source is None or tensor.axes is None:
        return
    batch = tensor.find(Role.BATCH)
    if batch is not None and tensor.axes[batch].size == 1:
        return
    if isinstance(fact, Scored):
        if fact.by != "softmax" or fact.dim is None or not over_steps(tensor, fact.dim):
            return
        if masked_later(fact, context):
            return
        message = "the softmax over the steps of a padded batch gives weight to the padding"
        cure = 'fill the scores of padded steps first: scores.masked_fill(~mask, float("-inf"))'
    else:
        if tensor.find(Role.TIME) is None:
            return
        message = f"{fact.by} over a padded batch has no mask, so it attends to the padding"
        what = "key_padding_mask" if fact.by == "MultiheadAttention" else "attn_mask"
        cure = f"pass {what}, which says what is padding"
    yield Finding(
        place=fact.place,
        message=f"{message} (axes {describe(tensor)})",
        why="a padded step has a score like any other, so each takes a share of the weights from "
        "the real steps; the shorter a sequence is in its batch, the less is left for them. "
        "It is right only where all sequences have one length",
        cure=cure,
        evidence=evidence(padding, tensor),
    )


def over_steps(tensor: Tensor, dim: int) -> bool:
    """Whether an axis is that of the steps, more than one of them."""
    axis = tensor.axis(dim)
    return axis.role is Role.TIME and axis.size != 1


def masked_later(fact: Scored, context: Context) -> bool:
    """Whether the weights may be multiplied by a mask behind the softmax.

    Weights that are multiplied by what they weigh stand there beside another tensor of the layer.
    """
    source = fact.tensor.source
    assert source is not None
    weighed: dict[object, int] = {}
    weights: set[object] = set()
    for reader in context.facts(Consumed):
        other = reader.tensor.source
        if reader.by != "arithmetic" or other is None or other.call is not source.call:
            continue
        weighed[reader.place] = weighed.get(reader.place, 0) + 1
        if Mark.SOFTMAX in reader.tensor.marks:
            weights.add(reader.place)
    return any(weighed[place] == 1 for place in weights)


def evidence(padding: Padding, tensor: Tensor) -> tuple[Evidence, ...]:
    """Where the batch was padded, and which layer read it."""
    source = tensor.source
    assert source is not None
    lines = [Evidence(f"the batch is padded by {padding.how} here", padding.place)]
    lines.append(
        Evidence(f"what is attended to comes from this {source.call.rnn.kind}", source.call.place)
    )
    return tuple(lines)


PAGE = """
## What it does

Finds a softmax over the steps of what a recurrent layer makes of a padded batch, and
`nn.MultiheadAttention` or `scaled_dot_product_attention` over it, without a mask. The scores may be
written one by one into a tensor of zeros. Left alone are
scores that are filled, multiplied or added to before the softmax, weights that are multiplied by
something else than what they weigh, and a batch of one.

## Why is this bad?

A padded step has a score as well: of zeros it is the bias of the scoring layer, and of padding that
was read unpacked it is anything. The softmax gives it its share, and the real steps get what is
left. In a batch of one ten-step and one hundred-step sequence most of the weight of the first may
lie on padding, and the same sequence alone in its batch gets other weights. Nothing raises and
nothing warns.

## Fix safety

No fix is offered: the mask is for the author to bring to that place.

## References

[torch.nn.MultiheadAttention](https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html):
key_padding_mask is "a mask of shape (N, S) indicating which elements within key to ignore for the
purpose of attention (i.e. treat as padding)".
"""

RULE = Rule(
    code="SG404",
    name="attention-over-padding",
    summary="attention over the steps of a padded batch without a mask gives weight to the padding",
    severity=Severity.WARNING,
    page=PAGE,
    on=(Scored, Attended),
    check=check,
    bad=(
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Attentive(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True, bidirectional=True)
        self.score = nn.Linear(2 * n_hidden, 1)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        weights = torch.softmax(self.score(out).squeeze(-1), dim=1)
        return (out * weights.unsqueeze(-1)).sum(1)
""",
            at="torch.softmax(self.score(out).squeeze(-1), dim=1)",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="[[m(x, lengths)[1], m(x[1:, : int(lengths[1])], lengths[1:])[0]] "
                "for m in [Attentive(5, 4)]][0]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Pooled(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True, bidirectional=True)
        self.attend = nn.MultiheadAttention(2 * n_hidden, 2, batch_first=True)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        seen, _ = self.attend(out[:, :1], out, out)
        return seen.squeeze(1)
""",
            at="self.attend(out[:, :1], out, out)",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="[[m(x, lengths)[1], m(x[1:, : int(lengths[1])], lengths[1:])[0]] "
                "for m in [Pooled(5, 4)]][0]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(13, 5)
        self.rnn = nn.LSTM(5, 4)
        self.attn = nn.Linear(4, 4)
        self.v = nn.Linear(4, 1, bias=False)

    def forward(self, ids):
        states, _ = self.rnn(self.embed(ids))
        energy = self.v(torch.tanh(self.attn(states)))
        weights = F.softmax(energy, dim=0)
        return (weights * states).sum(0)


reader = Reader()


def read(sentences):
    return reader(pad_sequence([torch.tensor(ids) for ids in sentences]))


contexts = read([[3, 5, 7, 2], [4, 6]])
""",
            at="F.softmax(energy, dim=0)",
            proof=Proof(
                run="[read([[3, 5, 7, 2], [4, 6]])[1], read([[4, 6]])[0]]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Dot(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True, bidirectional=True)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        query = out[:, 0].unsqueeze(2)
        weights = torch.softmax(torch.bmm(out, query), dim=1)
        return torch.bmm(weights.transpose(1, 2), out).squeeze(1)
""",
            at="torch.softmax(torch.bmm(out, query), dim=1)",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="[[m(x, lengths)[1], m(x[1:, : int(lengths[1])], lengths[1:])[0]] "
                "for m in [Dot(5, 4)]][0]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
    ),
    good=(
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Attentive(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True, bidirectional=True)
        self.score = nn.Linear(2 * n_hidden, 1)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        steps = torch.arange(out.size(1))
        padded = steps[None, :] >= lengths[:, None]
        scores = self.score(out).squeeze(-1).masked_fill(padded, float("-inf"))
        weights = torch.softmax(scores, dim=1)
        return (out * weights.unsqueeze(-1)).sum(1)
""",
            why="the scores of padded steps are -inf before the softmax",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="[[m(x, lengths)[1], m(x[1:, : int(lengths[1])], lengths[1:])[0]] "
                "for m in [Attentive(5, 4)]][0]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Attentive(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True, bidirectional=True)
        self.score = nn.Linear(2 * n_hidden, 1)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        steps = torch.arange(out.size(1))
        padded = steps[None, :] >= lengths[:, None]
        scores = self.score(out).squeeze(-1)
        scores[padded] = -1e9
        weights = torch.softmax(scores, dim=1)
        return (out * weights.unsqueeze(-1)).sum(1)
""",
            why="the scores of padded steps are overwritten before the softmax",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="[[m(x, lengths)[1], m(x[1:, : int(lengths[1])], lengths[1:])[0]] "
                "for m in [Attentive(5, 4)]][0]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Pooled(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True, bidirectional=True)
        self.attend = nn.MultiheadAttention(2 * n_hidden, 2, batch_first=True)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        steps = torch.arange(out.size(1))
        padded = steps[None, :] >= lengths[:, None]
        seen, _ = self.attend(out[:, :1], out, out, key_padding_mask=padded)
        return seen.squeeze(1)
""",
            why="key_padding_mask says what is padding",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="[[m(x, lengths)[1], m(x[1:, : int(lengths[1])], lengths[1:])[0]] "
                "for m in [Pooled(5, 4)]][0]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Attentive(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True, bidirectional=True)
        self.score = nn.Linear(2 * n_hidden, 1)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        mask = (torch.arange(out.size(1)) < lengths[:, None]).to(out.dtype)
        weights = torch.softmax(self.score(out).squeeze(-1), dim=1) * mask
        weights = weights / weights.sum(1, keepdim=True)
        return (out * weights.unsqueeze(-1)).sum(1)
""",
            why="padded steps get no weight behind the softmax, and the rest adds up to 1",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="[[m(x, lengths)[1], m(x[1:, : int(lengths[1])], lengths[1:])[0]] "
                "for m in [Attentive(5, 4)]][0]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Gates(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True, bidirectional=True)
        self.tags = nn.Linear(2 * n_hidden, 4)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        return torch.softmax(self.tags(out), dim=-1)[:, 0]
""",
            why="a softmax over the classes of each step mixes no steps",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="[[m(x, lengths)[1], m(x[1:, : int(lengths[1])], lengths[1:])[0]] "
                "for m in [Gates(5, 4)]][0]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn


class Single(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(5, 4, batch_first=True)
        self.score = nn.Linear(4, 1)

    def forward(self, x):
        out, _ = self.rnn(x)
        weights = torch.softmax(self.score(out), dim=1)
        return (weights * out).sum(1)
""",
            why="nothing says that the batch is padded",
            proof=Proof(inputs={"x": "batch time 5"}, run="Single()(x)"),
        ),
    ),
)
