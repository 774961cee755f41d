"""SG305: ``h_n`` read as if batch_first had moved its batch axis to the front."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapeguard.axes.axis import STATE_ROLES, Place, Role
from shapeguard.axes.facts import RnnCalled
from shapeguard.axes.judging import HeadFed, Scored
from shapeguard.axes.layer import Call, Rnn
from shapeguard.axes.reading import Consumed, Indexed, Reduced, Reshaped
from shapeguard.axes.size import Expr, exceeds, same
from shapeguard.axes.slicing import Slice, is_last
from shapeguard.axes.spelling import is_name, short
from shapeguard.axes.states import follows, keeps_axis, read, takes_of, widened
from shapeguard.axes.uses import comes_from, describe, uses
from shapeguard.axes.value import Take
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

#: What reads a selection as the summary of a batch. Printing and plotting look at one sample.
SUMMARY = frozenset({"Linear", "cat", "stack", "loss", "cross_entropy", "nll_loss"})

POOLS = frozenset({"mean", "sum", "max", "amax"})


def check(fact: Indexed | Reshaped | Reduced, context: Context) -> Iterator[Finding]:
    """A sample taken, squeezed, flattened or reduced where layers and directions are meant."""
    source = fact.before.source
    if source is None or source.slot not in ("h_n", "c_n") or not source.call.batched:
        return
    if any(take.role in STATE_ROLES or take.role is Role.BATCH for take in source.takes):
        return
    if isinstance(fact, Indexed):
        yield from _indexed(fact, context)
    elif isinstance(fact, Reduced):
        yield from _reduced(fact, context)
    elif fact.how.startswith("squeeze"):
        yield from _squeezed(fact)
    elif fact.sizes is not None:
        yield from _viewed(fact)


def _finding(
    fact: Indexed | Reshaped | Reduced,
    slot: str,
    rnn: Rnn,
    said: str,
    cure: str,
    fix: Fix | None,
    what: str = "",
) -> Finding:
    return Finding(
        place=fact.place,
        message=f"{what or f'`{short(fact.place.text)}`'} {said}: the axes of {slot} are "
        f"{describe(fact.before)}",
        why="batch_first moves the batch of the input and of output, never that of h_n and c_n; "
        "torch does not complain",
        cure=cure,
        evidence=layer_evidence(rnn, "batch_first", "num_layers", "bidirectional"),
        fix=fix,
    )


def _sample(fact: Indexed) -> Take | None:
    """The selection, where an expression selects samples of a whole state and nothing else."""
    take = fact.takes[0] if len(fact.takes) == 1 else None
    if take is None or take.role is not Role.BATCH or fact.before.find(Role.STATES) is None:
        return None
    return None if fact.before.axis(take.axis).size == 1 else take


def _indexed(fact: Indexed, context: Context) -> Iterator[Finding]:
    """``h_n[:, -1]``: one sample, all layers. What takes others beside it is one finding."""
    source, take = fact.before.source, _sample(fact)
    if source is None or take is None or not _meant_as_layer(fact, take, context):
        return
    found = {fact.place: fact}
    if isinstance(take.index, (int, Expr)):
        found = {one.place: one for one in _beside(source.call, source.slot, context)}
    if next(iter(found)) != fact.place:
        return
    rnn, base = source.call.rnn, fact.base.text
    numbers = [_number(one) for one in found.values()]
    cure = "take the last position on the axis of the layers"
    if rnn.directions == 2:
        cure = f"join the directions of the last layer: {base}[-2] and {base}[-1]"
    elif fact.before.find(Role.STATES) == 0 and fact.how != "unbind":
        cure = f"index the first axis: {base}[{numbers[0]}]"
    which = "the last sample of the batch" if numbers[0] == -1 else f"sample {numbers[0]}"
    said = f"takes {which} of the batch" if numbers[0] != -1 else f"takes {which}"
    if len(found) > 1:
        said = f"take samples {' and '.join(map(str, numbers))} of the batch"
    what = " and ".join(f"`{short(place.text)}`" for place in found)
    fix = _index_fix(list(found.values()), context)
    yield _finding(fact, source.slot, rnn, said, cure, fix, what)


def _number(fact: Indexed) -> int:
    """The index as meant: -1 also where the last one is computed."""
    take = fact.takes[0]
    last = is_last(take.index, fact.before.axis(take.axis))
    computed = last and "-" in fact.place.text[len(fact.base.text) :]
    return -1 if computed or not isinstance(take.index, int) else take.index


def _beside(call: Call, slot: str, context: Context) -> list[Indexed]:
    """The single samples that are taken from one state as if they were layers."""
    return [
        one
        for one in context.facts(Indexed)
        if comes_from(one.before, call, slot)
        and (take := _sample(one)) is not None
        and isinstance(take.index, (int, Expr))
        and _meant_as_layer(one, take, context)
    ]


def _meant_as_layer(fact: Indexed, take: Take, context: Context) -> bool:
    """Whether the index counts layers: the last one, or each in turn, read as a summary."""
    source = fact.before.source
    assert source is not None
    readers = read(take, context.facts(Consumed))
    if readers is None or any(other.role is Role.BATCH for other in source.takes):
        return False
    later = (one for one in context.facts(Indexed) if one is not fact)
    if any(follows(one.before, take) for one in later):
        return False
    index, axis = take.index, fact.before.axis(take.axis)
    if isinstance(index, Slice):
        return index.start == -1 and index.stop is None and index.step in (None, 1)
    if isinstance(index, (int, Expr)) and _number(fact) == -1 and is_last(index, axis):
        return True
    if source.call.rnn.flag("batch_first") is not True or not isinstance(index, int):
        return False
    states, batch = fact.before.axis(0).size, axis.size
    if fact.before.find(Role.STATES) != 0 or (isinstance(states, int) and index >= states):
        return False
    every = _indices(source.call, source.slot, context)
    if isinstance(batch, int) and len(every) >= batch and not _paired(fact, context):
        return False  # every sample in its turn
    heads = [head for head in context.facts(HeadFed) if follows(head.tensor, take)]
    return bool(heads) or any(reader.by in SUMMARY for reader in readers)


def _paired(fact: Indexed, context: Context) -> bool:
    """Whether two written selections, 0 and 1, of two directions are joined: no loop does so."""
    source = fact.before.source
    assert source is not None
    joins: dict[Place, set[tuple[int, str]]] = {}
    for used in context.facts(Consumed):
        for take in takes_of(used.tensor):
            own = used.by == "cat" and comes_from(used.tensor, source.call, source.slot)
            if own and take.role is Role.BATCH and isinstance(take.index, int):
                joins.setdefault(used.place, set()).add((take.index, take.place.text))
    pairs = (sorted(join) for join in joins.values() if len(join) == 2)
    two = any(a[0] == 0 and b[0] == 1 and a[1] != b[1] for a, b in pairs)
    return two and source.call.rnn.directions == 2


def _index_fix(found: list[Indexed], context: Context) -> Fix | None:
    """The layers that the numbers count, on their own axis; for one of two directions, both."""
    fact, take = found[0], found[0].takes[0]
    source = fact.before.source
    assert source is not None
    rnn, kept = source.call.rnn, keeps_axis(take)
    for one in found:
        first = one.before.find(Role.STATES) == 0 and one.takes[0].axis == 1
        if not is_name(one.base.text) or not first or one.how == "unbind":
            return None
    message, base = "Take the last layer", fact.base.text
    if kept and rnn.directions == 1:
        edit = Edit(fact.place, f"{base}[-1:].transpose(0, 1)")
        return Fix(Applicability.UNSAFE, message, (edit,))
    numbers = sorted({_number(one) for one in found})
    if rnn.directions == 1 or (rnn.directions == 2 and numbers in ([0, 1], [-2, -1])):
        shift = -2 if rnn.directions == 2 and numbers[0] == 0 else 0
        edits = [Edit(one.place, f"{one.base.text}[{_number(one) + shift}]") for one in found]
        return Fix(Applicability.UNSAFE, message, tuple(edits))
    cat = context.spell("torch.cat")
    heads = widened(
        take,
        fact.after.axis(-1).size,
        context.facts(HeadFed),
        context.facts(Consumed),
        context.facts(RnnCalled),
    )
    if rnn.directions != 2 or kept or len(found) > 1 or cat is None or heads is None:
        return None
    text = f"{cat}(({base}[-2], {base}[-1]), dim=-1)"
    wider = (Edit(place, text) for place, text in heads)
    return Fix(Applicability.UNSAFE, message, (Edit(fact.place, text), *wider))


def _indices(call: Call, slot: str, context: Context) -> set[int]:
    """The samples that are taken from this state one by one."""
    return {
        take.index
        for fact in context.facts(Indexed)
        if comes_from(fact.before, call, slot)
        for take in fact.takes
        if take.role is Role.BATCH and isinstance(take.index, int)
    }


def _reduced(fact: Reduced, context: Context) -> Iterator[Finding]:
    """``h_n.mean(1)`` on the way to a head: samples are pooled, and layers are left apart."""
    source = fact.before.source
    assert source is not None
    batch, states = fact.before.find(Role.BATCH), fact.before.find(Role.STATES)
    if fact.how not in POOLS or batch is None or states is None or fact.axes != (batch,):
        return
    if fact.before.axis(batch).size == 1:
        return
    read_by = uses(context.facts(HeadFed), context.facts(Scored), context.facts(Consumed), SUMMARY)
    pooled = (
        use.tensor.axes
        for use in read_by
        if comes_from(use.tensor, source.call, source.slot) and use.tensor.rank == 2
    )
    if not any(axes and axes[0].role is Role.STATES for axes in pooled):
        return
    text = _other_axis(fact) if states == 0 else None
    fix = None
    if text is not None and source.call.rnn.directions == 1:
        fix = Fix(Applicability.UNSAFE, f"Write `{text}`", (Edit(fact.place, text),))
    said = f"takes the {fact.how} over the samples of the batch"
    cure = f"reduce the axis of the layers: {text or f'dim={states}'}"
    yield _finding(fact, source.slot, source.call.rnn, said, cure, fix)


def _other_axis(fact: Reduced) -> str | None:
    """The same call over the first axis."""
    base, text = fact.base.text, fact.place.text
    match = re.fullmatch(r"(\.\w+\((?:(?:dim|axis)=)?)1\)", text[len(base) :])
    return f"{base}{match[1]}0)" if match and is_name(base) and text.startswith(base) else None


def _squeezed(fact: Reshaped) -> Iterator[Finding]:
    """``h_n.squeeze(1)`` with batch_first=True: the axis of the layers is 0."""
    source, axes = fact.before.source, fact.before.axes
    assert source is not None
    rnn = source.call.rnn
    if axes is None or len(axes) != 3 or fact.axis not in (1, -2):
        return
    if axes[0].role is not Role.STATES or axes[1].role is not Role.BATCH or axes[1].size == 1:
        return
    if rnn.flag("batch_first") is not True:
        return
    base = fact.base.text
    one = axes[0].size == 1
    text = f"{base}.squeeze(0)" if one else f"{base}[-1]"
    fix = None
    if is_name(base) and (one or rnn.directions == 1):
        fix = Fix(Applicability.UNSAFE, f"Write `{text}`", (Edit(fact.place, text),))
    cure = f"write {text}" if rnn.directions == 1 else f"join {base}[-2] and {base}[-1]"
    said = "squeezes the batch axis, which does nothing unless the batch is 1"
    yield _finding(fact, source.slot, rnn, said, cure, fix)


def _viewed(fact: Reshaped) -> Iterator[Finding]:
    """``h_n.view(batch, -1)``: rows of one result come from several samples."""
    source, axes, sizes = fact.before.source, fact.before.axes, fact.sizes
    assert source is not None
    rnn = source.call.rnn
    if axes is None or sizes is None or len(axes) != 3 or len(sizes) not in (2, 3):
        return
    if [axis.role for axis in axes] != [Role.STATES, Role.BATCH, Role.FEATURE]:
        return
    states, batch, _ = (axis.size for axis in axes)
    if not exceeds(states, 1) or batch == 1 or same(sizes[0], states):
        return
    if not same(sizes[0], batch):
        return  # the other mixtures are SG304's
    base = fact.base.text
    turned = f"{base}.transpose(0, 1)"
    if fact.how == "view":
        turned += ".contiguous()"
    fix = None
    if is_name(base):
        edit = Edit(fact.base, turned)
        fix = Fix(Applicability.UNSAFE, "Move the batch axis to the front first", (edit,))
    said = "mixes samples, for it takes values in order and the layers come before the batch"
    cure = f"move the batch to the front first: {turned}"
    yield _finding(fact, source.slot, rnn, said, cure, fix)


PAGE = """
## What it does

