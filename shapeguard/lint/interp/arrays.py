"""Arrays of numpy's, and padding of arrays and tensors: as far as batches are made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libcst as cst

from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.marks import Mark
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp import filling
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.use import sizes_of


def _array(zeros: bool) -> Callable[[Machine, Args, cst.CSTNode], Any]:
    """An array of numpy's of one number."""

    def handler(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
        sizes = sizes_of([args.get(0, "shape")])
        axes = tuple(Axis(Role.UNKNOWN, size) for size in sizes)
        mark = Mark.ZEROS if zeros else Mark.EQUAL
        return Tensor(axes, marks=frozenset({mark})) if sizes else UNKNOWN

    return handler


def _numbers(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    """What numpy makes of padded sequences; anything else is not followed."""
    given = args.get(0, "object", "a", "arrays", "tup")
    if isinstance(given, Tensor) and given.padding is not None:
        return given
    return filling.gathered(given) or UNKNOWN


def _pad(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    value, constant = args.get(0, "input"), args.get(3, "value")
    machine.consume(value, "pad", node)
    constant = 0 if constant is ... else constant
    padded = filling.pad(machine, value, args.get(1, "pad"), constant, node)
    return UNKNOWN if padded is None else padded


def _pad_array(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    """numpy.pad: one pair for each axis, from the first on, or one for all."""
    value, amounts = args.get(0, "array"), args.get(1, "pad_width")
    if isinstance(amounts, Tuple) and all(isinstance(unwrap(i), Tuple) for i in amounts.items):
        pairs = [unwrap(item).items for item in reversed(amounts.items)]
        amounts = Tuple(tuple(number for pair in pairs for number in pair))
    constant = args.keywords.get("constant_values")
    value_ = 0 if constant is None else constant.value
    padded = filling.pad(machine, value, amounts, value_, node)
    return UNKNOWN if padded is None else padded


def _concatenate(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    given = unwrap(args.get(0, "arrays", "tup"))
    if args.positional[1:] and isinstance(args.get(1), Tensor):
        given = Tuple((given, args.get(1)))  # numpy.append
    for item in given.items if isinstance(given, Tuple) else ():
        machine.consume(item, "call", node)
    padded = filling.joined(machine, given, 0, node) if isinstance(given, Tuple) else None
    return UNKNOWN if padded is None else padded


FUNCTIONS: dict[str, Callable[[Machine, Args, cst.CSTNode], Any]] = {
    "numpy.zeros": _array(True),
    **{f"numpy.{name}": _array(False) for name in ("full", "ones")},
    **{f"numpy.{name}": _numbers for name in ("array", "asarray", "stack", "vstack")},
    "numpy.pad": _pad_array,
    **{f"numpy.{name}": _concatenate for name in ("concatenate", "hstack", "append")},
    "torch.nn.functional.pad": _pad,
}
"""What each does, by its dotted name."""
