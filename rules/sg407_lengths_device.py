"""SG407: lengths on the GPU where packing wants them on the CPU, and the other way round."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapeguard.axes.making import Spot
from shapeguard.axes.packing import Apart, PackedUp
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

DEVICES = ("cuda", "device", "gpu", "use_cuda", "use_gpu", "mps", "accelerator", "Accelerator")
"""Names with which a program speaks of devices."""

SIMPLE = re.compile(r"[A-Za-z_][\w.]*(\([^()]*\)|\[[^\[\]]*\])*")
"""An expression that a method call can follow without parentheses."""


def check(fact: PackedUp | Apart, context: Context) -> Iterator[Finding]:
    """Lengths into pack_padded_sequence, or out of pad_packed_sequence."""
    if isinstance(fact, PackedUp):
        yield from packed(fact, context)
    else:
        yield from returned(fact, context)


def packed(fact: PackedUp, context: Context) -> Iterator[Finding]:
    """Lengths that were put where the batch is."""
    placed = fact.lengths.placed if isinstance(fact.lengths, Tensor) else None
    if placed is None or not placed.away:
        return
    if placed.beside and not context.uses(*DEVICES):
        return  # a program for the CPU is at home
    evidence = [Evidence(f"the lengths are {placed.how} here", placed.place)]
    if placed.beside:
        text = f"the lengths are computed here from `{placed.beside}`, an input of the module"
        evidence = [Evidence(text, placed.place)]
    if placed.chosen is not None:
        evidence.append(Evidence("and the device may be a GPU", placed.chosen))
    text = fact.argument.text
    text = text if SIMPLE.fullmatch(text) else f"({text})"
    certain = placed.spot is Spot.CUDA or placed.gpu
    if certain:
        where = "on the GPU"
    else:
        where = "where the data is" if placed.spot is Spot.FOLLOWS else "on a device of choice"
    yield Finding(
        place=fact.argument,
        message=f"the lengths that the batch is packed by are {where}, not on the CPU",
        why="pack_padded_sequence takes lengths as a tensor on the CPU only, whatever device the "
        "batch is on: with lengths on a GPU it raises RuntimeError, and on the CPU nothing shows",
        cure="leave the lengths on the CPU, or pass them as `lengths.cpu()`",
        evidence=tuple(evidence),
        fix=Fix(
            Applicability.SAFE,
            "Pass the lengths on the CPU",
            (Edit(fact.argument, f"{text}.cpu()"),),
        ),
        severity=Severity.ERROR if certain else Severity.WARNING,
    )


def returned(fact: Apart, context: Context) -> Iterator[Finding]:
    """The lengths that pad_packed_sequence returns beside a tensor that is where the batch is."""
    there, placed = fact.other.placed, fact.fixed.placed
    if placed is None or (there is None and not context.uses(*DEVICES)):
        return
    evidence = [Evidence("the lengths are returned here, on the CPU", placed.place)]
    if there is not None:
        evidence.append(Evidence("what they meet is put on a device here", there.place))
    elif fact.other.source is not None:
        call = fact.other.source.call
        text = f"what they meet comes from this {call.rnn.kind}, on the device of the model"
        evidence.append(Evidence(text, call.place))
    yield Finding(
        place=fact.place,
        message=f"the lengths that pad_packed_sequence returns are on the CPU, and are {fact.how} "
        "what is on the device of the batch",
        why="pad_packed_sequence returns its lengths on the CPU whatever device the batch is on, "
        "so on a GPU this raises RuntimeError: both must be on one device. It is right only in a "
        "program that never leaves the CPU",
        cure="move them first, to the device of what they meet: `lengths.to(out.device)`",
        evidence=tuple(evidence),
        severity=Severity.WARNING,
    )


PAGE = """
## What it does

Finds lengths that the program puts where the batch is, with `.cuda()`, `.to(device)` or
`device=...`, and then packs the batch by; and lengths that `pad_packed_sequence` returned, compared
or computed with a tensor that is on the device of the batch. Left alone are lengths that are moved
back with `.cpu()`, `.tolist()` or the like, those of which nothing in view says where they are, and
devices that can only be the CPU.

It is an error where the device is a GPU by what the code says, and a warning where it is that of
another tensor, or a variable of which nothing is known.

## Why is this bad?

Packing reads the lengths on the CPU, so `pack_padded_sequence` takes nothing else: "'lengths'
argument should be a 1D CPU int64 tensor, but got 1D cuda:0 Long tensor". The code runs on the
machine without a GPU where it was written and tested, and raises on the one where it is to train.
Before torch 1.5 the lengths were copied, so older code is full of it.

The other way round, `pad_packed_sequence` returns its lengths on the CPU, wherever the batch is. A
mask from `torch.arange(..., device=out.device) < lengths[:, None]`, or a mean by
`out.sum(1) / lengths[:, None]`, raises on a GPU.

## Fix safety

