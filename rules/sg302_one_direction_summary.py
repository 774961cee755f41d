"""SG302: the last state of one direction, read as the summary of a bidirectional layer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapeguard.axes.axis import STATE_ROLES, Role
from shapeguard.axes.facts import Named, RnnCalled, Unpacked
from shapeguard.axes.grouping import row_turned
from shapeguard.axes.judging import HeadFed
from shapeguard.axes.reading import Consumed, Indexed, Narrowed, Reshaped
from shapeguard.axes.spelling import is_name
from shapeguard.axes.states import (
    Entry,
    first_layers,
    follows,
    held,
    keeps_axis,
    read,
    rows_used,
    widened,
)
from shapeguard.axes.uses import comes_from, describe
from shapeguard.axes.value import Take, Tensor
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

#: Names that say that one direction is meant.
ONE_WAY = re.compile(
    r"(^|[._])(fwd?|bwd?|fw|bw|forwards?|backwards?|left|right|l2r|r2l|rev|reversed?)($|[._\d])",
    re.I,
)


def check(fact: Indexed, context: Context) -> Iterator[Finding]:
    """One row of the last layer, where no other selection takes the other direction."""
    source = fact.before.source
    if source is None or source.slot != "h_n" or source.call.rnn.directions != 2:
        return
    take = next((take for take in fact.takes if take.role in STATE_ROLES), None)
    if take is None or first_layers(take, source.call.rnn):
        return
    before, rows = held(fact.before), held(fact.after)
    if before is None or rows is None or len(rows) != 1 or rows[0][0] != 0 or len(before) == 1:
        return
    call = source.call
    used = rows_used(call, context.facts(Indexed), context.facts(Consumed), context.facts(Unpacked))
    if used is None or {way for below, way in used if below == 0} != {rows[0][1]}:
        return
    if any(comes_from(cut.tensor, call, "output") for cut in context.facts(Narrowed)):
        return
    if read(take, context.facts(Consumed)) is None or _named(take, context):
        return
    views = [one for one in context.facts(Reshaped) if follows(one.before, take)]
    if any(row_turned(one.before, one.sizes or ()) for one in views):
        return  # SG304: it is taken for all rows
    yield _finding(fact, take, rows[0], context)


def _named(take: Take, context: Context) -> bool:
    """Whether the program itself calls the selection forward or backward."""
    names = [
        named.name
        for named in context.facts(Named)
        if isinstance(named.value, Tensor) and follows(named.value, take)
    ]
    return any(ONE_WAY.search(name) for name in names)


def _finding(fact: Indexed, take: Take, row: Entry, context: Context) -> Finding:
    assert fact.before.source is not None
    rnn = fact.before.source.call.rnn
    way, other = ("backward", "forward") if row[1] else ("forward", "backward")
    both = _both(fact, take, context)
    return Finding(
        place=fact.place,
        message=f"`{fact.place.text}` is the {way} direction's last state alone, taken as the "
        f"summary of a bidirectional {rnn.kind} (axes {describe(fact.before)})",
        why=f"what the {other} direction has learned is thrown away: the first axis holds, layer "
        "by layer, the forward and then the backward state",
        cure=f"use both: {both or _cat(fact.base.text, take, context)}; it is twice as wide",
        evidence=layer_evidence(rnn, "bidirectional", "num_layers"),
        fix=_fix(fact, take, both, context),
    )


def _cat(base: str, take: Take, context: Context) -> str:
    first, second = (0, 1) if take.role is Role.DIRECTION else (-2, -1)
    return (
        f"{context.spell('torch.cat') or 'torch.cat'}(({base}[{first}], {base}[{second}]), dim=-1)"
    )


def _both(fact: Indexed, take: Take, context: Context) -> str | None:
    """Both directions of the last layer beside each other, written at this place."""
    base = fact.base.text
    if not is_name(base) or context.spell("torch.cat") is None or take.axis != 0:
        return None
    before = held(fact.before)
    if len(fact.takes) != 1 or before is None or before[-2:] != ((0, 0), (0, 1)):
        return None
    text = _cat(base, take, context)
    return f"{text}.unsqueeze(0)" if keeps_axis(take) else text


def _fix(fact: Indexed, take: Take, both: str | None, context: Context) -> Fix | None:
    """Both directions, and the Linear layers that read them made twice as wide."""
    heads = widened(
        take,
        fact.after.axis(-1).size,
        context.facts(HeadFed),
        context.facts(Consumed),
        context.facts(RnnCalled),
    )
    if both is None or heads is None:
        return None
    edits = (Edit(fact.place, both), *(Edit(place, text) for place, text in heads))
    message = "Use the last state of both directions"
    return Fix(Applicability.UNSAFE, message, edits)


PAGE = """
## What it does

