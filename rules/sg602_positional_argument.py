"""SG602: a positional argument of the constructor that lands on another parameter than meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapeguard.axes.building import NamesakeBuilt, RnnBuilt
from shapeguard.axes.facts import Argument
from shapeguard.axes.layer import Rnn
from shapeguard.axes.spelling import is_name, short
from shapeguard.contract import parameters
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

#: What the last word of an expression says about the parameter that is meant.
MEANT = (
    ("dropout", re.compile(r".*drop.*|keep_prob", re.I)),
    ("bidirectional", re.compile(r".*bi_?dir.*|bi|is_bi", re.I)),
    ("batch_first", re.compile(r".*batch_?first.*", re.I)),
    ("num_layers", re.compile(r".*(n|num|number)_?(of_)?(\w+_)?layers?|layer_dim|.*layers", re.I)),
    ("bias", re.compile(r".*bias.*", re.I)),
    ("nonlinearity", re.compile(r".*non_?linear.*|.*activation.*", re.I)),
)

SIZES = frozenset({"input_size", "hidden_size"})


def meant(arg: Argument) -> str | None:
    """The parameter that an argument's own name says, if it says one."""
    text = arg.setting.text
    words = re.findall(r"[A-Za-z_]\w*", text)
    if not words or not (is_name(text) or re.fullmatch(r"[\w.]+\[[\"']\w+[\"']\]", text)):
        return None
    return next((name for name, said in MEANT if said.fullmatch(words[-1])), None)


def fits(arg: Argument) -> bool:
    """Whether the parameter takes a value such as this one; what is not known fits."""
    value = arg.setting.value
    if not isinstance(value, (bool, int, float, str)):
        return True
    if arg.parameter in ("bias", "batch_first", "bidirectional"):
        return isinstance(value, bool)
    if arg.parameter == "nonlinearity":
        return isinstance(value, str)
    if arg.parameter == "num_layers":
        return type(value) is int
    if arg.parameter == "dropout":
        return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1
    return True


def doubtful(arg: Argument, rnn: Rnn, arguments: tuple[Argument, ...]) -> bool:
    """Whether a bare True or False ends the arguments on the fourth parameter, ``bias``.

    Only a reader of the signature puts it there, and such a reader writes ``bias=``. After a
    nonlinearity, or on a Cell, whose only flag it is, it is taken as meant.
    """
    return (
        arg.parameter == "bias"
        and arg.last
        and not rnn.cell
        and arg.setting.text in ("True", "False")
        and all(other.parameter != "nonlinearity" for other in arguments)
    )


def check(fact: RnnBuilt | NamesakeBuilt, context: Context) -> Iterator[Finding]:
    """The first positional argument that its value or its name shows to be misplaced."""
    if isinstance(fact, NamesakeBuilt):
        yield from namesake(fact)
        return
    rnn = fact.rnn
    for arg in fact.arguments:
        if arg.position is None or arg.parameter in SIZES:
            continue
        said = meant(arg)
        wrong = not fits(arg) or (said is not None and said != arg.parameter)
        if wrong and not (said == arg.parameter and _harmless(arg)):
            yield _finding(arg, said, fact)
            return
        if doubtful(arg, rnn, fact.arguments):
            yield _doubt(arg, fact)
            return


def shown(arg: Argument) -> str:
    """The argument as written; its value where it comes out of ``*args``."""
    return short(arg.setting.text) or repr(arg.setting.value)


def _harmless(arg: Argument) -> bool:
    """Whether a value that does not fit is still what is meant, such as a bias of 1."""
    return arg.setting.value in (0, 1)


def _signature(rnn: Rnn) -> str:
    names = [parameter.name for parameter in parameters(rnn.kind)]
    return f"nn.{rnn.kind}({', '.join(names[:-2])}, ...)"


def _finding(arg: Argument, said: str | None, fact: RnnBuilt) -> Finding:
    rnn, value = fact.rnn, arg.setting.value
    text = shown(arg)
    assert arg.position is not None
    known = isinstance(value, (bool, int, float, str)) and repr(value) != text
    target = said or _by_value(arg, rnn)
    names = [parameter.name for parameter in parameters(rnn.kind)]
    if target in names:
        cure = f"pass it by name: {target}={text}"
    elif target is not None:
        cure = f"leave it out: nn.{rnn.kind} has no {target}"
    else:
        cure = "pass it by the name of the parameter that is meant"
    return Finding(
        place=arg.place,
        message=f"`{text}` is argument {arg.position + 1} of nn.{rnn.kind} and sets "
        f"{arg.parameter}" + (f", not {target}" if target in names else ""),
        why=_why(arg, target, rnn),
        cure=cure,
        evidence=(
            Evidence(f"the order of the parameters is {_signature(rnn)}", fact.place),
            *([Evidence(f"`{text}` is {value!r}", arg.setting.place)] if known else []),
        ),
        fix=_fix(arg, target, fact),
        severity=Severity.WARNING if rnn.cell and arg.setting.value == 1 else None,
    )


