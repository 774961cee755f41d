"""SG208: a prediction (batch, 1) compared with a target (batch,): all with all."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.judging import LossTaken
from shapeguard.axes.size import same, show
from shapeguard.axes.spelling import primary, short
from shapeguard.axes.uses import batch_in_view
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

BROADCASTS = frozenset({"mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "soft_margin_loss"})
RAISES = frozenset({"binary_cross_entropy", "binary_cross_entropy_with_logits"})


def shape(axes: tuple[Axis, ...]) -> str:
    """The axes by role where that is known, else by size."""
    names = (
        "batch" if axis.role is Role.BATCH else "1" if axis.size == 1 else show(axis.size)
        for axis in axes
    )
    inner = ", ".join(names)
    return f"({inner},)" if len(axes) == 1 else f"({inner})"


def column(long: tuple[Axis, ...], short_: tuple[Axis, ...]) -> bool:
    """Whether one shape is the other with an axis of 1 behind it, so that they spread out."""
    if len(long) != len(short_) + 1 or not short_ or long[-1].size != 1:
        return False
    if any(axis.size == 1 for axis in (*short_, *long[:-1])):
        return False
    return all(
        same(one.size, two.size) or one.role is Role.BATCH or Role.UNKNOWN in (one.role, two.role)
        for one, two in zip(long[:-1], short_, strict=True)
    )


def check(fact: LossTaken, context: Context) -> Iterator[Finding]:
    """An elementwise loss of a column and a row."""
    source, target = fact.tensor.source, fact.target
    if fact.loss not in BROADCASTS | RAISES or source is None or target is None:
        return
    given, wanted = fact.tensor.axes, target.axes
    if given is None or wanted is None or fact.target_place is None:
        return
    if not batch_in_view(source.call) or given[:1] == () or given[0].role is Role.UNKNOWN:
        return
    first = column(given, wanted)
    if not first and not column(wanted, given):
        return
    place = fact.argument if first else fact.target_place
    text = f"{primary(place.text)}.squeeze(-1)"
    both = len(given) + len(wanted) == 3
    why = (
        "torch raises: the sizes must agree"
        if fact.loss in RAISES
        else "torch broadcasts both to (batch, batch): every prediction is compared with every "
        "target, so the best that can be learned is their mean"
        if both
        else "torch broadcasts one against the other, or raises where the sizes do not fit"
    )
    yield Finding(
        place,
        f"{fact.loss} compares `{short(fact.argument.text, 30)}` of shape {shape(given)} with "
        f"`{short(fact.target_place.text, 30)}` of shape {shape(wanted)}",
        why,
        f"give both one shape: `{short(text)}`",
        (
            Evidence("the prediction", fact.argument),
            Evidence("the target", fact.target_place),
            *layer_evidence(source.call.rnn, "batch_first"),
        ),
        Fix(Applicability.UNSAFE, "Drop the axis of 1", (Edit(place, text),)),
    )


PAGE = """
## What it does

Reports a prediction of shape (batch, 1) that an elementwise loss (`MSELoss`, `L1Loss`,
`SmoothL1Loss`, `HuberLoss`, `BCELoss`, `BCEWithLogitsLoss`) compares with a target of shape
(batch,), or the other way round. The shape of the target must be in view.

## Why is this bad?

`MSELoss` and its kind broadcast both to (batch, batch) and give a warning at most. Each prediction
is then compared with the targets of all samples. The loss is smallest where every prediction is
the mean of the batch, and that is what the model learns. The losses for two classes raise.

## Fix safety

The fix is unsafe: it changes the loss, because it is wrong today.

## References

- torch.nn.MSELoss: "Target: (*), same shape as the input."
- torch.nn.Linear: "Output: (*, H_out) where all but the last dimension are the same shape as the
  input".
