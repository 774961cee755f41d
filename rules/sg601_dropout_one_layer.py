"""SG601: dropout given to a layer that has nothing to drop between."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.building import RnnBuilt
from shapeguard.axes.facts import Argument
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.spelling import factor
from shapeguard.reference.proof import Proof
from shapeguard.rule import (
    Applicability,
    Bad,
    Context,
    Edit,
    Finding,
    Fix,
    Good,
    Rule,
    Severity,
    layer_evidence,
)


def check(fact: RnnBuilt, context: Context) -> Iterator[Finding]:
    """A dropout that is not zero, and one layer."""
    rnn = fact.rnn
    given = next((arg for arg in fact.arguments if arg.parameter == "dropout"), None)
    layers = next((arg for arg in fact.arguments if arg.parameter == "num_layers"), None)
    number, dropout = rnn.setting("num_layers").value, rnn.setting("dropout").value
    if rnn.cell or given is None or number != 1 or isinstance(number, bool):
        return
    if isinstance(dropout, bool):
        return  # no dropout is meant here: SG602
    fixed_number = layers is None or layers.setting.text == "1"
    if isinstance(dropout, (int, float)):
        if not dropout > 0:
            return
    elif not fixed_number or dropout is None:
        return
    evidence = layer_evidence(rnn, "dropout", "num_layers")
    if dropout is UNKNOWN or not isinstance(dropout, (int, float)):
        evidence = layer_evidence(rnn, "num_layers")
    yield Finding(
        place=fact.place,
        message=f"dropout={given.setting.text or dropout} of a one-layer {rnn.kind} does nothing",
        why=f"nn.{rnn.kind} drops values between its layers, never after the last one, so with "
        "num_layers=1 the model is trained without this dropout",
        cure="leave the argument out; to drop what the layer returns, apply nn.Dropout to its "
        "output",
        evidence=evidence,
        fix=_fix(given, layers, fixed_number),
    )


def _fix(given: Argument, layers: Argument | None, fixed_number: bool) -> Fix | None:
    """Without the argument; where the number of layers can be another, only when it is one.

    None where either came out of ``*args`` or ``**kwargs``: there is nothing to edit here.
    """
    if given.splat or (layers is not None and layers.splat):
        return None
    if fixed_number or layers is None:
        if given.position is None or given.last:
            edit = Edit(given.place, "", how="remove-argument")
            return Fix(Applicability.SAFE, "Remove the dropout argument", (edit,))
        edit = Edit(given.place, "0.0")
        return Fix(Applicability.SAFE, "Write the dropout that is in effect, 0.0", (edit,))
    name = "" if given.position is not None else "dropout="
    value = f"{factor(given.setting.text)} if {factor(layers.setting.text)} > 1 else 0.0"
    edit = Edit(given.place, name + value)
    return Fix(Applicability.SAFE, "Pass the dropout only where there are more layers", (edit,))


PAGE = """
## What it does

Finds `nn.RNN`, `nn.LSTM` and `nn.GRU` built with a `dropout` that is not 0 and one layer, whether
written there or by the defaults and call sites in view.

## Why is this bad?

This dropout works on the output of each layer except the last. With one layer there is nothing
to drop: the model is trained without the regularisation its author believes in. torch warns when
the layer is built, but the warning is easily lost among others.

## Fix safety

Safe: what is computed stays the same. Where the number of layers is written at the constructor,
the argument is removed. Where it comes from a parameter, the argument is made to depend on it, so
that instances with more layers keep their dropout.

The fix does not add an `nn.Dropout`, because that would change the model.

## References

[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): "dropout – If
non-zero, introduces a Dropout layer on the outputs of each LSTM layer except the last layer, with
dropout probability equal to dropout. Default: 0"
"""

RULE = Rule(
    code="SG601",
    name="dropout-one-layer",
    summary="`dropout` of a layer with `num_layers=1` does nothing",
    severity=Severity.WARNING,
    page=PAGE,
    on=(RnnBuilt,),
    check=check,
    fix=Applicability.SAFE,
    bad=(
        Bad(
            code="""\
import torch
import torch.nn as nn


class Forecaster(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True, dropout=0.5)
        self.fc = nn.Linear(n_hidden, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1])
""",
            at="nn.LSTM(n_in, n_hidden, batch_first=True, dropout=0.5)",
            fixed="""\
import torch
import torch.nn as nn


class Forecaster(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1])
""",
            proof=Proof(
                inputs={"x": "batch time 5"},
                run="Forecaster(5, 3)(x)",
                no_warning="dropout option",
                expect="apply('fc', last_step)",
            ),
        ),
        Bad(
            code="""\
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, dim, hidden, n_layers=1, dropout=0.3):
        super().__init__()
        self.rnn = nn.GRU(dim, hidden, n_layers, dropout=dropout, bidirectional=True)

    def forward(self, x):
        return self.rnn(x)[0]
