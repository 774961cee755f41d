"""SG403: a mean or maximum over the steps of a padded batch, the padded ones among them."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Role
from shapeguard.axes.marks import Mark, Padding
from shapeguard.axes.reading import Reduced
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
    layer_evidence,
)

MEANS = frozenset({"mean", "avg_pool1d", "adaptive_avg_pool1d"})
LARGEST = frozenset({"max", "amax", "max_pool1d", "adaptive_max_pool1d"})

#: What the padded steps do to each, and the cure.
WORDS = {
    "mean": (
        "the padded steps are counted, so the mean of a shorter sequence is drawn towards what "
        "stands there and depends on the longest sequence of its batch",
        "multiply by the mask, sum over the steps and divide by the lengths",
    ),
    "max": (
        "where the padded steps are larger than all real ones, they are the maximum: zeros hide "
        "every negative feature of a shorter sequence",
        'fill the padded steps first: masked_fill(~mask.unsqueeze(-1), float("-inf"))',
    ),
    "sum": (
        "the padded steps are not zero, so they are added to the sum of a shorter sequence",
        "multiply by the mask before the sum",
    ),
}


def check(fact: Reduced, context: Context) -> Iterator[Finding]:
    """A reduction over the steps of a tensor that is padded and not masked."""
    source, padding, axes = fact.before.source, fact.before.padding, fact.before.axes
    if source is None or padding is None or axes is None or Mark.SOFTMAX in fact.before.marks:
        return
    if not any(axes[number].role is Role.TIME and axes[number].size != 1 for number in fact.axes):
        return
    batch = fact.before.find(Role.BATCH)
    if batch is not None and (axes[batch].size == 1 or batch in fact.axes):
        return
    how = kind(fact, padding)
    if how is None:
        return
    why, cure = WORDS[how]
    given = source.call.input
    text = "the padded steps are zero here" if padding.value == 0 else "the batch is padded here"
    evidence = [Evidence(f"{text}, by {padding.how}", padding.place)]
    if isinstance(given, Tensor) and given.padding is not None:
        read = f"the {source.call.rnn.kind} reads it unpacked, so its output is not zero there"
        evidence.append(Evidence(read, source.call.place))
    yield Finding(
        place=fact.place,
        message=f"the {how} over the steps takes the padding in (axes {describe(fact.before)})",
        why=f"{why}. It is right only where all sequences have one length, or where the padding is "
        "meant to be read",
        cure=cure,
        evidence=(*evidence, *layer_evidence(source.call.rnn, "batch_first")),
    )


def kind(fact: Reduced, padding: Padding) -> str | None:
    """What the reduction does with the padding; None where it does no harm."""
    if fact.how in MEANS:
        return "mean"
    if fact.how in LARGEST:
        low = isinstance(padding.value, (int, float)) and padding.value < -1
        beneath = padding.value == 0 and Mark.POSITIVE in fact.before.marks
        return None if low or beneath else "max"
    if fact.how == "sum":
        source = fact.before.source
        assert source is not None
        given = source.call.input
        if isinstance(padding.value, (int, float)):
            return "sum" if padding.value != 0 else None
        unpacked = isinstance(given, Tensor) and given.padding is not None
        return "sum" if unpacked else None
    return None


PAGE = """
## What it does

Finds a mean or maximum over the steps of a batch that is padded and not masked: what
`pad_packed_sequence` returns, or the output of a layer that read a padded batch unpacked. A sum is
found where the padded steps are not zero. Left alone are sums of what `pad_packed_sequence` filled
with zeros, a maximum after relu of it, what is multiplied by a mask or filled by one, and weights
from a softmax, which are SG404's.

## Why is this bad?

The mean divides by the padded length, so the features of a ten-step sequence in a batch of fifty
steps are a fifth of what they should be, and other in another batch. The maximum of negative
features and padded zeros is zero. What the layer puts out over padding that it read unpacked is not
even zero. Nothing raises and nothing warns.

## Fix safety

No fix is offered: the lengths or the mask are for the author to bring to that place.

## References

