"""SG205: a Linear that expects another number of features than the recurrent layer gives."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import STATE_ROLES, Half, Place, Role
from shapeguard.axes.combining import MIXTURE
from shapeguard.axes.facts import Fact, Unpacked
from shapeguard.axes.judging import HeadFed
from shapeguard.axes.layer import Rnn
from shapeguard.axes.reading import Consumed, Indexed, Reshaped
from shapeguard.axes.size import UNKNOWN, Size, add, differ, mul, same, show
from shapeguard.axes.spelling import factor, is_name, short, split, value_of, words
from shapeguard.axes.states import SIZED, held, rows_used
from shapeguard.axes.uses import comes_from
from shapeguard.axes.value import Source
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


def relied_on(source: Source) -> tuple[Evidence, ...]:
    """Where the sizes of the layer were set."""
    rnn = source.call.rnn
    projected = rnn.kind == "LSTM" and rnn.setting("proj_size").value != 0
    size = "proj_size" if projected and source.slot != "c_n" else "hidden_size"
    names = (size, "bidirectional") if source.slot == "output" else (size,)
    return layer_evidence(rnn, *names)


def joined(fact: HeadFed, context: Context) -> Source | None:
    """A recurrent layer's tensor among those that were joined to what a Linear reads."""
    size = fact.tensor.axis(-1).size
    parts: dict[tuple[Place, int], list[Consumed]] = {}
    for used in context.facts(Consumed):
        if used.by == "cat" and used.tensor.source is not None:
            for call in (0, id(used.tensor.source.call)):
                parts.setdefault((used.place, call), []).append(used)
    for every in parts.values():
        total: Size = 0
        for used in every:
            total = add(total, used.tensor.axis(-1).size)
        if same(total, size):
            return every[0].tensor.source
    return None


def maker(fact: HeadFed, context: Context) -> Rnn | None:
    """The recurrent layer whose features a Linear reads."""
    source = fact.tensor.source or joined(fact, context)
    return None if source is None else source.call.rnn


def origin(fact: HeadFed, context: Context) -> str | None:
    """What gives the features, in words; None if it is not a recurrent layer."""
    source, last = fact.tensor.source, fact.tensor.axis(-1)
    if source is None or source.slot == MIXTURE:
        rnn = maker(fact, context)
        return None if rnn is None else f"what was joined from the {rnn.kind} has"
    rnn = source.call.rnn
    if source.slot == "output" and same(last.size, mul(2, rnn.out_size)) and rnn.directions == 2:
        return f"`output` of the bidirectional {rnn.kind} has 2 * hidden_size ="
    if source.slot == "output" and len(last.halves) == 1 and rnn.directions == 2:
        return f"what is left of `output` of the bidirectional {rnn.kind} has"
    return f"what comes from `{source.slot}` of the {rnn.kind} has"


def right_size(fact: HeadFed, text: str, context: Context) -> str | None:
    """How the number of features is written where the Linear is made."""
    size, wanted = fact.tensor.axis(-1).size, fact.in_features
    if text.isdecimal() and isinstance(size, int):
        return str(size)
    if same(size, mul(2, wanted)):
        return f"2 * {factor(text)}"
    rnn = maker(fact, context)
    texts = [setting.text for setting in rnn.settings.values()] if rnn is not None else []
    if rnn is not None and words(text) & {word for one in texts for word in words(one)}:
        # Both are made in one place, so what is a name there is a name here.
        for name in ("proj_size", "hidden_size"):
            if rnn.setting(name).text and same(rnn.setting(name).value, size):
                return rnn.setting(name).text
    return str(size) if isinstance(size, int) else None


def resized(fact: HeadFed, context: Context) -> Fix | None:
    """The Linear made with the right number of features, unless another use needs it as it is."""
    if fact.in_place is None:
        return None
    for other in context.facts(HeadFed):
        size = other.tensor.axis(-1).size
        if other.made == fact.made and not differ(size, fact.in_features):
            return None
    source = fact.tensor.source
    for norm in context.facts(Consumed):
        alike = source is not None and comes_from(norm.tensor, source.call, source.slot)
        size = norm.tensor.axis(-1).size
        if alike and norm.by in SIZED and same(size, fact.tensor.axis(-1).size):
            return None  # it is made for the size of the Linear
    text = fact.in_place.text
    right = right_size(fact, text, context)
    if right is None or right == text:
        return None
    message = f"Make the Linear with in_features `{short(right)}`"
    return Fix(Applicability.UNSAFE, message, (Edit(fact.in_place, right),))


