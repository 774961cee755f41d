"""SG204: a loss that is given what another activation, or none, has made of the scores."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapeguard.axes.activation import LINEAR, Activation
from shapeguard.axes.facts import Fact
from shapeguard.axes.judging import LossTaken, Normalized
from shapeguard.axes.spelling import primary, short
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

E, W = Severity.ERROR, Severity.WARNING

LOGITS, PROBABILITIES, LOGS = "raw scores (logits)", "probabilities", "log-probabilities"

_CLASSES = {"softmax": E, "sigmoid": E, "relu": W, "tanh": W}
_LOGS = {"softmax": E, LINEAR: E, "sigmoid": E, "relu": E, "tanh": E}

MISFITS: dict[str, tuple[str, dict[str, Severity]]] = {
    "cross_entropy": (LOGITS, _CLASSES),
    "binary_cross_entropy_with_logits": (LOGITS, _CLASSES),
    "multilabel_soft_margin_loss": (LOGITS, {"softmax": E, "sigmoid": E}),
    "nll_loss": (LOGS, _LOGS),
    "ctc_loss": (LOGS, _LOGS),
    "kl_div": (LOGS, {"softmax": E}),
    "binary_cross_entropy": (PROBABILITIES, {LINEAR: E, "tanh": E, "relu": E, "log_softmax": E}),
}
"""What each loss reads, and what it must not be given."""

SWAPS = {
    ("nll_loss", LINEAR): ("torch.nn.CrossEntropyLoss", "torch.nn.functional.cross_entropy"),
    ("binary_cross_entropy", LINEAR): (
        "torch.nn.BCEWithLogitsLoss",
        "torch.nn.functional.binary_cross_entropy_with_logits",
    ),
    ("binary_cross_entropy_with_logits", "sigmoid"): (
        "torch.nn.BCELoss",
        "torch.nn.functional.binary_cross_entropy",
    ),
}
"""The loss, as a module and as a function, that fits what is given."""

NAMES = {"softmax": "softmax", "sigmoid": "sigmoid", "relu": "ReLU", "tanh": "tanh"}


def consequence(loss: str, how: str, tensor: Tensor) -> str:
    """What goes wrong, in one line."""
    if loss in ("nll_loss", "ctc_loss", "kl_div"):
        if how == "softmax":
            return f"{loss} expects logarithms: of probabilities it is no likelihood, and it rises"
        return f"{loss} only picks numbers out: without log_softmax it has no lower bound"
    if loss == "binary_cross_entropy":
        return "torch raises as soon as a value lies outside of 0 to 1"
    if how == "relu":
        return "every score below zero becomes 0, and where it is 0 no gradient comes back"
    if how == "tanh":
        return "scores between -1 and 1 cannot make any class certain, so the loss stays high"
    if loss == "cross_entropy":
        count = tensor.axis(-1).size
        if isinstance(count, int) and count > 1:
            floor = {2: 0.31, 3: 0.55, 4: 0.74, 5: 0.9, 10: 1.46}.get(count)
            least = "" if floor is None else f": with {count} classes it stays above {floor}"
            return f"the scores lie between 0 and 1, so the loss cannot come near zero{least}"
        return "the scores lie between 0 and 1, so the loss cannot come near zero"
    return "the probability that the loss computes lies between 0.5 and 0.73 for every input"


def removed(how: Activation, context: Context) -> tuple[Edit, ...]:
    """The program without the activation."""
    if how.inside:
        identity = context.spell("torch.nn.Identity")
        if how.made is None or identity is None:
            return ()
        return (Edit(how.made, f"{identity}()"),)
    if how.base is None or how.base.text not in how.place.text:
        return ()
    return (Edit(how.place, primary(how.base.text)),)


def logged(how: Activation, context: Context) -> tuple[Edit, ...]:
    """The softmax as a log_softmax; none where the layer is used for something else, too."""
    if how.made is None:
        base = how.base.text if how.base is not None else ""
        text = how.place.text
        start = f"{base}.softmax(" if text.startswith(f"{base}.softmax(") else ""
        new = f"{base}.log_softmax("
        if not start:
            match = re.match(r"(\w+\.)*softmax\(", text)
            start = match[0] if match else ""
            new = start.replace("softmax(", "log_softmax(")
            name = context.spell("torch.nn.functional.log_softmax")
            if "." not in start and name is not None:
                new = f"{name}("
            elif "." not in start:
                return ()
        return (Edit(how.place, new + text[len(start) :]),) if start else ()
    for other in context.facts(Normalized):
        if other.made == how.made and other.place != how.place:
            return ()
    spelled = context.spell("torch.nn.LogSoftmax")
    text = how.made.text
    match = re.match(r"(\w+\.)*Softmax\(", text)
    if match is None or spelled is None:
        return ()
    return (Edit(how.made, f"{spelled}({text[match.end() :]}"),)


def swapped(fact: LossTaken, how: Activation, context: Context) -> tuple[Edit, ...]:
    """The loss that fits; none where it also judges something that the present one fits."""
    names = SWAPS.get((fact.loss, how.how))
    if names is None or fact.written is None:
        return ()
    if fact.options - {"reduction", "weight", "ignore_index"}:
        return ()
    for other in context.facts(LossTaken):
        given = other.tensor.by
        if other.written == fact.written and (given is None or given.how != how.how):
            return ()
    spelled = context.spell(names[0] if fact.made is not None else names[1])
    return () if spelled is None else (Edit(fact.written, spelled),)


def mended(fact: LossTaken, how: Activation, context: Context) -> Fix | None:
    """The activation or the loss made to fit the other."""
    edits, message = swapped(fact, how, context), "Use the loss that reads what it is given"
    if not edits and how.how == "softmax" and MISFITS[fact.loss][0] == LOGS:
        edits, message = logged(how, context), "Use log_softmax"
    elif not edits and MISFITS[fact.loss][0] == LOGITS and (fact.loss, how.how) not in SWAPS:
        edits, message = removed(how, context), f"Leave out the {NAMES[how.how]}"
    elif not edits and fact.loss == "ctc_loss" and how.how == LINEAR:
        text = f"{primary(fact.argument.text)}.log_softmax(-1)"
        edits, message = (Edit(fact.argument, text),), "Use log_softmax"
    return Fix(Applicability.UNSAFE, message, edits) if edits else None


def evidence(fact: LossTaken, how: Activation) -> tuple[Evidence, ...]:
    """The loss, the activation, and the layer behind both."""
    lines = [Evidence(f"{fact.loss} is taken here of `{short(fact.argument.text)}`", fact.place)]
    if fact.made is not None:
        lines.append(Evidence("the loss is made here", fact.made))
    if how.made is not None and not how.inside and how.how != LINEAR:
        lines.append(Evidence("the activation is made here", how.made))
    source = fact.tensor.source
    if source is not None:
        rnn = source.call.rnn
        lines.append(Evidence(f"what is judged comes from this {rnn.kind}", rnn.place))
        lines += layer_evidence(rnn)
    return tuple(lines)


def misfit(fact: LossTaken, context: Context) -> Iterator[Finding]:
    """A loss of what was computed by the wrong activation, or by none."""
    how, entry = fact.tensor.by, MISFITS.get(fact.loss)
    if how is None or entry is None or how.how not in entry[1]:
        return
    wanted, found = entry[0], entry[1][how.how]
    if how.how == LINEAR:
        place = fact.argument
        message = (
            f"`{short(place.text, 40)}` goes into {fact.loss} straight from a Linear: these are "
            f"{LOGITS}, and {fact.loss} reads {wanted}"
        )
    else:
        place = how.made if how.inside and how.made is not None else how.place
        message = (
            f"`{short(place.text, 40)}` makes what {fact.loss} is given, and {fact.loss} reads "
            f"{wanted}"
        )
    other = {LOGITS: "no activation", LOGS: "log_softmax", PROBABILITIES: "sigmoid"}[wanted]
    cure = f"give {fact.loss} what has gone through {other}"
    if wanted is LOGITS:
        cure = (
            f"pass the raw scores to {fact.loss}, and apply {NAMES.get(how.how, how.how)} only "
            "where probabilities are needed"
        )
        if found is W:
            cure = f"leave out the {NAMES[how.how]} behind the last Linear"
    elif how.how == LINEAR:
        swap = SWAPS.get((fact.loss, LINEAR))
        cure += f", or use {swap[0].rpartition('.')[2]}" if swap is not None else ""
    yield Finding(
        place,
        message,
        consequence(fact.loss, how.how, fact.tensor),
        cure,
        evidence(fact, how),
        mended(fact, how, context),
        severity=None if found is E else found,
    )


def chained(fact: Normalized) -> Iterator[Finding]:
    """log_softmax of what softmax or ReLU has made of class scores."""
    how = fact.tensor.by
    if fact.how != "log_softmax" or how is None or not fact.near:
        return
    if how.how == "softmax":
        yield Finding(
            fact.place,
            f"`{short(fact.argument.text, 40)}` has been through softmax, and log_softmax applies "
            "softmax again",
            "the scores lie between 0 and 1, so no class can get a probability near 1",
            "apply log_softmax to the raw scores, or torch.log to the probabilities",
            (Evidence("softmax is applied here", how.place),),
        )
    elif how.how == "relu" and how.after == LINEAR:
        place = how.made if how.inside and how.made is not None else how.place
        yield Finding(
            place,
            f"`{short(place.text, 40)}` clips the class scores before log_softmax",
            "every score below zero becomes 0, and where it is 0 no gradient comes back",
            "leave out the ReLU behind the last Linear",
            (Evidence("log_softmax is applied here", fact.place),),
            severity=W,
        )


def check(fact: Fact, context: Context) -> Iterator[Finding]:
    """Losses with what they are given, and activations one after the other."""
    if isinstance(fact, LossTaken):
        yield from misfit(fact, context)
    elif isinstance(fact, Normalized):
        yield from chained(fact)


PAGE = """
## What it does

