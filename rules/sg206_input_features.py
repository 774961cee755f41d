"""SG206: a recurrent layer is fed another number of features than it was made for."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.facts import RnnCalled
from shapeguard.axes.size import Size, differ, mul, same, show
from shapeguard.axes.spelling import factor, short, with_article
from shapeguard.axes.value import Packed, Tensor
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


def fed(fact: RnnCalled) -> Tensor | None:
    """The tensor that a call reads, packed or not."""
    given = fact.call.input
    if isinstance(given, Packed):
        return given.tensor
    return given if isinstance(given, Tensor) else None


def origin(tensor: Tensor) -> str:
    """What gives the features, in words."""
    source = tensor.source
    if source is None:
        return "it is fed"
    rnn, article = source.call.rnn, with_article(source.call.rnn.kind)
    both = rnn.directions == 2 and same(tensor.axis(-1).size, mul(2, rnn.out_size))
    if source.slot == "output" and both:
        return f"`output` of {'a bidirectional ' + rnn.kind} has 2 * hidden_size ="
    return f"what comes from {article} has"


def before(tensor: Tensor) -> tuple[Evidence, ...]:
    """The layer whose features are fed."""
    source = tensor.source
    if source is None:
        return ()
    return (Evidence(f"the {source.call.rnn.kind} before it", source.call.place),)


def resized(fact: RnnCalled, size: Size, wanted: Size, context: Context) -> Fix | None:
    """The layer made for as many features, unless another call feeds it what it expects."""
    rnn = fact.call.rnn
    argument = rnn.setting("input_size").argument
    if argument is None:
        return None
    for other in context.facts(RnnCalled):
        given = fed(other) if other.call.rnn.place == rnn.place else None
        if given is not None and not differ(given.axis(-1).size, wanted):
            return None
    text = argument.text
    if same(size, mul(2, wanted)) and not text.isdecimal():
        new = f"2 * {factor(text)}"
    elif isinstance(size, int) and text.isdecimal():
        new = str(size)
    else:
        return None
    message = f"Make the {rnn.kind} with input_size `{new}`"
    return Fix(Applicability.UNSAFE, message, (Edit(argument, new),))


def sure(axis: Axis, tensor: Tensor) -> bool:
    """Whether the last axis is known to hold features: a layer made it, or all axes are known."""
    return axis.role is Role.FEATURE or tensor.axes is not None


def width(size: Size) -> str:
    """What input_size has to be, in words where it depends on what is passed."""
    text = show(size)
    passed = ".size(" in text or "positions" in text
    return "as wide as what it is fed" if passed else f"with input_size={text}"


def check(fact: RnnCalled, context: Context) -> Iterator[Finding]:
    """A layer fed with a last axis of another size than input_size."""
    rnn, tensor = fact.call.rnn, fed(fact)
    if tensor is None or rnn.cell:
        return
    last, wanted = tensor.axis(-1), rnn.size("input_size")
    if not sure(last, tensor) or not differ(last.size, wanted):
        return
    size = last.size
    yield Finding(
        fact.place,
        f"`{short(fact.place.text, 40)}`: this {rnn.kind} expects {show(wanted)} features, and "
        f"{origin(tensor)} {show(size)}",
        "torch raises: input.size(-1) must be equal to input_size",
        f"make the {rnn.kind} {width(size)}, or feed it {show(wanted)} features",
        (*layer_evidence(rnn, "input_size"), *before(tensor)),
        resized(fact, size, wanted, context),
    )


PAGE = """
## What it does

Reports a recurrent layer whose `input_size` is not the number of features that reaches it: the
second layer after a bidirectional one, which puts out `2 * hidden_size`; an embedding of another
size; a context that was joined to the input and not counted.

## Why is this bad?

torch raises "input.size(-1) must be equal to input_size", often only when somebody turns on
`bidirectional` or changes the size of the embedding.

## Fix safety

The fix is unsafe: it makes the layer larger or smaller, so weights that were saved do not fit any
more. It is not offered where another call feeds the same layer what it expects.

## References

- torch.nn.LSTM, input: "tensor of shape (L, N, H_in) when batch_first=False or (N, L, H_in) when
  batch_first=True", where H_in is input_size; output: "(L, N, D * H_out)", where D is "2 if
  bidirectional=True otherwise 1".
"""

BAD = (
    Bad(
        code="""\
import torch
from torch import nn


