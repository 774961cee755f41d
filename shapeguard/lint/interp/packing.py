"""torch.nn.utils.rnn: packing, padding, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes.reshaping import transpose
from shapeguard.axes.size import UNKNOWN, Expr
from shapeguard.axes.value import Axis, Mark, Packed, Padding, Role, Tensor, Tuple
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import Copies, Each, as_tensor


def _flag(value: Any, default: bool) -> Any:
    if value is ...:
        return default
    return value if isinstance(value, bool) else UNKNOWN


def _roles(tensor: Tensor, first: Role, second: Role) -> Tensor:
    """A tensor of at least two axes with the roles that packing gives them."""
    if tensor.axes is None:
        lead = (Axis(first, tensor.axis(0).size), Axis(second, tensor.axis(1).size))
        return replace(tensor, axes=(*lead, tensor.last or Axis()), last=None)
    if len(tensor.axes) < 2:
        return tensor
    one, two = tensor.axes[:2]
    return tensor.with_axes((Axis(first, one.size), Axis(second, two.size), *tensor.axes[2:]))


def pack_padded(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    tensor = as_tensor(args.get(0, "input"))
    if tensor is None:
        return UNKNOWN
    machine.consume(tensor, "pack_padded_sequence", node)
    first = _flag(args.get(2, "batch_first"), False)
    ordered = _flag(args.get(3, "enforce_sorted"), True)
    place = machine.place(node)
    lengths = unwrap(args.get(1, "lengths"))
    if first is UNKNOWN:
        return Packed(Tensor((Axis(), Axis(), tensor.axis(-1))), place, first, ordered, lengths)
    if first:
        moved = transpose(_roles(tensor, Role.BATCH, Role.TIME), 0, 1)
    else:
        moved = _roles(tensor, Role.TIME, Role.BATCH)
    return Packed(moved.padded(None), place, first, ordered, lengths)


def pad_packed(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    packed = args.get(0, "sequence")
    lengths = Tensor((Axis(Role.BATCH),))
    first = _flag(args.get(1, "batch_first"), False)
    if isinstance(packed, Tensor) and packed.source is not None and packed.axes is not None:
        # What can be padded was packed, though nothing in view says so.
        time_first = (Axis(Role.TIME), Axis(Role.BATCH), packed.axes[-1])
        packed = Packed(packed.with_axes(time_first))
    if not isinstance(packed, Packed):
        return Tuple((Tensor(), lengths))
    value = args.get(2, "padding_value")
    value = 0 if value is ... else value if isinstance(value, (int, float)) else UNKNOWN
    tensor = packed.tensor
    if not equal(packed.lengths):
        padding = Padding("pad_packed_sequence", machine.place(node), True, value)
        tensor = tensor.padded(padding)
    if first is UNKNOWN and tensor.axes is not None:
        tensor = tensor.with_axes((Axis(), Axis(), *tensor.axes[2:]))
    elif first:
        tensor = transpose(tensor, 0, 1)
    return Tuple((tensor, lengths))


def equal(lengths: Any) -> bool:
    """Whether all lengths are known to be the same number."""
    if isinstance(lengths, Tensor):
        return Mark.EQUAL in lengths.marks
    if isinstance(lengths, Tuple) and lengths.items:
        item = lengths.items[0]
        return all(type(other) is type(item) and other == item for other in lengths.items)
    return isinstance(lengths, Copies) and isinstance(lengths.item, (int, Expr))


def pad(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    first = _flag(args.get(1, "batch_first"), False)
    side, value = args.get(3, "padding_side"), args.get(2, "padding_value")
    padding = Padding(
        "pad_sequence",
        machine.place(node),
        {"...": True, "right": True, "left": False}.get("..." if side is ... else side),
        0 if value is ... else value if isinstance(value, (int, float)) else UNKNOWN,
    )
    given = args.get(0, "sequences")
    item = given.item if isinstance(given, Each) else UNKNOWN
    if isinstance(given, Tuple) and given.items:
        item = given.items[0]
    inner = as_tensor(item)
    marks = frozenset({padding})
    if first is UNKNOWN or inner is None or inner.axes is None or not inner.axes:
        return Tensor(marks=marks)
    lead = (Axis(Role.BATCH), Axis(Role.TIME))
    return Tensor((*(lead if first else lead[::-1]), *inner.axes[1:]), marks=marks)


def pack(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    return Packed(Tensor((Axis(Role.TIME), Axis(Role.BATCH), Axis())), machine.place(node))


FUNCTIONS: dict[str, Callable[[Machine, Args, cst.CSTNode], Any]] = {
    "pack_padded_sequence": pack_padded,
    "pad_packed_sequence": pad_packed,
    "pad_sequence": pad,
    "pack_sequence": pack,
}
