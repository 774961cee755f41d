"""SG108: two batch_first, of what makes a tensor and of what reads it, that disagree."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Place, Role
from shapeguard.axes.facts import Handed, RnnCalled
from shapeguard.axes.layer import Setting
from shapeguard.axes.layouts import (
    Misread,
    disagreement,
    in_words,
    inherited,
    misread,
    unmoved,
)
from shapeguard.axes.spelling import short
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
    quote,
)


def check(fact: RnnCalled | Handed, context: Context) -> Iterator[Finding]:
    """A tensor read with another batch_first than the one it was made with."""
    if isinstance(fact, RnnCalled):
        yield from by_layer(fact, context)
    else:
        yield from by_reader(fact, context)


def by_layer(fact: RnnCalled, context: Context) -> Iterator[Finding]:
    """A recurrent layer that reads what another batch_first laid out."""
    rnn = fact.call.rnn
    found = misread(fact.call)
    if found is None or not unmoved(found) or inherited(found.known):
        return
    alike = all(
        misread(other.call) is not None
        for other in context.facts(RnnCalled)
        if other.call.rnn.place == rnn.place
    )
    evidence = layer_evidence(rnn, "batch_first")
    plain = fact.call.state is None and alike
    place = fact.input_place or fact.place
    flag, made = rnn.setting("batch_first"), rnn.place
    yield from report(fact.place, place, rnn.kind, flag, found, evidence, made if plain else None)


def by_reader(fact: Handed, context: Context) -> Iterator[Finding]:
    """Packing, attention or a Transformer that reads what is laid out otherwise."""
    first = fact.flag.value
    found = disagreement(fact.tensor, first) if isinstance(first, bool) else None
    if found is None or inherited(found.known) or fact.tensor.rank == 2:
        return
    evidence = (quote(f"batch_first of {fact.reader}", fact.flag),)
    others = [one for one in context.facts(Handed) if one.made == fact.made]
    made: Place | None = fact.made or fact.place
    if fact.made is not None and not all(
        isinstance(one.flag.value, bool) and disagreement(one.tensor, one.flag.value)
        for one in others
    ):
        made = None
    yield from report(fact.place, fact.argument, fact.reader, fact.flag, found, evidence, made)


def report(
    place: Place,
    given: Place,
    reader: str,
    flag: Setting,
    found: Misread,
    evidence: tuple[Evidence, ...],
    made: Place | None,
) -> Iterator[Finding]:
    """The finding, for whatever reads the tensor."""
    first = bool(flag.value)
    axis = "batch" if found.known.role is Role.BATCH else "time"
    other = found.known.flag
    said = [Evidence(found.known.text, found.known.place)]
    if other is not None:
        said.append(quote(f"batch_first of {found.known.owner}", other))
    doubt = "" if found.proved else ", as far as the names around it tell"
    who = reader if reader.endswith("sequence") else f"the {reader}"
    maker = f"batch_first={other.value} of {found.known.owner} lays it out" if other else ""
    against = (
        f"{maker} as {in_words(not first)}" if maker else f"axis {found.position} is the {axis}"
    )
    yield Finding(
        place,
        f"{who} reads `{short(given.text, 40)}` as {in_words(first)}, but {against}{doubt}",
        "batch and time change places: samples are read as steps and steps as samples; the shapes "
        "fit, so torch complains only where lengths or a mask happen to tell them apart",
        f"give both the same batch_first, or hand over `{short(given.text, 40)}` transposed",
        (*evidence, *said),
        fix(flag, found, made),
        None if found.proved else Severity.WARNING,
    )


def fix(flag: Setting, found: Misread, made: Place | None) -> Fix | None:
    """The batch_first that was left out, of the reader or else of the maker, becomes True."""
    other = found.known.flag
    if flag.value is False and flag.how == "torch" and made is not None:
        spot = made
    elif flag.value is True and other is not None and other.how == "torch" and other.place:
        if found.known.call is not None or other.value is not False:
            return None
        spot = other.place
    else:
        return None
    if not spot.text.endswith(")"):
        return None
    inside = spot.text[:-1].rstrip().rstrip(",")
    edit = Edit(spot, f"{inside}, batch_first=True)")
    name = short(inside.partition("(")[0], 40)
    return Fix(Applicability.UNSAFE, f"Give {name} `batch_first=True`", (edit,))


PAGE = """
## What it does

Compares the `batch_first` of what makes a tensor with the one of what reads it: recurrent layers,
`pad_sequence`, `pack_padded_sequence`, `pad_packed_sequence`, `MultiheadAttention` and the
Transformer layers. Each has its own, and each defaults to False.

## Why is this bad?

Nothing but convention says which of two axes is the batch. An attention layer without
`batch_first=True` behind an LSTM with it attends from sample to sample; a second LSTM runs its
recurrence over the batch; packing takes the lengths of the samples for those of the steps. The
shapes fit.

## Fix safety

The fix is unsafe: it changes what is computed. It is offered where one of the two arguments was
left out, and sets it. Whatever reads the result must then expect the batch first.

## References

- torch.nn.MultiheadAttention, batch_first: "If `True`, then the input and output tensors are
  provided as (batch, seq, feature). Default: `False` (seq, batch, feature)."
- torch.nn.utils.rnn.pack_padded_sequence: "If `batch_first` is `True`, `B x T x *` inputs are
  expected."
