"""SG506: a loop over steps in which every step starts from the same state."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapeguard.axes.carrying import StepsApart
from shapeguard.axes.facts import Unpacked
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
)

NAMES = re.compile(r"\w+|\(\s*\w+\s*,\s*\w+\s*\)")
"""A state as a name, or as a pair of names: what an assignment can bind."""


def check(fact: StepsApart, context: Context) -> Iterator[Finding]:
    """One call in a loop."""
    call, rnn = fact.call, fact.call.rnn
    given = None if call.state is None else fact.state_place
    if given is None:
        start, drop = "a state of zeros", "no state is passed"
    else:
        start, drop = f"`{short(given.text)}`", f"`{short(given.text)}` is the same in all rounds"
    over = short(fact.round.over.text)
    if fact.how == "counted":
        step = "the loop hands it one step at a time"
    else:
        step = "each step is made of what came out of the one before"
    yield Finding(
        place=fact.place,
        message=f"every step of `{over}` starts this {rnn.kind} from {start}: the state that a "
        "step returns is not passed on to the next",
        why=f"{step}, and what it has read is forgotten after each of them: the layer remembers "
        "nothing and no step depends on those before",
        cure="keep the state that the call returns and pass it to the next call: "
        "`out, state = rnn(step, state)`",
        evidence=(
            Evidence(f"{drop} of the loop over `{over}`", given or fact.round.over),
            *(() if rnn.cell else layer_evidence(rnn, "batch_first")),
        ),
        fix=_fix(fact, context),
    )


def _fix(fact: StepsApart, context: Context) -> Fix | None:
    """The state bound under the name that is passed in, where it is thrown away."""
    given = fact.state_place
    if given is None or fact.round.at is not None or not NAMES.fullmatch(given.text):
        return None
    for unpacked in context.facts(Unpacked):
        source = unpacked.value.source
        if source is None or source.slot != "result" or source.call.place != fact.call.place:
            continue
        if len(unpacked.names) == 2 and unpacked.names[1] == "_":
            edit = Edit(unpacked.places[1], given.text)
            return Fix(Applicability.UNSAFE, "Pass the state on to the next step", (edit,))
    return None


PAGE = """
## What it does

Finds a loop that hands a recurrent layer one step at a time, and in which each call starts from
the same state: none, or one that was made before the loop and is never replaced.

## Why is this bad?

A recurrent layer remembers through the state that it returns. Where the next step does not get it,
the layer is applied to each step alone. A decoder that always starts from the encoder's state
knows the last token and nothing of those before.

## Fix safety

Unsafe: it changes what is computed. The fix gives the returned state the name of the one that is
passed in, where it is thrown away as `_`.

## References

[torch.nn.GRU](https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html): h_n is the "final
hidden state for each element in the sequence"; "Defaults to zeros if not provided" is said of the
state that goes in.
"""

_STEPS = """\
import torch
import torch.nn as nn


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 3, batch_first=True)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        h = torch.zeros(1, x.size(0), 3, dtype=x.dtype, device=x.device)
        outputs = []
        for t in range(x.size(1)):
            out, {kept} = self.gru({step}, {state})
            outputs.append(out)
        return self.fc(torch.cat(outputs, dim=1)), h
"""

_DECODER = """\
import torch
import torch.nn as nn


class Decoder(nn.Module):
    def __init__(self, vocab=13):
        super().__init__()
        self.emb = nn.Embedding(vocab, 5)
        self.lstm = nn.LSTM(5, 3, batch_first=True)
        self.out = nn.Linear(3, vocab)

    def generate(self, token, h, c, steps):
        tokens, scores = [], []
        for _ in range(steps):
            out, {kept} = self.lstm(self.emb(token), (h, c))
            logits = self.out(out).squeeze(1)
            token = logits.argmax(dim=-1, keepdim=True)
            tokens.append(token)
            scores.append(logits)
        return tokens, torch.stack(scores, dim=1)


