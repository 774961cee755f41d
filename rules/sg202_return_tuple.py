"""SG202: the tuple that a recurrent layer returns, taken for something else."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Place, Role
from shapeguard.axes.building import SequentialBuilt
from shapeguard.axes.facts import Fact, RnnCalled, TupleMisused, Unpacked
from shapeguard.axes.layer import Rnn
from shapeguard.axes.size import differ
from shapeguard.axes.spelling import short, split, with_article
from shapeguard.axes.uses import cell_like, hidden_like, output_like
from shapeguard.axes.value import Tensor, Tuple
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


def returned(rnn: Rnn) -> str:
    """What a call of the layer returns, in words."""
    return "(output, (h_n, c_n))" if rnn.kind == "LSTM" else "(output, h_n)"


def evidence(rnn: Rnn) -> tuple[Evidence, ...]:
    """Where the layer was built."""
    return (Evidence(f"the layer is {with_article(rnn.kind)}", rnn.place), *layer_evidence(rnn))


def replaced(place: Place, text: str, message: str, how: Applicability) -> Fix:
    """A fix that writes one expression anew."""
    return Fix(how, f"{message}: `{short(text)}`", (Edit(place, text),))


def swapped_names(fact: Unpacked) -> bool:
    """Whether the names say (state, output)."""
    names = fact.names
    return len(names) == 2 and hidden_like(names[0]) and output_like(names[1])


def misused(fact: TupleMisused, context: Context) -> Iterator[Finding]:
    """The tuple itself where a tensor is needed."""
    source = fact.value.source
    if source is None or source.call.rnn.cell:
        return
    for names in context.facts(Unpacked):
        if names.value.source and names.value.source.call is source.call and swapped_names(names):
            return  # the names are reported
    rnn, base = source.call.rnn, fact.base.text
    whole = source.slot == "result"
    what = f"the tuple {returned(rnn)}" if whole else "the tuple (h_n, c_n)"
    first = "output" if whole else "h_n"
    yield Finding(
        fact.base,
        f"`{short(base, 40)}` is {what} of the {rnn.kind}, and it is {fact.how}",
        "torch raises: a tuple is no tensor",
        f"take `{first}` out of it: `{short(f'{base}[0]')}`",
        evidence(rnn),
        replaced(fact.base, f"{base}[0]", f"Take `{first}`", Applicability.UNSAFE),
    )


def unpacked(fact: Unpacked, context: Context) -> Iterator[Finding]:
    """Names that do not stand for what they are bound to."""
    source = fact.value.source
    if source is None or source.call.rnn.cell or source.takes:
        return
    if isinstance(fact.value, Tensor):
        if source.slot == "h_n" and source.exact and source.call.rnn.kind != "LSTM":
            yield from states_of_one(fact, fact.value, source.call.rnn)
    elif source.slot == "result":
        yield from result_names(fact, source.call.rnn, context)
    elif source.slot == "state" and fact.mismatch == "arity":
        yield Finding(
            fact.place,
            f"`{short(fact.place.text)}` does not fit: the state of an LSTM is (h_n, c_n)",
            "Python raises: it is a tuple of two",
            "unpack it into two names: `h_n, c_n`",
            evidence(source.call.rnn),
        )


def states_of_one(fact: Unpacked, value: Tensor, rnn: Rnn) -> Iterator[Finding]:
    """``(h, c)`` for the state of a GRU or RNN, which is one tensor."""
    if len(fact.names) != 2 or value.axes is None or value.axes[0].role is not Role.STATES:
        return
    first, second = fact.names
    raises = differ(value.axes[0].size, 2)
    if not (cell_like(second) or (raises and (hidden_like(first) or first == second == "_"))):
        return
    fix = None
    if second == "_" and isinstance(first, str):
        fix = replaced(fact.place, first, "Bind the state to one name", Applicability.UNSAFE)
    yield Finding(
        fact.place,
        f"`{short(fact.place.text)}` unpacks `h_n` of {with_article(rnn.kind)}, "
        "which has no cell state",
        "Python raises"
        if raises
        else "it runs where there are two layers or directions: the second is taken for a cell",
        f"{with_article(rnn.kind)} returns {returned(rnn)}: bind the state to one name",
        evidence(rnn),
        fix,
    )


def carried(fact: Unpacked, context: Context) -> bool:
    """Whether the second name is also what the call was given: it holds the whole state."""
    source = fact.value.source
    return any(
        called.state_place is not None and called.state_place.text == fact.names[1]
        for called in context.facts(RnnCalled)
        if source is not None and called.call is source.call
    )


def result_names(fact: Unpacked, rnn: Rnn, context: Context) -> Iterator[Finding]:
    """The names for (output, state): too many, or the wrong way round."""
    names, texts = fact.names, [place.text for place in fact.places]
    wrap = "({})" if fact.place.text.startswith("(") and isinstance(names[0], str) else "{}"
    if fact.mismatch == "arity":
        fix = None
        if rnn.kind == "LSTM" and len(names) == 3 and all(isinstance(n, str) for n in names):
            text = wrap.format(f"{texts[0]}, ({texts[1]}, {texts[2]})")
            fix = replaced(fact.place, text, "Put the states in parentheses", Applicability.SAFE)
        yield Finding(
            fact.place,
            f"{len(names)} names for the two things that the {rnn.kind} returns: {returned(rnn)}",
            "Python raises: not enough values to unpack",
            f"write `{short(fix.edits[0].text)}`" if fix else f"unpack it as {returned(rnn)}",
            evidence(rnn),
            fix,
        )
        return
    if len(names) != 2:
        return
    swapped = wrap.format(f"{texts[1]}, {texts[0]}")
    if isinstance(names[0], tuple) and not isinstance(names[1], tuple):
        yield Finding(
            fact.place,
            f"`{short(fact.place.text)}` is the wrong way round: the {rnn.kind} returns "
            f"{returned(rnn)}",
            "the output is unpacked step by step and the state is named output; Python raises "
            "unless there happen to be as many steps as names",
            f"write `{short(swapped)}`",
            evidence(rnn),
            replaced(fact.place, swapped, "Swap the names", Applicability.UNSAFE),
        )
    elif hidden_like(names[0]) and cell_like(names[1]) and rnn.kind == "LSTM":
        if carried(fact, context):
            return
        yield Finding(
            fact.place,
            f"`{names[0]}` is the output of every step here, and `{names[1]}` is the tuple "
            "(h_n, c_n)",
            "the names say something else than what they hold; the next reader trusts them",
            f"unpack it as `output, ({names[0]}, {names[1]})`",
            evidence(rnn),
            severity=Severity.WARNING,
        )
    elif swapped_names(fact):
        yield Finding(
            fact.place,
            f"the names are the wrong way round: the {rnn.kind} returns {returned(rnn)}",
            f"`{names[0]}` holds the output of every step and `{names[1]}` the last state",
            f"write `{short(swapped)}`",
            evidence(rnn),
            replaced(fact.place, swapped, "Swap the names", Applicability.UNSAFE),
            severity=Severity.WARNING,
        )


def called(fact: RnnCalled, context: Context) -> Iterator[Finding]:
    """A state of the other kind: a tuple for a GRU, one tensor for an LSTM."""
    rnn, state, place = fact.call.rnn, fact.call.state, fact.state_place
    if place is None or rnn.cell:
        return
    text = place.text
    if isinstance(state, Tuple) and state.source is not None and state.source.slot == "result":
        yield Finding(
            place,
            f"`{short(text, 40)}` is the tuple {returned(state.source.call.rnn)}, not a state",
            "torch raises: the state is the second of the two",
            f"pass `{short(f'{text}[1]')}`",
            evidence(rnn),
            replaced(place, f"{text}[1]", "Pass the state", Applicability.UNSAFE),
        )
    elif isinstance(state, Tuple) and rnn.kind != "LSTM":
        items = split(text[1:-1]) if text.startswith("(") and text.endswith(")") else None
        one = items[0] if items and len(items) == 2 else f"{text}[0]"
        yield Finding(
            place,
            f"`{short(text, 40)}` is a tuple, and the state of {with_article(rnn.kind)} is one "
            "tensor",
            "torch raises: a tuple is no tensor",
            f"pass h_0 alone: `{short(one)}`",
            evidence(rnn),
            replaced(place, one, "Pass one tensor", Applicability.UNSAFE),
        )
    elif isinstance(state, Tuple) and (
        len(state.items) != 2 or any(isinstance(item, Tuple) for item in state.items)
    ):
        yield Finding(
            place,
            f"`{short(text, 40)}` is not a pair of tensors, and the state of an LSTM is (h_0, c_0)",
            "torch raises: it takes the first two items for h_0 and c_0",
            "pass the tuple (h_n, c_n) that the last call returned",
            evidence(rnn),
        )
    elif isinstance(state, Tensor) and state.axes is not None and rnn.kind == "LSTM":
        zeros = context.spell("torch.zeros_like")
        pair = f"({text}, {zeros}({text}))"
        same_size = rnn.setting("proj_size").value == 0
        yield Finding(
            place,
            f"`{short(text, 40)}` is one tensor, and the state of an LSTM is (h_0, c_0)",
            "torch raises: it takes the tensor apart along its first axis",
            "pass both: `(h_0, c_0)`",
            evidence(rnn),
            replaced(place, pair, "Start the cell state from zeros", Applicability.UNSAFE)
            if zeros and same_size
            else None,
        )


def written_out(fact: SequentialBuilt) -> bool:
    """Whether the layers stand in the call and the next is no recurrent one.

    A Sequential may serve as a list of layers that the program applies one by one.
    """
    whole, following = fact.place.text, fact.next_layer.text
    kind = following.partition("(")[0].rpartition(".")[2]
    written = fact.rnn_place.text in whole and following in whole
    return written and kind not in ("RNN", "LSTM", "GRU")


def check(fact: Fact, context: Context) -> Iterator[Finding]:
    """One finding for each way to misread what the layer returns."""
    if isinstance(fact, TupleMisused):
        yield from misused(fact, context)
    elif isinstance(fact, Unpacked):
        yield from unpacked(fact, context)
    elif isinstance(fact, RnnCalled):
        yield from called(fact, context)
    elif isinstance(fact, SequentialBuilt) and (fact.called or written_out(fact)):
        yield Finding(
            fact.rnn_place,
            f"nn.Sequential hands the tuple {returned(fact.rnn)} of the {fact.rnn.kind} to "
            f"`{short(fact.next_layer.text, 40)}`",
            "torch raises: a tuple is no tensor",
            "call the layers one by one in a forward of your own, or put a module between them "
            "that returns `pair[0]`",
            evidence(fact.rnn),
        )


PAGE = """
## What it does

