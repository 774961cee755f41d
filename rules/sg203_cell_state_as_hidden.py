"""SG203: the cell state of an LSTM read where its hidden state is meant."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Place, Role
from shapeguard.axes.facts import Fact, Named, RnnCalled, TupleIndexed, Unpacked
from shapeguard.axes.judging import HeadFed, Scored
from shapeguard.axes.layer import Call
from shapeguard.axes.reading import Consumed, Indexed, Reshaped
from shapeguard.axes.spelling import renamed, short
from shapeguard.axes.states import tensors
from shapeguard.axes.uses import SUMMARY, Use, cell_like, comes_from, uses
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
    layer_evidence,
)

WHY = (
    "c_n is the inner memory of the LSTM: not limited to -1..1, not passed through the output "
    "gate, and no part of `output`"
)


def results(context: Context, call: Call, slot: str) -> list[Use]:
    """Where a slot of a call is read as the result of the layer."""
    fed, scored = context.facts(HeadFed), context.facts(Scored)
    every = uses(fed, scored, context.facts(Consumed), by=SUMMARY)
    return [use for use in every if comes_from(use.tensor, call, slot)]


def returned_alone(context: Context, call: Call) -> bool:
    """Whether c_n is returned, and h_n not beside it."""
    given = [
        (fact.place, fact.tensor.source.slot)
        for fact in context.facts(Consumed)
        if fact.by == "return" and fact.tensor.source and fact.tensor.source.call is call
    ]
    with_h = [place for place, slot in given if slot == "h_n"]
    return any(slot == "c_n" and place not in with_h for place, slot in given)


def means_cell(context: Context, call: Call) -> bool:
    """Whether the program takes h_n out of the same state too, or calls c_n a cell."""
    indexed = (
        fact.index == 0 and source.call is call and source.slot == "state"
        for fact in context.facts(TupleIndexed)
        if (source := fact.value.source) is not None
    )
    unpacked = (
        source.call is call and source.slot == "state"
        for fact in context.facts(Unpacked)
        if (source := fact.value.source) is not None
    )
    named = (
        isinstance(fact.value, Tensor)
        and comes_from(fact.value, call, "c_n")
        and cell_like(fact.name)
        for fact in context.facts(Named)
    )
    return any(indexed) or any(unpacked) or any(named)


def taken_for_last_layer(fact: TupleIndexed, context: Context) -> bool:
    """Whether ``hidden[-1]`` of the state tuple goes on as the last hidden state."""
    source = fact.value.source
    if source is None or source.slot != "state" or fact.index != -1 or source.call.rnn.cell:
        return False
    if means_cell(context, source.call):
        return False
    return bool(results(context, source.call, "c_n")) or returned_alone(context, source.call)


def evidence(call: Call) -> tuple[Evidence, ...]:
    """That the layer is an LSTM, and where it was built."""
    return (Evidence("the layer is an LSTM", call.rnn.place), *layer_evidence(call.rnn))


def changed(call: Call, context: Context) -> bool:
    """Whether the program itself takes c_n apart, so that h_n must stand there as a whole."""
    for one in context.facts(Indexed):
        if (
            one.takes[:1]
            and one.takes[0].role is Role.STATES
            and comes_from(one.before, call, "c_n")
        ):
            return True
    if any(comes_from(one.before, call, "c_n") for one in context.facts(Reshaped)):
        return True
    read = [use.tensor for use in results(context, call, "c_n")]
    read += [
        one.tensor
        for one in context.facts(Consumed)
        if one.by == "return" and comes_from(one.tensor, call, "c_n")
    ]
    rank = 3 if call.batched else 2
    return bool(read) and not any(
        tensor.rank == rank and tensor.find(Role.STATES) == 0 for tensor in read
    )


def last_of_tuple(fact: TupleIndexed, context: Context) -> Iterator[Finding]:
    """``hidden[-1]``, where ``hidden`` is (h_n, c_n)."""
    source = fact.value.source
    if source is None or not taken_for_last_layer(fact, context):
        return
    call, base = source.call, fact.base.text
    whole = changed(call, context)
    text = f"{base}[0]" if whole else f"{base}[0][-1]"
    edits, rows = [Edit(fact.place, text)], 1
    for other in context.facts(TupleIndexed):
        if other.value.source != source or other.place == fact.place:
            continue
        if other.index == -1:
            edits.append(Edit(other.place, f"{other.base.text}{text[len(base) :]}"))
        elif other.index == -2:
            edits.append(Edit(other.place, f"{other.base.text}[0][-2]"))
            rows = 2
    one_of_two = call.rnn.directions == 2 and not whole and rows == 1
    message = f"Take the hidden state: `{short(text)}`"
    yield Finding(
        fact.place,
        f"`{short(fact.place.text)}` is c_n, the cell state: `{short(base, 30)}` is the tuple "
        "(h_n, c_n)",
        WHY,
        f"the last hidden state is in `{short(base, 30)}[0]`: write `{short(text)}`",
        evidence(call),
        None if one_of_two else Fix(Applicability.UNSAFE, message, tuple(edits)),
    )


def deliberate(use: Use, call: Call, context: Context) -> bool:
    """Whether h_n is used in the same way, or c_n is on its way to another layer's state."""
    if results(context, call, "h_n"):
        return True
    for other in context.facts(Consumed):
        source = other.tensor.source
        if source is None or source.call is not call or source.slot == "c_n":
            continue
        if other.place == use.place:
            return True
    for fed in context.facts(RnnCalled):
        for tensor in tensors(fed.call.state):
            if comes_from(tensor, call, "c_n") and tensor.source and not tensor.source.exact:
                return True
    return False