def fed(fact: HeadFed, context: Context) -> Iterator[Finding]:
    """A Linear over another number of features than it was made for."""
    size, wanted = fact.tensor.axis(-1).size, fact.in_features
    words_ = origin(fact, context)
    if words_ is None or not differ(size, wanted) or _stacked(fact):
        return
    source = fact.tensor.source or joined(fact, context)
    made = Evidence(f"in_features is {show(wanted)}", fact.in_place or fact.made)
    yield Finding(
        fact.place,
        f"this Linear expects {show(wanted)} features, and {words_} {show(size)}",
        "torch raises: mat1 and mat2 shapes cannot be multiplied",
        f"make the Linear with in_features={show(size)}, or feed it {show(wanted)} features",
        (made, *(relied_on(source) if source is not None else ())),
        resized(fact, context),
    )


def _stacked(fact: HeadFed) -> bool:
    """Whether rows of a state were joined along the batch, not side by side: SG304 says so."""
    size = fact.tensor.axis(-1).size
    return any(
        mark.how == "cat"
        and mark.before.source is not None
        and mark.before.source.slot in ("h_n", "c_n")
        and same(fact.in_features, mul(2, size))
        for mark in fact.tensor.regrouped
    )


def by_depth(fact: HeadFed, context: Context) -> Iterator[Finding]:
    """A Linear sized by the number of layers, over the last layer's features alone."""
    source, last = fact.tensor.source, fact.tensor.axis(-1)
    if source is None or fact.in_place is None or last.merged or last.role is not Role.FEATURE:
        return
    rnn, heads = source.call.rnn, context.facts(HeadFed)
    first = next(f for f in heads if f.tensor.source and f.tensor.source.call is source.call)
    ways = 2 if same(last.size, mul(2, rnn.out_size)) else 1
    depth, text = rnn.setting("num_layers"), value_of(fact.in_place.text)
    named = {word.rpartition(".")[2] for word in words(text)}
    if first is not fact or differ(last.size, fact.in_features) or "*" not in text:
        return
    if not is_name(depth.text) or depth.text.rpartition(".")[2] not in named:
        return
    if not same(last.size, mul(ways, rnn.out_size)) or not _last_layer(fact, source, context):
        return
    read = "both directions of the last layer" if ways == 2 else "one row of features"
    fits = (
        f"it fits because {depth.text} is {depth.value}, and raises for any other"
        if same(last.size, fact.in_features)
        else f"it raises unless {depth.text} is {ways}"
    )
    hidden = rnn.setting("hidden_size").text
    shared = words(hidden) & words(text) and rnn.setting("proj_size").value in (0, UNKNOWN)
    right = (f"2 * {factor(hidden)}" if ways == 2 else hidden) if shared else ""
    edits = (Edit(fact.in_place, right),)
    yield Finding(
        fact.in_place,
        f"this Linear is made for `{short(text)}` features, and what it reads is {read}",
        f"the number of layers does not widen what a layer puts out: {fits}",
        f"make the Linear with in_features={short(right) or show(last.size)}",
        (
            Evidence(f"it reads `{short(fact.place.text)}`", fact.place),
            *layer_evidence(rnn, "num_layers", "bidirectional"),
        ),
        Fix(Applicability.UNSAFE, f"Write in_features `{short(right)}`", edits) if right else None,
        Severity.WARNING,
    )


def _last_layer(fact: HeadFed, source: Source, context: Context) -> bool:
    """Whether what a Linear reads holds no state of a lower layer."""
    if source.slot == "output":
        return True
    if source.slot == MIXTURE:
        indexed, consumed = context.facts(Indexed), context.facts(Consumed)
        rows = rows_used(source.call, indexed, consumed, context.facts(Unpacked)) or frozenset()
    elif any(take.role in STATE_ROLES for take in source.takes):
        rows = frozenset(held(fact.tensor) or ())
    else:
        return False  # a state of one layer may be flattened
    return bool(rows) and all(below == 0 for below, _ in rows)


def halved(fact: Reshaped, context: Context) -> Iterator[Finding]:
    """``view(-1, hidden)`` of a bidirectional output: the directions become rows."""
    source, sizes = fact.before.source, fact.sizes
    last = fact.before.axis(-1)
    if source is None or sizes is None or last.role is not Role.FEATURE:
        return
    if last.halves != (Half.FORWARD, Half.BACKWARD) or not 2 <= len(sizes) <= 3:
        return
    if sizes[-2] != -1 or not same(mul(2, sizes[-1]), last.size):
        return
    yield Finding(
        fact.place,
        f"`{short(fact.place.text)}` cuts each hidden state of the bidirectional "
        f"{source.call.rnn.kind} in two: `{short(fact.base.text, 30)}` has {show(last.size)} "
        f"features, not {show(sizes[-1])}",
        "every other row is the backward direction of the row before; there are twice as many "
        "rows as steps",
        f"keep {show(last.size)} features, and make the next layer for as many",
        relied_on(source),
        doubled(fact, context),
    )