Reports a loss and an activation that do not fit, where the scores come from a recurrent layer:
softmax or sigmoid before `CrossEntropyLoss`, sigmoid or softmax before `BCEWithLogitsLoss`,
softmax or nothing before `NLLLoss` or `CTCLoss`, softmax before `KLDivLoss`, nothing before
`BCELoss`. The model may apply the activation in its `forward`, or as the last layer of a
Sequential, and the loss may be taken elsewhere in the file. As a warning it reports a ReLU or tanh
on the scores of a classifier, right before the loss or log_softmax.

## Why is this bad?

All of these run, and most of them train a little, which hides the mistake. `CrossEntropyLoss`
applies log_softmax itself. Given probabilities, it sees scores between 0 and 1: with two classes
the loss cannot fall below 0.31, with ten not below 1.46, and the gradients are small. `NLLLoss`
applies nothing: it picks out the number of the right class and turns its sign. Given
probabilities it lies between -1 and 0, given raw scores it falls without end.

## Fix safety

The fix is unsafe: it changes the loss. Where it removes an activation from a model, the model
puts out scores instead of probabilities. Their argmax is the same, a threshold is not.

## References

- torch.nn.CrossEntropyLoss: "The input is expected to contain the unnormalized logits for each
  class (which do not need to be positive or sum to 1, in general)."