def _why(arg: Argument, target: str | None, rnn: Rnn) -> str:
    names = {parameter.name: parameter.default for parameter in parameters(rnn.kind)}
    kept = f"{target} keeps its default, {names[target]}" if target in names else ""
    if rnn.cell:
        return kept or f"the Cell is built with {arg.parameter}={shown(arg)}"
    if not fits(arg):
        loud = "current torch refuses it, older versions took it in silence"
        return f"{kept}; {loud}" if kept else loud
    return f"{kept}, and torch does not complain" if kept else "torch does not complain"


def _by_value(arg: Argument, rnn: Rnn) -> str | None:
    """The parameter that a value fits and no other does."""
    value = arg.setting.value
    if isinstance(value, float) and 0 <= value < 1 and not rnn.cell:
        return "dropout"
    return "nonlinearity" if value in ("tanh", "relu") and rnn.kind.startswith("RNN") else None


def _fix(arg: Argument, target: str | None, fact: RnnBuilt) -> Fix | None:
    """By name, where the name is known and free; gone, where the Cell has no such parameter.

    None where the argument came out of ``*args``: there is nothing to edit here.
    """
    if arg.splat:
        return None
    names = {parameter.name for parameter in parameters(fact.rnn.kind)}
    after = [
        other
        for other in fact.arguments
        if other.position is not None and arg.position is not None
        if other.position > arg.position
    ]
    if target is None or after or any(other.parameter == target for other in fact.arguments):
        return None
    if target not in names:
        edit = Edit(arg.place, "", how="remove-argument")
        return Fix(Applicability.UNSAFE, f"Remove `{short(arg.setting.text)}`", (edit,))
    edit = Edit(arg.place, f"{target}={arg.setting.text}")
    return Fix(Applicability.UNSAFE, f"Pass it as {target}", (edit,))


def _doubt(arg: Argument, fact: RnnBuilt) -> Finding:
    rnn, text = fact.rnn, arg.setting.text
    effect = "turns the bias off" if text == "False" else "is what bias is anyway"
    return Finding(
        place=arg.place,
        message=f"`{text}` is argument 4 of nn.{rnn.kind} and sets bias",
        why=f"it {effect}; batch_first and bidirectional, which people mean by a flag at this "
        "place, keep their default, False",
        cure=f"write the name: batch_first={text}, bidirectional={text}, or bias={text}",
        evidence=(Evidence(f"the order of the parameters is {_signature(rnn)}", fact.place),),
        severity=Severity.WARNING,
    )


def namesake(fact: NamesakeBuilt) -> Iterator[Finding]:
    """What the ``bias`` of a class of the program is given, where that has another name."""
    for arg in fact.arguments:
        said = meant(arg)
        if arg.parameter != "bias" or said in (None, "bias", *fact.parameters):
            continue
        if isinstance(arg.setting.value, bool) or arg.position is None:
            continue
        text = arg.setting.text
        edit = Edit(arg.place, "", how="remove-argument")
        fix = Fix(Applicability.UNSAFE, f"Remove `{short(text)}`", (edit,)) if arg.last else None
        yield Finding(
            place=arg.place,
            message=f"`{text}` is argument {arg.position + 1} of this program's {fact.kind} and "
            "sets bias",
            why=f"the class has no {said}: whatever the number is, it only turns the bias on, or "
            "off where it is 0",
            cure=f"leave it out, or give the class a {said}",
            evidence=(Evidence(f"its parameters are {', '.join(fact.parameters)}", fact.place),),
            fix=fix,
            severity=Severity.WARNING,
        )
        return


