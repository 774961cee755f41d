"""SG103: batch and time of the input are not where the layer looks for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shapeguard.axes.axis import Role
from shapeguard.axes.facts import RnnCalled
from shapeguard.axes.layer import Call
from shapeguard.axes.layouts import Misread, in_words, inherited, loops, misread, unmoved
from shapeguard.axes.reading import Indexed
from shapeguard.axes.size import UNKNOWN, same, show
from shapeguard.axes.spelling import primary, short
from shapeguard.axes.states import tensors
from shapeguard.axes.uses import last_sample
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


def check(fact: RnnCalled, context: Context) -> Iterator[Finding]:
    """The batch where the layer reads the steps, or the steps where it reads the batch."""
    call, first = fact.call, fact.call.rnn.flag("batch_first")
    if isinstance(first, bool) and features_as_steps(call, first):
        yield turned(fact, first)
        return
    calls = context.facts(RnnCalled)
    walk = walked(call, calls)
    found = misread(call)
    if (found is None and walk is None) or not isinstance(first, bool):
        return
    if found is not None and (inherited(found.known) or unmoved(found)):
        return  # the cause is elsewhere, or two batch_first disagree
    if found is not None and crosswise(call, found):
        return
    proved = found is not None and found.proved
    if not proved and walk is None and others_speak(call, context.facts(Indexed)):
        return
    given = fact.input_place
    name = f"`{short(given.text, 40)}`" if given is not None else "the input"
    if found is not None and (proved or walk is None):
        position, is_batch = found.position, found.known.role is Role.BATCH
        said = Evidence(found.known.text, found.known.place)
    else:
        assert walk is not None
        position, is_batch = 0, False
        said = Evidence(
            "this call, in a loop, feeds one position of axis 0 at a time and hands the state on",
            walk.place,
        )
    axis = "batch" if is_batch else "time"
    doubt = "" if proved else ", as far as the code around it tells"
    yield Finding(
        fact.place,
        f"the {call.rnn.kind} reads {name} as {in_words(first)}, but axis {position} is the "
        f"{axis}{doubt}",
        "it steps through the samples of the batch and takes the steps for samples, so no step "
        "hears of the one before it; torch does not complain"
        if is_batch or walk is None
        else "every step is read as a sample of its own, one step long, so no step hears of the "
        "one before it; torch does not complain",
        f"build the {call.rnn.kind} with `batch_first={not first}`, or give it "
        f"{name}.transpose(0, 1)"
        + ("" if proved else "; if the axes are in truth as the layer reads them, ignore this"),
        (*layer_evidence(call.rnn, "batch_first"), said),
        None if walk is not None else fix(fact, context),
        None if proved else Severity.WARNING,
    )


def features_as_steps(call: Call, first: bool) -> bool:
    """Whether features, such as the channels of a Conv1d, stand where a layer reads the steps."""
    given, position = call.input, int(first)
    if not isinstance(given, Tensor) or given.axes is None or len(given.axes) != 3:
        return False
    steps, last = given.axes[position], given.axes[2]
    return steps.role is Role.FEATURE and steps.size != 1 and last.role is not Role.FEATURE


def turned(fact: RnnCalled, first: bool) -> Finding:
    """The finding where the features stand on the axis of the steps."""
    given, rnn, position = fact.call.input, fact.call.rnn, int(first)
    assert isinstance(given, Tensor)
    size, wanted = given.axis(position).size, rnn.size("input_size")
    proved = given.axis(2).role is Role.TIME or same(size, wanted)
    name = f"`{short(fact.input_place.text, 40)}`" if fact.input_place is not None else "the input"
    text = "" if fact.input_place is None else primary(fact.input_place.text)
    right = f"{text}.transpose({position}, 2)"
    edits = () if fact.input_place is None else (Edit(fact.input_place, right),)
    fits = same(size, wanted) and bool(edits)
    also = "" if same(size, wanted) else f", and build it with input_size={show(size)}"
    return Finding(
        fact.place,
        f"the {rnn.kind} reads {name} as {in_words(first)}, but axis {position} holds "
        f"{'the features' if size is UNKNOWN else f'the {show(size)} features'}, as Conv1d puts "
        "out its channels",
        "it steps from one feature to the next, which have no order, and reads all positions of a "
        "feature as one step",
        f"give it {name}.transpose({position}, 2){also}",
        layer_evidence(rnn, "batch_first", "input_size"),
        Fix(Applicability.UNSAFE, f"Move the features to the end: `{short(right)}`", edits)
        if fits
        else None,
        None if proved else Severity.WARNING,
    )


def crosswise(call: Call, found: Misread) -> bool:
    """Whether the program has exchanged both axes of what a layer of the same layout put out: to
    run along the other one, as dual-path networks do."""
    given, before = call.input, found.known.call
    if before is None or not isinstance(given, Tensor):
        return False
    told = [axis.known.call for axis in (given.axis(0), given.axis(1)) if axis.known is not None]
    alike = before.rnn.flag("batch_first") is call.rnn.flag("batch_first")
    return alike and told == [before, before]


def walked(call: Call, calls: Sequence[RnnCalled]) -> Call | None:
    """A loop beside a call with batch_first=True that takes the first axis of the same input for
    the steps."""
    given = call.input
    if call.rnn.flag("batch_first") is not True or not isinstance(given, Tensor):
        return None
    if given.axis(1).size != 1 or given.axis(0).size == 1:
        return None
    return loops(given.axis(0), (fact.call for fact in calls), call)


def others_speak(call: Call, indexed: Sequence[Indexed]) -> bool:
    """Whether another rule has the say where names are all that speaks of the layout: the last
    step is taken on the wrong axis, or the state agrees with the layer or with neither."""
    for fact in indexed:
        source = fact.before.source
        if source is not None and source.call is call and last_sample(fact, indexed) is not None:
            return True
    given, first = call.input, call.rnn.flag("batch_first")
    if not isinstance(given, Tensor) or not isinstance(first, bool):
        return True
    return any(
        state.rank == 3 and same(state.axis(1).size, given.axis(number).size)
        for state in tensors(call.state)
        for number in (0, 1)
    )


def fix(fact: RnnCalled, context: Context) -> Fix | None:
    """The other batch_first, or the input transposed where what follows relies on the layout."""
    call, first = fact.call, fact.call.rnn.flag("batch_first")
    if call.state is not None or not isinstance(first, bool):
        return None
    relied = any(
        one.before.source is not None
        and one.before.source.call is call
        and any(take.axis == int(first) and take.role is Role.TIME for take in one.takes)
        for one in context.facts(Indexed)
    )
    alike = all(
        misread(other.call) is not None
        for other in context.facts(RnnCalled)
        if other.call.rnn.place == call.rnn.place
    )
    if relied or not alike:
        if fact.input_place is None:
            return None
        text = f"{primary(fact.input_place.text)}.transpose(0, 1)"
        edit = Edit(fact.input_place, text)
        return Fix(Applicability.UNSAFE, f"Exchange batch and time: `{short(text)}`", (edit,))
    flag, made = call.rnn.setting("batch_first"), call.rnn.place
    if flag.argument is not None and flag.text in ("True", "False"):
        edit = Edit(flag.argument, str(not first))
    elif flag.how == "torch" and made.text.endswith(")"):
        inside = made.text[:-1].rstrip().rstrip(",")
        edit = Edit(made, f"{inside}, batch_first=True)")
    else:
        return None
    return Fix(Applicability.UNSAFE, f"Build it with `batch_first={not first}`", (edit,))


PAGE = """
## What it does

