"""SG303: rows of ``h_n`` that are not the last layer's, read as the summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shapeguard.axes.axis import STATE_ROLES, Role
from shapeguard.axes.facts import RnnCalled, Unpacked
from shapeguard.axes.judging import HeadFed
from shapeguard.axes.layer import Call, Rnn
from shapeguard.axes.reading import Consumed, Indexed, Reshaped
from shapeguard.axes.size import Unknown, differ, mul, same
from shapeguard.axes.slicing import Slice
from shapeguard.axes.spelling import is_name
from shapeguard.axes.states import (
    chooses,
    first_layers,
    follows,
    held,
    keeps_axis,
    last_layers,
    read,
    rows_used,
    widened,
)
from shapeguard.axes.uses import comes_from, describe
from shapeguard.axes.value import Take
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


def check(fact: Indexed | Reshaped, context: Context) -> Iterator[Finding]:
    """A selection that leaves the last layer out, or a squeeze that leaves all layers in."""
    if isinstance(fact, Reshaped):
        yield from _squeezed(fact, context)
        return
    source = fact.before.source
    if source is None or source.slot != "h_n":
        return
    found = _below(source.call, context)
    if not found:
        yield from _counted(fact, source.call, context)
        return
    if found[0].place != fact.place or found[0] is not fact:
        return
    rnn = source.call.rnn
    rows = held(fact.after) or ()
    whole = any(_half(take, rnn, context) for take in fact.takes)
    if whole and len(rows) != 1:
        what = f"`{fact.place.text}` mixes layers and directions"
        why = (
            "with two directions each layer has two rows, forward and backward in turn: "
            "num_layers rows are both states of half of the layers, not one of each"
        )
    else:
        shown = " and ".join(dict.fromkeys(f"`{one.place.text}`" for one in found))
        what = f"{shown} is not the last layer's state"
        why = (
            "layer 0 is the first that reads the input; the result of the layers above it is "
            "thrown away"
        )
    fix = _fix(found, context)
    named = whole and not any(_sure(take, rnn, context) for one in found for take in one.takes)
    yield Finding(
        place=fact.place,
        message=f"{what} (axes {describe(fact.before)})",
        why=why,
        cure=_cure(fact, rnn, context),
        evidence=layer_evidence(rnn, "num_layers", "bidirectional"),
        fix=fix,
        severity=Severity.WARNING if named else None,
    )


def _counted(fact: Indexed, call: Call, context: Context) -> Iterator[Finding]:
    """``h_n[1]`` beside ``h_n[-1]``: the same row, or one from the midst of the layers."""
    row = _row(fact, call)
    if row is None or row < 1 or call.rnn.directions != 1:
        return
    same_state = [one for one in context.facts(Indexed) if comes_from(one.before, call, "h_n")]
    rows = [_row(one, call) for one in same_state if chooses(one)]
    if set(rows) != {row, -1} or not read(fact.takes[0], context.facts(Consumed)):
        return
    layers = call.rnn.size("num_layers")
    if isinstance(layers, int) and layers == row + 1:
        what, why = "is the last layer again", "the other row that is read, -1, is the same one"
    elif isinstance(layers, int):
        what = f"is layer {row} of {layers}, counted from 0: neither the first nor the last"
        why = "it stands beside the last layer's state as if it were another summary"
    else:
        what = "is the last layer again, or one in the midst of them"
        why = (
            f"with {row + 1} layers it is row -1, which is read, too; with more it is an inner "
            "layer; with fewer it raises"
        )
    yield Finding(
        place=fact.place,
        message=f"`{fact.place.text}` {what} (axes {describe(fact.before)})",
        why=why,
        cure="read row -1, the last layer, alone, or all rows",
        evidence=layer_evidence(call.rnn, "num_layers", "bidirectional"),
        severity=Severity.WARNING,
    )


def _row(fact: Indexed, call: Call) -> int | None:
    """The one row that a selection takes from the state as it was returned."""
    source = fact.before.source
    if source is None or source.takes or len(fact.takes) != 1:
        return None
    take = fact.takes[0]
    chosen = take.role is Role.STATES and type(take.index) is int
    return take.index if chosen and comes_from(fact.before, call, "h_n") else None


def _below(call: Call, context: Context) -> list[Indexed]:
    """The selections that take other rows than the last layer's, where nothing takes those."""
    indexed, consumed = context.facts(Indexed), context.facts(Consumed)
    found = []
    for fact in indexed:
        if not comes_from(fact.before, call, "h_n") or not fact.takes:
            continue
        if not any(take.role in STATE_ROLES for take in fact.takes):
            continue
        rows, before = held(fact.after), held(fact.before)
        lower = rows and before and all(below > 0 for below, _ in rows)
        leaves_out = lower and any(below == 0 for below, _ in before or ())
        if leaves_out or any(_half(take, call.rnn, context) for take in fact.takes):
            found.append(fact)
    if not found or all(read(fact.takes[0], consumed) is None for fact in found):
        return []
    others = [fact for fact in indexed if not any(_same(fact, one) for one in found)]
    used = rows_used(call, others, _other(consumed, found), context.facts(Unpacked))
    if used is None or any(below == 0 for below, _ in used):
        return []
    return found