- torch.nn.NLLLoss: "The input given through a forward call is expected to contain
  log-probabilities of each class."
- torch.nn.BCEWithLogitsLoss: "This loss combines a Sigmoid layer and the BCELoss in one single
  class."
- torch.nn.CTCLoss: log_probs are "the logarithmized probabilities of the outputs (e.g. obtained
  with torch.nn.functional.log_softmax())."
"""

MEAN_NLL = "(lambda z, y: np.mean(np.log(np.exp(z).sum(1)) - z[range(7), y.astype(int)]))"
"""Cross entropy of scores z and classes y."""

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Sentiment(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden_dim, n_classes):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, embed_dim)
        self.lstm = nn.LSTM(embed_dim, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, n_classes)

    def forward(self, ids):
        out, _ = self.lstm(self.embed(ids))
        return F.softmax(self.fc(out[:, -1]), dim=1)


model = Sentiment(13, 5, 6, 3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters())


def train_step(model, ids, labels):
    optimizer.zero_grad()
    loss = criterion(model(ids), labels)
    loss.backward()
    optimizer.step()
    return loss


def train(loader):
    for ids, labels in loader:
        train_step(model, ids, labels)
""",
        at="F.softmax(self.fc(out[:, -1]), dim=1)",
        fixed="""\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Sentiment(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden_dim, n_classes):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, embed_dim)
        self.lstm = nn.LSTM(embed_dim, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, n_classes)

    def forward(self, ids):
        out, _ = self.lstm(self.embed(ids))
        return self.fc(out[:, -1])


model = Sentiment(13, 5, 6, 3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters())


def train_step(model, ids, labels):
    optimizer.zero_grad()
    loss = criterion(model(ids), labels)
    loss.backward()
    optimizer.step()
    return loss


def train(loader):
    for ids, labels in loader:
        train_step(model, ids, labels)
""",
        proof=Proof(
            inputs={"ids": "batch time:ids(13)", "y": "batch:ids(3)"},
            run="criterion(model(ids), y)",
            expect=f"{MEAN_NLL}(apply('fc', last_step), y)",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, n_tags: int = 3) -> None:
        super().__init__()
        self.gru = nn.GRU(5, 6)
        self.head = nn.Sequential(nn.Linear(6, n_tags), nn.Softmax(dim=-1))
        self.loss = nn.NLLLoss()

    def training_step(self, x: torch.Tensor, tags: torch.Tensor) -> torch.Tensor:
        states, _ = self.gru(x)
        scores = self.head(states)
        return self.loss(scores.flatten(0, 1), tags.flatten())


