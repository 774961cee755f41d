"""SG307: a bidirectional layer that predicts the next element of what it reads."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Half, Role
from shapeguard.axes.judging import LossTaken
from shapeguard.axes.marks import Piece
from shapeguard.axes.size import Size, add
from shapeguard.axes.spelling import short
from shapeguard.axes.states import takes_of
from shapeguard.axes.value import Tensor
from shapeguard.reference.proof import Proof
from shapeguard.rule import Bad, Context, Evidence, Finding, Good, Rule, Severity, layer_evidence


def check(fact: LossTaken, context: Context) -> Iterator[Finding]:
    """One loss of what a bidirectional layer put out at every step."""
    source = fact.tensor.source
    if source is None or source.slot != "output" or fact.target is None:
        return
    call = source.call
    if call.rnn.directions != 2 or not isinstance(call.input, Tensor):
        return
    if any(take.role in (Role.TIME, Role.DIRECTION) for take in takes_of(fact.tensor)):
        return
    if not any({Half.BACKWARD, Half.BOTH} & {*axis.halves} for axis in fact.tensor.axes or ()):
        return  # nothing of the backward direction is known to be in it
    both = shifted(call.input, fact.target)
    if both is None:
        return
    read, wanted = both
    yield Finding(
        place=fact.place,
        message=f"this bidirectional {call.rnn.kind} is to predict at each step the next element "
        "of its own input, and its backward direction has already read it",
        why="the backward direction comes from the end of the sequence, so at step t it has read "
        "what stands at t + 1: the loss falls towards zero by copying, and at generation time, "
        "when the future is not there, the model has learned nothing",
        cure="use bidirectional=False for what predicts or generates its own continuation",
        evidence=(
            *layer_evidence(call.rnn, "bidirectional"),
            Evidence(f"the layer reads `{short(read.place.text)}`", read.place),
            Evidence(f"the targets are `{short(wanted.place.text)}`, one step on", wanted.place),
        ),
    )


def shifted(given: Tensor, target: Tensor) -> tuple[Piece, Piece] | None:
    """The pieces of one sequence that are read and wanted, where those are one step further."""
    for read in pieces(given):
        for wanted in pieces(target):
            if read.of == wanted.of and read.axis == wanted.axis and _next(read, wanted):
                return read, wanted
    return None


def pieces(tensor: Tensor) -> list[Piece]:
    """The pieces that a tensor is."""
    return [mark for mark in tensor.marks if isinstance(mark, Piece)]


def _next(read: Piece, wanted: Piece) -> bool:
    if not _one(wanted.start, read.start):
        return False
    if wanted.stop is None or read.stop is None:
        return wanted.stop is None and read.stop == -1
    return _one(wanted.stop, read.stop)


def _one(later: Size, earlier: Size) -> bool:
    return add(later, earlier, -1) == 1


PAGE = """
## What it does

Finds a bidirectional layer that reads `x[:, :-1]` while the loss compares what it puts out, step by
step, with `x[:, 1:]`: a language model or forecaster that is to predict its own input's next step.

## Why is this bad?

At step t the backward direction has read everything from the end down to t, so it has the
answer for every step but the last. The loss becomes very small and says nothing. When the model
generates, there is no future to read.

## Fix safety

No fix is offered: the layers behind it are made for two directions. `bidirectional=False` is
right wherever a model predicts or generates the continuation of what it reads. Tagging, and
predicting from a window in the past what lies behind it, may read both ways.

## References

[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): "bidirectional:
If True, becomes a bidirectional LSTM."
"""

_MODEL = """\
import torch
import torch.nn as nn


class LanguageModel(nn.Module):
    def __init__(self, vocab=13{flag}):
        super().__init__()
        self.emb = nn.Embedding(vocab, 5)
        self.lstm = nn.LSTM(5, 3, batch_first=True, bidirectional={both})
        self.fc = nn.Linear({width}, vocab)

    def forward(self, ids):
        out, _ = self.lstm(self.emb(ids))
        return self.fc(out)


