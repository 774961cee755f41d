"""SG406: lengths that are not sorted where they must be, and samples sorted and not put back."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.packing import PackedUp
from shapeguard.axes.value import Tuple
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


def check(fact: PackedUp, context: Context) -> Iterator[Finding]:
    """A batch that is packed: the order of its lengths, and of its samples."""
    numbers = fact.lengths.items if isinstance(fact.lengths, Tuple) else ()
    known = all(type(number) is int for number in numbers)
    if fact.ordered is True and known and list(numbers) != sorted(numbers, reverse=True):
        text = ", ".join(map(str, numbers))
        yield Finding(
            place=fact.argument,
            message=f"the lengths are not in decreasing order: {text}",
            why="pack_padded_sequence wants the longest sequence first unless enforce_sorted=False "
            "is passed, so this raises RuntimeError",
            cure="pass enforce_sorted=False: it sorts, and puts back what the layer returns",
            evidence=(Evidence("enforce_sorted is True for this call", fact.flag or fact.place),),
            fix=_fix(fact),
        )
    elif fact.stray is not None:
        order = fact.stray.order
        yield Finding(
            place=fact.stray.place,
            message=f"the samples are put in the order of `{order}`, and nothing puts them back",
            why="what the layer returns is in the order of the lengths then, not in that of the "
            "batch: it stands beside the labels and the other inputs of other samples. It is right "
            "only where nobody asks which sample is which",
            cure="leave the batch as it is and pass enforce_sorted=False; or put the result back "
            f"with `{order}.argsort()`",
            evidence=(Evidence("the batch is packed here", fact.place),),
            severity=Severity.WARNING,
        )


def _fix(fact: PackedUp) -> Fix | None:
    """The call with enforce_sorted=False."""
    text = fact.place.text.rstrip()
    if fact.flag is not None:
        edit = Edit(fact.flag, "False")
    elif text.endswith(")") and "#" not in text:
        inner = text[:-1].rstrip().rstrip(",")
        edit = Edit(fact.place, f"{inner}, enforce_sorted=False)")
    else:
        return None
    return Fix(Applicability.UNSAFE, "Let pack_padded_sequence sort the batch", (edit,))


PAGE = """
## What it does

Finds lengths that are written in the code and not in decreasing order, where pack_padded_sequence
enforces that they are; and samples that a function sorts by their lengths with `x[order]` and
packs, where `order` has no other use in that function: nothing is put back, and nothing else is
put in the same order. Left alone are orders that are returned, passed on, used for the labels as
well, or inverted, and sorting that is done elsewhere.

## Why is this bad?

Unsorted lengths raise. A batch that is sorted and not put back runs, and what comes out belongs to
other samples than the caller thinks: the state in row 0 is that of the longest sequence, and the
label in row 0 is that of the first. The loss goes down a little, by what all samples share.
Since torch 1.1 there is no reason to sort: `enforce_sorted=False` does it, and puts back the output
and the states.

## Fix safety

Unsafe: the fix makes a call work that raises today. For samples that are not put back none is
offered: which of the two orders the rest of the program expects is for the author to say.

## References

[torch.nn.utils.rnn.pack_padded_sequence](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html):
"For unsorted sequences, use enforce_sorted = False. If enforce_sorted is True, the sequences should
be sorted by length in a decreasing order".
"""

ROWS = "[[m(x, lengths.flip(0))[0], m(x[:1], lengths.flip(0)[:1])[0]] for m in [Encoder()]][0]"
"""The state of the first sample: in its batch, which is sorted the other way round, and alone."""

RULE = Rule(
    code="SG406",
    name="sort-order",
    summary="lengths that are not sorted, or samples that are sorted and not put back",
    severity=Severity.ERROR,
    page=PAGE,
    on=(PackedUp,),
    check=check,
    fix=Applicability.UNSAFE,
    bad=(
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


rnn = nn.GRU(5, 3, batch_first=True)
x = torch.randn(3, 6, 5)
packed = pack_padded_sequence(x, [4, 6, 2], batch_first=True)
_, h_n = rnn(packed)
""",
            at="[4, 6, 2]",
            fixed="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