Safe: `.cpu()` gives the same numbers, and the same tensor where it is on the CPU already. For the
other way round no fix is offered.

## References

[torch.nn.utils.rnn.pack_padded_sequence](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html):
lengths is a "list of sequence lengths of each batch element (must be on the CPU if provided as a
tensor)".
"""

BACK = "setattr(torch.Tensor, 'cpu', lambda t: lengths)"
"""Brings the lengths back from torch's device without data, which stands for a GPU in proofs."""

RULE = Rule(
    code="SG407",
    name="lengths-device",
    summary="packing wants its lengths on the CPU, and unpacking returns them there",
    severity=Severity.ERROR,
    page=PAGE,
    on=(PackedUp, Apart),
    check=check,
    fix=Applicability.SAFE,
    bad=(
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 4, batch_first=True)
        self.fc = nn.Linear(4, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        _, (h_n, _) = self.lstm(packed)
        return self.fc(h_n[-1])


model = Classifier().to(device)


def predict(x, lengths):
    x, lengths = x.to(device), lengths.to(device)
    return model(x, lengths)
""",
            at="lengths",
            fixed="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 4, batch_first=True)
        self.fc = nn.Linear(4, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True)
        _, (h_n, _) = self.lstm(packed)
        return self.fc(h_n[-1])


model = Classifier().to(device)


def predict(x, lengths):
    x, lengths = x.to(device), lengths.to(device)
    return model(x, lengths)
""",
            nth=1,
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run=f"[{BACK}, model.to('meta'), globals().update(device='meta'), "
                "predict(x, lengths)]",
                raises="CPU int64",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Encoder(nn.Module):
    def __init__(self, vocab):
        super().__init__()
        self.embed = nn.Embedding(vocab, 5, padding_idx=0)
        self.gru = nn.GRU(5, 4, batch_first=True)

    def forward(self, ids, lengths):
        lengths, order = torch.sort(lengths.cuda(), descending=True)
        packed = pack_padded_sequence(self.embed(ids[order]), lengths, batch_first=True)
        _, h_n = self.gru(packed)
        return h_n[-1][torch.argsort(order)]
""",
            at="lengths",
            fixed="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Encoder(nn.Module):
    def __init__(self, vocab):
        super().__init__()
        self.embed = nn.Embedding(vocab, 5, padding_idx=0)
        self.gru = nn.GRU(5, 4, batch_first=True)

    def forward(self, ids, lengths):
        lengths, order = torch.sort(lengths.cuda(), descending=True)
        packed = pack_padded_sequence(self.embed(ids[order]), lengths.cpu(), batch_first=True)
        _, h_n = self.gru(packed)
        return h_n[-1][torch.argsort(order)]
""",
            nth=3,
            proof=Proof(
                inputs={"ids": "batch time:ids(13)", "lengths": "batch:lengths"},
                run=f"[setattr(torch.Tensor, 'cuda', lambda t: t.to('meta')), {BACK}, "
                "setattr(torch, 'sort', lambda t, descending: (t, torch.arange(7))), "
                "Encoder(13)(ids, lengths)]",
                raises="CPU int64",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Stepper(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(5, 4)

    def forward(self, x, state=None):
        ones = torch.ones(x.size(1), dtype=torch.long, device=x.device)
        packed = pack_padded_sequence(x, ones)
        _, state = self.rnn(packed, state)
        return state
""",
            at="ones",
            fixed="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Stepper(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(5, 4)

    def forward(self, x, state=None):
        ones = torch.ones(x.size(1), dtype=torch.long, device=x.device)
        packed = pack_padded_sequence(x, ones.cpu())
        _, state = self.rnn(packed, state)
        return state
""",
            nth=2,
            severity=Severity.WARNING,
            proof=Proof(
                inputs={"x": "time batch 5"},
                run="[setattr(torch.Tensor, 'cpu', lambda t: torch.ones(7, dtype=torch.long)), "
                "Stepper().to('meta')(x.to('meta'))]",
                raises="CPU int64",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 4, batch_first=True)

    def forward(self, x, lengths):
        packed, _ = self.gru(pack_padded_sequence(x, lengths.cpu(), batch_first=True))
        out, lengths = pad_packed_sequence(packed, batch_first=True)
        steps = torch.arange(out.size(1), device=x.device)
        mask = steps[None, :] < lengths[:, None]
        return out.masked_fill(~mask.unsqueeze(-1), float("-inf")).amax(1)
""",
            at="steps[None, :] < lengths[:, None]",
            severity=Severity.WARNING,
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run=f"[{BACK}, Pooled().to('meta')(x.to('meta'), lengths)]",
                raises="expected device",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 4, batch_first=True)

    def forward(self, x, lengths):
        packed, _ = self.gru(pack_padded_sequence(x, lengths.cpu(), batch_first=True))
        out, lengths = pad_packed_sequence(packed, batch_first=True)
        return out.sum(1) / lengths.unsqueeze(1)


model = Pooled().to(device)
""",
            at="out.sum(1) / lengths.unsqueeze(1)",
            severity=Severity.WARNING,
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run=f"[{BACK}, model.to('meta')(x.to('meta'), lengths)]",
                raises="expected device",
            ),
        ),
    ),
    good=(
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 4, batch_first=True)
        self.fc = nn.Linear(4, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True)
        _, (h_n, _) = self.lstm(packed)
        return self.fc(h_n[-1])


model = Classifier().to(device)


def predict(x, lengths):
    x, lengths = x.to(device), lengths.to(device)
    return model(x, lengths)
""",
            why="they are moved back before they are used",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"}, run="predict(x, lengths)"
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 4, batch_first=True)
        self.fc = nn.Linear(4, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        _, (h_n, _) = self.lstm(packed)
        return self.fc(h_n[-1])


model = Classifier().to(device)


def predict(x, lengths):
    return model(x.to(device), lengths)
""",
            why="the batch is moved and the lengths stay on the CPU",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"}, run="predict(x, lengths)"
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 4, batch_first=True)
        self.fc = nn.Linear(4, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths.tolist(), batch_first=True)
        _, (h_n, _) = self.lstm(packed)
        return self.fc(h_n[-1])