Finds `h_n[-1]`, `h_n[-2]` and other selections that take one direction of the last layer of a
bidirectional layer, where the other direction is not used.

## Why is this bad?

The first axis of `h_n` is `num_layers * 2`: layer 0 forward, layer 0 backward, layer 1 forward,
and so on. `h_n[-1]` is not "the last state" of a bidirectional layer. It is the last state of the
backward direction, and `h_n[-2]` is that of the forward direction. A classifier on `h_n[-1]`
pays for both directions and reads one. Nothing raises and nothing warns, because the width is
`hidden_size`, as it is for one direction.

## Fix safety

Unsafe: the fix puts both directions side by side, which is twice as wide, and doubles the first
argument of the Linear layers that read it. The model must be trained again. No fix is offered
where something else reads the summary, because its width would have to change too.

## References

[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): "h_n: tensor of
shape (D * num_layers, H_out) for unbatched input or (D * num_layers, N, H_out) containing the
final hidden state for each element in the sequence. When bidirectional=True, h_n will contain a
concatenation of the final forward and reverse hidden states, respectively."
"""

RULE = Rule(
    code="SG302",
    name="one-direction-summary",
    summary="`h_n[-1]` of a bidirectional layer is the backward direction alone",
    severity=Severity.ERROR,
    page=PAGE,
    on=(Indexed,),
    check=check,
    fix=Applicability.UNSAFE,
    bad=(
        Bad(
            code="""\
import torch
import torch.nn as nn


