"""SG606: a number of layers, or of directions, that never reaches the layer."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.building import SettingBeside
from shapeguard.axes.facts import RnnCalled
from shapeguard.axes.size import differ, mul
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


def check(fact: SettingBeside, context: Context) -> Iterator[Finding]:
    """One setting beside one layer."""
    rnn = fact.rnn
    for called in context.facts(RnnCalled):
        if called.call.rnn is not rnn:
            continue
        wanted = mul(rnn.size("num_layers"), rnn.directions)
        if any(
            state.axes and differ(state.axis(0).size, wanted)
            for state in tensors(called.call.state)
        ):
            return  # a state that cannot be right is reported as that
    evidence = []
    if fact.given is not None:
        evidence.append(Evidence(f"`{fact.name}` is given", fact.given))
    if fact.used is not None:
        evidence.append(Evidence(f"it sizes a tensor here: `{fact.used.text}`", fact.used))
    else:
        evidence.append(Evidence(f"nothing reads `{fact.name}`", fact.given or fact.place))
    yield Finding(
        place=fact.place,
        message=f"`{fact.name}` is not passed to this {rnn.kind}, whose {fact.parameter} is "
        f"{rnn.setting(fact.parameter).value} whatever it says",
        why="the name promises a setting that has no effect: the layer is smaller than the program "
        "says, and states that are sized by it do not fit",
        cure=f"pass {fact.parameter}={fact.name}; or remove the name, if one "
        f"{'layer' if fact.parameter == 'num_layers' else 'direction'} is meant",
        evidence=(*layer_evidence(rnn, fact.parameter), *evidence),
        fix=_fix(fact),
    )


def _fix(fact: SettingBeside) -> Fix | None:
    text = fact.place.text
    if "\n" in text or not text.endswith(")") or text[:-1].rstrip().endswith((",", "(")):
        return None
    edit = Edit(fact.place, f"{text[:-1]}, {fact.parameter}={fact.name})")
    return Fix(Applicability.UNSAFE, f"Pass {fact.parameter}", (edit,))


PAGE = """
## What it does

Finds a recurrent layer that is built without `num_layers` (or `bidirectional`) beside a setting of
that name: a parameter of `__init__` that is only kept or only sizes states, or a name of the module
that nothing reads.

## Why is this bad?

Whoever sets `num_layers=3` gets one layer. Nothing complains, unless a state is made for three.
Results of experiments that change the number are all those of one layer.

## Fix safety

Unsafe: the layer gets more parameters, and what reads a state may have to take the last layer.

## References

[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): "num_layers:
Number of recurrent layers. [...] Default: 1".
"""

_MODEL = """\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_in=5, n_hidden=3, {name}={value}):
        super().__init__()
        self.{name} = {name}
        self.rnn = {layer}

    def forward(self, x):
        return self.rnn(x)[0]


model = Model()
layer = model.rnn
"""


def _model(layer: str, name: str = "num_layers", value: str = "3") -> str:
    return _MODEL.format(layer=layer, name=name, value=value)


_THREE = Proof(run="layer", layer="rnn", holds="layer.num_layers == 3")

_SCRIPT = """\
import torch
import torch.nn as nn

n_inputs, n_hidden, n_layers = 5, 3, 2
lstm = {layer}
out, _ = lstm(torch.randn(11, 7, n_inputs))
"""

BAD = (
    Bad(
        code=_model("nn.GRU(n_in, n_hidden, batch_first=True)"),
        at="nn.GRU(n_in, n_hidden, batch_first=True)",
        fixed=_model("nn.GRU(n_in, n_hidden, batch_first=True, num_layers=num_layers)"),
        proof=_THREE,
    ),
    Bad(
        code=_model("nn.LSTM(n_in, n_hidden)", "bidirectional", "True"),
        at="nn.LSTM(n_in, n_hidden)",
        fixed=_model(
            "nn.LSTM(n_in, n_hidden, bidirectional=bidirectional)", "bidirectional", "True"
        ),
        proof=Proof(run="layer", layer="rnn", holds="layer.bidirectional is True"),
    ),
    Bad(
        code=_SCRIPT.format(layer="nn.LSTM(n_inputs, n_hidden)"),
        at="nn.LSTM(n_inputs, n_hidden)",
        fixed=_SCRIPT.format(layer="nn.LSTM(n_inputs, n_hidden, num_layers=n_layers)"),
        proof=Proof(run="lstm", layer="lstm", holds="layer.num_layers == 2"),
    ),
)

GOOD = (
    Good(code=_model("nn.GRU(n_in, n_hidden, num_layers)"), why="it is passed by position"),
    Good(
        code=_model("nn.GRU(n_in, n_hidden)", value="1"),
        why="one layer is asked for, and one is what there is",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_in, n_hidden, num_layers=3):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden)
        self.head = nn.Sequential(*[nn.Linear(n_hidden, n_hidden) for _ in range(num_layers)])

    def forward(self, x):
        return self.head(self.rnn(x)[0])
""",
        why="the number is that of other layers",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_in, n_hidden, num_layers=3):
        super().__init__()
        self.first = nn.GRU(n_in, n_hidden)
        self.others = nn.GRU(n_hidden, n_hidden, num_layers - 1)

    def forward(self, x):
        return self.others(self.first(x)[0])[0]
""",
        why="the layer after it takes the rest",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_in, n_hidden, num_layers=3):
        super().__init__()
        self.num_layers = num_layers
        for i in range(num_layers):
            self.add_module(f"rnn{i}", nn.GRU(n_in if i == 0 else n_hidden, n_hidden))

    def forward(self, x):
        for i in range(self.num_layers):
            x = getattr(self, f"rnn{i}")(x)[0]
        return x
""",
        why="as many layers of one are built",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_in, n_hidden, **options):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, **options)

    def forward(self, x):
        return self.rnn(x)[0]


model = Model(5, 3, num_layers=2)
""",
        why="it comes with the other options",
    ),
)

RULE = Rule(
    code="SG606",
    name="num-layers-not-passed",
    summary="a number of layers, or a flag for directions, that never reaches the layer",
    severity=Severity.WARNING,
    page=PAGE,
    on=(SettingBeside,),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