"""

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 6, batch_first=True)
        self.attention = nn.MultiheadAttention(6, 2)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        out, _ = self.lstm(x)
        mixed, weights = self.attention(out, out, out)
        return self.fc(mixed), weights


model = Tagger()
""",
        at="self.attention(out, out, out)",
        fixed="""\
import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 6, batch_first=True)
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        out, _ = self.lstm(x)
        mixed, weights = self.attention(out, out, out)
        return self.fc(mixed), weights


model = Tagger()
""",
        proof=Proof(
            inputs={"x": "batch time 5"}, run="model(x)[1]", holds="value.shape == (7, 11, 11)"
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

gru = nn.GRU(5, 6)
head = nn.Linear(6, 2)
sentences = [torch.randn(11 - i, 5) for i in range(7)]
x = pad_sequence(sentences, batch_first=True)
states, _ = gru(x)
tags = head(states)
""",
        at="gru(x)",
        fixed="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

gru = nn.GRU(5, 6, batch_first=True)
head = nn.Linear(6, 2)
sentences = [torch.randn(11 - i, 5) for i in range(7)]
x = pad_sequence(sentences, batch_first=True)
states, _ = gru(x)
tags = head(states)
""",
        proof=Proof(
            run="(tags, x)", holds="np.allclose(value[0], apply('head', rnn(value[1]).output))"
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Stacked(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.first = nn.GRU(n_in, n_hidden, batch_first=True)
        self.second = nn.GRU(n_hidden, 4)

    def forward(self, x):
        out, _ = self.first(x)
        out, _ = self.second(torch.relu(out))
        return out


model = Stacked(5, 6)
""",
        at="self.second(torch.relu(out))",
        fixed="""\
import torch
import torch.nn as nn


class Stacked(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.first = nn.GRU(n_in, n_hidden, batch_first=True)
        self.second = nn.GRU(n_hidden, 4, batch_first=True)

    def forward(self, x):
        out, _ = self.first(x)
        out, _ = self.second(torch.relu(out))
        return out


model = Stacked(5, 6)
""",
        proof=Proof(inputs={"x": "batch time 5"}, run="model(x)", layer="second", expect="output"),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

low = nn.LSTM(5, 6, batch_first=True)
high = nn.LSTM(6, 4, batch_first=True)


def encode(x, lengths):
    packed = pack_padded_sequence(x, lengths, batch_first=True)
    out, _ = pad_packed_sequence(low(packed)[0])
    return high(out)[0]
""",
        at="high(out)",
        fixed="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

low = nn.LSTM(5, 6, batch_first=True)
high = nn.LSTM(6, 4, batch_first=True)


def encode(x, lengths):
    packed = pack_padded_sequence(x, lengths, batch_first=True)
    out, _ = pad_packed_sequence(low(packed)[0], batch_first=True)
    return high(out)[0]
""",
        proof=Proof(
            inputs={"x": "batch time 5", "lengths": "batch:lengths"},
            run="encode(x, lengths)",
            layer="high",
            expect="output",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

gru = nn.GRU(5, 6)
x = torch.randn(7, 11, 5)
packed = pack_padded_sequence(x, [11] * 7, batch_first=True)
out, lengths = pad_packed_sequence(gru(packed)[0], batch_first=True)
print(out[:, -1].shape)
""",
        why="a layer that reads a packed batch has no use for its own `batch_first`",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 6, batch_first=True)
attention = nn.MultiheadAttention(6, 2)
out, _ = lstm(torch.randn(7, 11, 5))
steps = out.transpose(0, 1)
mixed, _ = attention(steps, steps, steps)
print(mixed.shape)
""",
        why="the output is transposed for an attention layer that wants the steps first",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

low, high = nn.GRU(5, 6), nn.GRU(6, 4, batch_first=True)
x = torch.randn(7, 11, 5)
packed = pack_padded_sequence(x, [11] * 7, batch_first=True)
out, _ = pad_packed_sequence(low(packed)[0])
print(high(out.permute(1, 0, 2))[0].shape)
""",
        why="a permute after `pad_packed_sequence` puts the batch first again",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence

emb = nn.Embedding(13, 5)
gru = nn.GRU(5, 6)
ids = pad_sequence([torch.randint(0, 13, (n,)) for n in (11, 9, 4)])
print(gru(emb(ids))[1].shape)
""",
        why="`pad_sequence` and the layer are both time-major by default",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, batch_first):
        super().__init__()
        self.rnn = nn.GRU(5, 6, batch_first=batch_first)
        self.mix = nn.TransformerEncoderLayer(6, 2, batch_first=batch_first)

    def forward(self, x):
        return self.mix(self.rnn(x)[0])


print(Encoder(True)(torch.randn(7, 11, 5)).shape, Encoder(False)(torch.randn(11, 7, 5)).shape)
""",
        why="one flag for both, whatever its value",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 6, batch_first=True)
mix = nn.MultiheadAttention(6, 2)
out, h = rnn(torch.randn(7, 11, 5))
query = h[-1].unsqueeze(0)
keys = out.transpose(0, 1)
print(mix(query, keys, keys)[0].shape)
""",
        why="one query for each sample, its new axis of steps in front as this layer wants it",
    ),
)

RULE = Rule(
    code="SG108",
    name="batch-first-disagrees",
    summary="what makes a tensor and what reads it disagree on `batch_first`",
    severity=Severity.ERROR,
    page=PAGE,
    on=(RnnCalled, Handed),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
    ends=("static", "guard"),
)