class Sentence(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.gru = nn.GRU(dim, hidden, num_layers=2, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(hidden, 2)

    def forward(self, ids):
        _, h = self.gru(self.embed(ids))
        return self.fc(h[-1])
""",
            at="h[-1]",
            fixed="""\
import torch
import torch.nn as nn


class Sentence(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.gru = nn.GRU(dim, hidden, num_layers=2, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(2 * hidden, 2)

    def forward(self, ids):
        _, h = self.gru(self.embed(ids))
        return self.fc(torch.cat((h[-2], h[-1]), dim=-1))
""",
            proof=Proof(
                inputs={"ids": "batch time:ids(13)"},
                run="Sentence(13, 5, 3)(ids)",
                watch="fc",
                expect="final_state",
            ),
        ),
        Bad(
            code="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 3, bidirectional=True)
head = nn.Linear(3, 4)


def classify(x):
    _, (h_n, c_n) = lstm(x)
    summary = torch.tanh(h_n[0])
    return head(summary)
""",
            at="h_n[0]",
            fixed="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 3, bidirectional=True)
head = nn.Linear(6, 4)


def classify(x):
    _, (h_n, c_n) = lstm(x)
    summary = torch.tanh(torch.cat((h_n[-2], h_n[-1]), dim=-1))
    return head(summary)
""",
            proof=Proof(
                inputs={"x": "time batch 5"},
                run="classify(x)",
                watch="head",
                expect="np.tanh(final_state)",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers, bidirectional=True):
        super().__init__()
        self.n_layers, self.n_hidden = n_layers, n_hidden
        self.gru = nn.GRU(n_in, n_hidden, n_layers, bidirectional=bidirectional)

    def forward(self, x):
        _, h = self.gru(x)
        h = h.view(self.n_layers, 2, x.size(1), self.n_hidden)
        top = h[-1]
        return top[1]
""",
            at="top[1]",
            fixed="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers, bidirectional=True):
        super().__init__()
        self.n_layers, self.n_hidden = n_layers, n_hidden
        self.gru = nn.GRU(n_in, n_hidden, n_layers, bidirectional=bidirectional)

    def forward(self, x):
        _, h = self.gru(x)
        h = h.view(self.n_layers, 2, x.size(1), self.n_hidden)
        top = h[-1]
        return torch.cat((top[0], top[1]), dim=-1)
""",
            proof=Proof(
                inputs={"x": "time batch 5"}, run="Encoder(5, 3, 2)(x)", expect="final_state"
            ),
        ),
        Bad(
            code="""\
import torch
from torch import nn

OPTIONS = {"hidden_size": 3, "num_layers": 2, "bidirectional": True, "batch_first": True}
encoder = nn.RNN(5, **OPTIONS)


def similarity(x, query):
    _, state = encoder(x)
    return (state[-1] * query).sum(dim=-1)
""",
            at="state[-1]",
            proof=Proof(
                inputs={"x": "batch time 5", "query": "batch 3"},
                run="similarity(x, query)",
                expect="(final_state[:, :3] * query + final_state[:, 3:] * query).sum(axis=-1)",
            ),
        ),
        Bad(
            code="""\
import torch
from torch import nn


class Seq2Seq(nn.Module):
    def __init__(self, n_in=5, n_hidden=3):
        super().__init__()
        self.encoder = nn.GRU(n_in, n_hidden, bidirectional=True)
        self.decoder = nn.GRU(n_in, n_hidden)
        self.out = nn.Linear(n_hidden, n_in)

    def forward(self, x, y):
        _, h = self.encoder(x)
        steps, _ = self.decoder(y, h[-1].unsqueeze(0))
        return self.out(steps)


model = Seq2Seq()
""",
            at="h[-1]",
            proof=Proof(
                inputs={"x": "time batch 5", "y": "time batch 5"},
                run="[model(x, y), model.encoder.weight_ih_l0.data.zero_(), model(x, y)]",
                layer="encoder",
                holds="not np.allclose(value[0], value[2])",
            ),
        ),
        Bad(
            code="""\
import torch
from torch import nn


class Words(nn.Module):
    def __init__(self, n_in=5, n_hidden=3):
        super().__init__()
        self.chars = nn.LSTM(n_in, n_hidden, bidirectional=True, batch_first=True)
        self.words = nn.GRU(n_hidden, 4, batch_first=True)

    def forward(self, x):
        batch, words, letters, width = x.shape
        _, (h, _) = self.chars(x.view(-1, letters, width))
        return self.words(h[-1].view(batch, words, -1))[0]


model = Words()
""",
            at="h[-1]",
            proof=Proof(
                inputs={"x": "2 7 11 5"},
                run="[model(x), model.chars.weight_ih_l0.data.zero_(), model(x)]",
                layer="chars",
                holds="not np.allclose(value[0], value[2])",
            ),
        ),
    ),
    good=(
        Good(
            code="""\
import torch
import torch.nn as nn

gru = nn.GRU(5, 3, num_layers=2, bidirectional=True)
fc = nn.Linear(6, 2)
_, h = gru(torch.randn(6, 4, 5))
logits = fc(torch.cat((h[-2], h[-1]), dim=1))
""",
            why="both directions are used",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

gru = nn.GRU(5, 3, num_layers=2)
fc = nn.Linear(3, 2)
_, h = gru(torch.randn(6, 4, 5))
logits = fc(h[-1])
""",
            why="one direction: `h_n[-1]` is the last layer's last state",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 3, bidirectional=True)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        _, h_n = self.rnn(x)
        state_backward = h_n[-1]
        return self.fc(state_backward)


print(TwoHeads()(torch.randn(6, 4, 5)).shape)
""",
            why="the name says that one direction is meant",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, bidirectional=True):
        super().__init__()
        self.bidirectional = bidirectional
        self.rnn = nn.LSTM(5, 3, bidirectional=bidirectional)

    def forward(self, x):
        _, (h, _) = self.rnn(x)
        if self.bidirectional:
            return torch.cat((h[-2], h[-1]), dim=-1)
        return h[-1]


print(Encoder()(torch.randn(6, 4, 5)).shape)
""",
            why="with two directions the branch that takes one state is not reached",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 3, 2, bidirectional=True, batch_first=True)
fc = nn.Linear(6, 2)
x = torch.randn(4, 6, 5)
h = rnn(x)[1].view(2, 2, 4, 3)
top = h[-1]
logits = fc(top.transpose(0, 1).reshape(4, 6))
""",
            why="after the view `h[-1]` is the last layer with both of its directions",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 3, bidirectional=True)
fc = nn.Linear(6, 2)
x = torch.randn(6, 4, 5)
out, h = rnn(x)
summary = torch.cat((out[-1, :, :3], h[-1]), dim=-1)
logits = fc(summary)
""",
            why="the forward half comes from the last step of `output`, where it is the same",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

rnn = nn.LSTM(5, 3, num_layers=2, bidirectional=True)
fc = nn.Linear(6, 2)
_, (h, _) = rnn(torch.randn(6, 4, 5))
forward_states, backward_states = h[0::2], h[1::2]
logits = fc(torch.cat((forward_states, backward_states), dim=2)[-1])
""",
            why="the directions are taken apart by steps of two and put together again",
        ),
    ),
)
