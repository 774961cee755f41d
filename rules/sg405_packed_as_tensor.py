"""SG405: a PackedSequence used as if it were a tensor."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.facts import PackedMisused
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

PARTS = "(data, batch_sizes, sorted_indices, unsorted_indices)"

#: Functions that work number by number, so that they do on ``.data`` what they do on a batch.
ELEMENTWISE = frozenset(
    {"relu", "tanh", "sigmoid", "gelu", "elu", "leaky_relu", "softplus", "dropout", "abs", "exp"}
)

STEPWISE = frozenset(
    {"Linear", "LayerNorm", "Dropout", "ReLU", "Tanh", "Sigmoid", "GELU", "Sequential"}
)
"""Layers that read each step by itself."""

WHY = {
    "index": f"it is a tuple {PARTS}, so this is its last part, which is no step: None, or the "
    "order of the samples",
    "slice": f"it is a tuple {PARTS}, so this is a tuple of some of these parts and no step",
    "unpack": f"it is a tuple of four parts {PARTS}, so this raises ValueError; the output and its "
    "lengths are what pad_packed_sequence returns",
    "attribute": f"it is a tuple {PARTS}, so this raises AttributeError",
}


def check(fact: PackedMisused, context: Context) -> Iterator[Finding]:
    """A PackedSequence where a tensor is needed."""
    stepwise = fact.how.rpartition(" ")[2] in (ELEMENTWISE | STEPWISE)
    if fact.kind in ("layer", "function", "arithmetic") and stepwise:
        cure = "pass its .data, all real steps one after the other, or unpad it first with "
        cure += "pad_packed_sequence"
    else:
        cure = "unpad it first with pad_packed_sequence; for the last state of each sequence take "
        cure += "h_n, which is no packed sequence"
    source = fact.value.tensor.source
    text = "it is one by this condition" if fact.value.asked else "it was packed here"
    evidence = [Evidence(text, fact.value.place)]
    if source is not None:
        text = f"a packed input makes the output of {source.call.rnn.kind} packed, too"
        evidence.append(Evidence(text, source.call.place))
    yield Finding(
        place=fact.place,
        message=f"a PackedSequence is {fact.how}",
        why=WHY.get(fact.kind, f"it is a tuple {PARTS}, so this raises TypeError"),
        cure=cure,
        evidence=tuple(evidence),
        fix=_fix(fact, stepwise),
    )


def _fix(fact: PackedMisused, stepwise: bool) -> Fix | None:
    """The real steps as a tensor, for what reads each step by itself."""
    if fact.kind not in ("layer", "function") or not stepwise or fact.base == fact.place:
        return None
    text = f"{fact.base.text}.data"
    message = "Pass all real steps, one after the other"
    return Fix(Applicability.UNSAFE, message, (Edit(fact.base, text),))


PAGE = """
## What it does

Finds what `pack_padded_sequence` or `pack_sequence` returns, and what a recurrent layer returns for
it, indexed, sliced, unpacked into other than four names, fed to a layer or function that needs a
tensor, used in arithmetic, or asked for its shape.

## Why is this bad?

A PackedSequence is a named tuple of four parts: `data`, which holds all real steps one after the
other, `batch_sizes`, `sorted_indices` and `unsorted_indices`. Most uses as a tensor raise. Some do
not: `packed[-1]` is `unsorted_indices`, which is None where the lengths were sorted, and a slice is
a tuple of some of the parts. `packed[0]` is `data`, and is left alone: with equally packed targets
it is right.

## Fix safety

Unsafe: `.data` has one axis for samples and steps together, in the order of the steps, so what
follows must not take the first axis for the batch. It is offered for layers and functions that
read each step by itself.

## References

[torch.nn.utils.rnn.PackedSequence](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.PackedSequence.html):
"Holds the data and list of batch_sizes of a packed sequence."
[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): "If a
torch.nn.utils.rnn.PackedSequence has been given as the input, the output will also be a packed
sequence."
"""

RULE = Rule(
    code="SG405",
    name="packed-as-tensor",
    summary="a PackedSequence is a tuple of four parts, not a tensor",
    severity=Severity.ERROR,
    page=PAGE,
    on=(PackedMisused,),
    check=check,
    fix=Applicability.UNSAFE,
    bad=(
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Tagger(nn.Module):
    def __init__(self, n_in, n_hidden, n_tags):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, n_tags)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = self.lstm(packed)
        return self.fc(out)
""",
            at="self.fc(out)",
            fixed="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Tagger(nn.Module):
    def __init__(self, n_in, n_hidden, n_tags):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, n_tags)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = self.lstm(packed)
        return self.fc(out.data)
""",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Tagger(5, 3, 2)(x, lengths)",
                raises="argument 'input' (position 1) must be Tensor",
            ),
        ),
        Bad(
            code="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

gru = nn.GRU(5, 3)


def encode(x, lengths):
    out, h_n = gru(pack_padded_sequence(x, lengths, enforce_sorted=False))
    return torch.tanh(out)
""",
            at="torch.tanh(out)",
            fixed="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

gru = nn.GRU(5, 3)


