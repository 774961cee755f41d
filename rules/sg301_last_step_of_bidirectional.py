"""SG301: the last step of a bidirectional output, read as a summary of the sequence."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Half, Role
from shapeguard.axes.facts import FirstOfPass, Named
from shapeguard.axes.reading import Consumed, Indexed, Narrowed
from shapeguard.axes.slicing import Slice, is_last
from shapeguard.axes.states import SIZED, follows, forward_only, mixed, read, takes_of
from shapeguard.axes.uses import comes_from, describe
from shapeguard.axes.value import Packed, Take, Tensor
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


def check(fact: Indexed | FirstOfPass, context: Context) -> Iterator[Finding]:
    """The last step of ``output`` with its backward half, or the same mistake made by hand."""
    if isinstance(fact, FirstOfPass):
        yield first_of_pass(fact)
    else:
        yield from last_step(fact, context)


def first_of_pass(fact: FirstOfPass) -> Finding:
    """The first item of a list that a loop fills while it reads from the end."""
    base = fact.base.text
    return Finding(
        place=fact.place,
        message=f"`{fact.place.text}` is the backward pass after one step, not after all of them",
        why="the loop reads the sequence from its end and appends as it goes, so the first item "
        "knows the last step only; the state that has read everything was appended last",
        cure=f"take `{base}[-1]`",
        evidence=(Evidence(f"`{base}` is filled in a loop that counts steps from the end"),),
        fix=Fix(
            Applicability.UNSAFE,
            f"Take the last item: `{base}[-1]`",
            (Edit(fact.place, f"{base}[-1]"),),
        ),
    )


def last_step(fact: Indexed, context: Context) -> Iterator[Finding]:
    """The last step of ``output``, with the backward half in it."""
    source = fact.before.source
    if source is None or source.slot != "output" or source.call.rnn.directions != 2:
        return
    take = next((take for take in fact.takes if take.role is Role.TIME), None)
    if take is None:
        return
    steps = fact.before.axis(take.axis)
    if steps.size == 1 or not is_last(take.index, steps) or forward_only(fact.after):
        return
    if mixed(fact, context.facts(Consumed)):
        return
    consumed, narrowed = context.facts(Consumed), context.facts(Narrowed)
    readers = read(take, consumed, narrowed, context.facts(Named))
    if readers is None or (readers and all(forward_only(reader.tensor) for reader in readers)):
        return
    if not readers and _turned(take, context):
        return
    if _beside_first(take, readers, context):
        return
    rnn = source.call.rnn
    half = fact.after.axis(-1).halves == (Half.BACKWARD,)
    what = "the backward half of the last step" if half else "the last step"
    cat = context.spell("torch.cat") or "torch.cat"
    h_n = context.access(source.call, "h_n", at=fact.place)
    state = h_n.text if h_n is not None else "h_n"
    if half:
        cure = f"take the backward direction's last state, {state}[-1], or its output at step 0"
    else:
        cure = (
            f"use the last state of each direction: {cat}(({state}[-2], {state}[-1]), dim=-1); "
            "it is as wide as this step"
        )
    yield Finding(
        place=fact.place,
        message=f"{what} of a bidirectional {rnn.kind}'s output is taken as its summary "
        f"(axes {describe(fact.before)})",
        why="the backward direction reads from the end, so at the last step it has read that one "
        "step only; half of these features know nothing of the rest of the sequence",
        cure=cure,
        evidence=(*layer_evidence(rnn, "bidirectional", "batch_first"), *_padded(fact, take)),
        fix=_fix(fact, take, context),
    )


def _padded(fact: Indexed, take: Take) -> list[Evidence]:
    """A note where the last step is also padding: the same cure helps (SG401)."""
    padding = fact.before.padding
    if padding is None or isinstance(take.index, Tensor) or not padding.right:
        return []
    text = "for a sequence that is shorter than the longest, the last step is padding besides"
    return [Evidence(text, padding.place)]


def _beside_first(take: Take, readers: list[Consumed], context: Context) -> bool:
    """Whether the first step stands beside the last in every cat that reads it.

    Between them both directions have read everything.
    """
    readers = [reader for reader in readers if reader.by not in SIZED]
    if not readers or any(reader.by not in ("cat", "stack") for reader in readers):
        return False
    source = readers[0].tensor.source
    assert source is not None
    firsts = {
        reader.place
        for reader in context.facts(Consumed)
        if comes_from(reader.tensor, source.call, "output")
        and not forward_only(reader.tensor)
        and any(
            other.role is Role.TIME and is_first(other.index) for other in takes_of(reader.tensor)
        )
    }
    return all(reader.place in firsts for reader in readers)


def is_first(index: object) -> bool:
    """Whether an index means the first step."""
    return index == 0 or index == Slice(0, 1) or index == Slice(None, 1)


def _turned(take: Take, context: Context) -> bool:
    """Whether nothing is seen to read the step but a later choice of the forward direction."""
    later = [fact for fact in context.facts(Indexed) if follows(fact.before, take)]
    return bool(later) and all(forward_only(fact.after) for fact in later)


def _fix(fact: Indexed, take: Take, context: Context) -> Fix | None:
    """The last state of each direction, where it has the shape of what stands there."""
    source = fact.before.source
    assert source is not None
    axes = fact.after.axes
    gathered = isinstance(take.index, Tensor)
    if not source.exact or axes is None or (gathered and not isinstance(source.call.input, Packed)):
        return None
    if any(other.role is not Role.BATCH for other in fact.takes if other is not take):
        return None
    kept = isinstance(take.index, Slice) or fact.how == "gather"
    roles = [axis.role for number, axis in enumerate(axes) if not (kept and number == take.axis)]
    wanted = [Role.BATCH, Role.FEATURE] if source.call.batched else [Role.FEATURE]
    batch = [other for other in fact.takes if other.role is Role.BATCH]
    if roles != wanted or len(source.takes) or (batch and not gathered):
        return None
    if len(fact.after.axis(-1).halves) != 2:
        return None
    cat = context.spell("torch.cat")
    h_n = context.access(source.call, "h_n", at=fact.place)
    if cat is None or h_n is None:
        return None
    text = f"{cat}(({h_n.text}[-2], {h_n.text}[-1]), dim=-1)"
    text += f".unsqueeze({take.axis})" if kept else ""
    message = "Use the last state of each direction"
    return Fix(Applicability.UNSAFE, message, (Edit(fact.place, text), *h_n.edits))


PAGE = """
## What it does

