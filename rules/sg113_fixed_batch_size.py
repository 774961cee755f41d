"""SG113: a batch size that was stored, used where the batch at hand may be smaller."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapeguard.axes.axis import Place, Role
from shapeguard.axes.facts import RnnCalled
from shapeguard.axes.layer import Call, Rnn
from shapeguard.axes.making import during
from shapeguard.axes.reading import Reshaped
from shapeguard.axes.recurrent import batch_and_time
from shapeguard.axes.size import Expr, Size, same, show
from shapeguard.axes.spelling import is_name, renamed, short
from shapeguard.axes.states import tensors
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

_STORED = re.compile(
    r"\b((?:self|args|opt|opts|config|cfg|hparams|hp)\.[\w.]*batch\w*|[A-Z_]*BATCH[A-Z_]*)\b"
)

_OTHERWISE = re.compile(r"^(if )?(not \w*batch\w*|\w*batch\w* (is|==) None)$")
"""A condition under which nobody gave the size, where others give another one."""

_NUMBER = re.compile(r"\.(?:view|reshape)\(\s*((?:self\.)?batch_?size|BATCH_?SIZE)\s*,.*\)", re.S)
"""A view whose first size is called the batch size."""


def check(fact: RnnCalled | Reshaped, context: Context) -> Iterator[Finding]:
    """A state or a view of a stored batch size, in a program whose loader gives smaller ones."""
    if context.uses("drop_last"):
        return
    loaded = context.uses("DataLoader")
    if isinstance(fact, RnnCalled):
        yield from _state(fact, loaded)
    elif loaded:
        yield from _viewed(fact)


def _state(fact: RnnCalled, loaded: bool) -> Iterator[Finding]:
    """A state made in the call that reads it, for a batch of the stored size."""
    call = fact.call
    batch = batch_and_time(call)[0]
    if not call.batched or not _open(batch):
        return
    for tensor in tensors(call.state):
        if tensor.rank != 3 or tensor.axis(0).role is not Role.UNKNOWN:
            continue
        size = tensor.axis(1).size
        for made in tensor.made:
            name = _STORED.search(made.place.text)
            if name is None or not _stored(size, batch) or during(made, call.within) is None:
                continue
            told = next((one.place for one in made.under if _OTHERWISE.search(one.text)), None)
            if loaded or told is not None:
                yield _finding(made.place, name[1], call.rnn, None, told)
            return


def _viewed(fact: Reshaped) -> Iterator[Finding]:
    """A view of a result with the stored size in the place of its batch."""
    source, sizes = fact.before.source, fact.sizes
    batch = fact.before.find(Role.BATCH)
    if source is not None and sizes is not None and batch is None:
        yield from _taken_apart(fact, source.call, sizes)
    name = _STORED.search(fact.place.text[len(fact.base.text) :])
    if source is None or sizes is None or batch is None or name is None:
        return
    size = fact.before.axis(batch).size
    if not _open(size) or any(same(one, size) for one in sizes):
        return
    if not any(_stored(one, size) for one in sizes):
        return
    fix = None
    if is_name(fact.base.text):
        text = renamed(fact.place.text, name[1], f"{fact.base.text}.size({batch})")
        fix = Fix(Applicability.UNSAFE, f"Write `{short(text)}`", (Edit(fact.place, text),))
    yield _finding(fact.place, name[1], source.call.rnn, fix)


def _taken_apart(fact: Reshaped, call: Call, sizes: tuple[Size, ...]) -> Iterator[Finding]:
    """A view that takes samples and steps apart again, with a number for the samples."""
    name = _NUMBER.fullmatch(fact.place.text[len(fact.base.text) :])
    batch = batch_and_time(call)[0]
    if name is None or fact.before.rank != 2 or not call.batched or len(sizes) < 2:
        return
    loaded = isinstance(batch, Expr) and show(batch) == "batch"
    if isinstance(sizes[0], int) and sizes[0] > 1 and (_open(batch) or loaded):
        yield _finding(fact.place, name[1], call.rnn, None)


def _open(size: Size) -> bool:
    """Whether a size is read from a tensor that somebody passes."""
    return isinstance(size, Expr) and ".size(" in str(size)


def _stored(size: Size, batch: Size) -> bool:
    """Whether a size is another number than the batch that is read: one from before the call."""
    if isinstance(size, Expr):
        return ".size(" not in str(size) and "len(" not in str(size)
    return isinstance(size, int) and size > 1 and not same(size, batch)


def _finding(
    place: Place, name: str, rnn: Rnn, fix: Fix | None, told: Place | None = None
) -> Finding:
    where = Evidence("no loader in view drops the last, smaller batch")
    if told is not None:
        where = Evidence(f"`{short(told.text)}` says that there are batches of other sizes", told)
    return Finding(
        place=place,
        message=f"`{name}` is not the batch that is read here when a batch is smaller",
        why="a DataLoader without drop_last=True ends with whatever samples are left, and "
        "evaluation may use another batch size: the sizes then do not fit, or a view cuts the "
        "values at other places",
        cure=fix.message.replace("Write ", "write ")
        if fix
        else "read it from the input: x.size(k)",
        evidence=(
            *layer_evidence(rnn, "batch_first"),
            where,
        ),
        fix=fix,
    )


PAGE = """
## What it does

