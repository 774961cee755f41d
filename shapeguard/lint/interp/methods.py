"""Methods of values that are not of the program: tensors, lists, dicts, layers, parsers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes.layer import Rnn
from shapeguard.axes.size import UNKNOWN, Expr
from shapeguard.axes.value import Packed, Tensor, Tuple
from shapeguard.lint.interp import (
    carrying,
    dicts,
    filling,
    iteration,
    layers,
    making,
    operations,
    placing,
    rebinding,
    registering,
)
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.containers import Copies, Each, Listed, Mapping
from shapeguard.lint.interp.dispatch import apply
from shapeguard.lint.interp.joining import join
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.names import RETURN_SELF, STRING_METHODS
from shapeguard.lint.interp.objects import Frame, Instance, Layer, Method, Opaque, ShapeOf
from shapeguard.lint.interp.options import Parser

IN_PLACE = frozenset(("squeeze_", "unsqueeze_", "transpose_", "t_", "swapaxes_", "resize_"))
"""Methods that give the tensor they are called on other axes."""


MASKING = frozenset(("masked_fill_", "masked_scatter_", "mul_", "add_", "sub_", "index_fill_"))
"""Methods that may put a mask on the tensor they are called on."""

SAME_ITEMS = frozenset(("tolist", "to_list", "to_numpy", "astype"))
"""Methods that give what holds the same items."""


def call(machine: Machine, method: Method, args: Args, node: cst.CSTNode, frame: Frame) -> Any:
    """``receiver.name(...)``."""
    receiver, name = method.receiver, method.name
    base = _base(node)
    if isinstance(receiver, Tensor) and receiver.made and name in making.FILLS:
        filled = making.refilled(machine, name, args, node, receiver)
        rebinding.rebind(machine, base, filled, frame)
        return filled
    if isinstance(receiver, Tensor) and receiver.padding is not None and name in SAME_ITEMS:
        return receiver
    if isinstance(receiver, (Tensor, Opaque, Expr)):
        if isinstance(receiver, Opaque) and name not in operations.OPERATIONS:
            return UNKNOWN
        value = operations.operate(machine, name, receiver, args, node, base)
        if name in making.METHODS:
            value = making.after(machine, name, args, node, value)
        if name in placing.METHODS:
            value = placing.moved(machine, name, args, node, value)
        elif name == "sum" and isinstance(receiver, Opaque):
            value = placing.counted(machine, receiver, node, value)
        if name == "detach_" and isinstance(receiver, Tensor) and isinstance(value, Tensor):
            carrying.spread(machine, receiver, value, frame)
        if name in IN_PLACE:
            rebinding.rebind(machine, base, value, frame)
        elif name in MASKING and isinstance(receiver, Tensor) and receiver.padding is not None:
            rebinding.rebind(machine, base, receiver.padded(None), frame)
        return value
    if isinstance(receiver, Parser):
        return receiver.call(machine, name, args)
    if isinstance(receiver, ShapeOf):
        return UNKNOWN
    if isinstance(receiver, (Tuple, Each)):
        return _sequence(machine, receiver, name, args, base, frame)
    if isinstance(receiver, Mapping):
        return dicts.method(machine, receiver, name, args, base, frame)
    if isinstance(receiver, str):
        return _string(receiver, name, args)
    if isinstance(receiver, Packed):
        return receiver if name in RETURN_SELF or name == "_replace" else UNKNOWN
    if isinstance(receiver, (Rnn, Layer, Instance)):
        return _module(machine, receiver, name, args, node, base, frame)
    return UNKNOWN


def _extended(machine: Machine, name: str, args: Args, node: cst.CSTNode) -> Tensor | None:
    """``sequence.extend([0] * (size - len(sequence)))``."""
    value = args.get(0)
    if name != "extend" or not isinstance(value, Copies) or not filling.shrinks(value.count):
        return None
    return filling.sequence(machine, node, True, value.item)


def _base(node: cst.CSTNode) -> cst.BaseExpression:
    """The receiver's expression in ``receiver.name(...)``."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        return node.func.value
    return node  # type: ignore[return-value]


def _sequence(
    machine: Machine, receiver: Any, name: str, args: Args, base: cst.BaseExpression, frame: Frame
) -> Any:
    value = unwrap(args.positional[0].value) if args.positional else UNKNOWN
    if name == "append":
        changed = layers.adopt(receiver, value)
    elif name == "extend":
        machine.counted(value.tensor if isinstance(value, Listed) else value, 0, base)
        changed = _extended(machine, name, args, base) or Each(
            join(iteration.sample(machine, receiver), iteration.sample(machine, value))
        )
    elif name == "insert":
        item = unwrap(args.positional[1].value) if len(args.positional) > 1 else UNKNOWN
        changed = replace_order(layers.adopt(receiver, item))
    elif name == "clear":
        changed = Tuple(())
    elif name in ("pop", "reverse", "sort"):
        changed = Each(iteration.sample(machine, receiver))
    elif name in SAME_ITEMS:
        return receiver
    else:
        return replace(receiver) if name == "copy" else UNKNOWN
    rebinding.rebind(machine, base, changed, frame)
    return iteration.sample(machine, receiver) if name == "pop" else None


def replace_order(value: Any) -> Any:
    """A list whose order says nothing any more."""
    if isinstance(value, Tuple):
        merged = value.items[0]
        for item in value.items[1:]:
            merged = join(merged, item)
        return Each(merged)
    return Each(value.item) if isinstance(value, Each) else value


def _string(receiver: str, name: str, args: Args) -> Any:
    values = [arg.value for arg in args.positional]
    if name in STRING_METHODS and all(isinstance(value, str) for value in values):
        return getattr(receiver, name)(*values)
    return UNKNOWN


def _module(
    machine: Machine,
    receiver: Any,
    name: str,
    args: Args,
    node: cst.CSTNode,
    base: cst.BaseExpression,
    frame: Frame,
) -> Any:
    if name in RETURN_SELF:
        if name in ("cuda", "to"):
            making.relocated(machine, receiver, name, args, node)
        return receiver
    if name in ("forward", "__call__"):
        return apply(machine, receiver, args, node, frame)
    if name in ("add_module", "register_module", "register_buffer", "register_parameter"):
        key, value = args.get(0, "name"), args.get(1, "module", "tensor", "param")
        value = making.owned(value)
        registering.register(machine, value)
        if isinstance(receiver, Instance) and isinstance(key, str):
            receiver.attrs[key] = value
        return None
    if isinstance(receiver, Layer):
        registering.register(machine, *(arg.value for arg in args.positional))
    if isinstance(receiver, Layer) and receiver.kind == "ModuleList" and name == "append":
        value = unwrap(args.positional[0].value) if args.positional else UNKNOWN
        rebinding.rebind(machine, base, layers.adopt(receiver, value), frame)
        return None
    if isinstance(receiver, Layer) and receiver.kind == "ModuleDict":
        pairs = tuple(zip(receiver.names, receiver.items, strict=False))
        return dicts.method(machine, Mapping(pairs), name, args, base, frame)
    if name == "parameters" and isinstance(receiver, Rnn):
        registering.register(machine, receiver)
    if isinstance(receiver, Instance) and name in ("add_argument", "add_argument_group"):
        return UNKNOWN
    for arg in args.positional:
        machine.consume(arg.value, name, node)
    return UNKNOWN