[torch.nn.utils.rnn.pad_packed_sequence](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_packed_sequence.html):
"padding_value: values for padded elements", 0.0 unless given.
"""

RULE = Rule(
    code="SG403",
    name="pooling-over-padding",
    summary="a mean or maximum over the steps of a padded batch takes the padding in",
    severity=Severity.WARNING,
    page=PAGE,
    on=(Reduced,),
    check=check,
    bad=(
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * n_hidden, 2)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        return self.fc(out.mean(dim=1))
""",
            at="out.mean(dim=1)",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Encoder(5, 3)(x, lengths)",
                expect="apply('fc', output.sum(1) / np.asarray(lengths)[:, None])",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Sentence(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = self.lstm(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        pooled, _ = torch.max(out, dim=1)
        return pooled
""",
            at="torch.max(out, dim=1)",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Sentence(5, 3)(x, lengths)",
                expect="np.stack([o[: int(n)].max(0) for o, n in zip(output, lengths)])",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence

rnn = nn.GRU(5, 3)
fc = nn.Linear(3, 2)


def scores(clips):
    x = pad_sequence(clips)
    out, _ = rnn(x)
    return fc(out.sum(0))


clips = [torch.randn(4, 5), torch.randn(2, 5)]
""",
            at="out.sum(0)",
            proof=Proof(
                run="[scores(clips)[1], scores(clips[1:])[0]]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Sentence(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = self.lstm(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        pooled = nn.functional.adaptive_max_pool1d(out.transpose(1, 2), 1)
        return pooled.squeeze(2)
""",
            at="nn.functional.adaptive_max_pool1d(out.transpose(1, 2), 1)",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Sentence(5, 3)(x, lengths)",
                expect="np.stack([o[: int(n)].max(0) for o, n in zip(output, lengths)])",
            ),
        ),
    ),
    good=(
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * n_hidden, 2)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        return self.fc(out.sum(dim=1) / lengths.unsqueeze(1))
""",
            why="a sum over zeros, divided by the lengths",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Encoder(5, 3)(x, lengths)",
                expect="apply('fc', output.sum(1) / np.asarray(lengths)[:, None])",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Sentence(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = self.lstm(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        steps = torch.arange(out.size(1))
        padded = steps[None, :] >= lengths[:, None]
        out = out.masked_fill(padded.unsqueeze(2), float("-inf"))
        pooled, _ = torch.max(out, dim=1)
        return pooled
""",
            why="the padded steps are filled with -inf before the maximum",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Sentence(5, 3)(x, lengths)",
                expect="np.stack([o[: int(n)].max(0) for o, n in zip(output, lengths)])",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Sentence(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = self.lstm(packed)
        out, _ = pad_packed_sequence(out, batch_first=True, padding_value=float("-inf"))
        pooled, _ = torch.max(out, dim=1)
        return pooled
""",
            why="padded with -inf, which is never the maximum",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Sentence(5, 3)(x, lengths)",
                expect="np.stack([o[: int(n)].max(0) for o, n in zip(output, lengths)])",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Sentence(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = self.lstm(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        pooled, _ = torch.max(torch.relu(out), dim=1)
        return pooled
""",
            why="after relu no feature is below the zeros of the padding",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Sentence(5, 3)(x, lengths)",
                expect="np.maximum(output, 0).max(1)",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Sentence(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = self.lstm(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        return torch.stack([out[i, :n].max(0)[0] for i, n in enumerate(lengths.tolist())])
""",
            why="each sequence is cut to its own length before the maximum",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Sentence(5, 3)(x, lengths)",
                expect="np.stack([o[: int(n)].max(0) for o, n in zip(output, lengths)])",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence

rnn = nn.GRU(5, 3)
fc = nn.Linear(3, 2)


def scores(clips):
    x = pad_sequence(clips)
    out, _ = rnn(x)
    return fc(torch.tanh(out.mean(2)).new_zeros(len(clips), 3) + out[0])


clips = [torch.randn(4, 5), torch.randn(2, 5)]
""",
            why="the mean over the features of each step mixes no steps",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence


class Tags(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(5, 3, batch_first=True)

    def forward(self, x, mask):
        out, _ = self.rnn(x)
        out = out * mask.unsqueeze(-1)
        return out.sum(1) / mask.sum(1, keepdim=True)


model = Tags()
clips = [torch.randn(4, 5), torch.randn(2, 5)]
lengths = torch.tensor([4, 2])
mask = (torch.arange(4) < lengths[:, None]).float()
scores = model(pad_sequence(clips, batch_first=True), mask)
""",
            why="multiplied by the mask first, and divided by the number of real steps",
        ),
    ),
)
