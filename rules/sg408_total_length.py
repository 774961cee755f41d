"""SG408: a batch filled up to its longest sequence, where a fixed number of steps is needed."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Role
from shapeguard.axes.judging import ChannelsRead, HeadFed
from shapeguard.axes.packing import FilledUp, Gathered
from shapeguard.axes.size import differ
from shapeguard.axes.states import takes_of
from shapeguard.axes.uses import comes_from
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

MADE_FOR = "the number of steps that the layer is made for, to which the batch has to be padded"


def check(fact: FilledUp, context: Context) -> Iterator[Finding]:
    """``pad_packed_sequence`` without total_length, and what needs the same steps in each batch."""
    if fact.total or fact.even:
        return
    steps = fact.output.find(Role.TIME)
    if steps is None or isinstance(fact.output.axis(steps).size, int):
        return  # a batch in view, of which one sequence may well be as long
    every = [other for other in context.facts(FilledUp) if other.place == fact.place]
    if fact is not every[0] or any(other.total or other.even for other in every):
        return
    found = fixed_width(every, context) or gathered(every, context)
    if found is None:
        return
    why, evidence, number = found
    yield Finding(
        fact.place,
        "this gives as many steps as the longest sequence of the batch has, which is another "
        "number in each batch",
        f"{why}. It is right only where every batch holds a sequence of the full length",
        f"pass total_length, {number}",
        (evidence,),
        total_length(fact),
    )


def fixed_width(filled: list[FilledUp], context: Context) -> tuple[str, Evidence, str] | None:
    """What was made for one number of steps and reads them."""
    for head in context.facts(HeadFed):
        last = head.tensor.axis(-1)
        roles = [axis.role for axis in last.merged]
        if Role.TIME in roles and Role.BATCH not in roles and reads(head.tensor, filled):
            why = (
                "a Linear layer reads all steps of a sample at once and is made for one number of "
                "them: it raises in all other batches"
            )
            return why, Evidence("this Linear reads them flattened", head.place), MADE_FOR
    for read in context.facts(ChannelsRead):
        width = read.tensor.axis(-1).size
        steps = read.tensor.rank == 3 and read.tensor.axis(1).role is Role.TIME
        if not steps or read.kind not in ("Conv1d", "BatchNorm1d"):
            continue
        if differ(read.number, width) and reads(read.tensor, filled):
            why = f"a {read.kind} is made for one number of steps: it raises in other batches"
            here = Evidence(f"this {read.kind} reads the steps as channels", read.place)
            return why, here, MADE_FOR
    return None


def gathered(filled: list[FilledUp], context: Context) -> tuple[str, Evidence, str] | None:
    """A tensor with these steps that copies of a module return, to be joined."""
    for fact in context.facts(Gathered):
        steps = fact.tensor.find(Role.TIME)
        if steps is not None and reads(fact.tensor, filled):
            why = (
                "nn.DataParallel splits the batch, each copy of the module returns as many steps "
                "as its own part has, and parts that differ cannot be joined: it raises as soon "
                "as there are several GPUs"
            )
            here = Evidence("the module is put in nn.DataParallel here", fact.wrapped)
            return why, here, "the number of steps that the batch had before it was packed"
    return None


def reads(tensor: Tensor, filled: list[FilledUp]) -> bool:
    """Whether a tensor has all the steps of one that was filled up."""
    if any(take.role is Role.TIME for take in takes_of(tensor)):
        return False
    for fact in filled:
        source = fact.output.source
        if source is not None and comes_from(tensor, source.call, source.slot):
            return True
    return False


def total_length(fact: FilledUp) -> Fix | None:
    """The same call with a total_length, where the number of steps can be written."""
    text = fact.place.text
    if fact.steps is None or "#" in text or not text.endswith(")"):
        return None
    inner = text[:-1].rstrip().rstrip(",")
    written = f"{inner}, total_length={fact.steps})"
    return Fix(Applicability.UNSAFE, "Pass total_length", (Edit(fact.place, written),))


PAGE = """
## What it does

