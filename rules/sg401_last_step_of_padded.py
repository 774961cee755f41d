"""SG401: the last step of pad_packed_sequence's output, which is padding for shorter sequences."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Role
from shapeguard.axes.facts import Named
from shapeguard.axes.reading import Consumed, Indexed, Narrowed
from shapeguard.axes.slicing import Slice, is_last
from shapeguard.axes.states import forward_only, mixed, read
from shapeguard.axes.uses import describe
from shapeguard.axes.value import Take, Tensor
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


def check(fact: Indexed, context: Context) -> Iterator[Finding]:
    """The last step of a batch that pad_packed_sequence filled up."""
    source, padding = fact.before.source, fact.before.padding
    if source is None or source.slot != "output" or padding is None:
        return
    take = next((take for take in fact.takes if take.role is Role.TIME), None)
    if padding.how != "pad_packed_sequence" or take is None or isinstance(take.index, Tensor):
        return
    steps, batch = fact.before.axis(take.axis), fact.before.find(Role.BATCH)
    if steps.size == 1 or not is_last(take.index, steps):
        return
    if batch is None or fact.before.axis(batch).size == 1:
        return  # one sequence is never shorter than the longest
    rnn = source.call.rnn
    if rnn.directions == 2 and not forward_only(fact.after):
        return  # SG301 speaks: the cure is the same
    consumed = context.facts(Consumed)
    if mixed(fact, consumed):
        return
    readers = read(take, consumed, context.facts(Narrowed), context.facts(Named))
    if readers is None:
        return
    row = -2 if rnn.directions == 2 else -1
    h_n = context.access(source.call, "h_n", at=fact.place)
    state = f"{h_n.text if h_n is not None else 'h_n'}[{row}]"
    yield Finding(
        place=fact.place,
        message="the last step of a padded batch is taken as its summary: it is padding for every "
        f"sequence but the longest (axes {describe(fact.before)})",
        why="pad_packed_sequence fills shorter sequences up to the longest of the batch, so at the "
        "last step these have the padding value, zero unless another is given, and nothing of the "
        "sequence; which samples that hits depends on the batch they are in",
        cure=f"use {state}, the state after each sequence's own last step, or gather the output at "
        "lengths - 1",
        evidence=(
            Evidence("the output is padded here", padding.place),
            *layer_evidence(rnn, "batch_first", "bidirectional"),
        ),
        fix=_fix(fact, take, row, context),
    )


def _fix(fact: Indexed, take: Take, row: int, context: Context) -> Fix | None:
    """The last state, where it has the shape of what stands there."""
    source, axes = fact.before.source, fact.after.axes
    assert source is not None
    if not source.exact or source.takes or axes is None or source.call.rnn.directions not in (1, 2):
        return None
    if any(other.role is not Role.FEATURE for other in fact.takes if other is not take):
        return None
    if any(other.role is Role.FEATURE for other in fact.takes) and row == -1:
        return None
    kept = isinstance(take.index, Slice)
    roles = [axis.role for number, axis in enumerate(axes) if not (kept and number == take.axis)]
    h_n = context.access(source.call, "h_n", at=fact.place)
    if roles != [Role.BATCH, Role.FEATURE] or h_n is None:
        return None
    text = f"{h_n.text}[{row}]" + (f".unsqueeze({take.axis})" if kept else "")
    message = "Use the state after each sequence's own last step"
    return Fix(Applicability.UNSAFE, message, (Edit(fact.place, text), *h_n.edits))


PAGE = """
## What it does

Finds the last step taken of what `pad_packed_sequence` returns. Gathering at `lengths - 1`, lengths
that are equal by construction and a batch of one are left alone. Of a bidirectional layer the last
step is a mistake for another reason as well: SG301 speaks then, and its cure mends both.

## Why is this bad?

Packing spares the layer the padding, and `pad_packed_sequence` puts it back: it fills up every
sequence to the length of the longest with zeros, or with its `padding_value`. So `out[:, -1]` is
the last state of the longest sequence, and zeros for all the others. A classifier on top of it
learns from a few samples of each batch, and what it says of a sample depends on which others are
in its batch. Nothing raises and nothing warns. `h_n[-1]` is the state after each sequence's own
last step.

## Fix safety

Unsafe: the fix changes what is computed. Its result has the shape of the last step, so layers
above need no change, but a trained model must be trained again. No fix is offered where the step
is taken from a tensor computed from `output`, or where `h_n` cannot be written at that place.

## References