Reports code that takes the return value of a recurrent layer for something else:

- the tuple itself where a tensor is needed, as in `fc(gru(x))`;
- three names for an LSTM, `out, h, c = lstm(x)`, and `(h, c)` for the state of a GRU;
- names the wrong way round, as in `(h, c), out = lstm(x)`;
- a recurrent layer inside `nn.Sequential` before another layer;
- the state of an LSTM given to a GRU, or one tensor as the state of an LSTM.

## Why is this bad?

An RNN and a GRU return `(output, h_n)`, an LSTM returns `(output, (h_n, c_n))`. Most of the
mistakes raise, with a message that names neither the layer nor the tuple. Some run: the names of
`out, (h, c) = gru(x)` fit a GRU of two layers or two directions, and `c` is then the hidden state
of the second.

Where only the names say so, it is a warning: the program may run as it is.

## Fix safety

Putting `(h, c)` in parentheses is safe: the program raises today, and there is one way to
read it. Taking `[0]` out of a tuple is unsafe: `output` holds every step, and the last state may
be what is meant. The fix for one tensor as the state of an LSTM starts the cell state from zeros.

## References

- torch.nn.LSTM: "Outputs: output, (h_n, c_n)". torch.nn.GRU: "Outputs: output, h_n".
- torch.nn.LSTM: "Inputs: input, (h_0, c_0)". torch.nn.GRU: "Inputs: input, h_0".
- torch.nn.Sequential chains "outputs to inputs sequentially for each subsequent module".
"""

BAD = (
    Bad(
        code="""\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        return self.fc(self.gru(x))


