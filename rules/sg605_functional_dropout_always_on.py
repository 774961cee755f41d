"""SG605: F.dropout of a recurrent layer's result that is not switched off in evaluation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapeguard.axes.reading import DroppedOut
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
)

MEANT = re.compile(r"train|eval|mc_?d|monte|stochastic|bayes|sampl|explor|infer|test", re.I)
"""What a condition, an argument or a name says where somebody chooses when to drop."""


def check(fact: DroppedOut, context: Context) -> Iterator[Finding]:
    """One F.dropout."""
    if fact.training is not None and fact.always is None:
        return
    text = fact.place.text
    if fact.rate in (0, 0.0) or any(MEANT.search(guard.text) for guard in fact.under):
        return
    if fact.training is None and MEANT.search(text):
        return
    source = fact.tensor.source
    if source is not None and any(MEANT.search(one.name) for one in source.call.within):
        return
    evidence = []
    if source is not None:
        call = source.call.place
        evidence.append(Evidence(f"it is given what `{short(call.text)}` returned", call))
    if fact.always is not None and fact.training is not None:
        given = fact.training
        how = f"`{given.text}` is True by default, and nobody in view passes another value"
        evidence.append(Evidence(how, fact.always))
    else:
        evidence.append(Evidence("training is True (torch's default, not passed)", fact.place))
    yield Finding(
        place=fact.place,
        message="this dropout is always on: F.dropout does not know whether the module is in "
        "evaluation unless it is told",
        why="model.eval() does not reach it, so predictions are random and some of what the "
        "recurrent layer put out is missing from each of them",
        cure="pass training=self.training; or use an nn.Dropout layer, which model.eval() "
        "switches off; write training=True where it is meant, as for Monte Carlo dropout",
        evidence=tuple(evidence),
        fix=_fix(fact),
    )


def _fix(fact: DroppedOut) -> Fix | None:
    text = fact.place.text
    if fact.module is None:
        return None
    told = f"{fact.module}.training"
    if fact.training is not None:
        edit = Edit(fact.training, told)
    elif "\n" in text or "#" in text or not text.endswith(")") or text.rstrip(") ").endswith(","):
        return None
    else:
        edit = Edit(fact.place, f"{text[:-1]}, training={told})")
    return Fix(Applicability.SAFE, "Drop in training only", (edit,))


PAGE = """
## What it does

Finds `F.dropout(x, p)` of what a recurrent layer returned, or of what was computed from that,
without `training=`.

## Why is this bad?

The default of `training` is True, whatever mode the module is in. nn.Dropout is switched off by
`model.eval()`; the function is not. Predictions and validation scores are then made with part of
the features zeroed at random and the others scaled up.

## Fix safety

Safe: it changes nothing in training. No fix is offered outside of a module's methods.

## References

[torch.nn.functional.dropout](
https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html): "training: apply
dropout if is True. Default: True". [torch.nn.Dropout](
https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html).
"""

_MODEL = """\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 3, batch_first=True)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        out, (h_n, _) = self.lstm(x)
{lines}
"""


def _model(*lines: str) -> str:
    return _MODEL.format(lines="\n".join(f"        {line}" for line in lines))


_PROOF = Proof(
    inputs={"x": "batch time 5"}, run="Classifier()(x)", expect="apply('fc', final_state)"
)

_HELPER = """\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 3, batch_first=True)
        self.fc = nn.Linear(3, 2)

    def drop(self, x, training=True):
        return F.dropout(x, 0.5, {training})

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(self.drop(out))
"""

BAD = (
    Bad(
        code=_model("return self.fc(F.dropout(h_n[-1], 0.5))"),
        at="F.dropout(h_n[-1], 0.5)",
        fixed=_model("return self.fc(F.dropout(h_n[-1], 0.5, training=self.training))"),
        proof=_PROOF,
    ),
    Bad(
        code=_model(
            "last = F.dropout(torch.cat([out[:, -1], h_n[-1]], dim=1), p=0.3)",
            "return self.fc(last[:, 3:])",
        ),
        at="F.dropout(torch.cat([out[:, -1], h_n[-1]], dim=1), p=0.3)",
        fixed=_model(
            "last = F.dropout(torch.cat([out[:, -1], h_n[-1]], dim=1), p=0.3, "
            "training=self.training)",
            "return self.fc(last[:, 3:])",
        ),
        proof=_PROOF,
    ),
    Bad(
        code=_HELPER.format(training="training"),
        at="F.dropout(x, 0.5, training)",
        fixed=_HELPER.format(training="self.training"),
        proof=Proof(inputs={"x": "batch time 5"}, run="Tagger()(x)", expect="apply('fc', output)"),
    ),
)

GOOD = (
    Good(
        code=_model("return self.fc(F.dropout(h_n[-1], 0.5, self.training))"),
        why="the third argument is training",
    ),
    Good(
        code=_model("return self.fc(F.dropout(h_n[-1], p=0.5, training=True))"),
        why="training=True written out is meant, as for Monte Carlo dropout",
    ),
    Good(
        code=_model(
            "last = h_n[-1]",
            "if self.training:",
            "    last = F.dropout(last, 0.5)",
            "return self.fc(last)",
        ),
        why="the branch is taken in training only",
    ),
    Good(
        code=_model("return self.fc(F.dropout(h_n[-1], 0.5 if self.training else 0))"),
        why="the rate is zero in evaluation",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 3, batch_first=True)
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        out, (h_n, _) = self.lstm(x)
        return self.fc(self.dropout(h_n[-1]))
""",
        why="the layer follows model.eval()",
    ),
    Good(
        code=_HELPER.format(training="training").replace(
            "self.drop(out)", "self.drop(out, self.training)"
        ),
        why="the helper is told by its caller",
    ),
)

RULE = Rule(
    code="SG605",
    name="functional-dropout-always-on",
    summary="F.dropout of a recurrent layer's result without training=self.training",
    severity=Severity.WARNING,
    page=PAGE,
    on=(DroppedOut,),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.SAFE,
)