class Stack(nn.Module):
    def __init__(self, n_features, hidden):
        super().__init__()
        self.lower = nn.LSTM(n_features, hidden, bidirectional=True, batch_first=True)
        self.upper = nn.LSTM(hidden, hidden, batch_first=True)

    def forward(self, x):
        out, _ = self.lower(x)
        out, _ = self.upper(out)
        return out


stack = Stack(5, 6)
""",
        at="self.upper(out)",
        fixed="""\
import torch
from torch import nn


class Stack(nn.Module):
    def __init__(self, n_features, hidden):
        super().__init__()
        self.lower = nn.LSTM(n_features, hidden, bidirectional=True, batch_first=True)
        self.upper = nn.LSTM(2 * hidden, hidden, batch_first=True)

    def forward(self, x):
        out, _ = self.lower(x)
        out, _ = self.upper(out)
        return out


stack = Stack(5, 6)
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="stack(x)",
            raises="must be equal to input_size",
            layer="upper",
            expect="output",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn

embed = nn.Embedding(13, 8)
gru = nn.GRU(5, 6)


def encode(ids):
    return gru(embed(ids))[0]
""",
        at="gru(embed(ids))",
        fixed="""\
import torch
import torch.nn as nn

embed = nn.Embedding(13, 8)
gru = nn.GRU(8, 6)


def encode(ids):
    return gru(embed(ids))[0]
""",
        proof=Proof(
            inputs={"ids": "time batch:ids(13)"},
            run="encode(ids)",
            raises="must be equal to input_size",
            expect="output",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Decoder(nn.Module):
    def __init__(self, vocab: int, dim: int, hidden: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.encoder = nn.GRU(dim, hidden, batch_first=True)
        self.rnn = nn.GRU(dim, hidden, batch_first=True)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        words = self.embed(ids)
        context, _ = self.encoder(words)
        out, _ = self.rnn(torch.cat([words, context], dim=-1))
        return out


decoder = Decoder(13, 5, 6)


def run():
    return decoder(torch.ones(7, 11).long())
""",
        at="self.rnn(torch.cat([words, context], dim=-1))",
        proof=Proof(run="run()", raises="must be equal to input_size"),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
from torch import nn

lower = nn.LSTM(5, 6, bidirectional=True)
upper = nn.LSTM(12, 4)
print(upper(lower(torch.randn(9, 4, 5))[0])[0].shape)
""",
        why="the upper layer is made for both directions",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, size, layers, bidirectional=True):
        super().__init__()
        half = size // 2 if bidirectional else size
        self.rnns = nn.ModuleList(
            nn.GRU(size, half, bidirectional=bidirectional) for _ in range(layers)
        )

    def forward(self, x):
        for rnn in self.rnns:
            x = x + rnn(x)[0]
        return x


print(Residual(6, 3)(torch.randn(9, 4, 6)).shape)
""",
        why="two directions of half the size give the size back",
    ),
    Good(
        code="""\
import torch
from torch import nn

first = nn.LSTM(5, 6, bidirectional=True, batch_first=True)
second = nn.LSTM(6, 4, batch_first=True)
out, _ = first(torch.randn(4, 9, 5))
print(second(out[..., :6] + out[..., 6:])[0].shape)
""",
        why="the two directions are summed",
    ),
    Good(
        code="""\
import torch
from torch import nn

embed = nn.Embedding(13, 5)
rnn = nn.GRU(5 + 3, 6, batch_first=True)
x = torch.cat([embed(torch.randint(0, 13, (4, 9))), torch.randn(4, 9, 3)], dim=2)
print(rnn(x)[0].shape)
""",
        why="what was joined to the embedding is counted",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, emb, width):
        super().__init__()
        self.embed = nn.Embedding(13, emb)
        self.rnn = nn.GRU(width, 6)

    def forward(self, ids):
        return self.rnn(self.embed(ids))[0]


sizes = {"emb": 5, "width": 5}
print(Net(**dict(sizes))(torch.randint(0, 13, (9, 4))).shape)
""",
        why="two sizes with two names may well be equal",
    ),
    Good(
        code="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 8, proj_size=3)
top = nn.LSTM(3, 4)
print(top(lstm(torch.randn(9, 4, 5))[0])[0].shape)
""",
        why="a projection sets the number of features",
    ),
)

RULE = Rule(
    code="SG206",
    name="input-features",
    summary="a recurrent layer is fed another number of features than it was made for",
    severity=Severity.ERROR,
    page=PAGE,
    on=(RnnCalled,),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
    ends=("static", "guard"),
)