[pad_packed_sequence](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_packed_sequence.html):
"Pad a packed batch of variable length sequences."
[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): h_n contains
"the final hidden state for each element in the sequence"; of packed input, that of each sequence at
its own length.
"""

RULE = Rule(
    code="SG401",
    name="last-step-of-padded",
    summary="the last step of a padded batch is padding for every sequence but the longest",
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
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Classifier(nn.Module):
    def __init__(self, vocab, dim, hidden, classes):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, classes)

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(self.embed(ids), lengths, batch_first=True)
        packed_out, (h_n, c_n) = self.lstm(packed)
        out, _ = pad_packed_sequence(packed_out, batch_first=True)
        return self.fc(out[:, -1, :])
""",
            at="out[:, -1, :]",
            fixed="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Classifier(nn.Module):
    def __init__(self, vocab, dim, hidden, classes):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, classes)

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(self.embed(ids), lengths, batch_first=True)
        packed_out, (h_n, c_n) = self.lstm(packed)
        out, _ = pad_packed_sequence(packed_out, batch_first=True)
        return self.fc(h_n[-1])
""",
            proof=Proof(
                inputs={"ids": "batch time:ids(13)", "lengths": "batch:lengths"},
                run="Classifier(13, 5, 3, 2)(ids, lengths)",
                expect="apply('fc', final_state)",
            ),
        ),
        Bad(
            code="""\
import torch
from torch import nn
from torch.nn.utils import rnn as rnn_utils

gru = nn.GRU(5, 3, num_layers=2)
head = nn.Linear(3, 1)


def score(x, lengths):
    packed = rnn_utils.pack_padded_sequence(x, lengths.cpu(), enforce_sorted=False)
    out, _ = gru(packed)
    out, lengths = rnn_utils.pad_packed_sequence(out)
    last = out[-1]
    return head(torch.relu(last))
""",
            at="out[-1]",
            fixed="""\
import torch
from torch import nn
from torch.nn.utils import rnn as rnn_utils

gru = nn.GRU(5, 3, num_layers=2)
head = nn.Linear(3, 1)


def score(x, lengths):
    packed = rnn_utils.pack_padded_sequence(x, lengths.cpu(), enforce_sorted=False)
    out, h_n = gru(packed)
    out, lengths = rnn_utils.pad_packed_sequence(out)
    last = h_n[-1]
    return head(torch.relu(last))
""",
            proof=Proof(
                inputs={"x": "time batch 5", "lengths": "batch:lengths"},
                run="score(x, lengths)",
                expect="apply('head', np.maximum(final_state, 0))",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.LSTM(n_in, n_hidden, batch_first=True, bidirectional=True)
        self.n_hidden = n_hidden

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, (h, c) = self.rnn(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        ahead = out[:, -1, : self.n_hidden]
        back = out[:, 0, self.n_hidden :]
        return torch.tanh(torch.cat((ahead, back), dim=1))
""",
            at="out[:, -1, : self.n_hidden]",
            fixed="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.LSTM(n_in, n_hidden, batch_first=True, bidirectional=True)
        self.n_hidden = n_hidden

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, (h, c) = self.rnn(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        ahead = h[-2]
        back = out[:, 0, self.n_hidden :]
        return torch.tanh(torch.cat((ahead, back), dim=1))
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
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Model(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.rnn = nn.RNN(n_in, n_hidden, batch_first=True)
        self.out = nn.Linear(n_hidden, n_out)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        states, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        scores = self.out(states)
        return scores[:, -1]
""",
            at="scores[:, -1]",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Model(5, 3, 2)(x, lengths)",
                expect="apply('out', final_state)",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn


class Base(nn.Module):
    def __init__(self, rnn, width, classes):
        super().__init__()
        self.rnn = rnn
        self.fc = nn.Linear(width, classes)

    def forward(self, packed):
        out, _ = self.rnn(packed)
        out, _ = nn.utils.rnn.pad_packed_sequence(out, batch_first=True)
        out = out.select(1, -1)
        return self.fc(out)


class Gru(Base):
    def __init__(self, features, hidden, classes):
        super().__init__(nn.GRU(features, hidden, batch_first=True), hidden, classes)
""",
            at="out.select(1, -1)",
            fixed="""\
import torch
import torch.nn as nn


class Base(nn.Module):
    def __init__(self, rnn, width, classes):
        super().__init__()
        self.rnn = rnn
        self.fc = nn.Linear(width, classes)

    def forward(self, packed):
        out, h_n = self.rnn(packed)
        out, _ = nn.utils.rnn.pad_packed_sequence(out, batch_first=True)
        out = h_n[-1]
        return self.fc(out)


class Gru(Base):
    def __init__(self, features, hidden, classes):
        super().__init__(nn.GRU(features, hidden, batch_first=True), hidden, classes)
""",
            proof=Proof(
                inputs={"x": "batch time 5", "lengths": "batch:lengths"},
                run="Gru(5, 3, 2)(nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True))",
                expect="apply('fc', final_state)",
            ),
        ),
    ),
    good=(
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Classifier(nn.Module):
    def __init__(self, vocab, dim, hidden, classes):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, classes)

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(self.embed(ids), lengths, batch_first=True)
        packed_out, (h_n, c_n) = self.lstm(packed)
        out, _ = pad_packed_sequence(packed_out, batch_first=True)
        rows = torch.arange(out.size(0))
        return self.fc(out[rows, lengths - 1])