Finds `h_n` and `c_n` read as if their first axis were the batch: `h_n[:, -1]`, `h_n.squeeze(1)`
with `batch_first=True`, and `h_n.view(batch, -1)` where there is more than one layer or direction.

## Why is this bad?

`batch_first=True` moves the batch axis of the input and of `output`. The states keep
(layers * directions, batch, feature). So `h_n[:, -1]` is the last sample of the batch, once for
each layer, and `h_n.view(batch, -1)` puts states of different samples into one row. The shapes
often fit what follows, so nothing raises. The model then answers for one sample with the state of
another.

## Fix safety

Unsafe: it changes what is computed, because what is computed today is wrong.

## References

[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): "batch_first –
If True, then the input and output tensors are provided as (batch, seq, feature) instead of (seq,
batch, feature). Note that this does not apply to hidden or cell states."
"""

BAD = (
    Bad(
        code="""\
import torch
import torch.nn as nn


class GRUNet(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.gru = nn.GRU(n_in, n_hidden, num_layers=2, batch_first=True)
        self.fc = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        out, h = self.gru(x)
        return self.fc(torch.relu(h[:, -1]))
""",
        at="h[:, -1]",
        fixed="""\
import torch
import torch.nn as nn


class GRUNet(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.gru = nn.GRU(n_in, n_hidden, num_layers=2, batch_first=True)
        self.fc = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        out, h = self.gru(x)
        return self.fc(torch.relu(h[-1]))
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="GRUNet(5, 3, 2)(x)",
            expect="apply('fc', np.maximum(final_state, 0))",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 3, batch_first=True, bidirectional=True)
head = nn.Linear(6, 2)


def classify(x):
    _, (hidden, _) = lstm(x)
    flat = hidden.view(x.size(0), -1)
    return head(flat)
""",
        at="hidden.view(x.size(0), -1)",
        fixed="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 3, batch_first=True, bidirectional=True)
head = nn.Linear(6, 2)


def classify(x):
    _, (hidden, _) = lstm(x)
    flat = hidden.transpose(0, 1).contiguous().view(x.size(0), -1)
    return head(flat)
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="classify(x)",
            expect="apply('head', final_state)",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_in, n_latent):
        super().__init__()
        self.lstm = nn.LSTM(n_in, 3, batch_first=True)
        self.mu = nn.Linear(3, n_latent)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        h = h.squeeze(1)
        return self.mu(h)
""",
        at="h.squeeze(1)",
        fixed="""\
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_in, n_latent):
        super().__init__()
        self.lstm = nn.LSTM(n_in, 3, batch_first=True)
        self.mu = nn.Linear(3, n_latent)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        h = h.squeeze(0)
        return self.mu(h)
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="Encoder(5, 2)(x)",
            expect="apply('mu', final_state)",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn


class Critic(nn.Module):
    def __init__(self, obs_dim, hidden=3):
        super().__init__()
        self.memory = nn.RNN(obs_dim, hidden, 2, batch_first=True)

    def forward(self, obs):
        state = self.memory(obs)[1]
        return state.select(1, -1)
""",
        at="state.select(1, -1)",
        fixed="""\
import torch
import torch.nn as nn


class Critic(nn.Module):
    def __init__(self, obs_dim, hidden=3):
        super().__init__()
        self.memory = nn.RNN(obs_dim, hidden, 2, batch_first=True)

    def forward(self, obs):
        state = self.memory(obs)[1]
        return state[-1]
""",
        proof=Proof(inputs={"obs": "batch time 5"}, run="Critic(5)(obs)", expect="final_state"),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, n_in=5, n_hidden=6):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, num_layers=2, batch_first=True)
        self.head = nn.Linear(n_hidden, 3)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.head(h.mean(dim=1))