"""

MSE = "np.mean((apply('fc', final_state)[:, 0] - y) ** 2)"

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1])


model = Forecast()
criterion = nn.MSELoss()


def loss(values):
    x = torch.ones(7, 11, 5).cumsum(0)
    return criterion(model(x), values.view(-1))
""",
        at="model(x)",
        fixed="""\
import torch
import torch.nn as nn


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1])


model = Forecast()
criterion = nn.MSELoss()


def loss(values):
    x = torch.ones(7, 11, 5).cumsum(0)
    return criterion(model(x).squeeze(-1), values.view(-1))
""",
        proof=Proof(inputs={"y": "batch"}, run="loss(y)", expect=MSE),
    ),
    Bad(
        code="""\
import torch
import torch.nn.functional as F
from torch import nn

gru = nn.GRU(5, 6)
fc = nn.Linear(6, 1)


def train(goal):
    x = torch.ones(11, 7, 5).cumsum(1)
    _, h = gru(x)
    prediction = fc(h[-1]).squeeze(-1)
    return F.l1_loss(prediction, goal.reshape(-1, 1))
""",
        at="goal.reshape(-1, 1)",
        fixed="""\
import torch
import torch.nn.functional as F
from torch import nn

gru = nn.GRU(5, 6)
fc = nn.Linear(6, 1)


def train(goal):
    x = torch.ones(11, 7, 5).cumsum(1)
    _, h = gru(x)
    prediction = fc(h[-1]).squeeze(-1)
    return F.l1_loss(prediction, goal.reshape(-1, 1).squeeze(-1))
""",
        proof=Proof(
            inputs={"y": "batch"},
            run="train(y)",
            expect="np.mean(np.abs(apply('fc', final_state)[:, 0] - y))",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Spam(nn.Module):
    def __init__(self, dim: int = 5) -> None:
        super().__init__()
        self.rnn = nn.LSTM(dim, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        _, (h, _) = self.rnn(x)
        return self.fc(h[-1])


spam = Spam()
bce = nn.BCEWithLogitsLoss()


def step() -> torch.Tensor:
    x, labels = torch.randn(7, 11, 5), torch.ones(7)
    return bce(spam(x), labels)
""",
        at="spam(x)",
        fixed="""\
import torch
from torch import nn


class Spam(nn.Module):
    def __init__(self, dim: int = 5) -> None:
        super().__init__()
        self.rnn = nn.LSTM(dim, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        _, (h, _) = self.rnn(x)
        return self.fc(h[-1])


spam = Spam()
bce = nn.BCEWithLogitsLoss()


def step() -> torch.Tensor:
    x, labels = torch.randn(7, 11, 5), torch.ones(7)
    return bce(spam(x).squeeze(-1), labels)
""",
        proof=Proof(
            run="step()",
            raises="must be the same as input size",
            expect="np.mean(np.log1p(np.exp(-apply('fc', final_state))))",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 6, batch_first=True)
fc = nn.Linear(6, 1)
out, _ = lstm(torch.randn(4, 9, 5))
y = torch.randn(4)
criterion = nn.MSELoss()
print(float(criterion(fc(out[:, -1]).squeeze(-1), y)))
print(float(criterion(fc(out[:, -1]), y.unsqueeze(1))))
""",
        why="both have one shape, (batch,) or (batch, 1)",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

gru = nn.GRU(5, 6)
fc = nn.Linear(6, 1)
_, h = gru(torch.randn(9, 1, 5))
print(float(nn.MSELoss()(fc(h[-1]), torch.randn(1))))
""",
        why="with a batch of one there is nothing to mix",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(5, 6)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        return self.fc(self.rnn(x)[0])


print(float(nn.L1Loss()(Model()(torch.randn(9, 4, 5)), torch.randn(9, 4, 1))))
""",
        why="a value for each step, and a target for each",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F

rnn = nn.GRU(5, 6, batch_first=True)
fc = nn.Linear(6, 3)
_, h = rnn(torch.randn(4, 9, 5))
print(float(F.cross_entropy(fc(h[-1]), torch.randint(0, 3, (4,)))))
""",
        why="class indices have no axis for the classes: this loss is not elementwise",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 6, batch_first=True)
fc = nn.Linear(6, 3)
_, h = rnn(torch.randn(4, 9, 5))
print(float(nn.SmoothL1Loss()(fc(h[-1]), torch.zeros(3).expand(4, 3))))
print(float(nn.SmoothL1Loss()(fc(h[-1]), torch.zeros(4, 3))))
""",
        why="three values for each sample, and three targets",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 6)
fc = nn.Linear(6, 1)


def loss(x, y):
    return nn.functional.mse_loss(fc(lstm(x)[1][0][-1]), y.view(-1))


print(float(loss(torch.randn(9, 5), torch.randn(1))))
""",
        why="a single sequence without a batch axis gives (1,)",
    ),
)

RULE = Rule(
    code="SG208",
    name="loss-broadcast",
    summary="a prediction (batch, 1) is compared with a target (batch,), all with all",
    severity=Severity.ERROR,
    page=PAGE,
    on=(LossTaken,),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
