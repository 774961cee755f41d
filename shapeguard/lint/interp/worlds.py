"""Configurations: the values that decide what a layer is, and what tells objects apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice, product
from typing import Any

import libcst as cst

from shapeguard.axes.size import UNKNOWN
from shapeguard.lint.interp.arguments import Arg, Args
from shapeguard.lint.interp.names import KINDS
from shapeguard.lint.interp.objects import (
    OTHER,
    Class,
    Function,
    Instance,
    Opaque,
)
from shapeguard.lint.interp.trees import reads

MAX_WORLDS = 8
"""Configurations that one root is run under, at most."""


MOST_VALUES = 6
"""What has more values than this chooses among more than kinds of layers."""


def methods(cls: Class) -> dict[str, Function]:
    """The methods of a class by name, inherited ones included, but not ``__init__``."""
    found: dict[str, Function] = {}
    for base in cls.ancestry():
        if isinstance(base, Class):
            for name, member in base.members.items():
                if isinstance(member, Function) and name != "__init__":
                    found.setdefault(name, member)
    return found


def settled(instance: Instance) -> tuple[Any, ...]:
    """What tells apart objects of one class: their constant attributes and layers' settings."""
    out: list[Any] = []
    for name, value in instance.attrs.items():
        if isinstance(value, (bool, int, float, str)):
            out.append((name, value))
        elif hasattr(value, "settings"):
            out.append((name, tuple((k, str(s.value)) for k, s in value.settings.items())))
    return tuple(out)


def configurations(splits: dict[str, list[Any]], decisive: set[str]) -> Iterable[dict[str, Any]]:
    """The combinations of the values that decide what a layer is; strings may be others too."""
    told = [name for name in splits if name in decisive and len(splits[name]) <= MOST_VALUES]
    names = [name for name in told if not name.rpartition("@")[2].isdigit()][:3]
    choices = []
    for name in names:
        values = list(splits[name])
        if all(isinstance(value, bool) for value in values):
            values = [True, False]
        else:
            values = [value for value in values if not isinstance(value, bool)]
            values.append(Opaque(f"{OTHER}@{name}"))
        choices.append(values)
    if not names:
        return
    for combination in islice(product(*choices), MAX_WORLDS + 1):
        yield dict(zip(names, combination, strict=False))


def chooses(instance: Instance) -> bool:
    """Whether an object is made of a layer whose kind its constructor may have to be told."""
    init = instance.cls.member("__init__")
    if not isinstance(init, Function):
        return False
    return not reads(init.node).isdisjoint({*KINDS, "getattr"})


def told_apart(instance: Instance) -> Args:
    """The arguments of an object's construction; what is not known has an identity by its name."""
    args, init = instance.args, instance.cls.member("__init__")
    params = init.node.params.params[1:] if isinstance(init, Function) else ()
    names = [param.name.value for param in params]
    numbers = {
        param.name.value
        for param in params
        if isinstance(param.default, (cst.Integer, cst.Float))  # no choice among kinds
    }

    def known(arg: Arg, name: str) -> Arg:
        opaque = Opaque(f"{name}@{instance.cls.name}.__init__")
        told = arg.value is UNKNOWN and name not in numbers
        return replace(arg, value=opaque) if told else arg

    positional = [known(arg, name) for arg, name in zip(args.positional, names, strict=False)]
    keywords = {name: known(arg, name) for name, arg in args.keywords.items()}
    return Args([*positional, *args.positional[len(names) :]], keywords, args.open, args.loose)