def doubled(fact: Reshaped, context: Context) -> Fix | None:
    """The view, and the Linears after it, with both directions."""
    text, base = fact.place.text, fact.base.text
    opening = text.find("(", len(base))
    items = split(text[opening + 1 : -1]) if text.startswith(base) and opening > 0 else None
    source = fact.before.source
    if items is None or len(items) != len(fact.sizes or ()) or source is None:
        return None
    items[-1] = f"2 * {factor(items[-1])}"
    edits = [Edit(fact.place, f"{text[: opening + 1]}{', '.join(items)})")]
    for head in context.facts(HeadFed):
        found = head.tensor.source
        if found is None or found.call is not source.call or head.in_place is None:
            continue
        if fact.sizes and same(head.in_features, fact.sizes[-1]):
            edit = Edit(head.in_place, f"2 * {factor(head.in_place.text)}")
            if edit not in edits:
                edits.append(edit)
    return Fix(Applicability.UNSAFE, "Keep both directions in a row", tuple(edits))


def check(fact: Fact, context: Context) -> Iterator[Finding]:
    """Features that a Linear cannot take, and features cut in two on the way to one."""
    if isinstance(fact, HeadFed):
        yield from fed(fact, context)
        yield from by_depth(fact, context)
    elif isinstance(fact, Reshaped):
        yield from halved(fact, context)


PAGE = """
## What it does

Reports a Linear whose `in_features` is not the number of features that reaches it from a
recurrent layer: `hidden_size` where a bidirectional layer gives `2 * hidden_size`, `hidden_size`
where `proj_size` is set, the size of the whole output where one half of it is fed. It also
reports `out.view(-1, hidden_size)` of a bidirectional output, and, as a warning, a Linear whose
`in_features` is a product with the number of layers, while it reads the last layer alone.

## Why is this bad?

A Linear of the wrong size raises "mat1 and mat2 shapes cannot be multiplied", often only when
somebody turns on `bidirectional`. The usual cure, `out.view(-1, hidden_size)`, is worse than the
error: it runs, and makes two rows of each step, one for each direction. The logits then have
twice as many rows as there are targets, and half of them have read the sequence backwards.

## Fix safety

The fix is unsafe: it makes the Linear larger or smaller, so weights that were saved do not fit
any more. It is not offered where another call feeds the same Linear the size it has.

## References

- torch.nn.LSTM, output: "tensor of shape (L, N, D * H_out)", where D is "2 if
  bidirectional=True otherwise 1" and H_out is "proj_size if proj_size > 0 otherwise
  hidden_size".
- torch.nn.Linear: "Input: (*, H_in) where * means any number of dimensions including none and
  H_in = in_features".
"""

