"""Functions that read and write attributes, or make records: dict, namedtuple, partial."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libcst as cst

from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tuple
from shapeguard.lint.interp import (
    attributes,
    dicts,
    iteration,
    options,
    rebinding,
    registering,
)
from shapeguard.lint.interp.arguments import Arg, Args
from shapeguard.lint.interp.containers import Mapping, Partial
from shapeguard.lint.interp.dispatch import apply
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.objects import Class, Frame, Instance, Opaque, Ref
from shapeguard.lint.interp.values import known


def _dict(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    first = args.get(0)
    pairs = iteration.items_of(machine, first) if isinstance(first, Tuple) else None
    if pairs is not None and all(isinstance(p, Tuple) and len(p.items) == 2 for p in pairs):
        items = tuple((pair.items[0], pair.items[1]) for pair in pairs)
        args = Args([Arg(Mapping(items, all(known(key) for key, _ in items)))], args.keywords)
    return dicts.updated(Mapping(()), args)


def _vars(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    held = args.get(0)
    return attributes.contents(held) if isinstance(held, Instance) else UNKNOWN


def _partial(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    if not args.positional:
        return UNKNOWN
    made = Partial(args.get(0), args.rest())
    if isinstance(made.func, Class):
        apply(
            machine, made.func, made.args, node, made.func.frame
        )  # an instance like those to come
    return made


def _namedtuple(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    name, fields = args.get(0), args.get(1, "field_names")
    if isinstance(fields, str):
        fields = Tuple(tuple(fields.replace(",", " ").split()))
    if not isinstance(fields, Tuple) or not all(isinstance(item, str) for item in fields.items):
        return UNKNOWN
    made = options.namespace(name if isinstance(name, str) else "namedtuple").cls
    made.dataclass = True
    made.members.update(dict.fromkeys(fields.items, UNKNOWN))
    defaults = args.get(-1, "defaults")
    if isinstance(defaults, Tuple):
        names = fields.items[len(fields.items) - len(defaults.items) :]
        made.members.update(zip(names, defaults.items, strict=False))
    return made


def _field(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    default = args.get(-1, "default")
    if default is not ...:
        return default
    factory = args.get(-1, "default_factory")
    return UNKNOWN if factory is ... else apply(machine, factory, Args(), node, Frame(None))


def _getattr(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    base, name = args.get(0), args.get(1)
    if isinstance(name, str):
        return machine.settle(attributes.attribute(machine, base, name, node))
    if isinstance(name, Opaque) and base == Ref("torch.nn") and "activ" not in name.name:
        machine.split(name, "LSTM", "GRU", "RNN")
        machine.decisive.add(name.identity)
    return UNKNOWN


def _setattr(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    base, name, arg = args.get(0), args.get(1), args.arg(1)
    registering.register(machine, args.get(2))
    if isinstance(base, Instance) and isinstance(name, str):
        base.attrs[name] = args.get(2)
    elif isinstance(base, Instance) and arg is not None and isinstance(arg.node, cst.Name):
        rebinding.forget(machine, base)  # any attribute, by a name that is not known
    return None


FUNCTIONS: dict[str, Callable[[Machine, Args, cst.CSTNode], Any]] = {
    "builtins.dict": _dict,
    "collections.OrderedDict": _dict,
    "builtins.vars": _vars,
    "dataclasses.asdict": _vars,
    "dataclasses.field": _field,
    "functools.partial": _partial,
    "collections.namedtuple": _namedtuple,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
}
"""What each does, by its dotted name."""