PAGE = """
## What it does

Finds a positional argument of a recurrent layer or Cell that lands on another parameter than the
one that its value or its name says: a dropout or a flag on `bias`, a number of layers on the
`bias` of a Cell, a flag on `nonlinearity`.

A bare `True` or `False` that ends the arguments on `bias` is reported as a warning, and so is a
number of layers on the `bias` of a class of the program that goes by the name of a layer.

## Why is this bad?

The fourth parameter of `nn.LSTM` and `nn.GRU` is `bias`, and that of `nn.RNN` is `nonlinearity`.
So in `nn.GRU(dim, hidden, layers, dropout)` the dropout sets `bias`, and `dropout` stays 0. Newer
versions of torch refuse a number there. A `bool` is taken without a word: with
`nn.LSTM(dim, hidden, layers, bidirectional)` the layer can never read backward, and with
`bidirectional=False` it has no bias either. A Cell takes anything as its `bias`.

## Fix safety

Unsafe: the argument starts to do what its name says, which changes what is computed. Weights that
were saved before may not fit. No fix is offered where the meaning is not certain, or where more
positional arguments follow.

## References

[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html):
"class torch.nn.LSTM(input_size, hidden_size, num_layers=1, bias=True, batch_first=False,
dropout=0.0, bidirectional=False, proj_size=0, device=None, dtype=None)". "bias – If False, then
the layer does not use bias weights b_ih and b_hh. Default: True"
"""

