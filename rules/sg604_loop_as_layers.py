"""SG604: one layer applied in a loop over layers: depth without weights of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapeguard.axes.facts import CellCalled, RnnCalled
from shapeguard.axes.layer import Call
from shapeguard.axes.rounds import Round
from shapeguard.axes.spelling import short
from shapeguard.reference.proof import Proof
from shapeguard.rule import Bad, Context, Evidence, Finding, Good, Rule, Severity, layer_evidence

LAYERS = re.compile(r"(?:t?range|trange)\(.*(?:layer|stack)", re.I | re.S)
"""What a loop over layers runs over; a loop over a list of layers has each of them in turn."""

SHARED = re.compile(r"shar|tied|tie_|recursi|univers|ponder|weight_ty", re.I)
"""Names of what is applied again and again on purpose."""

OWN = re.compile(r"self\.\w+(?:\.\w+)*")


def check(fact: RnnCalled | CellCalled, context: Context) -> Iterator[Finding]:
    """One call in a loop."""
    call = fact.call
    round_ = None if call is None else layers(call)
    if call is None or round_ is None:
        return
    rnn, callee = call.rnn, call.place.text.partition("(")[0].strip()
    if rnn.target != callee or not OWN.fullmatch(callee):
        return  # taken from a list, or built in the loop
    names = [callee, round_.over.text, *(within.name for within in call.within)]
    if any(SHARED.search(name) for name in names):
        return
    over = short(round_.over.text)
    yield Finding(
        place=fact.place,
        message=f"the same {rnn.kind} is applied in each round of `{over}`: these are no layers, "
        "but one layer with the same weights each time",
        why="every further round adds depth without weights of its own, and a state that is handed "
        "on from round to round is the last round's: the layers share one state, too",
        cure=_cure(rnn.cell, rnn.kind),
        evidence=(
            Evidence(f"the loop runs over `{over}`", round_.over),
            *(
                layer_evidence(rnn, "num_layers")
                if not rnn.cell
                else (Evidence(f"`{callee}` is built once", rnn.place),)
            ),
        ),
    )


def _cure(cell: bool, kind: str) -> str:
    if cell:
        return f"make one {kind} for each layer, in an nn.ModuleList, with a state for each"
    return (
        f"pass num_layers to nn.{kind} and call it once; or keep one {kind} for each layer in an "
        "nn.ModuleList, with a state for each"
    )


def layers(call: Call) -> Round | None:
    """The round of the loop over layers that a call stands in, innermost of all loops."""
    if not call.rounds:
        return None
    last = call.rounds[-1]
    return last if last.at is None and LAYERS.match(last.over.text) else None


PAGE = """
## What it does

Finds a recurrent layer or cell that is called in a loop such as `for i in range(n_layers)`, the
same object in each round.

## Why is this bad?

A stack of layers has weights for each of them. The loop applies one set of weights again and again
instead. The state is mixed up as well: what the first round returns is taken as the state of the
second, so at the next step the first layer goes on from where the last one ended.

## Fix safety

No fix is offered: the cure changes the parameters of the model. `num_layers` of the layer makes a
stack; for cells, an nn.ModuleList of one for each layer.

## References

[torch.nn.GRU](https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html): "num_layers:
Number of recurrent layers. E.g., setting num_layers=2 would mean stacking two GRUs together to form
a stacked GRU, with the second GRU taking in outputs of the first GRU and computing the final
results."
"""

_DECODER = """\
import torch
import torch.nn as nn
import torch.nn.functional as F


class DecoderRNN(nn.Module):
    def __init__(self, hidden_size, output_size, n_layers={default}):
        super().__init__()
        self.n_layers = n_layers
        self.embedding = nn.Embedding(output_size, hidden_size)
        self.gru = nn.GRU(hidden_size, hidden_size)
        self.out = nn.Linear(hidden_size, output_size)

    def forward(self, token, hidden):
        output = self.embedding(token).view(1, 1, -1)
{loop}
        return self.out(output[0]), hidden


