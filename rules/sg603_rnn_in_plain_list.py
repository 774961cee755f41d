"""SG603: recurrent layers in a plain list or dict, where the module does not see them."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.building import CopiesListed, ListedPlainly, Registered
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


def check(fact: ListedPlainly | CopiesListed, context: Context) -> Iterator[Finding]:
    """One list or dict of a module, or one list that repeats a layer."""
    if isinstance(fact, CopiesListed):
        yield _copies(fact, context)
        return
    seen = {other.place for other in context.facts(Registered)}
    lost = [rnn for rnn in fact.rnns if rnn.place not in seen]
    if not lost:
        return
    if any(other.place == fact.place for other in context.facts(CopiesListed)):
        return  # reported as what it is
    first, holder = lost[0], "dict" if fact.named else "list"
    container = "ModuleDict" if fact.named else "ModuleList"
    yield Finding(
        place=fact.place,
        message=f"`self.{fact.name}` is a plain {holder}, so the module does not know the "
        f"{first.kind} in it",
        why="its weights are not among model.parameters(): the optimizer never trains them, "
        ".to(device) leaves them behind, and state_dict() does not save them",
        cure=f"put them into an nn.{container}",
        evidence=(Evidence(f"a layer in it: `{short(first.place.text)}`", first.place),),
        fix=_fix(fact, container, context),
    )


def _fix(fact: ListedPlainly, container: str, context: Context) -> Fix | None:
    spelled = context.spell(f"torch.nn.{container}")
    text = fact.place.text
    if spelled is None or not fact.wrappable or text[:1] not in "[({" or not text:
        return None
    if text[:1] == "{" and not fact.named:
        return None
    edit = Edit(fact.place, f"{spelled}({text})")
    return Fix(Applicability.UNSAFE, f"Make it an nn.{container}", (edit,))


def _copies(fact: CopiesListed, context: Context) -> Finding:
    count = short(fact.count.text)
    text = f"[{fact.made.text} for _ in range({fact.count.text})]"
    return Finding(
        place=fact.place,
        message=f"`{short(fact.place.text)}` holds one {fact.rnn.kind} {count} times: all of them "
        "are the same layer with the same weights",
        why="multiplying a list repeats what is in it and makes no copies, so what looks like "
        "several layers trains as one",
        cure="build one layer for each place, in a comprehension",
        evidence=(Evidence(f"the only one that is built: `{short(fact.made.text)}`", fact.made),),
        fix=Fix(Applicability.UNSAFE, "Build a layer for each", (Edit(fact.place, text),)),
    )


PAGE = """
## What it does

Finds recurrent layers that an nn.Module keeps in a list, tuple or dict of Python's, and lists such
as `[nn.LSTM(...)] * n`.

## Why is this bad?

A module finds its parameters through its attributes: modules, and the containers of torch.
A plain list is no module, so the layers in it are missing from `parameters()`, `to()`, `train()`
and `state_dict()`. The model runs, and these layers keep their random weights. `[layer] * n`
is a list of the same layer n times.

## Fix safety

Unsafe: the model gets more parameters, and saved states of the old one do not fit it. An
nn.ModuleList is used like a list, an nn.ModuleDict like a dict of names.

## References

[torch.nn.ModuleList](https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleList.html):
"ModuleList can be indexed like a regular Python list, but modules it contains are properly
registered, and will be visible by all Module methods."
"""

_STACK = """\
import torch
import torch.nn as nn


class Stack(nn.Module):
    def __init__(self, size, n_layers):
        super().__init__()
{build}

    def forward(self, x):
        for layer in self.layers:
            x, _ = layer(x)
        return x


model = Stack(5, 2)
first = model.layers[0]
count = sum(p.numel() for p in model.parameters())
"""


def _stack(*lines: str) -> str:
    return _STACK.format(build="\n".join(f"        {line}" for line in lines))


_COUNT = Proof(run="count", layer="first", holds="value == 2 * 4 * 5 * (5 + 5 + 2)")

_NAMED = """\
import torch
import torch.nn as nn


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnns = {rnns}
        self.fc = nn.Linear(6, 1)

    def forward(self, a, b):
        (_, one), (_, two) = self.rnns["a"](a), self.rnns["b"](b)
        return self.fc(torch.cat([one[-1], two[-1]], dim=1))