net = Net()
""",
        at="self.gru(x)",
        fixed="""\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        return self.fc(self.gru(x)[0])


net = Net()
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="net(x)",
            raises="must be Tensor, not tuple",
            expect="apply('fc', output)",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(input_size=5, hidden_size=6, num_layers=2)


def encode(x):
    out, h, c = lstm(x)
    return out, h, c
""",
        at="out, h, c",
        fixed="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(input_size=5, hidden_size=6, num_layers=2)


def encode(x):
    out, (h, c) = lstm(x)
    return out, h, c
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="encode(x)",
            raises="not enough values to unpack",
            expect="(output, h_n, c_n)",
        ),
    ),
    Bad(
        code="""\
import torch
from torch.nn import LSTM, Module


class Reader(Module):
    def __init__(self, n_in: int, n_hidden: int) -> None:
        super().__init__()
        self.lstm = LSTM(n_in, n_hidden)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        (h, c), output = self.lstm(x)
        return output


reader = Reader(5, 6)
""",
        at="(h, c), output",
        fixed="""\
import torch
from torch.nn import LSTM, Module


class Reader(Module):
    def __init__(self, n_in: int, n_hidden: int) -> None:
        super().__init__()
        self.lstm = LSTM(n_in, n_hidden)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        output, (h, c) = self.lstm(x)
        return output