net = Net()
""",
        at="h.mean(dim=1)",
        fixed="""\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, n_in=5, n_hidden=6):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, num_layers=2, batch_first=True)
        self.head = nn.Linear(n_hidden, 3)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.head(h.mean(dim=0))


net = Net()
""",
        proof=Proof(inputs={"x": "batch time 5"}, run="net(x)", watch="head", expect="h_n.mean(0)"),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, n_in=5, n_hidden=6):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, num_layers=2, batch_first=True)
        self.head = nn.Linear(n_hidden, 3)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.head(h.permute(1, 0, 2)[-1])


net = Net()
""",
        at="h.permute(1, 0, 2)[-1]",
        proof=Proof(inputs={"x": "batch time 5"}, run="net(x)", watch="head", expect="h_n[-1]"),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, n_in=5, n_hidden=6):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * n_hidden, 3)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.head(torch.cat((h[:, 0], h[:, 1]), dim=1))


net = Net()
print(net(torch.randn(2, 9, 5)).shape)
""",
        at="h[:, 0]",
        fixed="""\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, n_in=5, n_hidden=6):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * n_hidden, 3)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.head(torch.cat((h[-2], h[-1]), dim=1))


net = Net()
print(net(torch.randn(2, 9, 5)).shape)
""",
        proof=Proof(inputs={"x": "batch time 5"}, run="net(x)", watch="head", expect="final_state"),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
import torch.nn as nn

gru = nn.GRU(5, 3, num_layers=2, batch_first=True)
fc = nn.Linear(3, 2)
out, h = gru(torch.randn(4, 6, 5))
logits = fc(h[-1]) + fc(out[:, -1])
""",
        why="`h[-1]` is the last layer whatever batch_first is; of `output`, axis 1 is time",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