model = LanguageModel()
criterion = nn.CrossEntropyLoss()
batch = torch.randint(0, 13, (7, 11))
{pieces}
logits = model(inputs)
loss = criterion({logits}, {targets})
with torch.no_grad():
    changed = batch.clone()
    changed[:, -2] = (changed[:, -2] + 1) % 13
    other = model(changed[:, :-1])
"""
_PIECES = "inputs, targets = batch[:, :-1], batch[:, 1:]"


def _model(
    both: str = "True",
    width: int = 6,
    pieces: str = _PIECES,
    logits: str = "logits.reshape(-1, 13)",
    targets: str = "targets.reshape(-1)",
) -> str:
    return _MODEL.format(
        flag="", both=both, width=width, pieces=pieces, logits=logits, targets=targets
    )


_PAST = Proof(
    run="logits, other", layer="lstm", holds="np.allclose(value[0][:, :3], value[1][:, :3])"
)

BAD = (
    Bad(
        code=_model(),
        at="criterion(logits.reshape(-1, 13), targets.reshape(-1))",
        proof=_PAST,
    ),
    Bad(
        code=_model(logits="logits.transpose(1, 2)", targets="targets"),
        at="criterion(logits.transpose(1, 2), targets)",
        proof=_PAST,
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F

rnn = nn.GRU(5, 3, bidirectional=True)
head = nn.Linear(6, 5)
series = torch.randn(44, 7, 5)
for start in range(0, 33, 11):
    x = series[start : start + 11]
    y = series[start + 1 : start + 12]
    prediction = head(rnn(x)[0])
    loss = F.mse_loss(prediction, y)
    loss.backward()
with torch.no_grad():
    other = head(rnn(torch.cat([x[:-1], x[-1:] + 1]))[0])
""",
        at="F.mse_loss(prediction, y)",
        proof=Proof(
            run="prediction.detach(), other",
            holds="np.allclose(value[0][:3], value[1][:3])",
        ),
    ),
)

GOOD = (
    Good(code=_model(both="False", width=3), why="one direction: no step sees the next one"),
    Good(
        code=_model(pieces="inputs, targets = batch[:, :-1], torch.randint(0, 13, (7, 10))"),
        why="tags: the targets are not the input's own elements",
    ),
    Good(
        code=_model(pieces="inputs, targets = batch[:, :-1], batch[:, :-1]"),
        why="the targets are the same steps, as of an autoencoder",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F

rnn = nn.GRU(5, 3, batch_first=True, bidirectional=True)
head = nn.Linear(6, 5)
series = torch.randn(7, 44, 5)
past, future = series[:, :33], series[:, 33:]
_, state = rnn(past)
loss = F.mse_loss(head(torch.cat([state[0], state[1]], dim=1)), future[:, 0])
""",
        why="a past window predicts what lies behind it: all of the window may be read",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F

rnn = nn.LSTM(5, 3, batch_first=True, bidirectional=True)
emb, head = nn.Embedding(13, 5), nn.Linear(3, 13)
batch = torch.randint(0, 13, (7, 11))
out, _ = rnn(emb(batch[:, :-1]))
loss = F.cross_entropy(head(out[..., :3]).transpose(1, 2), batch[:, 1:])
""",
        why="only the forward direction is used for the next element, as in ELMo",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F

encoder = nn.GRU(5, 3, batch_first=True, bidirectional=True)
decoder = nn.GRU(5, 6, batch_first=True)
emb, head = nn.Embedding(13, 5), nn.Linear(6, 13)
source, target = torch.randint(0, 13, (7, 9)), torch.randint(0, 13, (7, 11))
_, state = encoder(emb(source))
start = torch.cat([state[0], state[1]], dim=1).unsqueeze(0)
out, _ = decoder(emb(target[:, :-1]), start)
loss = F.cross_entropy(head(out).transpose(1, 2), target[:, 1:])
""",
        why="the encoder reads both ways, the decoder that predicts does not",
    ),
)

RULE = Rule(
    code="SG307",
    name="bidirectional-not-causal",
    summary="a bidirectional layer that predicts the next element of its own input",
    severity=Severity.WARNING,
    page=PAGE,
    on=(LossTaken,),
    check=check,
    bad=BAD,
    good=GOOD,
)
