"""Calls: of the program's functions and classes, of layers, and of names from outside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes.layer import Rnn
from shapeguard.axes.size import UNKNOWN
from shapeguard.lint.interp import attributes, carrying, cells, instances, layers, library, methods
from shapeguard.lint.interp.arguments import Args, arguments
from shapeguard.lint.interp.containers import Partial
from shapeguard.lint.interp.dispatch import CALLABLES, apply, evaluate, influenced
from shapeguard.lint.interp.functions import invoke
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import (
    Bound,
    Class,
    Frame,
    Function,
    Instance,
    Layer,
    Method,
    Ref,
    Unseen,
)


def call(machine: Machine, node: cst.Call, frame: Frame) -> Any:
    """The value of a call expression."""
    func = node.func
    if isinstance(func, cst.Name) and func.value == "super" and frame.lookup("super")[1] is None:
        return _super(machine, node, frame)
    value = unwrap(evaluate(machine, func, frame))
    args = arguments(machine, node, frame)
    carrying.called(machine, node, args, frame)
    return apply(machine, value, args, node, frame)


def _super(machine: Machine, node: cst.Call, frame: Frame) -> Any:
    active = machine.stack[-1]
    if active.instance is None or active.function is None or active.function.owner is None:
        return UNKNOWN
    return attributes.Super(active.function.owner, active.instance)


def bound(machine: Machine, func: Bound, args: Args, node: cst.CSTNode, frame: Frame) -> Any:
    """A method together with its object."""
    return apply(machine, func.function, args.after(func.instance), node, frame)


def function(machine: Machine, func: Function, args: Args, node: cst.CSTNode, frame: Frame) -> Any:
    """A function of the program; behind a bound method the object comes first."""
    return invoke(machine, func, args, node)


def partial(machine: Machine, func: Partial, args: Args, node: cst.CSTNode, frame: Frame) -> Any:
    """What ``functools.partial`` made, with the rest of the arguments."""
    before = func.args  # not written at this call
    positional = [*(replace(arg, whole=None) for arg in before.positional), *args.positional]
    keywords = {name: replace(arg, whole=None) for name, arg in before.keywords.items()}
    merged = Args(positional, {**keywords, **args.keywords}, before.open or args.open)
    return apply(machine, func.func, merged, node, frame)


def unseen(machine: Machine, cell: Unseen, args: Args, node: cst.CSTNode, frame: Frame) -> Any:
    """A cell or layer whose class is out of sight."""
    for arg in [*args.positional, *args.keywords.values()]:
        machine.consume(arg.value, "call", node)
    layers.stepped(machine, cell.kind, args, node)
    return cells.stepped(cell.kind, influenced(args), args)


def register() -> None:
    """Make known what can be called."""
    CALLABLES.update(
        {
            Bound: bound,
            Function: function,
            Class: instances.instantiate,
            Instance: instances.call_instance,
            Rnn: layers.apply_layer,
            Layer: layers.apply_layer,
            Method: methods.call,
            Partial: partial,
            Ref: library.call_ref,
            Unseen: unseen,
        }
    )