tagger = Tagger()
""",
        at="nn.Softmax(dim=-1)",
        fixed="""\
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, n_tags: int = 3) -> None:
        super().__init__()
        self.gru = nn.GRU(5, 6)
        self.head = nn.Sequential(nn.Linear(6, n_tags), nn.LogSoftmax(dim=-1))
        self.loss = nn.NLLLoss()

    def training_step(self, x: torch.Tensor, tags: torch.Tensor) -> torch.Tensor:
        states, _ = self.gru(x)
        scores = self.head(states)
        return self.loss(scores.flatten(0, 1), tags.flatten())


tagger = Tagger()
""",
        proof=Proof(
            inputs={"x": "time batch 5", "tags": "time batch:ids(3)"},
            run="tagger.training_step(x, tags)",
            watch="nll_loss",
            holds="np.allclose(np.exp(value).sum(-1), 1)",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn.functional as F
from torch import nn

lstm = nn.LSTM(5, 6, batch_first=True)
fc = nn.Linear(6, 1)


def loss(x, y):
    _, (h, _) = lstm(x)
    p = torch.sigmoid(fc(h[-1])).squeeze(1)
    return F.binary_cross_entropy_with_logits(p, y)
""",
        at="torch.sigmoid(fc(h[-1]))",
        fixed="""\
import torch
import torch.nn.functional as F
from torch import nn

lstm = nn.LSTM(5, 6, batch_first=True)
fc = nn.Linear(6, 1)


def loss(x, y):
    _, (h, _) = lstm(x)
    p = torch.sigmoid(fc(h[-1])).squeeze(1)
    return F.binary_cross_entropy(p, y)
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="loss(x, torch.ones(7, dtype=x.dtype))",
            expect="np.mean(np.log1p(np.exp(-apply('fc', final_state))))",
        ),
    ),
    Bad(
        code="""\
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super(Net, self).__init__()
        self.rnn = nn.RNN(n_in, n_hidden)
        self.out = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.out(h[0])


net = Net(5, 6, 3)
loss_fn = nn.NLLLoss(reduction="mean")


def evaluate(x, y):
    logits = net(x)
    return loss_fn(logits, y)
""",
        at="logits",
        nth=1,
        fixed="""\
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super(Net, self).__init__()
        self.rnn = nn.RNN(n_in, n_hidden)
        self.out = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.out(h[0])


net = Net(5, 6, 3)
loss_fn = nn.CrossEntropyLoss(reduction="mean")


def evaluate(x, y):
    logits = net(x)
    return loss_fn(logits, y)
""",
        proof=Proof(
            inputs={"x": "time batch 5", "y": "batch:ids(3)"},
            run="evaluate(x, y)",
            expect=f"{MEAN_NLL}(apply('out', final_state), y)",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Speech(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 6, bidirectional=True)
        self.proj = nn.Linear(12, 4)

    def loss(self, x, targets, x_lengths, y_lengths):
        out, _ = self.lstm(x)
        scores = self.proj(out)
        return F.ctc_loss(scores, targets, x_lengths, y_lengths)


speech = Speech()
""",
        at="scores",
        nth=1,
        fixed="""\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Speech(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 6, bidirectional=True)
        self.proj = nn.Linear(12, 4)

    def loss(self, x, targets, x_lengths, y_lengths):
        out, _ = self.lstm(x)
        scores = self.proj(out)
        return F.ctc_loss(scores.log_softmax(-1), targets, x_lengths, y_lengths)


speech = Speech()
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="speech.loss(x, torch.ones(7, 2).long(), *torch.tensor([[11] * 7, [2] * 7]))",
            watch="ctc_loss",
            holds="np.allclose(np.exp(value).sum(-1), 1)",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Emotion(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 6, batch_first=True)
        self.fc1 = nn.Linear(6, 8)
        self.fc2 = nn.Linear(8, 3)

    def forward(self, x):
        out, _ = self.rnn(x)
        h = F.relu(self.fc1(out[:, -1]))
        return F.log_softmax(F.relu(self.fc2(h)), dim=1)


model = Emotion()
""",
        at="F.relu(self.fc2(h))",
        severity=W,
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="model(x)",
            watch="log_softmax",
            expect="apply('fc2', np.maximum(apply('fc1', last_step), 0))",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1])

    def predict(self, x):
        return F.softmax(self(x), dim=1)