model = Classifier().to(device)


def predict(x, lengths):
    return model(x.to(device), lengths.to(device))
""",
            why="a list of numbers is on no device",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"}, run="predict(x, lengths)"
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

device = torch.device("cpu")


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 4, batch_first=True)
        self.fc = nn.Linear(4, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        _, (h_n, _) = self.lstm(packed)
        return self.fc(h_n[-1])


model = Classifier().to(device)


def predict(x, lengths):
    return model(x.to(device), lengths.to(device))
""",
            why="the device is the CPU, here and wherever this runs",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"}, run="predict(x, lengths)"
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 4, batch_first=True)
        self.fc = nn.Linear(4, 3)

    def forward(self, x, lengths):
        lengths = torch.as_tensor(lengths, dtype=torch.int64, device="cpu")
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        _, (h_n, _) = self.lstm(packed)
        return self.fc(h_n[-1])


def predict(x, lengths):
    return Classifier()(x, lengths.to(x.device))
""",
            why="as_tensor with a device puts them there",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"}, run="predict(x, lengths)"
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 4, batch_first=True)
        self.fc = nn.Linear(4, 3)

    def forward(self, x, lengths):
        if lengths.is_cuda:
            lengths = lengths.cpu()
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        _, (h_n, _) = self.lstm(packed)
        return self.fc(h_n[-1])


def predict(x, lengths):
    return Classifier()(x, lengths.to(x.device))
""",
            why="what is on a GPU is moved back before, by the condition",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"}, run="predict(x, lengths)"
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 4, batch_first=True)

    def forward(self, x, lengths):
        packed, _ = self.gru(pack_padded_sequence(x, lengths.cpu(), batch_first=True))
        out, lengths = pad_packed_sequence(packed, batch_first=True)
        steps = torch.arange(out.size(1))
        mask = (steps[None, :] < lengths[:, None]).to(out.device)
        return out.masked_fill(~mask.unsqueeze(-1), float("-inf")).amax(1)
""",
            why="both are on the CPU when they are compared, and the mask is moved",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"}, run="Pooled()(x, lengths)"
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 4, batch_first=True)

    def forward(self, x, lengths):
        packed, _ = self.gru(pack_padded_sequence(x, lengths.cpu(), batch_first=True))
        out, lengths = pad_packed_sequence(packed, batch_first=True)
        lengths = lengths.to(out.device)
        steps = torch.arange(out.size(1), device=out.device)
        mask = steps[None, :] < lengths[:, None]
        return out.masked_fill(~mask.unsqueeze(-1), float("-inf")).amax(1)
""",
            why="the lengths are moved to the device of the output first",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"}, run="Pooled()(x, lengths)"
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 4, batch_first=True)

    def forward(self, x, lengths):
        packed, _ = self.gru(pack_padded_sequence(x, lengths.cpu(), batch_first=True))
        out, lengths = pad_packed_sequence(packed, batch_first=True)
        steps = torch.arange(out.size(1), device=out.device)
        mask = steps[None, :] < lengths.max()
        return out.masked_fill(~mask.unsqueeze(-1), float("-inf")).amax(1)
""",
            why="a single number on the CPU goes with a tensor on any device",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"}, run="Pooled()(x, lengths)"
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 4, batch_first=True)

    def forward(self, x, lengths):
        packed, _ = self.gru(pack_padded_sequence(x, lengths.cpu(), batch_first=True))
        out, lengths = pad_packed_sequence(packed, batch_first=True)
        return out.sum(1) / lengths.unsqueeze(1)
""",
            why="nothing in this program speaks of another device than the CPU",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"}, run="Pooled()(x, lengths)"
            ),
        ),
    ),
    ends=("static", "guard"),
)