Finds `pad_packed_sequence` without `total_length` whose result has to have the same number of steps
in every batch: it is flattened into an `nn.Linear`, read with the steps as channels by a
`BatchNorm1d` or `Conv1d`, or returned by a module that the code puts in `nn.DataParallel`.

A mask or targets that are as wide as the batch are not reported: most programs pad each batch to
its longest sequence, and nothing is lost then.

## Why is this bad?

`pad_packed_sequence` gives as many steps as the longest sequence of the batch has. A layer that is
made for a fixed number of steps raises for all batches that hold no sequence of that length. In
`nn.DataParallel` each copy of the module gets a part of the batch and returns as many steps as that
part needs; what does not fit together cannot be gathered. With one GPU nothing is seen of it.

## Fix safety

Unsafe: `total_length` of the batch as it was before it was packed. More steps come out than before,
filled with zeros; for a layer of a fixed number of steps the batch must be padded to that number.

## References

- torch.nn.utils.rnn.pad_packed_sequence: "total_length is useful to implement the pack sequence ->
  recurrent network -> unpack sequence pattern in a Module wrapped in DataParallel."
- PyTorch FAQ, My recurrent network doesn't work with data parallelism.
"""

BAD = (
    Bad(
        code="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Classifier(nn.Module):
    def __init__(self, n_in, hidden, n_steps):
        super().__init__()
        self.gru = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden * n_steps, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        packed, _ = self.gru(packed)
        out, _ = pad_packed_sequence(packed, batch_first=True)
        return self.fc(out.reshape(x.size(0), -1))


model = Classifier(5, 6, 11)
""",
        at="pad_packed_sequence(packed, batch_first=True)",
        fixed="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Classifier(nn.Module):
    def __init__(self, n_in, hidden, n_steps):
        super().__init__()
        self.gru = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden * n_steps, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        packed, _ = self.gru(packed)
        out, _ = pad_packed_sequence(packed, batch_first=True, total_length=x.size(1))
        return self.fc(out.reshape(x.size(0), -1))


model = Classifier(5, 6, 11)
""",
        proof=Proof(
            inputs={"x": "batch time 5", "lengths": "batch:lengths"},
            run="model(x, lengths.clamp(max=9))",
            raises="cannot be multiplied",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Tagger(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = self.lstm(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        return self.fc(out)


tagger = Tagger(5, 6)
model = nn.DataParallel(tagger)


def predict(loader):
    for x, lengths in loader:
        print(model(x, lengths).argmax(-1))
""",
        at="pad_packed_sequence(out, batch_first=True)",
        fixed="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Tagger(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = self.lstm(packed)
        out, _ = pad_packed_sequence(out, batch_first=True, total_length=x.size(1))
        return self.fc(out)


tagger = Tagger(5, 6)
model = nn.DataParallel(tagger)


def predict(loader):
    for x, lengths in loader:
        print(model(x, lengths).argmax(-1))
""",
        proof=Proof(
            inputs={"x": "batch time 5", "lengths": "batch:lengths"},
            run="torch.cat([tagger(x[:3], lengths[:3]), tagger(x[3:], lengths[3:])])",
            raises="Sizes of tensors must match",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

rnn = nn.RNN(5, 6)
head = nn.Sequential(nn.Flatten(), nn.Linear(11 * 6, 2))


def score(steps, lengths):
    outputs, _ = rnn(pack_padded_sequence(steps, lengths))
    outputs, _ = pad_packed_sequence(outputs)
    return head(outputs.transpose(0, 1))
""",
        at="pad_packed_sequence(outputs)",
        fixed="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

rnn = nn.RNN(5, 6)
head = nn.Sequential(nn.Flatten(), nn.Linear(11 * 6, 2))


def score(steps, lengths):
    outputs, _ = rnn(pack_padded_sequence(steps, lengths))
    outputs, _ = pad_packed_sequence(outputs, total_length=steps.size(0))
    return head(outputs.transpose(0, 1))