gru = nn.GRU(5, 3, num_layers=2, batch_first=True)
fc = nn.Linear(3, 2)
_, h = gru(torch.randn(4, 6, 5))
h = h.transpose(0, 1)
logits = fc(h[:, -1])
""",
        why="after the transpose axis 1 holds the layers",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 3, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        h = self.gru(x)[1].permute(1, 0, 2).contiguous()
        return self.fc(h.view(x.size(0), -1))


print(Head()(torch.randn(4, 6, 5)).shape)
""",
        why="the batch was moved to the front before the view",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 3, batch_first=True)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        return self.fc(h.view(x.size(0), -1))


print(Head()(torch.randn(4, 6, 5)).shape)
""",
        why="one layer and one direction: the view only drops an axis of 1",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

lstm = nn.LSTM(5, 3, num_layers=2, batch_first=True)
fc = nn.Linear(3, 2)
sentence = torch.randn(6, 5)
_, (h, _) = lstm(sentence.unsqueeze(0))
logits = fc(h.squeeze(1)[-1])
""",
        why="the batch is 1, made by `unsqueeze(0)`: squeezing its axis is meant",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

gru = nn.GRU(5, 3, num_layers=2, batch_first=True)
_, h = gru(torch.randn(4, 6, 5))
print(h[:, 0])
""",
        why="one sample is picked to be looked at",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn

rnn = nn.GRU(5, 3, num_layers=2, bidirectional=True, batch_first=True)
x = torch.randn(4, 6, 5)
_, h = rnn(x)
split = h.view(2, 2, x.size(0), 3)
last = torch.cat((split[-1, 0], split[-1, 1]), dim=1)
""",
        why="the view only takes layers and directions apart and leaves the batch where it is",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, n_in=5, n_hidden=6):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, num_layers=2, batch_first=True)
        self.head = nn.Linear(n_hidden, 3)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.head(h.mean(dim=0))


net = Net()
print(net(torch.randn(4, 9, 5)).shape)
""",
        why="the mean is taken over the layers, and each sample keeps its own",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, num_layers=2, batch_first=True)
_, h = gru(torch.randn(4, 9, 5))
print(h.mean(dim=1), h.max(1))
""",
        why="statistics over the batch, to be looked at",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, bidirectional=True, batch_first=True)
head = nn.Linear(6, 3)
_, h = gru(torch.randn(2, 9, 5))
print(head(torch.cat([h[:, i] for i in range(2)])).shape)
""",
        why="every sample of the batch in its turn",
    ),
)

RULE = Rule(
    code="SG305",
    name="state-read-batch-first",
    summary="`h_n` is read as if batch_first had moved its batch axis",
    severity=Severity.ERROR,
    page=PAGE,
    on=(Indexed, Reshaped, Reduced),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