{made}
token, hidden = torch.tensor([[1]]), torch.zeros(1, 1, 3)
"""


def _decoder(loop: str, default: str = "1", made: str = "decoder = DecoderRNN(3, 5, 2)") -> str:
    lines = "\n".join(f"        {line}" for line in loop.splitlines())
    return _DECODER.format(loop=lines, default=default, made=made)


BAD = (
    Bad(
        code=_decoder(
            "for i in range(self.n_layers):\n"
            "    output = F.relu(output)\n"
            "    output, hidden = self.gru(output, hidden)"
        ),
        at="self.gru(output, hidden)",
        proof=Proof(run="decoder(token, hidden)", layer="gru", holds="layer.num_layers == 2"),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, size, num_layers=3):
        super().__init__()
        self.num_layers = num_layers
        self.lstm = nn.LSTM(size, size, batch_first=True)

    def forward(self, x):
        for _ in range(self.num_layers):
            x, _ = self.lstm(x)
        return x
""",
        at="self.lstm(x)",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="Encoder(5)(x)",
            layer="lstm",
            holds="layer.num_layers == 3",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Stepper(nn.Module):
    def __init__(self, size, layers):
        super().__init__()
        self.layers = layers
        self.cell = nn.GRUCell(size, size)

    def forward(self, x):
        states = [x.new_zeros(x.size(1), x.size(2)) for _ in range(self.layers)]
        for step in x:
            for layer in range(self.layers):
                step = states[layer] = self.cell(step, states[layer])
        return step


model = Stepper(5, 2)
""",
        at="self.cell(step, states[layer])",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="model(x), sum(p.numel() for p in model.parameters())",
            layer="cell",
            holds="value[1] == 2 * 6 * 5 * (5 + 1)",
        ),
    ),
)

GOOD = (
    Good(
        code=_decoder(
            "for step in range(4):\n    output, hidden = self.gru(output, hidden)",
            made="decoder = DecoderRNN(3, 5)",
        ),
        why="a loop over steps: each output is the next input, and the state goes along",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, size, num_layers=3):
        super().__init__()
        self.num_layers = num_layers
        self.layers = nn.ModuleList([nn.LSTM(size, size) for _ in range(num_layers)])

    def forward(self, x):
        for i in range(self.num_layers):
            x, _ = self.layers[i](x)
        return x
""",
        why="a layer of its own for each round, from a list",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, size, num_layers=3):
        super().__init__()
        self.num_layers = num_layers
        self.layers = nn.ModuleList([nn.LSTM(size, size) for _ in range(num_layers)])

    def forward(self, x):
        for i in range(self.num_layers):
            layer = self.layers[i]
            x, _ = layer(x)
        return x
""",
        why="the same, by a name that the loop binds anew in each round",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, size, num_layers=2):
        super().__init__()
        self.num_layers = num_layers
        for i in range(num_layers):
            setattr(self, f"lstm{i}", nn.LSTM(size, size))

    def forward(self, x):
        for i in range(self.num_layers):
            x, _ = getattr(self, f"lstm{i}")(x)
        return x
""",
        why="attributes with a number each",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Universal(nn.Module):
    def __init__(self, size, num_layers=2):
        super().__init__()
        self.num_layers = num_layers
        self.shared = nn.GRU(size, size)

    def forward(self, x):
        for _ in range(self.num_layers):
            x = x + self.shared(x)[0]
        return x
""",
        why="the name says that the weights are shared on purpose",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Windows(nn.Module):
    def __init__(self, num_layers=2):
        super().__init__()
        self.gru = nn.GRU(5, 3, num_layers, batch_first=True)

    def forward(self, x):
        out, state = self.gru(x)
        parts = []
        for layer in range(self.gru.num_layers):
            parts.append(state[layer])
        return torch.cat(parts, dim=-1)
""",
        why="the loop reads the states of a stack, and calls no layer",
    ),
)

RULE = Rule(
    code="SG604",
    name="loop-as-layers",
    summary="one layer applied in a loop over layers: the same weights and state each time",
    severity=Severity.WARNING,
    page=PAGE,
    on=(RnnCalled, CellCalled),
    check=check,
    bad=BAD,
    good=GOOD,
)