BAD = (
    Bad(
        code="""\
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden_dim, n_tags):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, embed_dim)
        self.lstm = nn.LSTM(embed_dim, hidden_dim, batch_first=True, bidirectional=True)
        self.hidden2tag = nn.Linear(hidden_dim, n_tags)

    def forward(self, ids):
        out, _ = self.lstm(self.embed(ids))
        return self.hidden2tag(out)


tagger = Tagger(13, 5, 6, 4)
""",
        at="self.hidden2tag(out)",
        fixed="""\
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden_dim, n_tags):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, embed_dim)
        self.lstm = nn.LSTM(embed_dim, hidden_dim, batch_first=True, bidirectional=True)
        self.hidden2tag = nn.Linear(2 * hidden_dim, n_tags)

    def forward(self, ids):
        out, _ = self.lstm(self.embed(ids))
        return self.hidden2tag(out)


tagger = Tagger(13, 5, 6, 4)
""",
        proof=Proof(
            inputs={"ids": "batch time:ids(13)"},
            run="tagger(ids)",
            raises="cannot be multiplied",
            expect="apply('hidden2tag', output)",
        ),
    ),
    Bad(
        code="""\
import torch
import torch.nn as nn

HIDDEN = 6
rnn = nn.GRU(5, HIDDEN, bidirectional=True)
fc = nn.Linear(HIDDEN, 3)


def label(x):
    out, _ = rnn(x)
    rows = out.reshape(-1, HIDDEN)
    return fc(rows)
""",
        at="out.reshape(-1, HIDDEN)",
        fixed="""\
import torch
import torch.nn as nn

HIDDEN = 6
rnn = nn.GRU(5, HIDDEN, bidirectional=True)
fc = nn.Linear(2 * HIDDEN, 3)


def label(x):
    out, _ = rnn(x)
    rows = out.reshape(-1, 2 * HIDDEN)
    return fc(rows)
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="label(x)",
            expect="apply('fc', output.reshape(-1, 12))",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Speech(nn.Module):
    def __init__(self, n_mels: int = 10, hidden: int = 32, proj: int = 8) -> None:
        super().__init__()
        self.lstm = nn.LSTM(n_mels, hidden, num_layers=2, batch_first=True, proj_size=proj)
        self.classifier = nn.Linear(in_features=hidden, out_features=6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out, _ = self.lstm(x)
        return self.classifier(torch.relu(out))


speech = Speech()
""",
        at="self.classifier(torch.relu(out))",
        fixed="""\
import torch
from torch import nn


class Speech(nn.Module):
    def __init__(self, n_mels: int = 10, hidden: int = 32, proj: int = 8) -> None:
        super().__init__()
        self.lstm = nn.LSTM(n_mels, hidden, num_layers=2, batch_first=True, proj_size=proj)
        self.classifier = nn.Linear(in_features=proj, out_features=6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out, _ = self.lstm(x)
        return self.classifier(torch.relu(out))


speech = Speech()
""",
        proof=Proof(
            inputs={"x": "batch time 10"},
            run="speech(x)",
            raises="cannot be multiplied",
            expect="apply('classifier', np.maximum(output, 0))",
        ),
    ),
    Bad(
        code="""\
import torch
from torch.nn import LSTM, Linear

encoder = LSTM(5, 6, bidirectional=True, batch_first=True)
project = Linear(6, 4)


def embed(x):
    _, (h, _) = encoder(x)
    return project(torch.cat([h[-2], h[-1]], dim=1))
""",
        at="project(torch.cat([h[-2], h[-1]], dim=1))",
        fixed="""\
import torch
from torch.nn import LSTM, Linear

encoder = LSTM(5, 6, bidirectional=True, batch_first=True)
project = Linear(12, 4)


def embed(x):
    _, (h, _) = encoder(x)
    return project(torch.cat([h[-2], h[-1]], dim=1))
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="embed(x)",
            raises="cannot be multiplied",
            expect="apply('project', final_state)",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, n_in=5, n_hidden=6, n_tags=3):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, bidirectional=True, batch_first=True)
        self.head = nn.Sequential(nn.LayerNorm(n_hidden), nn.Linear(n_hidden, n_tags))

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.head(out)


tagger = Tagger()
""",
        at="self.head(out)",
        proof=Proof(inputs={"x": "batch time 5"}, run="tagger(x)", raises="normalized_shape"),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class News(nn.Module):
    def __init__(self, n_in, hidden, num_layers, n_classes):
        super().__init__()
        self.rnn = nn.LSTM(n_in, hidden, num_layers, bidirectional=True)
        self.fc = nn.Linear(hidden * num_layers, n_classes)

    def forward(self, x):
        _, (h, _) = self.rnn(x)
        return self.fc(torch.cat((h[-2], h[-1]), dim=1))
""",
        at="hidden * num_layers",
        severity=Severity.WARNING,
        fixed="""\
import torch
from torch import nn


class News(nn.Module):
    def __init__(self, n_in, hidden, num_layers, n_classes):
        super().__init__()
        self.rnn = nn.LSTM(n_in, hidden, num_layers, bidirectional=True)
        self.fc = nn.Linear(2 * hidden, n_classes)

    def forward(self, x):
        _, (h, _) = self.rnn(x)
        return self.fc(torch.cat((h[-2], h[-1]), dim=1))
""",
        proof=Proof(
            inputs={"x": "time batch 5"},
            run="(m := News(5, 6, 3, 2))(x)",
            raises="cannot be multiplied",
            expect="apply('fc', final_state)",
        ),
    ),
    Bad(
        code="""\
import torch
from torch import nn


class Price(nn.Module):
    def __init__(self, hidden, layers=1):
        super().__init__()
        self.gru = nn.GRU(5, hidden, layers, batch_first=True)
        self.fc = nn.Linear(hidden * layers, 3)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(torch.relu(out[:, -1]))
""",
        at="hidden * layers",
        severity=Severity.WARNING,
        fixed="""\
import torch
from torch import nn


class Price(nn.Module):
    def __init__(self, hidden, layers=1):
        super().__init__()
        self.gru = nn.GRU(5, hidden, layers, batch_first=True)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(torch.relu(out[:, -1]))
""",
        proof=Proof(
            inputs={"x": "batch time 5"},
            run="Price(6, 2)(x)",
            raises="cannot be multiplied",
            expect="apply('fc', np.maximum(output[:, -1], 0))",
        ),
    ),
)

GOOD = (
    Good(
        code="""\
import torch
from torch import nn


class AllLayers(nn.Module):
    def __init__(self, hidden, num_layers):
        super().__init__()
        self.rnn = nn.GRU(5, hidden, num_layers)
        self.fc = nn.Linear(hidden * num_layers, 3)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.fc(h.transpose(0, 1).reshape(h.size(1), -1))


print(AllLayers(6, 2)(torch.randn(9, 4, 5)).shape)
""",
        why="the states of all layers stand side by side",
    ),
    Good(
        code="""\
import torch
from torch import nn

hidden, num_layers = 6, 1
gru, fc = nn.GRU(5, hidden, num_layers), nn.Linear(num_layers * hidden, 3)
_, h = gru(torch.randn(9, 4, 5))
print(fc(h.transpose(0, 1).flatten(1)).shape)
""",
        why="all layers again, and only one today",
    ),
    Good(
        code="""\
import torch
from torch import nn

hidden, num_layers = 6, 2
gru, fc = nn.GRU(5, hidden, num_layers), nn.Linear(num_layers * hidden, 3)
_, h = gru(torch.randn(9, 4, 5))
print(fc(torch.cat((h[0], h[1]), dim=1)).shape)
""",
        why="both layers are joined, and as many features are expected",
    ),
    Good(
        code="""\
import torch
from torch import nn

hidden, num_layers, steps = 6, 1, 9
gru = nn.GRU(5, hidden, num_layers, batch_first=True)
fc = nn.Linear(hidden * steps, 3)
out, _ = gru(torch.randn(4, steps, 5))
print(fc(out.reshape(4, -1)).shape)
""",
        why="the steps are counted, not the layers",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, hidden, bidirectional):
        super().__init__()
        directions = 2 if bidirectional else 1
        self.lstm = nn.LSTM(5, hidden, bidirectional=bidirectional)
        self.fc = nn.Linear(hidden * directions, 3)

    def forward(self, x):
        return self.fc(self.lstm(x)[0])


print(Tagger(6, True)(torch.randn(9, 4, 5)).shape)
print(Tagger(6, False)(torch.randn(9, 4, 5)).shape)
""",
        why="`in_features` follows the number of directions",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, bidirectional=True)
fc = nn.Linear(6, 3)
out, _ = gru(torch.randn(9, 4, 5))
print(fc(out[..., :6] + out[..., 6:]).shape)
""",
        why="the two directions are summed before the Linear",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, bidirectional=True)
fc = nn.Linear(6, 3)
out, _ = gru(torch.randn(9, 4, 5))
print(fc(out.view(9, 4, 2, 6).mean(dim=2)).shape)
""",
        why="a view that gives the directions an axis of their own keeps them apart",
    ),
    Good(
        code="""\
import torch
from torch import nn

lstm = nn.LSTM(5, 6, batch_first=True)
fc = nn.Linear(9 * 6, 3)
out, _ = lstm(torch.randn(4, 9, 5))
print(fc(out.flatten(1)).shape)
""",
        why="all steps are flattened into one row of T * H features",
    ),
    Good(
        code="""\
import torch
from torch import nn

gru = nn.GRU(5, 6, bidirectional=True)
fc = nn.Linear(6, 3)
_, h_n = gru(torch.randn(9, 4, 5))
print(fc(h_n).shape)
""",
        why="`h_n` has hidden_size features: its directions are on the first axis",
    ),
    Good(
        code="""\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, hidden, width):
        super().__init__()
        self.rnn = nn.GRU(5, hidden)
        self.fc = nn.Linear(width, 3)

    def forward(self, x):
        return self.fc(self.rnn(x)[0])


sizes = {"hidden": 6, "width": 6}
print(Net(**dict(sizes))(torch.randn(9, 4, 5)).shape)
""",
        why="two sizes with two names may well be equal",
    ),
    Good(
        code="""\
import torch
from torch import nn

rnn = nn.LSTM(5, 6, bidirectional=True, batch_first=True)
fc = nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 3))
out, _ = rnn(torch.randn(4, 9, 5))
print(fc(out.reshape(-1, 12)).shape)
""",
        why="a flatten that keeps the features of both directions in a row",
    ),
)

RULE = Rule(
    code="SG205",
    name="head-features",
    summary="a Linear expects another number of features than the recurrent layer gives",
    severity=Severity.ERROR,
    page=PAGE,
    on=(HeadFed, Reshaped),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
