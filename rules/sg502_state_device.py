"""SG502: a state made on a fixed device, whatever the device of the input."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shapeguard.axes.axis import Place
from shapeguard.axes.building import Decided, ModuleMoved
from shapeguard.axes.facts import CellCalled, RnnCalled
from shapeguard.axes.given import Given, every, fits, given
from shapeguard.axes.keeping import StateServed
from shapeguard.axes.making import Made, Spot, during
from shapeguard.axes.spelling import short
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

FOLLOWING = re.compile(r"is_cuda|get_device|\bdevice\b")
"""What a condition says that makes the device that of another tensor after all."""

CHOSEN = re.compile(r"cuda|gpu|device|mps", re.I)
"""What a condition says that chooses a device."""

WHOLE = re.compile(r"\.\w*(fit|train|main|run|test|eval|predict|sampl|generat)\w*$", re.I)
"""Methods that do all of it: they may move the module to the device that they choose."""

ON_GPU = (Spot.CUDA, Spot.CHOSEN)

SIZED = re.compile(r"\b([A-Za-z_]\w*)\.(?:size\(|shape\b)")
MOVED = re.compile(r"\.cuda\(\s*\)$")
TAKES_DEVICE = frozenset(("zeros", "ones", "randn", "rand", "empty", "full"))
DEVICES = ("cuda", "device", "gpu", "use_cuda", "use_gpu", "mps", "accelerator", "Accelerator")
OWN_DEFAULT = ("set_default_device", "set_default_tensor_type")


@dataclass(frozen=True)
class Fixed:
    """A state on a fixed device; what one call of a method makes has one ``key``."""

    made: Made
    why: str
    key: object

    @property
    def place(self) -> Place:
        """Where the device was chosen."""
        on_gpu = self.made.spot in ON_GPU and self.made.moved is not None
        return self.made.moved if on_gpu and self.made.moved is not None else self.made.place


def check(fact: RnnCalled | CellCalled | StateServed, context: Context) -> Iterator[Finding]:
    """The states of one call; what one method makes is reported once."""
    if isinstance(fact, StateServed):
        yield from _served(fact, context)
        return
    here = fixed(given(fact), context)
    if not here:
        return
    first, call = here[0], given(fact).call
    alike: dict[Place, Fixed] = {}
    for other in every(context.facts(RnnCalled), context.facts(CellCalled)):
        for one in fixed(other, context):
            if one.key == first.key:
                alike.setdefault(one.place, one)
    if next(iter(alike)) != first.place:
        return
    where = _where(first.made)
    rest = [Evidence(f"and so is `{short(place.text)}`", place) for place in list(alike)[1:4]]
    moved = call.moved if call is not None else None
    if moved is not None:
        rest.insert(0, Evidence(f"the model is moved: `{short(moved.text)}`", moved))
    yield Finding(
        place=first.place,
        message=f"the state of this {given(fact).kind} is made on {where}, whatever the device of "
        "its input",
        why=first.why,
        cure="make it where the input is, with `device=x.device, dtype=x.dtype`; or leave it out, "
        "if it is zeros: that is the default",
        evidence=(*rest, Evidence(f"it goes into `{short(fact.place.text)}`", fact.place)),
        fix=_fix([one.made for one in alike.values()], given(fact)),
    )


def _where(made: Made) -> str:
    return {Spot.CUDA: "the default GPU", Spot.CHOSEN: "the GPU wherever there is one"}.get(
        made.spot, "the CPU"
    )


def _served(fact: StateServed, context: Context) -> Iterator[Finding]:
    """States that a method makes for a caller who is not in view, on a device of its own choice."""
    made = [way for tensor in fact.tensors for way in tensor.made]
    ways = [way for way in made if way.spot in ON_GPU and way.mover and way.within]
    if not ways or any(FOLLOWING.search(guard.text) for way in ways for guard in way.under):
        return
    layer = next((rnn for rnn in fact.layers if fits(fact.tensors, rnn)), None)
    places = {way.place for way in made}
    for states in every(context.facts(RnnCalled), context.facts(CellCalled)):
        if any(way.place in places for tensor in states.tensors for way in tensor.made):
            return  # that is where it is judged
    if layer is None or any(fact.within not in way.within for way in ways):
        return
    first = Fixed(ways[0], "", None)
    yield Finding(
        place=first.place,
        message=f"{fact.within.name} makes the state of the {layer.kind} on {_where(ways[0])}, "
        "whatever the device of the module",
        why="the module cannot be used on the CPU or on another GPU: input and state must be on "
        "one device",
        cure="make it where the weights are, as `next(self.parameters()).new_zeros(...)` does; or "
        "leave it out, if it is zeros: that is the default",
        evidence=(Evidence(f"the {layer.kind} whose state it is", layer.place),),
    )


def fixed(states: Given, context: Context) -> list[Fixed]:
    """The states of a call that are made on a fixed device."""
    found = (_judged(tensor, states, context) for tensor in states.tensors)
    return [one for one in found if one is not None]


def _judged(tensor: Tensor, states: Given, context: Context) -> Fixed | None:
    """Why a state is on a fixed device, if it provably is."""
    ways, call = tensor.made, states.call
    gpu = next((one for one in ways if one.spot in ON_GPU), None)
    if gpu is not None:
        if gpu.spot is Spot.CHOSEN and (not gpu.mover or WHOLE.search(gpu.mover[-1].name)):
            return None
        if any(FOLLOWING.search(guard.text) for guard in gpu.under):
            return None
        if not gpu.mover:
            return _always(gpu, states, context)
        why = (
            "the module cannot be used on the CPU or on another GPU: input and state must be on "
            "one device"
        )
        return Fixed(gpu, why, (gpu.spot, gpu.mover[-1]))
    if not ways or any(one.spot not in (Spot.DEFAULT, Spot.CPU) for one in ways):
        return None
    if call is None or context.uses(*OWN_DEFAULT):
        return None
    if any(FOLLOWING.search(guard.text) for one in ways for guard in one.under):
        return None
    made = ways[0]
    if call.moved is not None:
        why = "the model is on another device by then, and the call raises there"
        return Fixed(made, why, (made.spot, made.within[-1] if made.within else made.place))
    numbers = {one.number for one in made.within}
    for fact in context.facts(Decided):
        if CHOSEN.search(fact.place.text) and any(one.number in numbers for one in fact.within):
            return None  # another configuration puts it on the GPU
    together = [during(one, states.within) for one in ways]
    built = call.rnn.built_by
    at_home = built is not None and not context.aside(built) and not context.uses(*DEVICES)
    if None in together or at_home:
        return None  # a state from elsewhere may be moved there; a program for the CPU is at home
    why = "the module works on the CPU only: moved to a GPU, with its input, the call raises"
    return Fixed(made, why, (made.spot, made.within[-1]))


def _always(gpu: Made, states: Given, context: Context) -> Fixed | None:
    """A state that a script puts on the GPU always, and its model only on a condition."""
    call = states.call
    if call is None or call.moved is None or any(CHOSEN.search(g.text) for g in gpu.under):
        return None
    moves = [fact for fact in context.facts(ModuleMoved) if fact.place == call.moved]
    if not any(CHOSEN.search(guard.text) for fact in moves for guard in fact.under):
        return None
    why = "the model is moved there on a condition only; without a GPU, this fails"
    return Fixed(gpu, why, (gpu.spot, gpu.under))


def _fix(alike: Sequence[Made], states: Given) -> Fix | None:
    """Every state of the method made on the device of the input, where the input has a name."""
    edits = []
    for made in alike:
        name, same = _beside(made, states)
        if name is None:
            return None
        text = made.place.text
        if made.spot is Spot.CUDA and made.moved is not None:
            if MOVED.search(made.moved.text) is None:
                return None
            edits.append(Edit(made.moved, MOVED.sub(f".to({name}.device)", made.moved.text)))
        elif made.spot is Spot.DEFAULT and made.how in TAKES_DEVICE and "#" not in text:
            inner = text.rstrip()[:-1].rstrip().rstrip(",")
            dtype = "" if made.typed or not same else f", dtype={name}.dtype"
            edits.append(Edit(made.place, f"{inner}, device={name}.device{dtype})"))
        else:
            return None
    return Fix(Applicability.UNSAFE, "Make the state on the device of the input", tuple(edits))


def _beside(made: Made, states: Given) -> tuple[str | None, bool]:
    """A tensor that stands where the state is made, and whether it is the layer's input itself."""
    given_to = states.call.input if states.call is not None else None
    if isinstance(given_to, Tensor) and given_to.key and made.within:
        name, _, scope = given_to.key.partition("@")
        if scope == made.within[-1].name and name.isidentifier():
            return name, given_to.last is None and not given_to.ones
    sized = SIZED.search(made.place.text)
    return (sized[1], False) if sized is not None and sized[1] != "self" else (None, False)