""",
            why="each sequence is read at its own last step",
            proof=Proof(
                inputs={"ids": "batch time:ids(13)", "lengths": "batch:lengths"},
                run="Classifier(13, 5, 3, 2)(ids, lengths)",
                expect="apply('fc', final_state)",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Classifier(nn.Module):
    def __init__(self, vocab, dim, hidden, classes):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, classes)

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(self.embed(ids), lengths, batch_first=True)
        packed_out, (h_n, c_n) = self.lstm(packed)
        out, _ = pad_packed_sequence(packed_out, batch_first=True)
        last = (lengths - 1).view(-1, 1, 1).expand(-1, 1, out.size(2))
        return self.fc(out.gather(1, last).squeeze(1))
""",
            why="gathered at each sequence's own last step",
            proof=Proof(
                inputs={"ids": "batch time:ids(13)", "lengths": "batch:lengths"},
                run="Classifier(13, 5, 3, 2)(ids, lengths)",
                expect="apply('fc', final_state)",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Classifier(nn.Module):
    def __init__(self, vocab, dim, hidden, classes):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, classes)

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(self.embed(ids), lengths, batch_first=True)
        packed_out, (h_n, c_n) = self.lstm(packed)
        out, _ = pad_packed_sequence(packed_out, batch_first=True)
        return self.fc(h_n[-1])
""",
            why="h_n holds the state after each sequence's own last step",
            proof=Proof(
                inputs={"ids": "batch time:ids(13)", "lengths": "batch:lengths"},
                run="Classifier(13, 5, 3, 2)(ids, lengths)",
                expect="apply('fc', final_state)",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Windows(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 1)

    def forward(self, x):
        lengths = [x.size(1)] * x.size(0)
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = self.rnn(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        return self.fc(out[:, -1])
""",
            why="all lengths are the same by construction, so nothing is padded",
            proof=Proof(
                inputs={"x": "batch time 5"},
                run="Windows(5, 3)(x)",
                expect="apply('fc', last_step)",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Tagger(nn.Module):
    def __init__(self, n_in, n_hidden, n_tags):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, n_tags)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        scores = self.fc(out)
        return scores[:, :-1]
""",
            why="every step is kept but the last one; the loss masks the padded ones",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


rnn = nn.GRU(5, 3, batch_first=True)
fc = nn.Linear(3, 2)


def embed(sentence):
    lengths = torch.tensor([sentence.size(0)])
    packed = pack_padded_sequence(sentence.unsqueeze(0), lengths, batch_first=True)
    out, _ = pad_packed_sequence(rnn(packed)[0], batch_first=True)
    return fc(out[:, -1])
""",
            why="a batch of one sequence has no padding",
            proof=Proof(inputs={"x": "time 5"}, run="embed(x)", expect="apply('fc', last_step)"),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Stacked(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.first = nn.GRU(n_in, n_hidden, batch_first=True)
        self.second = nn.GRU(n_hidden, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 1)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        packed, _ = self.first(packed)
        _, h_n = self.second(packed)
        out, _ = pad_packed_sequence(packed, batch_first=True)
        print("the last step", out[:, -1])
        return self.fc(h_n[-1])
""",
            why="the last step is only looked at",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Pyramid(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True)
        self.attend = nn.MultiheadAttention(n_hidden, 1, batch_first=True)
        self.fc = nn.Linear(n_hidden, 1)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        steps = torch.arange(out.size(1), device=out.device)
        padded = steps[None] >= lengths[:, None].to(out.device)
        mixed, _ = self.attend(out, out, out, key_padding_mask=padded)
        return self.fc(mixed[:, -1])
""",
            why="attention has read all steps before the last one is taken",
        ),
    ),
)