reader = Reader(5, 6)
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="reader(x)",
            raises="too many values to unpack",
            expect="output",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn

encoder = nn.LSTM(5, 6, batch_first=True)
decoder = nn.GRU(5, 6, batch_first=True)


def translate(source, target):
    _, state = encoder(source)
    out, _ = decoder(target, state)
    return out
""",
        at="state",
        nth=1,
        fixed="""\
import torch
from torch import nn

encoder = nn.LSTM(5, 6, batch_first=True)
decoder = nn.GRU(5, 6, batch_first=True)


def translate(source, target):
    _, state = encoder(source)
    out, _ = decoder(target, state[0])
    return out
""",
        proof=Proof(
            inputs={"source": "batch time 5", "target": "batch 4 5"},
            run="translate(source, target)",
            layer="decoder",
            raises="'tuple' object has no attribute 'dim'",
            expect="output",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, kind="lstm"):
        super().__init__()
        self.rnn = {"lstm": nn.LSTM, "gru": nn.GRU}[kind](5, 6, num_layers=2)

    def forward(self, x):
        h0 = torch.zeros(2, x.size(1), 6, dtype=x.dtype)
        return self.rnn(x, h0)[0]


model = Model()
""",
        at="h0",
        nth=1,
        fixed="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, kind="lstm"):
        super().__init__()
        self.rnn = {"lstm": nn.LSTM, "gru": nn.GRU}[kind](5, 6, num_layers=2)

    def forward(self, x):
        h0 = torch.zeros(2, x.size(1), 6, dtype=x.dtype)
        return self.rnn(x, (h0, torch.zeros_like(h0)))[0]


model = Model()
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="model(x)",
            raises="hx and cx should also be 3-D",
            expect="output",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn

model = nn.Sequential(
    nn.RNN(5, 6, batch_first=True),
    nn.Linear(6, 2),
)
""",
        at="nn.RNN(5, 6, batch_first=True)",
        proof=Proof(
            inputs={"x": "batch time 5"}, run="model(x)", raises="must be Tensor, not tuple"
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn

gru = nn.GRU(5, 6)
fc = nn.Linear(6, 3)


def classify(x):
    _, (hidden, _) = gru(x)
    return fc(hidden)
""",
        at="(hidden, _)",
        fixed="""\
import torch
import torch.nn as nn

gru = nn.GRU(5, 6)
fc = nn.Linear(6, 3)


def classify(x):
    _, hidden = gru(x)
    return fc(hidden)
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="classify(x)",
            raises="not enough values to unpack",
            expect="apply('fc', h_n)",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 6, batch_first=True)
fc = nn.Linear(6, 3)


def classify(x):
    h, c = lstm(x)
    return fc(torch.sigmoid(h))
""",
        at="h, c",
        severity=Severity.WARNING,
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="classify(x)",
            watch="fc",
            expect="1 / (1 + np.exp(-h_n))",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 7, batch_first=True)
fc = nn.Linear(7, 2)
h, recurrent_cell = torch.randn(3, 5), None
for _ in range(4):
    features, recurrent_cell = lstm(h.unsqueeze(1), recurrent_cell)
    h = torch.randn(3, 5)
h, recurrent_cell = lstm(h.unsqueeze(1), recurrent_cell)
print(fc(h.squeeze(1)).shape)
""",
        why="`recurrent_cell` is the whole state: the same name is passed in and comes back",
    ),
    Good(
        code="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 6, batch_first=True)
state = None
for chunk in torch.randn(4, 9, 5).split(3, dim=1):
    out, state = lstm(chunk, state)
print(out.shape)
""",
        why="the state of an LSTM is one tuple, and it is only passed back",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, batch_first=True)
fc = nn.Linear(6, 2)
print(fc(gru(torch.randn(4, 9, 5))[0]).shape)
""",
        why="`[0]` on the call is `output`",
    ),
    Good(
        code="""\
import torch
from torch import nn


class First(nn.Module):
    def forward(self, pair):
        return pair[0]


model = nn.Sequential(nn.GRU(5, 6), First(), nn.Linear(6, 2))
print(model(torch.randn(9, 4, 5)).shape)
""",
        why="a module of your own in `nn.Sequential` may take the tuple apart",
    ),
    Good(
        code="""\
import torch
from torch import nn


class GRU(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.inner = nn.GRU(dim, hidden)

    def forward(self, x):
        return self.inner(x)[0]


model = nn.Sequential(GRU(5, 6), nn.Linear(6, 2))
print(model(torch.randn(9, 4, 5)).shape)
""",
        why="a class of your own that is called GRU may return a tensor",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, bidirectional=True)
out, (ahead, back) = gru(torch.randn(9, 4, 5))
print(torch.cat([ahead, back], dim=1).shape)
""",
        why="`h_n` of two directions can be unpacked into its two entries",
    ),
    Good(
        code="""\
import torch
from torch import nn

encoder = nn.LSTM(5, 6)
decoder = nn.LSTM(5, 6)
_, *rest = encoder(torch.randn(9, 4, 5))
out, (h, c) = decoder(torch.randn(3, 4, 5), rest[0])
print(out.shape, h.shape, c.shape)
""",
        why="the whole state of an LSTM goes to another LSTM",
    ),
    Good(
        code="""\
import torch
from torch import nn

rnn = nn.Sequential(nn.Linear(5, 5), nn.LSTM(5, 6, batch_first=True))
out, hidden = rnn(torch.randn(4, 9, 5))
print(out.shape)
""",
        why="the layer is the last of the Sequential, and its tuple is unpacked",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Stack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.Sequential(*[nn.GRU(a, b) for a, b in zip(sizes, sizes[1:])])

    def forward(self, x):
        for layer in self.layers:
            x, _ = layer(x)
        return x


print(Stack([5, 6, 8])(torch.randn(9, 4, 5)).shape)
""",
        why="the Sequential is only a list: its layers are applied one by one",
    ),
)

RULE = Rule(
    code="SG202",
    name="return-tuple",
    summary="the tuple that a recurrent layer returns is not unpacked, or unpacked wrong",
    severity=Severity.ERROR,
    page=PAGE,
    on=(TupleMisused, Unpacked, RnnCalled, SequentialBuilt),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
    ends=("static", "guard"),
)