RULE = Rule(
    code="SG602",
    name="positional-argument",
    summary="a positional argument lands on another parameter than the one that is meant",
    severity=Severity.ERROR,
    page=PAGE,
    on=(RnnBuilt, NamesakeBuilt),
    check=check,
    fix=Applicability.UNSAFE,
    bad=(
        Bad(
            code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers=2, bidirectional=True):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, n_layers, bidirectional)

    def forward(self, x):
        return self.lstm(x)[0]
""",
            at="bidirectional",
            nth=1,
            fixed="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers=2, bidirectional=True):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, n_layers, bidirectional=bidirectional)

    def forward(self, x):
        return self.lstm(x)[0]
""",
            proof=Proof(run="Encoder(5, 3)", holds="layer.bidirectional is True"),
        ),
        Bad(
            code="""\
import torch
from torch import nn


class CharRNN(nn.Module):
    def __init__(self, dim, hidden, num_layers, dropout):
        super().__init__()
        self.rnn = nn.GRU(dim, hidden, num_layers, dropout)

    def forward(self, x, state=None):
        return self.rnn(x, state)
""",
            at="dropout",
            nth=1,
            fixed="""\
import torch
from torch import nn


class CharRNN(nn.Module):
    def __init__(self, dim, hidden, num_layers, dropout):
        super().__init__()
        self.rnn = nn.GRU(dim, hidden, num_layers, dropout=dropout)

    def forward(self, x, state=None):
        return self.rnn(x, state)
""",
            proof=Proof(
                run="CharRNN(5, 3, 2, 0.5)", raises="bias should be", holds="layer.dropout == 0.5"
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn


class Stepper(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers=2):
        super().__init__()
        self.cell = nn.GRUCell(n_in, n_hidden, n_layers)

    def forward(self, x):
        h = None
        for step in x:
            h = self.cell(step, h)
        return h
""",
            at="n_layers",
            nth=1,
            fixed="""\
import torch
import torch.nn as nn


class Stepper(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers=2):
        super().__init__()
        self.cell = nn.GRUCell(n_in, n_hidden)

    def forward(self, x):
        h = None
        for step in x:
            h = self.cell(step, h)
        return h
""",
            proof=Proof(run="Stepper(5, 3)", holds="layer.bias is True"),
        ),
        Bad(
            code="""\
import torch
from torch.nn import LSTM

lstm = LSTM(5, 3, 2, 0.25, batch_first=True)
""",
            at="0.25",
            fixed="""\
import torch
from torch.nn import LSTM

lstm = LSTM(5, 3, 2, dropout=0.25, batch_first=True)
""",
            proof=Proof(
                run="lstm",
                raises="bias should be",
                holds="layer.dropout == 0.25 and layer.bias is True",
            ),
        ),
        Bad(
            code="""\
import torch
from torch import nn

rnn = nn.RNN(5, 3, 2, True)
""",
            at="True",
            proof=Proof(run="rnn", raises="Unknown nonlinearity"),
        ),
        Bad(
            code="""\
import torch
from torch import nn

gru = nn.GRU(5, 3, 1, True)
""",
            at="True",
            severity=Severity.WARNING,
            proof=Proof(run="gru", holds="layer.batch_first or layer.bidirectional"),
        ),
        Bad(
            code="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 3, 1, True, 0.2, True)
""",
            at="0.2",
            proof=Proof(run="lstm", raises="dropout should be"),
        ),
        Bad(
            code="""\
import torch
from torch import nn

sizes = (5, 3, 2, 0.25)
gru = nn.GRU(*sizes)
""",
            at="nn.GRU(*sizes)",
            proof=Proof(run="gru", raises="bias should be"),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn


class GRUCell(nn.Module):
    def __init__(self, input_size, hidden_size, bias=True):
        super().__init__()
        self.bias = bias
        self.x2h = nn.Linear(input_size, 3 * hidden_size, bias=bool(bias))
        self.h2h = nn.Linear(hidden_size, 3 * hidden_size, bias=bool(bias))

    def forward(self, x, h):
        r, z, n = self.x2h(x).chunk(3, 1)
        s, y, m = self.h2h(h).chunk(3, 1)
        z = torch.sigmoid(z + y)
        return (1 - z) * torch.tanh(n + torch.sigmoid(r + s) * m) + z * h


class Model(nn.Module):
    def __init__(self, n_in, hidden, layer_dim):
        super().__init__()
        self.cell = GRUCell(n_in, hidden, layer_dim)

    def forward(self, x, h):
        return self.cell(x, h)
""",
            at="layer_dim",
            nth=1,
            severity=Severity.WARNING,
            fixed="""\
import torch
import torch.nn as nn


class GRUCell(nn.Module):
    def __init__(self, input_size, hidden_size, bias=True):
        super().__init__()
        self.bias = bias
        self.x2h = nn.Linear(input_size, 3 * hidden_size, bias=bool(bias))
        self.h2h = nn.Linear(hidden_size, 3 * hidden_size, bias=bool(bias))

    def forward(self, x, h):
        r, z, n = self.x2h(x).chunk(3, 1)
        s, y, m = self.h2h(h).chunk(3, 1)
        z = torch.sigmoid(z + y)
        return (1 - z) * torch.tanh(n + torch.sigmoid(r + s) * m) + z * h


class Model(nn.Module):
    def __init__(self, n_in, hidden, layer_dim):
        super().__init__()
        self.cell = GRUCell(n_in, hidden)

    def forward(self, x, h):
        return self.cell(x, h)
""",
            proof=Proof(
                run="Model(5, 3, 2).cell.bias, Model(5, 3, 0).cell.bias",
                holds="value[0] is True and value[1] is True",
            ),
        ),
    ),
    good=(
        Good(
            code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers=1, bias=True):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, n_layers, bias)

    def forward(self, x):
        return self.lstm(x)[0]


print(Encoder(5, 3)(torch.randn(6, 4, 5)).shape)
""",
            why="the fourth argument is called `bias` and is meant as that",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 3, 2, True, False, 0.5, True)
out, h = rnn(torch.randn(6, 4, 5))
""",
            why="all arguments by position, each fitting its parameter",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

rnn = nn.RNN(5, 3, 2, "relu", True)
out, h = rnn(torch.randn(6, 4, 5))
""",
            why="the nonlinearity in the fourth place shows that the order is known",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

cell = nn.LSTMCell(5, 3, False)
h, c = cell(torch.randn(4, 5))
""",
            why="a Cell has no other flag than `bias`",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn


class GRUCell(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers):
        super().__init__()
        self.cells = nn.ModuleList([nn.GRUCell(n_in, n_hidden) for _ in range(n_layers)])

    def forward(self, x):
        return [cell(x) for cell in self.cells]


print(len(GRUCell(5, 3, 2)(torch.randn(4, 5))))
""",
            why="a class of the program with an order of its own",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_in, hidden_layers, use_norm=True):
        super().__init__()
        self.rnn = nn.LSTM(n_in, 3, hidden_layers, batch_first=use_norm)

    def forward(self, x):
        return self.rnn(x)[0]


print(Encoder(5, 2)(torch.randn(4, 6, 5)).shape)
""",
            why="passed by name: whatever the variable is called, it lands where it says",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn


class GRUCell(nn.Module):
    def __init__(self, n_in, n_hidden, bias, n_layers):
        super().__init__()
        self.x2h = nn.Linear(n_in, n_hidden, bias=bias)
        self.h2h = nn.Linear(n_hidden, n_hidden * n_layers, bias=bias)

    def forward(self, x, h):
        return self.x2h(x), self.h2h(h)


class Model(nn.Module):
    def __init__(self, n_in, n_hidden, use_bias, n_layers):
        super().__init__()
        self.cell = GRUCell(n_in, n_hidden, use_bias, n_layers)

    def forward(self, x, h):
        return self.cell(x, h)


print(len(Model(5, 3, True, 2)(torch.randn(4, 5), torch.randn(4, 3))))
""",
            why="each lands where the program's own class wants it",
        ),
    ),
)