def _same(fact: Indexed, found: Indexed) -> bool:
    return fact is found or follows(fact.before, found.takes[-1])


def _other(consumed: Sequence[Consumed], found: list[Indexed]) -> list[Consumed]:
    """The readers of what was selected elsewhere."""
    return [
        fact for fact in consumed if not any(follows(fact.tensor, one.takes[-1]) for one in found)
    ]


def _half(take: Take, rnn: Rnn, context: Context) -> bool:
    """Whether a selection is half of the rows of two directions: the first, or the last."""
    return first_layers(take, rnn) or last_layers(take, rnn, context.facts(RnnCalled))


def _sure(take: Take, rnn: Rnn, context: Context) -> bool:
    """Whether half of the rows is what a selection takes by the layer's own number of layers."""
    index = take.index
    own = isinstance(index, Slice) and same(index.stop, rnn.size("num_layers"))
    return own or not first_layers(take, rnn)


def _cure(fact: Indexed, rnn: Rnn, context: Context) -> str:
    base = fact.base.text if is_name(fact.base.text) else "h_n"
    if any(_half(take, rnn, context) for take in fact.takes):
        return (
            f"join the directions of each layer, such as {base}[0::2] + {base}[1::2], or only of "
            f"the last layer: {base}[-2] and {base}[-1]"
        )
    if rnn.directions == 2:
        return f"use the last layer: {base}[-2] is its forward, {base}[-1] its backward state"
    return f"use {base}[-1], whatever the number of layers"


def _fix(found: list[Indexed], context: Context) -> Fix | None:
    """The last layer's rows in the place of those taken."""
    edits: list[Edit] = []
    for fact in found:
        new = _replaced(fact, found, context)
        if new is None:
            return None
        edits += new
    unique = {edit.place: edit for edit in edits}
    return Fix(Applicability.UNSAFE, "Take the last layer", tuple(unique.values()))


def _replaced(fact: Indexed, found: list[Indexed], context: Context) -> list[Edit] | None:
    source = fact.before.source
    assert source is not None
    base, rnn = fact.base.text, source.call.rnn
    if not is_name(base) or len(fact.takes) != 1 or source.takes:
        return None
    take = fact.takes[0]
    rows = held(fact.after)
    if take.role is not Role.STATES or take.axis != 0:
        return None
    if _half(take, rnn, context):
        if rnn.kind == "LSTM" or not _sure(take, rnn, context):
            return None  # c_n must be cut in the same way; another layer wants as many rows
        return [Edit(fact.place, f"({base}[0::2] + {base}[1::2])")]
    if rows is None or len(rows) != 1:
        return None
    kept = keeps_axis(take)
    if rnn.directions == 1:
        return [Edit(fact.place, f"{base}[-1:]" if kept else f"{base}[-1]")]
    ways = {row[1] for one in found for row in held(one.after) or ()}
    if ways == {0, 1} and len(found) == 2:
        return [Edit(fact.place, f"{base}[{rows[0][1] - 2}{':' if kept else ''}]")]
    return _both(fact, take, kept, context)


def _both(fact: Indexed, take: Take, kept: bool, context: Context) -> list[Edit] | None:
    """Both directions of the last layer for one row of another, and wider Linear layers."""
    cat = context.spell("torch.cat")
    heads = widened(
        take,
        fact.after.axis(-1).size,
        context.facts(HeadFed),
        context.facts(Consumed),
        context.facts(RnnCalled),
    )
    if cat is None or heads is None or kept:
        return None
    base = fact.base.text
    text = f"{cat}(({base}[-2], {base}[-1]), dim=-1)"
    return [Edit(fact.place, text), *(Edit(place, wider) for place, wider in heads)]