Finds inputs whose first two axes are not what the layer takes them for: a batch-major tensor in a
layer without `batch_first=True`, or a time-major one in a layer with it. What says which axis is
which is quoted: a DataLoader puts the samples on axis 0, an Embedding keeps the layout of its ids,
`transpose` and `permute` move it. Where only the names of sizes say so, or a loop beside the call
that feeds the same tensor step by step, the finding is a warning.

It also finds inputs whose features stand on the axis of the steps: what a Conv1d puts out, with its
channels on axis 1, fed without `transpose(1, 2)`.

## Why is this bad?

The layer has no way to tell. It runs its recurrence along the batch, from one sample to the next,
and treats the steps as if they were independent samples. All shapes fit, training goes down, and
the predictions of a sample depend on which others happen to share its batch.

## Fix safety

The fix is unsafe: it changes what is computed, because what is computed today is wrong. Where the
code after the layer takes the steps from the axis on which the layer puts them, the input is
transposed; otherwise the layer is built with the other `batch_first`.

## References

- torch.nn.LSTM, input: "tensor of shape (L, H_in) for unbatched input, (L, N, H_in) when
  batch_first=False or (N, L, H_in) when batch_first=True containing the features of the input
  sequence."
- torch.utils.data.DataLoader, collate_fn: "merges a list of samples to form a mini-batch of
  Tensor(s)"; the default one "always prepends a new dimension as the batch dimension".
"""

BAD = (
    Bad(
        code="""\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

data = TensorDataset(torch.randn(14, 11, 5), torch.randint(0, 2, (14,)))
loader = DataLoader(data, batch_size=7)


class Classifier(nn.Module):
    def __init__(self, n_features, n_hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_features, n_hidden)
        self.fc = nn.Linear(n_hidden, 2)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1])


