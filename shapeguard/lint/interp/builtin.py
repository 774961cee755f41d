"""Python's own functions that matter to shapes and configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libcst as cst

from shapeguard.axes.layer import Rnn
from shapeguard.axes.size import UNKNOWN, Expr, add, symbol, symbols
from shapeguard.axes.slicing import Slice
from shapeguard.axes.value import Packed, Tensor, Tuple
from shapeguard.lint.interp import (
    comparisons,
    filling,
    iteration,
    operators,
    parts,
)
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.containers import Each, Parts
from shapeguard.lint.interp.dispatch import apply
from shapeguard.lint.interp.machine import BACKWARDS, COUNTER, Machine, length, unwrap
from shapeguard.lint.interp.objects import Frame, Function, Layer, Opaque, Ref
from shapeguard.lint.interp.values import as_tensor, known


def _len(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    value = args.get(0)
    if isinstance(value, str):
        return len(value)
    items = iteration.items_of(machine, value)
    if items is not None:
        return len(items)
    tensor = as_tensor(value) if isinstance(value, (Opaque, Tensor)) else None
    size = UNKNOWN if tensor is None else tensor.axis(0).size
    if size is UNKNOWN and isinstance(value, (Each, Tensor)):
        return length(machine)
    return size


def _range(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    ends = [unwrap(arg.value) for arg in args.positional]
    if ends and all(type(end) is int for end in ends) and (len(ends) < 3 or ends[2]):
        values = range(*ends)
        if len(values) <= 4:
            return Tuple(tuple(values))
    down = len(ends) == 3 and type(ends[2]) is int and ends[2] < 0
    return Each(counter(machine, down))


def counter(machine: Machine, down: bool) -> Any:
    """What a loop counts: a symbol is at least 1, a counter at least 0."""
    machine.serial += 1
    return add(symbol(f"index@{BACKWARDS if down else COUNTER}{machine.serial}"), -1)


def counts(value: Any) -> bool:
    """Whether a value is a loop counter."""
    return isinstance(value, Expr) and any(f"@{COUNTER}" in name for name in symbols(value))


def _enumerate(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    items = iteration.items_of(machine, args.get(0))
    if items is not None:
        return Tuple(tuple(Tuple(pair) for pair in enumerate(items)))
    return Each(Tuple((UNKNOWN, iteration.sample(machine, args.get(0)))))


def _zip(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    lists = [iteration.items_of(machine, unwrap(arg.value)) for arg in args.positional]
    if lists and all(items is not None for items in lists):
        return Tuple(tuple(Tuple(row) for row in zip(*lists, strict=False)))
    row = tuple(iteration.sample(machine, unwrap(arg.value)) for arg in args.positional)
    return Each(Tuple(row))


def _sequence(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    if not args.positional:
        return Tuple(())
    value = args.get(0)
    if isinstance(value, Tensor):
        value = parts.of(value) or value
    if isinstance(value, Parts):
        return value
    items = iteration.items_of(machine, value)
    return Tuple(items) if items is not None else Each(iteration.sample(machine, value))


def _reversed(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    items = iteration.items_of(machine, args.get(0))
    if items is not None:
        return Tuple(items[::-1])
    item = iteration.sample(machine, args.get(0))
    return Each(counter(machine, True) if counts(item) else item)


def _isinstance(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    value, kinds = args.get(0), args.get(1)
    options_ = kinds.items if isinstance(kinds, Tuple) else (kinds,)
    answers = [_is_a(value, kind) for kind in options_]
    if True in answers:
        return True
    return False if all(answer is False for answer in answers) else UNKNOWN


def _is_a(value: Any, kind: Any) -> Any:
    if not isinstance(kind, Ref):
        return UNKNOWN
    name = kind.dotted.rpartition(".")[2]
    if isinstance(value, Rnn):
        return name in (value.kind, "Module", "RNNBase" if not value.cell else "RNNCellBase")
    if isinstance(value, (Tuple, Tensor, Packed)):
        if name in ("tuple", "list", "Sequence") and isinstance(value, Tuple):
            return bool(value.source is None or name != "list")
        return {
            "Tensor": isinstance(value, Tensor),
            "PackedSequence": isinstance(value, Packed),
            "tuple": False,
            "list": False,
        }.get(name, UNKNOWN)
    if isinstance(value, Layer):
        return name in (value.kind, "Module")
    plain = {"int": int, "str": str, "bool": bool, "float": float}.get(name)
    return isinstance(value, plain) if plain is not None and known(value) else UNKNOWN


def _convert(kind: type) -> Callable[[Machine, Args, cst.CSTNode], Any]:
    def handler(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
        value = args.get(0)
        if known(value) and value is not None:
            try:
                return kind(value)
            except (TypeError, ValueError):
                return UNKNOWN
        if kind is bool:
            return comparisons.truth(machine, value)
        return value if kind is int and not isinstance(value, Tensor) else UNKNOWN

    return handler


def _greatest(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    """``max(size - n, 0)`` is a number that is at least n, less n."""
    values = [unwrap(arg.value) for arg in args.positional]
    if len(values) != 2 or 0 not in values:
        return UNKNOWN
    count = values[1 - values.index(0)]
    if not filling.shrinks(count):
        return UNKNOWN
    machine.serial += 1
    taken = [(names, factor) for names, factor in count.terms if factor < 0 and names]
    return add(symbol(f"max@{machine.serial}"), Expr(tuple(taken)))


def _mapped(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    item = iteration.sample(machine, args.get(1)) if len(args.positional) == 2 else UNKNOWN
    if item is UNKNOWN or not isinstance(args.get(0), Function):
        return UNKNOWN
    return Each(apply(machine, args.get(0), Args.of(item), node, Frame(None)))


def _slice(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    ends = [operators.number(unwrap(arg.value)) for arg in args.positional]
    return Slice(None, ends[0]) if len(ends) == 1 else Slice(*ends) if ends else UNKNOWN


def _print(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    for arg in args.positional:
        machine.consume(arg.value, "print", node)
    return None


def _next(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    value = args.get(0)
    if isinstance(value, Parts):
        return parts.pick(machine, value, 0, node, node)
    return iteration.sample(machine, value)


FUNCTIONS: dict[str, Callable[[Machine, Args, cst.CSTNode], Any]] = {
    "builtins.len": _len,
    "builtins.range": _range,
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    "builtins.list": _sequence,
    "builtins.tuple": _sequence,
    "torch.Size": _sequence,
    "builtins.reversed": _reversed,
    "builtins.iter": _sequence,
    "builtins.isinstance": _isinstance,
    "builtins.int": _convert(int),
    "builtins.float": _convert(float),
    "builtins.str": _convert(str),
    "builtins.bool": _convert(bool),
    "builtins.slice": _slice,
    "builtins.print": _print,
    "builtins.next": _next,
    "builtins.max": _greatest,
    "builtins.map": _mapped,
}
"""What each does, by its dotted name."""