def _squeezed(fact: Reshaped, context: Context) -> Iterator[Finding]:
    """``h_n.squeeze(0)`` where axis 0 has more rows than one: nothing is squeezed."""
    source = fact.before.source
    if source is None or source.slot != "h_n" or fact.how not in ("squeeze", "squeeze_"):
        return
    axes = fact.before.axes
    if axes is None or fact.axis not in (0, -len(axes)) or axes[0].role is not Role.STATES:
        return
    rnn = source.call.rnn
    rows = mul(rnn.size("num_layers"), rnn.directions)
    if source.takes or isinstance(rows, Unknown) or not differ(rows, 1):
        return
    selections = [
        one for one in context.facts(Indexed) if comes_from(one.before, source.call, "h_n")
    ]
    if any(chooses(one) for one in selections):
        return
    base = fact.base.text
    one_way = rnn.directions == 1
    cure = f"use {base}[-1]" if one_way else f"join {base}[-2] and {base}[-1]"
    edits = (Edit(fact.place, f"{base}[-1]"),)
    yield Finding(
        place=fact.place,
        message=f"`{fact.place.text}` leaves all {rows} layers and directions in: axis 0 is not 1 "
        f"long (axes {describe(fact.before)})",
        why="squeeze only drops an axis of size 1, so what follows runs on every layer's state "
        "where one summary is meant",
        cure=cure,
        evidence=layer_evidence(rnn, "num_layers", "bidirectional"),
        fix=Fix(Applicability.UNSAFE, "Take the last layer", edits)
        if one_way and is_name(base)
        else None,
    )


PAGE = """
## What it does

Finds rows of `h_n` that are not the last layer's, used where the last layer's are not: `h_n[0]`
with several layers, `h_n[0]` and `h_n[1]` with several layers and two directions,
`h_n[:num_layers]` with two directions, and `h_n.squeeze(0)` where axis 0 is not 1 long.

Warnings are given for `h_n[:n]` of two directions where n is the number of layers of another layer,
and for `h_n[1]` beside `h_n[-1]`: the same row, or one from the midst of the layers.

## Why is this bad?

The first axis of `h_n` is ordered layer by layer, lowest first. `h_n[0]` is the state of the layer
next to the input. All layers above it are computed, and trained by nothing. With two directions
each layer has two rows, so `h_n[0]` and `h_n[1]` are both of layer 0, and `h_n[:num_layers]` is the
lower half of the layers. It often starts as right code for one layer.

## Fix safety

Unsafe: the fix takes the last layer, which changes what is computed. `h_n[:num_layers]` of two
directions becomes the sum of the directions of each layer, which has the same shape.

## References

[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): "num_layers –
Number of recurrent layers. E.g., setting num_layers=2 would mean stacking two LSTMs together to
form a stacked LSTM, with the second LSTM taking in outputs of the first LSTM and computing the
final results." "h_n: tensor of shape (D * num_layers, H_out) for unbatched input or
(D * num_layers, N, H_out) containing the final hidden state for each element in the sequence."
"""