model = Classifier(5, 6)
for x, y in loader:
    scores = model(x)
""",
        at="self.lstm(x)",
        fixed="""\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

data = TensorDataset(torch.randn(14, 11, 5), torch.randint(0, 2, (14,)))
loader = DataLoader(data, batch_size=7)


class Classifier(nn.Module):
    def __init__(self, n_features, n_hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_features, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 2)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1])


model = Classifier(5, 6)
for x, y in loader:
    scores = model(x)
""",
        proof=Proof(
            run="(scores, x)",
            holds="np.allclose(value[0], apply('fc', rnn(value[1]).last_step))",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class Sentences(Dataset):
    def __init__(self, ids):
        self.ids = ids

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, i):
        return self.ids[i]


emb = nn.Embedding(13, 5)
gru = nn.GRU(5, 6, batch_first=True)
head = nn.Linear(6, 3)
for ids in DataLoader(Sentences(torch.randint(0, 13, (14, 11))), batch_size=7):
    steps = emb(ids).transpose(0, 1)
    _, state = gru(steps)
    scores = head(state[-1])
""",
        at="gru(steps)",
        fixed="""\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class Sentences(Dataset):
    def __init__(self, ids):
        self.ids = ids

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, i):
        return self.ids[i]


emb = nn.Embedding(13, 5)
gru = nn.GRU(5, 6, batch_first=False)
head = nn.Linear(6, 3)
for ids in DataLoader(Sentences(torch.randint(0, 13, (14, 11))), batch_size=7):
    steps = emb(ids).transpose(0, 1)
    _, state = gru(steps)
    scores = head(state[-1])
""",
        proof=Proof(
            run="(scores, ids)",
            holds="np.allclose(value[0], apply('head', rnn(apply('emb', value[1])).h_n[-1]))",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn

batch_size, seq_len = 7, 11
rnn = nn.RNN(5, 6, nonlinearity="relu")
fc = nn.Linear(6, 2)
x = torch.randn(batch_size, seq_len, 5)
out, h = rnn(x)
scores = fc(h[-1])
""",
        at="rnn(x)",
        severity=Severity.WARNING,
        fixed="""\
import torch
import torch.nn as nn

batch_size, seq_len = 7, 11
rnn = nn.RNN(5, 6, nonlinearity="relu", batch_first=True)
fc = nn.Linear(6, 2)
x = torch.randn(batch_size, seq_len, 5)
out, h = rnn(x)
scores = fc(h[-1])
""",
        proof=Proof(
            run="(scores, x)",
            holds="np.allclose(value[0], apply('fc', rnn(value[1]).h_n[-1]))",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(3, 6, batch_first=True)
words = torch.randn(11, 1, 3)
whole, _ = lstm(words)

state = None
steps = []
for word in words:
    out, state = lstm(word.unsqueeze(0), state)
    steps.append(out)
""",
        at="lstm(words)",
        severity=Severity.WARNING,
        proof=Proof(run="(whole, steps[-1])", holds="np.allclose(value[0][-1], value[1][0])"),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class ConvLSTM(nn.Module):
    def __init__(self, n_features, filters, n_hidden):
        super().__init__()
        self.conv = nn.Conv1d(n_features, filters, kernel_size=3, padding=1)
        self.lstm = nn.LSTM(filters, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 2)

    def forward(self, x):
        maps = torch.relu(self.conv(x))
        out, _ = self.lstm(maps)
        return self.fc(out[:, -1])


model = ConvLSTM(3, 11, 6)
""",
        at="self.lstm(maps)",
        fixed="""\
import torch
from torch import nn


class ConvLSTM(nn.Module):
    def __init__(self, n_features, filters, n_hidden):
        super().__init__()
        self.conv = nn.Conv1d(n_features, filters, kernel_size=3, padding=1)
        self.lstm = nn.LSTM(filters, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 2)

    def forward(self, x):
        maps = torch.relu(self.conv(x))
        out, _ = self.lstm(maps.transpose(1, 2))
        return self.fc(out[:, -1])


model = ConvLSTM(3, 11, 6)
""",
        proof=Proof(
            inputs={"x": "batch 3 11"},
            run="(model(x), torch.relu(model.conv(x)).transpose(1, 2))",
            holds="np.allclose(value[0], apply('fc', rnn(value[1]).last_step))",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Windows(nn.Module):
    def __init__(self, n_features, filters, window, n_hidden):
        super().__init__()
        self.maps = nn.Sequential(nn.Conv1d(n_features, filters, 1), nn.ReLU(), nn.MaxPool1d(1))
        self.gru = nn.GRU(window, n_hidden, batch_first=True)

    def forward(self, x):
        return self.gru(self.maps(x))[0]
""",
        at="self.gru(self.maps(x))",
        severity=Severity.WARNING,
        proof=Proof(
            inputs={"x": "batch 3 11"},
            run="((m := Windows(3, 11, 11, 6))(x), m.maps(x).transpose(1, 2))",
            holds="np.allclose(value[0], rnn(value[1]).output)",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
from torch import nn

along, across = nn.LSTM(5, 5, batch_first=True), nn.LSTM(5, 6, batch_first=True)
chunks = torch.randn(4, 9, 5)
steps, _ = along(chunks)
print(across(steps.transpose(0, 1))[0].shape)
""",
        why="a dual path: the second layer runs along the axis that was the first one's batch",
    ),
    Good(
        code="""\
import torch
from torch import nn

conv, lstm = nn.Conv1d(5, 8, 3), nn.LSTM(8, 6, batch_first=True)
x = torch.randn(4, 9, 5)
maps = torch.relu(conv(x.permute(0, 2, 1)))
print(lstm(maps.permute(0, 2, 1))[0].shape)
""",
        why="the channels are moved to the end before the layer reads them",
    ),
    Good(
        code="""\
import torch
from torch import nn

conv, gru = nn.Conv1d(5, 8, 3), nn.GRU(8, 6)
x = torch.randn(4, 5, 9)
print(gru(conv(x).permute(2, 0, 1))[0].shape)
""",
        why="time-major, with the channels as the features",
    ),
    Good(
        code="""\
import torch
from torch import nn

smooth = nn.Conv1d(9, 9, 3, padding=1, groups=9)
lstm = nn.LSTM(5, 6, batch_first=True)
print(lstm(smooth(torch.randn(4, 9, 5)))[0].shape)
""",
        why="each channel is smoothed by itself, so axis 1 is what it was: the steps",
    ),
    Good(
        code="""\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

gru = nn.GRU(5, 6)
for (x,) in DataLoader(TensorDataset(torch.randn(14, 11, 5)), batch_size=7):
    out, _ = gru(x.transpose(0, 1))
    print(out[-1].shape)
""",
        why="the batch of the loader is transposed before a time-major layer reads it",
    ),
    Good(
        code="""\
import torch
from torch import nn
from torch.utils.data import DataLoader


def time_major(samples):
    return torch.stack(samples, dim=1)


loader = DataLoader(list(torch.randn(14, 11, 5)), batch_size=7, collate_fn=time_major)
gru = nn.GRU(5, 6)
for x in loader:
    print(gru(x)[0][-1].shape)
""",
        why="the loader has a collate function of its own, which stacks the samples on axis 1",
    ),
    Good(
        code="""\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

rnn = nn.RNN(5, 6)
for (x,) in DataLoader(TensorDataset(torch.randn(14, 11, 5)), batch_size=7):
    state = None
    for t in range(x.size(1)):
        out, state = rnn(x[:, t].unsqueeze(0), state)
    print(state.shape)
""",
        why="one step of all samples at a time: the axis of the step is made in front, as it must",
    ),
    Good(
        code="""\
import torch
from torch import nn

rnn = nn.RNN(3, 6)
sentence = torch.randn(11, 3)
out, _ = rnn(sentence.unsqueeze(1))
print(out.shape)
""",
        why="a single sequence as a batch of one, made by `unsqueeze(1)`",
    ),
    Good(
        code="""\
import torch
from torch import nn

rnn = nn.GRU(3, 6, batch_first=True)
window = torch.randn(4, 1, 3)
state = torch.zeros(1, 4, 6)
for _ in range(5):
    out, state = rnn(window, state)
    window = torch.tanh(out[..., :3])
print(window.shape)
""",
        why="a decoder that feeds its own output back, one step of every sample at a time",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(13, 5)
        self.rnn = nn.GRU(5, 6)

    def forward(self, ids):
        return self.rnn(self.emb(ids))[1]


print(Encoder()(torch.randint(0, 13, (11, 7))).shape)
""",
        why="an Embedding keeps the layout of its ids, and nothing says what that is",
    ),
    Good(
        code="""\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

flows = DataLoader(TensorDataset(torch.randn(3, 11, 7, 5)), batch_size=None)
rnn = nn.GRU(5, 6)
for (x,) in flows:
    print(rnn(x)[0].shape)
""",
        why="with `batch_size=None` the loader puts nothing together: each item is a batch already",
    ),
)

RULE = Rule(
    code="SG103",
    name="input-layout",
    summary="batch and time of the input are not where the layer looks for them",
    severity=Severity.ERROR,
    page=PAGE,
    on=(RnnCalled,),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
    ends=("static", "guard"),
)
