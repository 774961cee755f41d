"""torch functions that make new tensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.marks import Mark
from shapeguard.axes.size import UNKNOWN, Expr
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp import filling, operators
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.containers import Copies
from shapeguard.lint.interp.layouts import created
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.tensors import made
from shapeguard.lint.interp.use import sizes_of
from shapeguard.lint.interp.values import as_tensor, known


def _create(zeros: bool) -> Callable[[Machine, Args, cst.CSTNode], Any]:
    def handler(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
        values = [unwrap(arg.value) for arg in args.positional]
        if not values and "size" in args.keywords:
            values = [unwrap(args.keywords["size"].value)]
        return created(machine, made(machine, sizes_of(values), node, zeros), args, node)

    return handler


def _sized_or_tensor(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    if len(args.positional) == 1 and not isinstance(args.get(0), int):
        return _tensor(machine, args, node)
    return _create(False)(machine, args, node)


def _like(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    other = as_tensor(args.get(0, "input"))
    if other is None or other.axes is None:
        return Tensor()
    return Tensor(tuple(replace(axis, halves=()) for axis in other.axes))


def _full(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    return made(machine, sizes_of([args.get(0, "size")]), node).marked(Mark.EQUAL)


def _ones(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    return _create(False)(machine, args, node).marked(Mark.EQUAL)


def _normal(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    return made(machine, sizes_of([args.get(2, "size")]), node)


def _randint(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    given = args.keywords.get("size")
    shape = (
        unwrap(given.value)
        if given
        else next(
            (v for v in (unwrap(a.value) for a in args.positional) if isinstance(v, Tuple)), None
        )
    )
    if not isinstance(shape, Tuple):
        return Tensor()
    tensor = made(machine, sizes_of([shape]), node)
    written = next((a for a in args.positional if unwrap(a.value) is shape), given)
    return created(machine, tensor, Args([written] if written else []), node)


def _range_tensor(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    ends = [operators.number(unwrap(arg.value)) for arg in args.positional]
    return Tensor((Axis(Role.UNKNOWN, ends[0] if len(ends) == 1 else UNKNOWN),))


def _tensor(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    given = args.get(0, "data")
    if isinstance(given, Tensor):
        return given
    if isinstance(given, Copies) and isinstance(given.item, (int, Expr)):
        return Tensor((Axis(Role.UNKNOWN, given.count),), marks=frozenset({Mark.EQUAL}))
    padded = filling.gathered(given)
    if padded is not None:
        return padded
    first = given.items[0] if isinstance(given, Tuple) and given.items else None
    whole = isinstance(first, (int, Expr)) and all(item == first for item in given.items)
    return Tensor(_nested(given), marks=frozenset({Mark.EQUAL} if whole else ()))


def _nested(value: Any) -> tuple[Axis, ...] | None:
    if known(value) and not isinstance(value, str):
        return ()
    if isinstance(value, Tuple) and value.items:
        inner = _nested(unwrap(value.items[0]))
        return None if inner is None else (Axis(Role.UNKNOWN, len(value.items)), *inner)
    return None


FUNCTIONS: dict[str, Callable[[Machine, Args, cst.CSTNode], Any]] = {
    "torch.zeros": _create(True),
    **{f"torch.{name}": _create(False) for name in ("randn", "rand", "empty")},
    "torch.ones": _ones,
    **{f"torch.{name}": _sized_or_tensor for name in ("Tensor", "FloatTensor")},
    "torch.cuda.FloatTensor": _sized_or_tensor,
    **{f"torch.{name}": _tensor for name in ("from_numpy", "tensor", "LongTensor")},
    **{f"torch.{name}_like": _like for name in ("zeros", "ones", "randn", "rand", "empty", "full")},
    "torch.full": _full,
    "torch.randint": _randint,
    "torch.normal": _normal,
    "torch.arange": _range_tensor,
}
"""What each does, by its dotted name."""