model = Classifier()
criterion = nn.CrossEntropyLoss()
x, y = torch.randn(4, 9, 5), torch.randint(0, 3, (4,))
print(float(criterion(model(x), y)))
print(model.predict(x).argmax(dim=1))
""",
        why="the loss reads the scores, and softmax serves the prediction only",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F

gru = nn.GRU(5, 6, batch_first=True)
fc = nn.Linear(6, 3)
_, h = gru(torch.randn(4, 9, 5))
log_probs = F.log_softmax(fc(h[-1]), dim=-1)
y = torch.randint(0, 3, (4,))
print(float(F.nll_loss(log_probs, y)), float(F.cross_entropy(log_probs, y)))
""",
        why="log_softmax of log-probabilities gives them back, so cross_entropy is right as well",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 6, batch_first=True)
head = nn.Sequential(nn.Linear(6, 3), nn.Softmax(dim=1))
out, _ = lstm(torch.randn(4, 9, 5))
probs = head(out[:, -1])
print(float(nn.NLLLoss()(torch.log(probs), torch.randint(0, 3, (4,)))))
""",
        why="the logarithm of softmax is what NLLLoss reads",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        return torch.sigmoid(self.fc(self.rnn(x)[1][-1])).squeeze(-1)


criterion = nn.BCELoss()
print(float(criterion(Detector()(torch.randn(4, 9, 5)), torch.ones(4))))
""",
        why="sigmoid with BCELoss is the pair that belongs together",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn
import torch.nn.functional as F

student, teacher = nn.LSTM(5, 6, batch_first=True), nn.LSTM(5, 6, batch_first=True)
fc = nn.Linear(6, 3)
x = torch.randn(4, 9, 5)
with torch.no_grad():
    goal = F.softmax(fc(teacher(x)[0][:, -1]) / 2, dim=1)
scores = fc(student(x)[0][:, -1])
print(float(F.cross_entropy(scores, goal)))
print(float(F.kl_div(F.log_softmax(scores / 2, dim=1), goal, reduction="batchmean")))
""",
        why="softmax makes the target here, which is to hold probabilities",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        scores = self.fc(self.rnn(x)[0][:, -1])
        return scores if self.training else torch.softmax(scores, dim=1)


model = Model().train()
print(float(nn.CrossEntropyLoss()(model(torch.randn(4, 9, 5)), torch.randint(0, 3, (4,)))))
""",
        why="softmax is left out while the model trains",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 6, batch_first=True)
energy, fc = nn.Linear(6, 1), nn.Linear(6, 3)
out, _ = rnn(torch.randn(4, 9, 5))
weights = torch.softmax(energy(out), dim=1)
scores = fc((weights * out).sum(dim=1))
print(float(nn.CrossEntropyLoss()(scores, torch.randint(0, 3, (4,)))))
""",
        why="the softmax makes attention weights, and the scores come from a Linear after it",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

rnn = nn.RNN(5, 6, batch_first=True)
head = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
out, _ = rnn(torch.randn(4, 9, 5))
scores = 10 * torch.tanh(head(out[:, -1]))
print(float(nn.CrossEntropyLoss()(scores, torch.randint(0, 3, (4,)))))
""",
        why="scores that are clipped to a range, and scaled, can still make a class certain",
    ),
)

RULE = Rule(
    code="SG204",
    name="activation-for-loss",
    summary="a loss is given what another activation, or none, has made of the scores",
    severity=Severity.ERROR,
    page=PAGE,
    on=(LossTaken, Normalized),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