model = Pair()
first = model.rnns["a"]
keys = sorted(model.state_dict())
"""
_RNNS = '{"a": nn.GRU(5, 3), "b": nn.GRU(5, 3)}'

BAD = (
    Bad(
        code=_stack("self.layers = [nn.LSTM(size, size) for _ in range(n_layers)]"),
        at="[nn.LSTM(size, size) for _ in range(n_layers)]",
        fixed=_stack("self.layers = nn.ModuleList([nn.LSTM(size, size) for _ in range(n_layers)])"),
        proof=_COUNT,
    ),
    Bad(
        code=_stack(
            "self.layers = []",
            "for _ in range(n_layers):",
            "    self.layers.append(nn.LSTM(size, size))",
        ),
        at="[]",
        fixed=_stack(
            "self.layers = nn.ModuleList([])",
            "for _ in range(n_layers):",
            "    self.layers.append(nn.LSTM(size, size))",
        ),
        proof=_COUNT,
    ),
    Bad(
        code=_stack("self.layers = nn.ModuleList([nn.LSTM(size, size)] * n_layers)"),
        at="[nn.LSTM(size, size)] * n_layers",
        fixed=_stack("self.layers = nn.ModuleList([nn.LSTM(size, size) for _ in range(n_layers)])"),
        proof=_COUNT,
    ),
    Bad(
        code=_NAMED.format(rnns=_RNNS),
        at=_RNNS,
        fixed=_NAMED.format(rnns=f"nn.ModuleDict({_RNNS})"),
        proof=Proof(run="len(keys)", layer="first", holds="value == 10"),
    ),
)

GOOD = (
    Good(
        code=_stack("self.layers = nn.ModuleList([nn.LSTM(size, size) for _ in range(n_layers)])"),
        why="an nn.ModuleList",
    ),
    Good(
        code=_stack(
            "layers = [nn.LSTM(size, size) for _ in range(n_layers)]",
            "self.layers = layers",
            "self.kept = nn.ModuleList(layers)",
        ),
        why="the same layers are in an nn.ModuleList as well",
    ),
    Good(
        code=_stack(
            "self.layers = []",
            "for i in range(n_layers):",
            "    layer = nn.LSTM(size, size)",
            '    self.add_module(f"layer{i}", layer)',
            "    self.layers.append(layer)",
        ),
        why="each layer is added to the module by name",
    ),
    Good(
        code=_stack(
            "self.first = nn.LSTM(size, size)",
            "self.second = nn.LSTM(size, size)",
            "self.layers = [self.first, self.second]",
        ),
        why="the layers are attributes of the module; the list is another way to them",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Ensemble:
    def __init__(self):
        self.members = [nn.GRU(5, 3), nn.GRU(5, 3)]

    def __call__(self, x):
        return sum(member(x)[0] for member in self.members)
""",
        why="no module, so nobody asks it for parameters",
    ),
    Good(
        code=_stack(
            "self.layers = []",
            "for i in range(n_layers):",
            "    self.layers.append(nn.LSTM(size, size))",
            "self.layers = nn.ModuleList(self.layers)",
        ),
        why="the list is wrapped in the end",
    ),
    Good(
        code="""\
import torch
import torch.nn as nn


class Stack(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.shared = nn.GRU(size, size)
        self.layers = [self.shared] * 3

    def forward(self, x):
        for layer in self.layers:
            x, _ = layer(x)
        return x
""",
        why="a layer that has a name is used three times on purpose",
    ),
)

RULE = Rule(
    code="SG603",
    name="rnn-in-plain-list",
    summary="recurrent layers in a plain list or dict, which the module does not know of",
    severity=Severity.ERROR,
    page=PAGE,
    on=(ListedPlainly, CopiesListed),
    check=check,
    bad=BAD,
    good=GOOD,
    fix=Applicability.UNSAFE,
)