rnn = nn.GRU(5, 3, batch_first=True)
x = torch.randn(3, 6, 5)
packed = pack_padded_sequence(x, [4, 6, 2], batch_first=True, enforce_sorted=False)
_, h_n = rnn(packed)
""",
            proof=Proof(raises="decreasing order"),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 4, batch_first=True)

    def forward(self, x, lengths):
        lengths, order = lengths.sort(descending=True)
        packed = pack_padded_sequence(x[order], lengths, batch_first=True)
        _, h_n = self.rnn(packed)
        return h_n[-1]
""",
            at="x[order]",
            severity=Severity.WARNING,
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run=ROWS,
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(13, 5)
        self.lstm = nn.LSTM(5, 4)
        self.tags = nn.Linear(4, 3)

    def forward(self, ids, lengths):
        order = torch.argsort(lengths, descending=True)
        x = self.embed(ids[:, order])
        packed, _ = self.lstm(pack_padded_sequence(x, lengths[order]))
        out, _ = pad_packed_sequence(packed)
        return self.tags(out)
""",
            at="ids[:, order]",
            severity=Severity.WARNING,
            proof=Proof(
                inputs={"ids": "time batch:ids(13)", "lengths": "batch:lengths"},
                run=(
                    "[[m(ids, lengths.flip(0))[0, 0], "
                    "m(ids[:, :1], lengths.flip(0)[:1])[0, 0]] for m in [Tagger()]][0]"
                ),
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


rnn = nn.GRU(5, 3, batch_first=True)
lengths = [2, 3, 3]
x = torch.randn(3, 6, 5)
packed = pack_padded_sequence(x, lengths, batch_first=True)
_, h_n = rnn(packed)
""",
            at="lengths",
            fixed="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


rnn = nn.GRU(5, 3, batch_first=True)
lengths = [2, 3, 3]
x = torch.randn(3, 6, 5)
packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
_, h_n = rnn(packed)
""",
            nth=1,
            proof=Proof(raises="decreasing order"),
        ),
    ),
    good=(
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 4, batch_first=True)

    def forward(self, x, lengths):
        lengths, order = lengths.sort(descending=True)
        packed = pack_padded_sequence(x[order], lengths, batch_first=True)
        _, h_n = self.rnn(packed)
        return h_n[-1][order.argsort()]
""",
            why="the states are put back in the order of the batch",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run=ROWS,
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 4, batch_first=True)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        _, h_n = self.rnn(packed)
        return h_n[-1]
""",
            why="enforce_sorted=False sorts, and puts back what comes out",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run=ROWS,
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 4, batch_first=True)

    def forward(self, x, lengths):
        lengths, order = lengths.sort(descending=True)
        packed = pack_padded_sequence(x[order], lengths, batch_first=True)
        _, h_n = self.rnn(packed)
        return h_n[-1], order
""",
            why="the caller gets the order and can put the states back",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Encoder()(x, lengths)",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 4, batch_first=True)

    def forward(self, x, lengths, labels):
        lengths, order = lengths.sort(descending=True)
        packed = pack_padded_sequence(x[order], lengths, batch_first=True)
        _, h_n = self.rnn(packed)
        return nn.functional.mse_loss(h_n[-1][:, 0], labels[order])
""",
            why="the labels are put in the same order",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Encoder()(x, lengths, x[:, 0, 0])",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 4, batch_first=True)

    def forward(self, x, lengths):
        x, lengths = x, sorted(lengths.tolist(), reverse=True)
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        _, h_n = self.rnn(packed)
        return h_n[-1]
""",
            why="which order the batch has is decided elsewhere",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Encoder()(x, lengths)",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 4, batch_first=True)

    def forward(self, x, lengths):
        lengths, order = lengths.sort(descending=True)
        packed = pack_padded_sequence(x[order], lengths, batch_first=True)
        _, h_n = self.rnn(packed)
        back = torch.empty_like(h_n[-1])
        back[order] = h_n[-1]
        return back
""",
            why="the states are written back where they belong",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run=ROWS,
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


rnn = nn.GRU(5, 3, batch_first=True)
x = torch.randn(3, 6, 5)
packed = pack_padded_sequence(x, [6, 4, 2], batch_first=True)
_, h_n = rnn(packed)
""",
            why="the lengths are in decreasing order",
            proof=Proof(run="h_n"),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


rnn = nn.GRU(5, 3, batch_first=True)
x = torch.randn(3, 6, 5)
packed = pack_padded_sequence(x, [4, 6, 2], batch_first=True, enforce_sorted=False)
_, h_n = rnn(packed)
""",
            why="enforce_sorted=False takes lengths in any order",
            proof=Proof(run="h_n"),
        ),
    ),
    ends=("static", "guard"),
)