PAGE = """
## What it does

Finds initial states that a module makes on a fixed device: on the default GPU, by `.cuda()`,
`"cuda"` or a device that its method chooses by `torch.cuda.is_available()`, or on the CPU, by no
device at all. A state that goes on to a device in a variable, such
as `self.device`, is not reported, nor one that the caller may move, nor one without a device in a
program that runs on the CPU only. A state that is drawn at random (SG503) is reported here as well:
zeros in its place would stand on the wrong device, too.

It is a warning: code that is never run on another device is never wrong.

## Why is this bad?

Input, state and weights must be on one device. A state made on the CPU breaks as soon as the model
is moved to a GPU; one made by `.cuda()` breaks on the CPU of a machine with a GPU, on the second
GPU, and in every test. The same holds for the dtype: a state in single precision beside an input
in half or double precision raises.

## Fix safety

Unsafe: the state is made beside the input. No fix is offered where the input has no name at the
place where the state is made. Zeros need not be made at all: they are the default.

## References

[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): "Defaults to
zeros if (h_0, c_0) is not provided." [torch.zeros](
https://docs.pytorch.org/docs/stable/generated/torch.zeros.html): "device – the desired device of
returned tensor. Default: If None, uses the current device for the default tensor type".
"""

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers):
        super().__init__()
        self.n_hidden, self.n_layers = n_hidden, n_layers
        self.lstm = nn.LSTM(n_in, n_hidden, n_layers, batch_first=True)

    def forward(self, x):
        h0 = torch.zeros(self.n_layers, x.size(0), self.n_hidden)
        c0 = torch.zeros(self.n_layers, x.size(0), self.n_hidden)
        out, _ = self.lstm(x, (h0, c0))
        return out