Finds `output` of a bidirectional layer taken at the last step, or at the last valid step by
`lengths - 1`, where both directions are kept and used.

## Why is this bad?

On the last axis of `output` the forward and the backward direction stand side by side. The
forward direction has read the whole sequence at the last step. The backward direction starts
there: it has read one step. So half of the summary depends on the last element alone, and a
classifier on top of it trains on that. Nothing raises and nothing warns. The backward direction
has read everything at step 0, and its last state is kept in `h_n[-1]`.

## Fix safety

Unsafe: the fix changes what is computed. Its result has the shape of the last step, so layers
above need no change, but a trained model must be trained again. No fix is offered where the step
is taken from a tensor computed from `output`, or where `h_n` cannot be written at that place.

## References

[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): "For
bidirectional LSTMs, forward and backward are directions 0 and 1 respectively." and "For
bidirectional LSTMs, h_n is not equivalent to the last element of output; the former contains the
final forward and reverse hidden states, while the latter contains the final forward hidden state
and the initial reverse hidden state."
"""

RULE = Rule(
    code="SG301",
    name="last-step-of-bidirectional",
    summary="the backward half of a bidirectional output has read one step at the last step",
    severity=Severity.ERROR,
    page=PAGE,
    on=(Indexed, FirstOfPass),
    check=check,
    fix=Applicability.UNSAFE,
    bad=(
        Bad(
            code="""\
import torch
import torch.nn as nn


class Sentiment(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden, 2)

    def forward(self, ids):
        out, (h_n, c_n) = self.lstm(self.embed(ids))
        return self.fc(out[:, -1, :])
""",
            at="out[:, -1, :]",
            fixed="""\
import torch
import torch.nn as nn


class Sentiment(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden, 2)

    def forward(self, ids):
        out, (h_n, c_n) = self.lstm(self.embed(ids))
        return self.fc(torch.cat((h_n[-2], h_n[-1]), dim=-1))
""",
            proof=Proof(
                inputs={"ids": "batch time:ids(13)"},
                run="Sentiment(13, 5, 3)(ids)",
                expect="apply('fc', final_state)",
            ),
        ),
        Bad(
            code="""\
import torch
from torch import nn

rnn = nn.GRU(5, 3, num_layers=2, bidirectional=True)
head = nn.Linear(6, 1)


def score(x):
    out, _ = rnn(x)
    last = out[-1]
    return head(torch.relu(last))
""",
            at="out[-1]",
            fixed="""\
import torch
from torch import nn

rnn = nn.GRU(5, 3, num_layers=2, bidirectional=True)
head = nn.Linear(6, 1)


def score(x):
    out, h_n = rnn(x)
    last = torch.cat((h_n[-2], h_n[-1]), dim=-1)
    return head(torch.relu(last))