def cell_as_summary(use: Use, context: Context) -> Iterator[Finding]:
    """c_n fed to a head, a loss or a cat, once for each call."""
    source = use.tensor.source
    if source is None or source.slot != "c_n" or source.call.rnn.cell:
        return
    call = source.call
    every = results(context, call, "c_n")
    if not every or use is not every[0] or deliberate(use, call, context):
        return
    indexed = [
        fact
        for fact in context.facts(TupleIndexed)
        if fact.value.source is not None
        and fact.value.source.call is call
        and fact.value.source.slot == "state"
    ]
    if any(taken_for_last_layer(fact, context) for fact in indexed):
        return
    reshaped = [f for f in context.facts(Reshaped) if comes_from(f.before, call, "c_n")]
    place = use.place
    if source.takes:
        place = source.takes[-1].place
    elif reshaped:
        place = reshaped[0].place
    yield Finding(
        place,
        f"`{short(place.text)}` reads c_n, the cell state of the LSTM, as its result",
        WHY,
        "use h_n, the first of (h_n, c_n)",
        evidence(call),
        hidden_instead(call, every, indexed, context),
        Severity.WARNING,
    )


def roots(use: Use, reshaped: list[Reshaped]) -> list[Place]:
    """Where the state may be written that a use reads: the innermost place first."""
    source = use.tensor.source
    if source is not None and source.takes:
        return [source.takes[0].base]
    return [*(one.base for one in reshaped), use.place]


def hidden_instead(
    call: Call, every: list[Use], indexed: list[TupleIndexed], context: Context
) -> Fix | None:
    """The same expressions over h_n, in every place that reads c_n; none where one is unclear."""
    if call.rnn.setting("proj_size").value != 0:
        return None
    reshaped = [f for f in context.facts(Reshaped) if comes_from(f.before, call, "c_n")]
    cells = [fact for fact in indexed if fact.index in (1, -1)]
    edits: dict[Place, Edit] = {}
    for use in every:
        found = instead(roots(use, reshaped), call, cells, context)
        if found is None:
            return None
        edits.update({edit.place: edit for edit in found})
    message = "Read the hidden state instead of the cell state"
    return Fix(Applicability.UNSAFE, message, tuple(edits.values())) if edits else None


def instead(
    places: list[Place], call: Call, cells: list[TupleIndexed], context: Context
) -> tuple[Edit, ...] | None:
    """h_n in one of these places."""
    here = [fact for fact in cells if fact.place in places]
    if not here and len(cells) == 1 and not means_cell(context, call):
        here = cells
    if here:
        return (Edit(here[0].place, f"{here[0].base.text}[0]"),)
    for place in places:
        cell = context.access(call, "c_n", at=place)
        hidden = context.access(call, "h_n", at=place)
        if cell is None or hidden is None or cell.edits:
            continue
        text = renamed(place.text, cell.text, hidden.text)
        if text != place.text:
            return (Edit(place, text), *hidden.edits)
    return None


def check(fact: Fact, context: Context) -> Iterator[Finding]:
    """An error for ``hidden[-1]``; a warning for c_n as the summary."""
    if isinstance(fact, TupleIndexed):
        yield from last_of_tuple(fact, context)
    elif isinstance(fact, (HeadFed, Scored, Consumed)):
        yield from cell_as_summary(fact, context)