""",
        at="torch.zeros(self.n_layers, x.size(0), self.n_hidden)",
        fixed="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers):
        super().__init__()
        self.n_hidden, self.n_layers = n_hidden, n_layers
        self.lstm = nn.LSTM(n_in, n_hidden, n_layers, batch_first=True)

    def forward(self, x):
        h0 = torch.zeros(self.n_layers, x.size(0), self.n_hidden, device=x.device, dtype=x.dtype)
        c0 = torch.zeros(self.n_layers, x.size(0), self.n_hidden, device=x.device, dtype=x.dtype)
        out, _ = self.lstm(x, (h0, c0))
        return out
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="Model(5, 3, 2).float()(x.float()).shape",
            raises="dtype",
            holds="value == (7, 11, 3)",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self, n_words, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.embed = nn.Embedding(n_words, 5)
        self.gru = nn.GRU(5, n_hidden)

    def forward(self, words, h=None):
        if h is None:
            h = torch.zeros(1, words.size(1), self.n_hidden)
            if torch.cuda.is_available():
                h = h.cuda()
        return self.gru(self.embed(words), h)[0]
""",
        at="h.cuda()",
        fixed="""\
import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self, n_words, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.embed = nn.Embedding(n_words, 5)
        self.gru = nn.GRU(5, n_hidden)

    def forward(self, words, h=None):
        if h is None:
            h = torch.zeros(1, words.size(1), self.n_hidden)
            if torch.cuda.is_available():
                h = h.to(words.device)
        return self.gru(self.embed(words), h)[0]
""",
        proof=Proof(
            inputs={"words": "time batch:ids(13)"},
            run="torch.cuda.__dict__.update(is_available=lambda: True) or Tagger(13, 3)(words)",
            raises="Error",
            expect="output",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.rnn = nn.RNN(5, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 2)

    def init_hidden(self, batch_size):
        return torch.zeros(1, batch_size, self.n_hidden).cuda()

    def forward(self, x):
        _, h = self.rnn(x, self.init_hidden(x.size(0)))
        return self.fc(h[-1])
""",
        at="torch.zeros(1, batch_size, self.n_hidden).cuda()",
        proof=Proof(inputs={"x": "batch time 5"}, run="Classifier(3)(x)", raises="Error"),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 3)


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = rnn

    def forward(self, x, h):
        return self.rnn(x, h)[0]


def main(x):
    model = Reader().to("cuda")
    h = torch.zeros(1, 7, 3)
    return model(x.to("cuda"), h)
""",
        at="torch.zeros(1, 7, 3)",
        proof=Proof(inputs={"x": "time batch 5"}, run="main(x)", raises="Error"),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Forecaster(nn.Module):
    def __init__(self, n_hidden, n_layers):
        super().__init__()
        self.n_hidden, self.n_layers = n_hidden, n_layers
        self.rnn = nn.RNN(5, n_hidden, n_layers, batch_first=True)

    def forward(self, x):
        device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
        h0 = torch.zeros(self.n_layers, x.size(0), self.n_hidden, device=device, dtype=x.dtype)
        return self.rnn(x, h0)[0]
""",
        at="torch.zeros(self.n_layers, x.size(0), self.n_hidden, device=device, dtype=x.dtype)",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="torch.cuda.__dict__.update(is_available=lambda: True) or Forecaster(3, 2)(x)",
            raises="Error",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Generator(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.hidden = None
        self.gru = nn.GRU(5, n_hidden, batch_first=True)

    def init_hidden(self, batch_size):
        return torch.zeros(1, batch_size, self.n_hidden).cuda()

    def forward(self, x):
        out, self.hidden = self.gru(x, self.hidden)
        return out
""",
        at="torch.zeros(1, batch_size, self.n_hidden).cuda()",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="[m(x) for m in [Generator(3)] if setattr(m, 'hidden', m.init_hidden(7)) is None]",
            raises="Error",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.lstm = nn.LSTM(5, n_hidden, batch_first=True)

    def forward(self, x):
        h0 = torch.zeros(1, x.size(0), self.n_hidden, device=x.device, dtype=x.dtype)
        c0 = torch.zeros_like(h0)
        return self.lstm(x, (h0, c0))[0]


print(Model(3)(torch.randn(4, 6, 5)).shape)
""",
        why="the state is made where the input is",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class LanguageModel(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.gru = nn.GRU(5, n_hidden)

    def init_hidden(self, batch_size):
        weight = next(self.parameters())
        return weight.new_zeros(1, batch_size, self.n_hidden)

    def forward(self, x, h):
        return self.gru(x, h)


model = LanguageModel(3)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
model.to(device)
print(model(torch.randn(6, 4, 5, device=device), model.init_hidden(4))[0].shape)
""",
        why="new_zeros makes the state beside the weights, wherever these are",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Model(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.rnn = nn.RNN(5, n_hidden, batch_first=True)

    def forward(self, x):
        h0 = torch.zeros(1, x.size(0), self.n_hidden).to(device)
        return self.rnn(x, h0)[0]


model = Model(3).to(device)
print(model(torch.randn(4, 6, 5).to(device)).shape)
""",
        why="model, input and state all go to the device that one variable names",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class TextModel(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.lstm = nn.LSTM(5, n_hidden, batch_first=True)

    def zero_state(self, batch_size):
        shape = (1, batch_size, self.n_hidden)
        return torch.zeros(shape), torch.zeros(shape)

    def forward(self, x, state):
        return self.lstm(x, state)


device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
model = TextModel(3).to(device)
h, c = model.zero_state(4)
h, c = h.to(device), c.to(device)
print(model(torch.randn(4, 6, 5).to(device), (h, c))[0].shape)
""",
        why="the caller moves the state",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.gru = nn.GRU(5, n_hidden)

    def forward(self, x):
        h0 = torch.zeros(1, x.size(1), self.n_hidden)
        if x.is_cuda:
            h0 = h0.cuda(x.get_device())
        return self.gru(x, h0)[1]


print(Encoder(3)(torch.randn(6, 4, 5)).shape)
""",
        why="the state is moved where the input is, and only then",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Decoder(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.gru = nn.GRU(5, n_hidden)
        self.h0 = nn.Parameter(torch.zeros(1, 1, n_hidden))
        self.register_buffer("start", torch.zeros(1, 1, n_hidden))

    def forward(self, x, learned=True):
        h0 = self.h0 if learned else self.start
        return self.gru(x, h0.expand(-1, x.size(1), -1).contiguous())[0]


device = "cuda" if torch.cuda.is_available() else "cpu"
model = Decoder(3).to(device)
print(model(torch.randn(6, 4, 5).to(device)).shape)
""",
        why="parameters and buffers move with the module",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Toy(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.rnn = nn.RNN(5, n_hidden, batch_first=True)

    def forward(self, x):
        out, h = self.rnn(x, torch.zeros(1, x.size(0), self.n_hidden))
        return out


model = Toy(3)
optimizer = torch.optim.Adam(model.parameters())
for _ in range(2):
    loss = model(torch.randn(4, 6, 5)).pow(2).mean()
    loss.backward()
    optimizer.step()
""",
        why="the whole program is in view, and nothing in it leaves the CPU",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 3).cuda() if torch.cuda.is_available() else nn.GRU(5, 3)
x, h0 = torch.randn(6, 4, 5), torch.zeros(1, 4, 3)
if torch.cuda.is_available():
    x, h0 = x.cuda(), h0.cuda()
print(rnn(x, h0)[0].shape)
""",
        why="a script that puts layer, input and state on the GPU together",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Generator(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.hidden = None
        self.gru = nn.GRU(5, n_hidden, batch_first=True)

    def init_hidden(self, batch_size):
        return torch.zeros(1, batch_size, self.n_hidden)

    def forward(self, x):
        out, self.hidden = self.gru(x, self.hidden)
        return out
""",
        why="a caller who is not in view may move what the method makes",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Runner(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.gru = nn.GRU(5, n_hidden, batch_first=True)

    def train_on(self, batches):
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self.gru.to(device)
        for x in batches:
            h0 = torch.zeros(1, x.size(0), self.n_hidden, device=device)
            self.gru(x.to(device), h0)
""",
        why="the method moves layer, input and state to the device that it chooses",
    ),
)

RULE = Rule(
    code="SG502",
    name="state-device",
    summary="an initial state is made on a fixed device, whatever that of the input",
    severity=Severity.WARNING,
    page=PAGE,
    on=(RnnCalled, CellCalled, StateServed),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
    ends=("static", "guard"),
)