""",
            at="nn.GRU(dim, hidden, n_layers, dropout=dropout, bidirectional=True)",
            fixed="""\
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, dim, hidden, n_layers=1, dropout=0.3):
        super().__init__()
        self.rnn = nn.GRU(dim, hidden, n_layers, dropout=dropout if n_layers > 1 else 0.0, \
bidirectional=True)

    def forward(self, x):
        return self.rnn(x)[0]
""",
            proof=Proof(
                inputs={"x": "time batch 5"},
                run="Encoder(5, 3)(x)",
                no_warning="dropout option",
                expect="output",
            ),
        ),
        Bad(
            code="""\
import torch
from torch.nn import GRU

rnn = GRU(5, 3, 1, True, True, 0.2)
""",
            at="GRU(5, 3, 1, True, True, 0.2)",
            fixed="""\
import torch
from torch.nn import GRU

rnn = GRU(5, 3, 1, True, True)
""",
            proof=Proof(
                inputs={"x": "batch time 5"},
                run="rnn(x)[0]",
                no_warning="dropout option",
                expect="output",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.rnn = nn.LSTM(
            input_size=config["dim"],
            hidden_size=config["hidden"],
            dropout=config["dropout"],
            bidirectional=True,
        )

    def forward(self, x):
        return self.rnn(x)[0]
""",
            at="""\
nn.LSTM(
            input_size=config["dim"],
            hidden_size=config["hidden"],
            dropout=config["dropout"],
            bidirectional=True,
        )""",
            fixed="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.rnn = nn.LSTM(
            input_size=config["dim"],
            hidden_size=config["hidden"],
            bidirectional=True,
        )

    def forward(self, x):
        return self.rnn(x)[0]
""",
            proof=Proof(
                inputs={"x": "time batch 5"},
                run="Encoder({'dim': 5, 'hidden': 3, 'dropout': 0.5})(x)",
                no_warning="dropout option",
                expect="output",
            ),
        ),
        Bad(
            code="""\
import torch
from torch import nn

OPTIONS = {"dropout": 0.5, "num_layers": 1}
lstm = nn.LSTM(5, 3, **OPTIONS)
""",
            at="nn.LSTM(5, 3, **OPTIONS)",
            proof=Proof(run="lstm", no_warning="dropout option"),
        ),
        Bad(
            code="""\
import torch
from functools import partial
from torch import nn

layer = partial(nn.GRU, dropout=0.2, batch_first=True)
rnn = layer(5, 3)
""",
            at="layer(5, 3)",
            proof=Proof(run="rnn", no_warning="dropout option"),
        ),
    ),
    good=(
        Good(
            code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 3, num_layers=2, dropout=0.5)
out, _ = lstm(torch.randn(6, 4, 5))
""",
            why="two layers: dropout works between them",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_layers=1, dropout=0.5):
        super().__init__()
        self.rnn = nn.GRU(5, 3, n_layers, dropout=dropout if n_layers > 1 else 0)

    def forward(self, x):
        return self.rnn(x)[0]


print(Encoder()(torch.randn(6, 4, 5)).shape)
""",
            why="guarded: with one layer the dropout is 0",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

rnn = nn.RNN(5, 3, dropout=0.0)
out, _ = rnn(torch.randn(6, 4, 5))
""",
            why="a dropout of 0 asks for nothing",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn


class Decoder(nn.Module):
    def __init__(self, n_layers=1, dropout=0.5):
        super().__init__()
        self.rnn = nn.GRU(5, 3, n_layers, dropout=dropout)

    def forward(self, x):
        return self.rnn(x)[0]


decoder = Decoder(n_layers=3)
print(decoder(torch.randn(6, 4, 5)).shape)
""",
            why="every instance in view has more than one layer",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, num_layers, dropout):
        super().__init__()
        self.rnn = nn.LSTM(5, 3, num_layers=num_layers, dropout=dropout)

    def forward(self, x):
        return self.rnn(x)[0]
""",
            why="the number of layers is not known",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn


class LSTM(nn.Module):
    def __init__(self, n_in, n_hidden, dropout=0.0):
        super().__init__()
        self.rnn = nn.LSTM(n_in, n_hidden)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        return self.drop(self.rnn(x)[0])


lstm = LSTM(5, 3, dropout=0.4)
print(lstm(torch.randn(6, 4, 5)).shape)
""",
            why="a class of the program that is called LSTM and applies the dropout itself",
        ),
    ),
)