""",
            proof=Proof(
                inputs={"x": "time batch 5"},
                run="score(x)",
                expect="apply('head', np.maximum(final_state, 0))",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden, bidirectional=True):
        super().__init__()
        self.rnn = nn.LSTM(n_in, n_hidden, batch_first=True, bidirectional=bidirectional)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        packed_out, (h, c) = self.rnn(packed)
        out, _ = pad_packed_sequence(packed_out, batch_first=True)
        rows = torch.arange(out.size(0))
        summary = out[rows, lengths - 1]
        return torch.tanh(summary)
""",
            at="out[rows, lengths - 1]",
            fixed="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden, bidirectional=True):
        super().__init__()
        self.rnn = nn.LSTM(n_in, n_hidden, batch_first=True, bidirectional=bidirectional)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        packed_out, (h, c) = self.rnn(packed)
        out, _ = pad_packed_sequence(packed_out, batch_first=True)
        rows = torch.arange(out.size(0))
        summary = torch.cat((h[-2], h[-1]), dim=-1)
        return torch.tanh(summary)
""",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Encoder(5, 3)(x, lengths)",
                expect="np.tanh(final_state)",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self, n_in, n_hidden, n_tags):
        super().__init__()
        self.rnn = nn.RNN(n_in, n_hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * n_hidden, n_tags)

    def forward(self, x):
        states, _ = self.rnn(x)
        tags = self.out(states)
        return tags[:, -1]
""",
            at="tags[:, -1]",
            proof=Proof(
                inputs={"x": "batch time 5"},
                run="Tagger(5, 3, 2)(x)",
                expect="apply('out', final_state)",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn


class BothWays(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.forward_cell = nn.GRUCell(n_in, n_hidden)
        self.backward_cell = nn.GRUCell(n_in, n_hidden)

    def forward(self, x):
        ahead, back = [], []
        h = g = x.new_zeros(x.size(0), self.forward_cell.hidden_size)
        for t in range(x.size(1)):
            h = self.forward_cell(x[:, t], h)
            g = self.backward_cell(x[:, -(t + 1)], g)
            ahead.append(h)
            back.append(g)
        return torch.cat((ahead[-1], back[0]), dim=1)
""",
            at="back[0]",
            fixed="""\
import torch
import torch.nn as nn


class BothWays(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.forward_cell = nn.GRUCell(n_in, n_hidden)
        self.backward_cell = nn.GRUCell(n_in, n_hidden)

    def forward(self, x):
        ahead, back = [], []
        h = g = x.new_zeros(x.size(0), self.forward_cell.hidden_size)
        for t in range(x.size(1)):
            h = self.forward_cell(x[:, t], h)
            g = self.backward_cell(x[:, -(t + 1)], g)
            ahead.append(h)
            back.append(g)
        return torch.cat((ahead[-1], back[-1]), dim=1)
""",
            proof=Proof(
                inputs={"y": "batch time 5"},
                layer="backward_cell",
                run="[both(x) for both in [BothWays(5, 3)] "
                "for x in (y, y.index_fill(1, torch.tensor([0]), 0.0))]",
                holds="not np.allclose(value[0][:, 3:], value[1][:, 3:])",
            ),
        ),
        Bad(
            code="""\
import torch
from torch import nn

rnn = nn.GRU(5, 3, batch_first=True, bidirectional=True)
fc = nn.Linear(9, 2)


def score(x):
    out, h_n = rnn(x)
    return fc(torch.cat([out[:, 0, :3], out[:, -1]], dim=1))
""",
            at="out[:, -1]",
            fixed="""\
import torch
from torch import nn

rnn = nn.GRU(5, 3, batch_first=True, bidirectional=True)
fc = nn.Linear(9, 2)


def score(x):
    out, h_n = rnn(x)
    return fc(torch.cat([out[:, 0, :3], torch.cat((h_n[-2], h_n[-1]), dim=-1)], dim=1))
""",
            proof=Proof(
                inputs={"x": "batch time 5"},
                run="score(x)",
                watch="fc",
                expect="np.concatenate((output[:, 0, :3], final_state), 1)",
            ),
        ),
        Bad(
            code="""\
import torch
from torch import nn

rnn = nn.GRU(5, 3, batch_first=True, bidirectional=True)
fc = nn.Linear(6, 2)


def score(x):
    out, h_n = rnn(x)
    return fc(out.narrow(1, out.size(1) - 1, 1))
""",
            at="out.narrow(1, out.size(1) - 1, 1)",
            fixed="""\
import torch
from torch import nn

rnn = nn.GRU(5, 3, batch_first=True, bidirectional=True)
fc = nn.Linear(6, 2)


def score(x):
    out, h_n = rnn(x)
    return fc(torch.cat((h_n[-2], h_n[-1]), dim=-1).unsqueeze(1))
""",
            proof=Proof(
                inputs={"x": "batch time 5"},
                run="score(x)",
                watch="fc",
                expect="final_state[:, None]",
            ),
        ),
    ),
    good=(
        Good(
            code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 3, batch_first=True)
fc = nn.Linear(3, 2)
out, (h_n, c_n) = lstm(torch.randn(4, 6, 5))
logits = fc(out[:, -1])
""",
            why="one direction: the last step has read everything and equals `h_n[-1]`",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

H = 3
rnn = nn.GRU(5, H, batch_first=True, bidirectional=True)
fc = nn.Linear(2 * H, 2)
out, h_n = rnn(torch.randn(4, 6, 5))
forward_last = out[:, -1, :H]
backward_last = out[:, 0, H:]
logits = fc(torch.cat([forward_last, backward_last], dim=1))
""",
            why="the forward half at the last step and the backward half at the first",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.hidden = hidden
        self.rnn = nn.LSTM(5, hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden, 2)

    def forward(self, x):
        out, _ = self.rnn(x)
        last, first = out[:, -1], out[:, 0]
        return self.fc(torch.cat((last[:, : self.hidden], first[:, self.hidden :]), dim=1))


print(Model(3)(torch.randn(4, 6, 5)).shape)
""",
            why="the whole last step is only cut: no more than its forward half is used",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden, bidirectional):
        super().__init__()
        self.bidirectional = bidirectional
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True, bidirectional=bidirectional)

    def forward(self, x):
        out, h = self.rnn(x)
        if self.bidirectional:
            return torch.cat((h[-2], h[-1]), dim=-1)
        return out[:, -1]


print(Encoder(5, 3, True)(torch.randn(4, 6, 5)).shape)
""",
            why="with two directions the branch that takes the last step is not reached",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(5, 3, bidirectional=True)
        self.out = nn.Linear(6, 4)

    def forward(self, x):
        states, _ = self.rnn(x)
        return [self.out(states[t]) for t in range(states.size(0))]


print(len(Tagger()(torch.randn(6, 4, 5))))
""",
            why="every step is used, the last one as one of them",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

T, B, H = 6, 4, 3
rnn = nn.LSTM(5, H, bidirectional=True)
fc = nn.Linear(2 * H, 2)
out, _ = rnn(torch.randn(T, B, 5))
halves = out.view(T, B, 2, H)
logits = fc(torch.cat([halves[-1, :, 0], halves[0, :, 1]], dim=-1))
""",
            why="after the split by direction only the forward one is taken at the last step",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 3, batch_first=True, bidirectional=True)
fc = nn.Linear(6, 2)
step, h = torch.randn(4, 5), torch.randn(2, 4, 3)
out, h = rnn(step.unsqueeze(1), h)
logits = fc(out[:, -1])
""",
            why="the sequence has one step, so both directions have read all of it",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn

ahead, back = nn.GRUCell(5, 3), nn.GRUCell(5, 3)
x = torch.randn(4, 6, 5)
h = g = torch.zeros(4, 3)
states, turned = [], []
for t in range(x.size(1)):
    h = ahead(x[:, t], h)
    g = back(x[:, -(t + 1)], g)
    states.append(h)
    turned.insert(0, g)
summary = torch.cat((states[-1], turned[0]), dim=1)
print(summary.shape)
""",
            why="each state of the backward pass is put in front, so the first has read everything",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn


class Attentive(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 4, batch_first=True, bidirectional=True)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)
        self.fc = nn.Linear(8, 2)

    def forward(self, x):
        out, _ = self.rnn(x)
        mixed, _ = self.attention(out, out, out)
        out = self.norm(out + mixed)
        return self.fc(out[:, -1])


print(Attentive()(torch.randn(4, 6, 5)).shape)
""",
            why="attention has mixed all steps into the last one before it is taken",
        ),
        Good(
            code="""\
import torch
from torch import nn

rnn = nn.LSTM(5, 3, num_layers=2, bidirectional=True)
fc = nn.Linear(12, 2)
out, _ = rnn(torch.randn(6, 4, 5))
print(fc(torch.cat((out[0], out[-1]), dim=-1)).shape)
""",
            why="the first step beside the last: between them both directions have read everything",
        ),
        Good(
            code="""\
import torch
from torch import nn

rnn = nn.GRU(5, 3, batch_first=True, bidirectional=True)
fc = nn.Linear(12, 2)
out, _ = rnn(torch.randn(4, 6, 5))
first, last = out[:, 0], out[:, -1]
print(fc(torch.cat([first, last], dim=1)).shape)
""",
            why="the backward direction is read at its own end, the first step, by the same cat",
        ),
    ),
)