PAGE = """
## What it does

Reports `hidden[-1]` where `out, hidden = lstm(x)`. `hidden` is the tuple (h_n, c_n), so that is
the cell state and not the last layer. It also warns where `hidden[1]` or `c_n` is fed to a
Linear, a loss or `torch.cat` without `h_n`.

## Why is this bad?

The same line is right for a GRU or an RNN, whose `hidden` is the tensor h_n, and it runs for an
LSTM too: c_n has the shape of h_n. But c_n is the inner memory. It has not been through the
output gate, it is not limited to -1..1, and it grows with the sequence. What the LSTM has to say
is h_n.

Reading c_n can be meant, so `hidden[1]` and `c_n` give a warning only. `hidden[-1]` gives an
error, because nobody counts a tuple of two from its end.

## Fix safety

The fix is unsafe: it changes what is computed. `hidden[-1]` becomes `hidden[0][-1]`, the hidden
state of the last layer.

## References

- torch.nn.LSTM: "Outputs: output, (h_n, c_n)".
- torch.nn.LSTM, c_n: "tensor [...] containing the final cell state for each element in the
  sequence".
- torch.nn.LSTM: "h_t = o_t * tanh(c_t)".
"""

BAD = (
    Bad(
        code="""\
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, num_layers=2, batch_first=True)
        self.fc = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        out, hidden = self.lstm(x)
        return self.fc(hidden[-1])


model = Classifier(5, 6, 2)
""",
        at="hidden[-1]",
        fixed="""\
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, num_layers=2, batch_first=True)
        self.fc = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        out, hidden = self.lstm(x)
        return self.fc(hidden[0][-1])


model = Classifier(5, 6, 2)
""",
        proof=Proof(inputs={"x": "batch time 5"}, run="model(x)", watch="fc", expect="final_state"),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 6)
score = nn.Linear(6, 1)


def evaluate(x):
    state = lstm(x)[1]
    last = state[-1]
    return score(last.squeeze(0))
""",
        at="state[-1]",
        fixed="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 6)
score = nn.Linear(6, 1)


def evaluate(x):
    state = lstm(x)[1]
    last = state[0]
    return score(last.squeeze(0))
""",
        proof=Proof(
            inputs={"x": "time batch 5"}, run="evaluate(x)", watch="score", expect="final_state"
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Siamese(nn.Module):
    def __init__(self, dim=5, hidden=6):
        super().__init__()
        self.lstm = nn.LSTM(dim, hidden, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        _, hidden = self.lstm(x)
        return self.drop(torch.cat((hidden[-2], hidden[-1]), dim=-1))


siamese = Siamese()
""",
        at="hidden[-1]",
        fixed="""\
import torch
from torch import nn


class Siamese(nn.Module):
    def __init__(self, dim=5, hidden=6):
        super().__init__()
        self.lstm = nn.LSTM(dim, hidden, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        _, hidden = self.lstm(x)
        return self.drop(torch.cat((hidden[0][-2], hidden[0][-1]), dim=-1))


siamese = Siamese()
""",
        proof=Proof(inputs={"x": "batch time 5"}, run="siamese(x)", expect="final_state"),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, n_in: int, n_hidden: int, n_out: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, num_layers=2)
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(n_hidden, n_out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        _, (_, c_n) = self.lstm(x)
        return self.head(c_n[-1])


encoder = Encoder(5, 6, 3)
""",
        at="c_n[-1]",
        fixed="""\
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, n_in: int, n_hidden: int, n_out: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, num_layers=2)
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(n_hidden, n_out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        _, (h_n, c_n) = self.lstm(x)
        return self.head(h_n[-1])


encoder = Encoder(5, 6, 3)
""",
        severity=Severity.WARNING,
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="encoder(x)",
            watch="head",
            expect="final_state",
        ),
    ),
    Bad(
        code="""\
import torch
from torch.nn import LSTM, Linear, Module


class QNet(Module):
    def __init__(self, n_obs=5, width=6, n_actions=3):
        super().__init__()
        self.core = LSTM(input_size=n_obs, hidden_size=width, batch_first=True)
        self.q = Linear(width, n_actions)

    def forward(self, obs, state=None):
        _, state = self.core(obs, state)
        return self.q(state[1][0]), state


qnet = QNet()
""",
        at="state[1][0]",
        fixed="""\
import torch
from torch.nn import LSTM, Linear, Module


class QNet(Module):
    def __init__(self, n_obs=5, width=6, n_actions=3):
        super().__init__()
        self.core = LSTM(input_size=n_obs, hidden_size=width, batch_first=True)
        self.q = Linear(width, n_actions)

    def forward(self, obs, state=None):
        _, state = self.core(obs, state)
        return self.q(state[0][0]), state


qnet = QNet()
""",
        severity=Severity.WARNING,
        proof=Proof(
            inputs={"obs": "batch time 5"}, run="qnet(obs)", watch="q", expect="final_state"
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Relation(nn.Module):
    def __init__(self, n_in=5, n_hidden=6):
        super().__init__()
        self.encoder = nn.LSTM(n_in, n_hidden, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * n_hidden, 3)

    def forward(self, x):
        _, (h, c) = self.encoder(x)
        return self.head(torch.cat([c[-2], c[-1]], dim=1))


relation = Relation()
""",
        at="c[-2]",
        fixed="""\
import torch
from torch import nn


class Relation(nn.Module):
    def __init__(self, n_in=5, n_hidden=6):
        super().__init__()
        self.encoder = nn.LSTM(n_in, n_hidden, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * n_hidden, 3)

    def forward(self, x):
        _, (h, c) = self.encoder(x)
        return self.head(torch.cat([h[-2], h[-1]], dim=1))


relation = Relation()
""",
        severity=Severity.WARNING,
        proof=Proof(
            inputs={"x": "batch time 5"}, run="relation(x)", watch="head", expect="final_state"
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers, n_out):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, n_layers)
        self.head = nn.Linear(n_layers * n_hidden, n_out)

    def forward(self, x):
        batch = x.size(1)
        _, (_, x) = self.lstm(x)
        x = x.permute(1, 2, 0).contiguous().view(batch, -1)
        return self.head(x)
""",
        at="x.permute(1, 2, 0).contiguous().view(batch, -1)",
        severity=Severity.WARNING,
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="Encoder(5, 6, 2, 3)(x)",
            watch="head",
            expect="h_n.transpose(1, 2, 0).reshape(7, -1)",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 6, num_layers=2)
head = nn.Linear(6, 3)


def classify(x):
    _, state = lstm(x)
    return head(state[-1].mean(0))
""",
        at="state[-1]",
        fixed="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 6, num_layers=2)
head = nn.Linear(6, 3)


def classify(x):
    _, state = lstm(x)
    return head(state[0].mean(0))
""",
        proof=Proof(
            inputs={"x": "time batch 5"}, run="classify(x)", watch="head", expect="h_n.mean(0)"
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 6, num_layers=2, batch_first=True)
fc = nn.Linear(6, 3)
_, hidden = lstm(torch.randn(4, 9, 5))
print(fc(hidden[0][-1]).shape)
""",
        why="`hidden[0]` is `h_n`",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, num_layers=2, batch_first=True)
fc = nn.Linear(6, 3)
_, hidden = gru(torch.randn(4, 9, 5))
print(fc(hidden[-1]).shape)
""",
        why="the state of a GRU is `h_n` itself, and `hidden[-1]` is its last layer",
    ),
    Good(
        code="""\
import torch
from torch import nn

encoder = nn.LSTM(5, 6)
decoder = nn.LSTM(5, 6)
_, hidden = encoder(torch.randn(9, 4, 5))
out, _ = decoder(torch.randn(3, 4, 5), (hidden[0], hidden[-1]))
print(out.shape)
""",
        why="both states go to a decoder, in their order",
    ),
    Good(
        code="""\
import torch
from torch import nn

encoder = nn.LSTM(5, 6, bidirectional=True)
decoder = nn.LSTM(5, 6)
bridge_h, bridge_c = nn.Linear(12, 6), nn.Linear(12, 6)
_, (h, c) = encoder(torch.randn(9, 4, 5))
h0 = bridge_h(torch.cat([h[-2], h[-1]], dim=1)).unsqueeze(0)
c0 = bridge_c(torch.cat([c[-2], c[-1]], dim=1)).unsqueeze(0)
print(decoder(torch.randn(3, 4, 5), (h0, c0))[0].shape)
""",
        why="a bridge maps each state of an encoder to one of a decoder",
    ),
    Good(
        code="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 6)
fc = nn.Linear(12, 3)
_, (h, c) = lstm(torch.randn(9, 4, 5))
print(fc(torch.cat([h[-1], c[-1]], dim=1)).shape)
""",
        why="both states are read, side by side",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 6, batch_first=True)

    def forward(self, x):
        out, hidden = self.lstm(x)
        return out, (hidden[0], hidden[1])


out, (h, c) = Encoder()(torch.randn(4, 9, 5))
print(out.shape, h.shape, c.shape)
""",
        why="the state is handed out as it is",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Flexible(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.rnn = getattr(nn, kind)(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        _, hidden = self.rnn(x)
        if isinstance(hidden, tuple):
            hidden = hidden[0]
        return self.fc(hidden[-1])


for kind in ("LSTM", "GRU"):
    print(Flexible(kind)(torch.randn(4, 9, 5)).shape)
""",
        why="the tuple of the LSTM is opened before it is indexed",
    ),
)

RULE = Rule(
    code="SG203",
    name="cell-state-as-hidden",
    summary="the cell state of an LSTM is read where its hidden state is meant",
    severity=Severity.ERROR,
    page=PAGE,
    on=(TupleIndexed, HeadFed, Scored, Consumed),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