""",
        proof=Proof(
            inputs={"steps": "time batch 5", "lengths": "batch:lengths"},
            run="score(steps, lengths.clamp(max=9))",
            raises="cannot be multiplied",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Encoder(nn.Module):
    def __init__(self, n_in):
        super().__init__()
        self.gru = nn.GRU(n_in, 6, batch_first=True)
        self.norm = nn.BatchNorm1d(11)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out = pad_packed_sequence(self.gru(packed)[0], batch_first=True)[0]
        return self.norm(out)


encoder = Encoder(5)
""",
        at="pad_packed_sequence(self.gru(packed)[0], batch_first=True)",
        fixed="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Encoder(nn.Module):
    def __init__(self, n_in):
        super().__init__()
        self.gru = nn.GRU(n_in, 6, batch_first=True)
        self.norm = nn.BatchNorm1d(11)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out = pad_packed_sequence(self.gru(packed)[0], batch_first=True, total_length=x.size(1))[0]
        return self.norm(out)


encoder = Encoder(5)
""",
        proof=Proof(
            inputs={"x": "batch time 5", "lengths": "batch:lengths"},
            run="encoder(x, lengths.clamp(max=9))",
            raises="running_mean should contain 9 elements",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Tagger(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = self.lstm(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        return self.fc(out)


model = Tagger(5, 6)
""",
        why="scores for each step, and a batch that is padded to its longest sequence has no more",
    ),
    Good(
        code="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Reader(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.gru = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x, mask):
        lengths = mask.sum(1).cpu()
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        out = out.masked_fill(~mask.unsqueeze(-1), float("-inf"))
        return self.fc(out.max(dim=1).values)
""",
        why="a mask of the batch: no wider, where each batch is padded to its longest sequence",
    ),
    Good(
        code="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Pooled(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.gru = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, n = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        mean = out.sum(dim=1) / n.unsqueeze(1).to(out.device)
        return self.fc(mean)


model = nn.DataParallel(Pooled(5, 6))
print(model(torch.randn(4, 9, 5), torch.tensor([9, 7, 5, 2])).shape)
""",
        why="each copy sums its own steps up: what it returns has none",
    ),
    Good(
        code="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Tagger(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.gru = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = self.gru(packed)
        out, _ = pad_packed_sequence(out, batch_first=True, total_length=x.size(1))
        return self.fc(out)


model = nn.DataParallel(Tagger(5, 6))


def predict(loader):
    for x, lengths in loader:
        print(model(x, lengths).argmax(-1))
""",
        why="total_length is given",
    ),
    Good(
        code="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Tagger(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.gru = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        return self.fc(out)


model = nn.DataParallel(Tagger(5, 6), device_ids=[0])


def predict(loader):
    for x, lengths in loader:
        print(model(x, lengths).argmax(-1))
""",
        why="a single device: the batch is not split",
    ),
    Good(
        code="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Flat(nn.Module):
    def __init__(self, n_in, hidden, n_steps):
        super().__init__()
        self.n_steps = n_steps
        self.gru = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden * n_steps, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        out = nn.functional.pad(out, (0, 0, 0, self.n_steps - out.size(1)))
        return self.fc(out.flatten(1))
""",
        why="filled up to the number of steps by another call",
    ),
    Good(
        code="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

gru, fc = nn.GRU(5, 6, batch_first=True), nn.Linear(9 * 6, 3)
x = torch.randn(4, 9, 5)
packed = pack_padded_sequence(x, [9, 9, 9, 9], batch_first=True)
out, _ = pad_packed_sequence(gru(packed)[0], batch_first=True)
print(fc(out.reshape(4, -1)).shape)
""",
        why="all sequences are of one length",
    ),
    Good(
        code="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Rows(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.gru = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        return self.fc(out.reshape(-1, out.size(2)))
""",
        why="a row for each step: the Linear reads one of them at a time",
    ),
)

RULE = Rule(
    code="SG408",
    name="total-length",
    summary="the steps of a batch's longest sequence, where a fixed number of steps is needed",
    severity=Severity.WARNING,
    page=PAGE,
    on=(FilledUp,),
    check=check,
    fix=Applicability.UNSAFE,
    bad=BAD,
    good=GOOD,
)