def encode(x, lengths):
    out, h_n = gru(pack_padded_sequence(x, lengths, enforce_sorted=False))
    return torch.tanh(out.data)
""",
            proof=Proof(
                inputs={"x": "time batch 5", "lengths": "batch:lengths"},
                run="encode(x, lengths)",
                raises="must be Tensor",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Scorer(nn.Module):
    def __init__(self, n_in, n_hidden, n_tags):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, n_tags)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = self.lstm(packed)
        last = out[:, -1]
        return self.fc(last)
""",
            at="out[:, -1]",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Scorer(5, 3, 2)(x, lengths)",
                raises="tuple indices must be integers",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Model(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True)

    def forward(self, x, lengths):
        packed, _ = self.rnn(pack_padded_sequence(x, lengths, batch_first=True))
        out, lengths = packed
        return out
""",
            at="out, lengths",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Model(5, 3)(x, lengths)",
                raises="too many values to unpack",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Model(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True)

    def forward(self, x, lengths):
        out, _ = self.rnn(pack_padded_sequence(x, lengths, batch_first=True))
        return out[-1]
""",
            at="out[-1]",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Model(5, 3)(x, lengths)",
                holds="value is not None",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence


class Noise(nn.Module):
    def forward(self, x):
        if isinstance(x, PackedSequence):
            x, sizes = x
            return PackedSequence(x + torch.randn_like(x), sizes)
        return x + torch.randn_like(x)


class NoisyGRU(nn.GRU):
    def forward(self, x):
        return super().forward(Noise()(x))


sequences = [torch.randn(steps, 5) for steps in (4, 3)]
""",
            at="x, sizes",
            proof=Proof(run="NoisyGRU(5, 3)(pack_sequence(sequences))", raises="ValueError"),
        ),
    ),
    good=(
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Tagger(nn.Module):
    def __init__(self, n_in, n_hidden, n_tags):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, n_tags)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = self.lstm(packed)
        return self.fc(out.data)
""",
            why=".data is a tensor: all real steps, one after the other",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Tagger(5, 3, 2)(x, lengths)",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Captions(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.linear = nn.Linear(hidden, vocab)

    def forward(self, captions, lengths):
        packed = pack_padded_sequence(self.embed(captions), lengths, batch_first=True)
        hiddens, _ = self.lstm(packed)
        return self.linear(hiddens[0])


def loss(model, captions, lengths):
    targets = pack_padded_sequence(captions, lengths, batch_first=True)[0]
    return nn.functional.cross_entropy(model(captions, lengths), targets)
""",
            why="[0] is .data, beside targets that are packed by the same lengths",
            proof=Proof(
                inputs={"captions": "batch time:ids(13)", "lengths": "batch:lengths"},
                run="loss(Captions(13, 5, 3), captions, lengths)",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Model(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 2)

    def forward(self, x, lengths):
        out, h_n = self.rnn(pack_padded_sequence(x, lengths, batch_first=True))
        out, lengths = pad_packed_sequence(out, batch_first=True)
        return self.fc(out), h_n[-1]
""",
            why="unpadded before it is read, and h_n is a tensor in any case",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Model(5, 3)(x, lengths)",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence


class Model(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.first = nn.GRU(n_in, n_hidden, batch_first=True)
        self.second = nn.GRU(n_hidden, n_hidden, batch_first=True)
        self.drop = nn.Dropout(0.1)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True).to(x.device)
        out, _ = self.first(packed)
        data, batch_sizes, sorted_indices, unsorted_indices = out
        out = PackedSequence(self.drop(data), batch_sizes, sorted_indices, unsorted_indices)
        return self.second(out)[1][-1]
""",
            why="four names for its four parts, and a packed sequence made of them again",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Model(5, 3)(x, lengths)",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Model(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 2)

    def forward(self, x, lengths=None):
        if lengths is not None:
            x = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = self.rnn(x)
        if lengths is not None:
            out, _ = pad_packed_sequence(out, batch_first=True)
        return self.fc(out)
""",
            why="packed and unpadded under the same condition",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Model(5, 3)(x, lengths)",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

rnn = nn.GRU(5, 3, batch_first=True)
fc = nn.Linear(3, 2)


def head(out):
    if isinstance(out, PackedSequence):
        out = out.data
    return fc(out)


def scores(x, lengths):
    return head(rnn(pack_padded_sequence(x, lengths, batch_first=True))[0])
""",
            why="what is packed takes the branch that reads .data",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"}, run="scores(x, lengths)"
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence


class Noise(nn.Module):
    def forward(self, x):
        if isinstance(x, PackedSequence):
            data, sizes = x[:2]
            return PackedSequence(data + torch.randn_like(data), sizes, *x[2:])
        return x + torch.randn_like(x)


class NoisyGRU(nn.GRU):
    def forward(self, x):
        return super().forward(Noise()(x))


sequences = [torch.randn(steps, 5) for steps in (4, 3)]
""",
            why="a slice from its start is as many of its parts, and these are two",
            proof=Proof(run="NoisyGRU(5, 3)(pack_sequence(sequences))"),
        ),
    ),
    ends=("static", "guard"),
)