model = Decoder()
start, h, c = torch.ones(7, 1, dtype=torch.long), torch.zeros(1, 7, 3), torch.zeros(1, 7, 3)
with torch.no_grad():
    made, scores = model.generate(start, h, c, 4)
    whole, _ = model.lstm(model.emb(torch.cat([start, *made[:-1]], dim=1)), (h, c))
    expected = model.out(whole)
"""

_NONE = """\
import torch
import torch.nn as nn

rnn = nn.LSTM(5, 3)
x = torch.randn(11, 7, 5)
outputs = []
for t in range(x.size(0)):
    step = x[t].unsqueeze(0)
    out, _ = rnn(step)
    outputs.append(out)
together = torch.cat(outputs)
"""

BAD = (
    Bad(
        code=_STEPS.format(kept="_", step="x[:, t : t + 1]", state="h"),
        at="self.gru(x[:, t : t + 1], h)",
        fixed=_STEPS.format(kept="h", step="x[:, t : t + 1]", state="h"),
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="Reader()(x)",
            layer="gru",
            holds="np.allclose(value[1], h_n) and np.allclose(h_n, rnn(x).h_n)",
        ),
    ),
    Bad(
        code=_DECODER.format(kept="_"),
        at="self.lstm(self.emb(token), (h, c))",
        fixed=_DECODER.format(kept="(h, c)"),
        proof=Proof(
            run="scores, expected",
            layer="lstm",
            holds="np.allclose(value[0], value[1])",
        ),
    ),
    Bad(
        code=_NONE,
        at="rnn(step)",
        proof=Proof(
            run="x.transpose(0, 1), together.transpose(0, 1)",
            layer="rnn",
            holds="np.allclose(value[1], rnn(value[0]).output)",
        ),
    ),
)

GOOD = (
    Good(
        code=_STEPS.format(kept="h", step="x[:, t].unsqueeze(1)", state="h"),
        why="the state goes from step to step",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

gru = nn.GRU(5, 3, batch_first=True)
documents = [torch.randn(7, 11, 5) for _ in range(4)]
start = torch.zeros(1, 7, 3)
outputs = []
for document in documents:
    out, _ = gru(document, start)
    outputs.append(out)
""",
        why="a loop over sequences, each from the same start",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

gru = nn.GRU(5, 3)
emb = nn.Embedding(13, 5)
fc = nn.Linear(3, 13)
start = torch.zeros(1, 7, 3)
tokens = torch.ones(1, 7, dtype=torch.long)
for _ in range(4):
    out, _ = gru(emb(tokens), start)
    token = fc(out[-1]).argmax(dim=-1)
    tokens = torch.cat([tokens, token.unsqueeze(0)])
""",
        why="each round reads all tokens so far again, from the start",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

gru = nn.GRU(5, 3, batch_first=True)
x = torch.randn(7, 11, 4, 5)
outputs = []
for joint in range(x.size(2)):
    out, _ = gru(x[:, :, joint])
    outputs.append(out)
""",
        why="the loop counts through another axis: each round reads a whole sequence",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

gru = nn.GRU(5, 3)
emb = nn.Embedding(13, 5)
fc = nn.Linear(3, 13)
_, state = gru(torch.randn(11, 1, 5))
scores = []
for candidate in torch.arange(13).split(1):
    out, _ = gru(emb(candidate).unsqueeze(0), state)
    scores.append(fc(out[0]))
""",
        why="candidates for one step are scored from the same state, and none is fed back",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(8, 3)
x = torch.randn(11, 7, 5)
out = torch.zeros(1, 7, 3)
for t in range(11):
    out, _ = lstm(torch.cat([x[t : t + 1], out], dim=-1))
""",
        why="what came out goes in again beside each step of the input: it remembers that way",
    ),
)

RULE = Rule(
    code="SG506",
    name="state-dropped-in-loop",
    summary="a loop over steps in which every step starts from the same state",
    severity=Severity.ERROR,
    page=PAGE,
    on=(StepsApart,),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