RULE = Rule(
    code="SG303",
    name="wrong-layer",
    summary="rows of `h_n` that are not the last layer's are used as the summary",
    severity=Severity.ERROR,
    page=PAGE,
    on=(Indexed, Reshaped),
    check=check,
    fix=Applicability.UNSAFE,
    bad=(
        Bad(
            code="""\
import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, n_in, n_hidden, n_classes):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, num_layers=2, batch_first=True)
        self.fc = nn.Linear(n_hidden, n_classes)

    def forward(self, x):
        _, (h_n, _) = self.lstm(x)
        return self.fc(h_n[0])
""",
            at="h_n[0]",
            fixed="""\
import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, n_in, n_hidden, n_classes):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, num_layers=2, batch_first=True)
        self.fc = nn.Linear(n_hidden, n_classes)

    def forward(self, x):
        _, (h_n, _) = self.lstm(x)
        return self.fc(h_n[-1])
""",
            proof=Proof(
                inputs={"x": "batch time 5"},
                run="Classifier(5, 3, 2)(x)",
                expect="apply('fc', final_state)",
            ),
        ),
        Bad(
            code="""\
import torch
from torch import nn

gru = nn.GRU(5, 3, num_layers=2, bidirectional=True)
head = nn.Linear(6, 1)


def score(x):
    _, h = gru(x)
    both = torch.cat([h[0], h[1]], dim=1)
    return head(both)
""",
            at="h[0]",
            fixed="""\
import torch
from torch import nn

gru = nn.GRU(5, 3, num_layers=2, bidirectional=True)
head = nn.Linear(6, 1)


def score(x):
    _, h = gru(x)
    both = torch.cat([h[-2], h[-1]], dim=1)
    return head(both)
""",
            proof=Proof(
                inputs={"x": "time batch 5"}, run="score(x)", expect="apply('head', final_state)"
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn


class Seq2Seq(nn.Module):
    def __init__(self, dim, hidden, n_layers=2):
        super().__init__()
        self.n_layers = n_layers
        self.encoder = nn.GRU(dim, hidden, n_layers, bidirectional=True)
        self.decoder = nn.GRU(dim, hidden, n_layers)

    def forward(self, source, target):
        _, state = self.encoder(source)
        self.start = state[: self.n_layers]
        return self.decoder(target, self.start)[0]
""",
            at="state[: self.n_layers]",
            fixed="""\
import torch
import torch.nn as nn


class Seq2Seq(nn.Module):
    def __init__(self, dim, hidden, n_layers=2):
        super().__init__()
        self.n_layers = n_layers
        self.encoder = nn.GRU(dim, hidden, n_layers, bidirectional=True)
        self.decoder = nn.GRU(dim, hidden, n_layers)

    def forward(self, source, target):
        _, state = self.encoder(source)
        self.start = (state[0::2] + state[1::2])
        return self.decoder(target, self.start)[0]
""",
            proof=Proof(
                inputs={"source": "time batch 5", "target": "time batch 5"},
                run="(m := Seq2Seq(5, 3))(source, target), m.start",
                layer="encoder",
                holds="np.allclose(value[1], h_n[0::2] + h_n[1::2])",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn


class Regressor(nn.Module):
    def __init__(self, n_layers):
        super().__init__()
        self.rnn = nn.RNN(5, 3, num_layers=n_layers)
        self.head = nn.Linear(3, 1)

    def forward(self, x):
        h = self.rnn(x)[1]
        return self.head(h.squeeze(0))


model = Regressor(n_layers=2)
""",
            at="h.squeeze(0)",
            fixed="""\
import torch
import torch.nn as nn


class Regressor(nn.Module):
    def __init__(self, n_layers):
        super().__init__()
        self.rnn = nn.RNN(5, 3, num_layers=n_layers)
        self.head = nn.Linear(3, 1)

    def forward(self, x):
        h = self.rnn(x)[1]
        return self.head(h[-1])


model = Regressor(n_layers=2)
""",
            proof=Proof(
                inputs={"x": "time batch 5"},
                run="model(x)",
                expect="apply('head', final_state)",
            ),
        ),
        Bad(
            code="""\
import torch
from torch import nn


class Translator(nn.Module):
    def __init__(self, n_in=5, n_hidden=3, n_layers=2):
        super().__init__()
        self.n_layers = n_layers
        self.encoder = nn.GRU(n_in, n_hidden, n_layers, bidirectional=True)
        self.decoder = nn.GRU(n_in, n_hidden, n_layers)

    def forward(self, x, y):
        _, h = self.encoder(x)
        return self.decoder(y, h[-self.n_layers :])[0]


model = Translator()
""",
            at="h[-self.n_layers :]",
            fixed="""\
import torch
from torch import nn


class Translator(nn.Module):
    def __init__(self, n_in=5, n_hidden=3, n_layers=2):
        super().__init__()
        self.n_layers = n_layers
        self.encoder = nn.GRU(n_in, n_hidden, n_layers, bidirectional=True)
        self.decoder = nn.GRU(n_in, n_hidden, n_layers)

    def forward(self, x, y):
        _, h = self.encoder(x)
        return self.decoder(y, (h[0::2] + h[1::2]))[0]


model = Translator()
""",
            proof=Proof(
                inputs={"x": "time batch 5", "y": "time batch 5"},
                run="[model(x, y), model.encoder.weight_ih_l0_reverse.data.zero_(), "
                "model.encoder.weight_ih_l1.data.zero_(), "
                "model.encoder.weight_ih_l1_reverse.data.zero_(), model(x, y), "
                "model.encoder.weight_ih_l0.data.zero_(), model(x, y)]",
                layer="encoder",
                holds="not np.allclose(value[4], value[6])",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn


class Translator(nn.Module):
    def __init__(self, dim, hidden, enc_layers, dec_layers, both=True):
        super().__init__()
        self.dec_layers = dec_layers
        self.encoder = nn.GRU(dim, hidden, enc_layers, bidirectional=both)
        self.decoder = nn.GRU(dim, hidden, dec_layers)

    def forward(self, source, target):
        out, state = self.encoder(source)
        self.start = state[: self.dec_layers]
        return self.decoder(target, self.start)[0]
""",
            at="state[: self.dec_layers]",
            severity=Severity.WARNING,
            proof=Proof(
                inputs={"source": "time batch 5", "target": "time batch 5"},
                run="(m := Translator(5, 3, 3, 2))(source, target), m.start",
                layer="encoder",
                holds="np.allclose(value[1], (h_n[0::2] + h_n[1::2])[-2:])",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn


class Forecaster(nn.Module):
    def __init__(self, n_in, hidden, num_layers):
        super().__init__()
        self.rnn = nn.GRU(n_in, hidden, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        _, hn = self.rnn(x)
        top = hn[-1]
        first = hn[1]
        return self.fc(torch.relu(top + first))


model = Forecaster(5, 3, 4)
""",
            at="hn[1]",
            severity=Severity.WARNING,
            proof=Proof(
                inputs={"x": "batch time 5"},
                run="model(x)",
                expect="apply('fc', np.maximum(final_state, 0))",
            ),
        ),
    ),
    good=(
        Good(
            code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 3)
fc = nn.Linear(3, 2)
_, (h_n, _) = lstm(torch.randn(6, 4, 5))
logits = fc(h_n[0])
""",
            why="one layer and one direction: row 0 is the only one",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, num_layers):
        super().__init__()
        self.rnn = nn.GRU(5, 3, num_layers)

    def forward(self, x):
        _, h = self.rnn(x)
        return h[0]
""",
            why="the number of layers is not known",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn


class Seq2Seq(nn.Module):
    def __init__(self, n_layers=2):
        super().__init__()
        self.n_layers = n_layers
        self.encoder = nn.GRU(5, 3, n_layers)
        self.decoder = nn.GRU(5, 3, n_layers)

    def forward(self, source, target):
        _, h = self.encoder(source)
        return self.decoder(target, h[: self.n_layers])[0]


print(Seq2Seq()(torch.randn(6, 4, 5), torch.randn(6, 4, 5)).shape)
""",
            why="all layers are handed to a decoder of as many layers",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

rnn = nn.LSTM(5, 3, num_layers=2)
low, high = nn.Linear(3, 1), nn.Linear(3, 1)
_, (h, _) = rnn(torch.randn(6, 4, 5))
score = low(h[0]) + high(h[1])
""",
            why="every layer is used, each for its own end",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 3, bidirectional=True)
fc = nn.Linear(6, 2)
_, h = rnn(torch.randn(6, 4, 5))
logits = fc(torch.cat((h[0], h[1]), dim=1))
""",
            why="with one layer rows 0 and 1 are its two directions",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 3, num_layers=3)
fc = nn.Linear(3, 2)
_, h = rnn(torch.randn(6, 4, 5))
logits = fc(h[rnn.num_layers - 1])
""",
            why="the last layer by its number",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 3, num_layers=2, batch_first=True)
x = torch.randn(4, 6, 5)
_, h = rnn(x)
first_sample = h.transpose(0, 1)[0]
print(first_sample[-1])
""",
            why="after the transpose index 0 is a sample, not a layer",
        ),
        Good(
            code="""\
import torch
from torch import nn

rnn = nn.GRU(5, 3, num_layers=2, bidirectional=True)
fc = nn.Linear(6, 2)
_, h = rnn(torch.randn(6, 4, 5))
last = h[-2:]
print(fc(last.transpose(0, 1).reshape(4, 6)).shape)
""",
            why="the last two rows are both directions of the last layer",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

gru = nn.GRU(5, 3, num_layers=2, bidirectional=True)
bridge = nn.Linear(6, 3)
n_rows = 4
_, h = gru(torch.randn(7, 4, 5))
h = h[:n_rows]
print(bridge(torch.cat((h[0::2], h[1::2]), dim=-1)).shape)
""",
            why="as many rows as there are, joined layer by layer",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

gru, fc = nn.GRU(5, 3, num_layers=3, batch_first=True), nn.Linear(3, 1)
_, h = gru(torch.randn(4, 7, 5))
print(fc(h[0] + h[1] + h[-1]).shape)
""",
            why="every layer is read, each once",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

gru, fc = nn.GRU(5, 3, num_layers=2, batch_first=True), nn.Linear(3, 1)
_, h = gru(torch.randn(4, 7, 5))
print(fc(h[1]).shape)
""",
            why="the last of two layers by its number",
        ),
    ),
)