Finds a batch size that was stored when the model was built, or stands in a constant, used in
`forward` to make the state or to view a result, where a `DataLoader` in the same program does not
drop its last batch. Without a loader in view, a state is reported that is made so where no size was
given (`if batch_size is None:`): such a module reads batches of other sizes, too.

## Why is this bad?

The last batch of a loader holds what samples are left. A state of the stored size then does not fit
the input, and torch raises "Expected hidden size" at the end of the first epoch. A view with the
stored size raises as well, or, where the numbers happen to divide, cuts the values at other places
and mixes samples.

It is a warning, because the number of samples may be a multiple of the batch size.

## Fix safety

Unsafe: the size is read from the tensor that is viewed, so smaller batches work. States are not
edited.

## References

[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): "h_0: tensor of
shape (D * num_layers, N, H_out)", where N is the batch size of the input.
[torch.utils.data.DataLoader](https://docs.pytorch.org/docs/stable/data.html): "drop_last – set to
True to drop the last incomplete batch, if the dataset size is not divisible by the batch size. If
False and the size of dataset is not divisible by the batch size, then the last batch will be
smaller."
"""

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader


class Net(nn.Module):
    def __init__(self, batch_size):
        super().__init__()
        self.batch_size = batch_size
        self.gru = nn.GRU(5, 6, batch_first=True)
        self.fc = nn.Linear(6 * 11, 2)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(out.reshape(self.batch_size, -1))


def run(samples):
    model = Net(batch_size=4)
    return [model(x) for x in DataLoader(samples, batch_size=4)]
""",
        at="out.reshape(self.batch_size, -1)",
        fixed="""\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader


class Net(nn.Module):
    def __init__(self, batch_size):
        super().__init__()
        self.batch_size = batch_size
        self.gru = nn.GRU(5, 6, batch_first=True)
        self.fc = nn.Linear(6 * 11, 2)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(out.reshape(out.size(0), -1))


def run(samples):
    model = Net(batch_size=4)
    return [model(x) for x in DataLoader(samples, batch_size=4)]
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="run(x)[-1]",
            raises="is invalid for input",
            expect="apply('fc', output.reshape(3, -1))",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader


class Net(nn.Module):
    def __init__(self, batch_size):
        super().__init__()
        self.batch_size = batch_size
        self.lstm = nn.LSTM(5, 3, batch_first=True)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        h0 = torch.zeros(1, self.batch_size, 3, dtype=x.dtype)
        c0 = torch.zeros(1, self.batch_size, 3, dtype=x.dtype)
        out, _ = self.lstm(x, (h0, c0))
        return self.fc(out[:, -1])


def run(samples):
    model = Net(batch_size=4)
    return [model(x) for x in DataLoader(samples, batch_size=4)]
""",
        at="torch.zeros(1, self.batch_size, 3, dtype=x.dtype)",
        proof=Proof(inputs={"x": "batch time 5"}, run="run(x)", raises="Expected hidden"),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader

BATCH_SIZE = 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(5, 3)
        self.fc = nn.Linear(3, 2)

    def init_state(self, x):
        return x.new_zeros(1, BATCH_SIZE, 3)

    def forward(self, x):
        x = x.transpose(0, 1)
        _, h = self.rnn(x, self.init_state(x))
        return self.fc(h[-1])


def run(samples):
    model = Net()
    return [model(x) for x in DataLoader(samples, batch_size=BATCH_SIZE)]
""",
        at="x.new_zeros(1, BATCH_SIZE, 3)",
        proof=Proof(inputs={"x": "batch time 5"}, run="run(x)", raises="Expected hidden"),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader


class Net(nn.Module):
    def __init__(self, batch_size=4):
        super().__init__()
        self.batch_size = batch_size
        self.gru = nn.GRU(5, 3, batch_first=True)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        h0 = x.new_zeros(1, x.size(0), 3)
        out, _ = self.gru(x, h0)
        return self.fc(out[:, -1])


model = Net(4)
for x in DataLoader(torch.randn(10, 6, 5), batch_size=4):
    print(model(x).shape)
""",
        why="the batch is read from the input in the same call",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader


class Net(nn.Module):
    def __init__(self, batch_size=4):
        super().__init__()
        self.batch_size = batch_size
        self.gru = nn.GRU(5, 3, batch_first=True)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        h0 = x.new_zeros(1, self.batch_size, 3)
        out, _ = self.gru(x, h0)
        return self.fc(out[:, -1])


model = Net(4)
for x in DataLoader(torch.randn(10, 6, 5), batch_size=4, drop_last=True):
    print(model(x).shape)
""",
        why="the loader drops the last, smaller batch",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, batch_size=4):
        super().__init__()
        self.batch_size = batch_size
        self.gru = nn.GRU(5, 3)

    def forward(self, x):
        out, h = self.gru(x, x.new_zeros(1, self.batch_size, 3))
        return out.view(-1, 3)


text = torch.randn(12, 4, 5)
for steps in text.split(6):
    print(Net()(steps).shape)
""",
        why="no loader: the text was cut into rows, and every batch has all of them",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader


class Net(nn.Module):
    def __init__(self, batch_size=4):
        super().__init__()
        self.steps = batch_size
        self.gru = nn.GRU(5, 3, batch_first=True)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        self.batch_size = x.size(0)
        out, _ = self.gru(x)
        return self.fc(out.reshape(self.batch_size, 6, 3)[:, -1])


model = Net(4)
for x in DataLoader(torch.randn(10, 6, 5), batch_size=4):
    print(model(x).shape)
""",
        why="the attribute is set from the input in the same call",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader


class Net(nn.Module):
    def __init__(self, batch_size=4):
        super().__init__()
        self.batch_size = batch_size
        self.gru = nn.GRU(5, 3, batch_first=True)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        out, _ = self.gru(x)
        scores = self.fc(out.reshape(-1, 3))
        return scores.view(x.size(0), -1, 2)


model = Net(4)
for x in DataLoader(torch.randn(10, 6, 5), batch_size=4):
    print(model(x).shape)
""",
        why="the stored size is not used, and the view reads the size of the input",
    ),
)

RULE = Rule(
    code="SG113",
    name="fixed-batch-size",
    summary="a stored batch size is used where the last batch may be smaller",
    severity=Severity.WARNING,
    page=PAGE,
    on=(
        RnnCalled,
        Reshaped,
    ),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
