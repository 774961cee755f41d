"""torch.nn.utils.rnn: packing, padding, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.combining import inexact, traces
from shapeguard.axes.evidence import Known
from shapeguard.axes.facts import Handed
from shapeguard.axes.layer import Setting
from shapeguard.axes.layouts import all_told
from shapeguard.axes.making import Spot
from shapeguard.axes.marks import Mark, Padding
from shapeguard.axes.packing import FilledUp, PackedUp
from shapeguard.axes.placing import Placed
from shapeguard.axes.reshaping import transpose
from shapeguard.axes.size import UNKNOWN, Expr, same
from shapeguard.axes.value import Packed, Tensor, Tuple
from shapeguard.lint.interp import sorting
from shapeguard.lint.interp.arguments import Arg, Args
from shapeguard.lint.interp.containers import Copies, Each
from shapeguard.lint.interp.machine import Machine, length, unwrap
from shapeguard.lint.interp.objects import Opaque
from shapeguard.lint.interp.placing import RETURNED
from shapeguard.lint.interp.values import as_tensor


def _flag(value: Any, default: bool) -> Any:
    if value is ...:
        return default
    return value if isinstance(value, bool) else UNKNOWN


def _roles(tensor: Tensor, first: Role, second: Role) -> Tensor:
    """A tensor of at least two axes with the roles that packing gives them."""
    if tensor.axes is not None and len(tensor.axes) < 2:
        return tensor
    lead = replace(tensor.axis(0), role=first), replace(tensor.axis(1), role=second)
    rest = tensor.axes[2:] if tensor.axes is not None else (tensor.last or Axis(),)
    return tensor.with_axes((*lead, *rest))


def pack_padded(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    tensor = as_tensor(args.get(0, "input"))
    if tensor is None:
        return UNKNOWN
    machine.consume(tensor, "pack_padded_sequence", node)
    first = _flag(args.get(2, "batch_first"), False)
    ordered = _flag(args.get(3, "enforce_sorted"), True)
    place = machine.place(node)
    argument = args.arg(0, "input")
    written = machine.place(argument.node) if argument and argument.node is not None else place
    flag = _flagged(machine, first, args.arg(2, "batch_first"), node)
    shown = all_told(tensor, machine.roles)
    machine.note(Handed(place, shown, "pack_padded_sequence", flag, written))
    lengths = unwrap(args.get(1, "lengths"))
    by = args.arg(1, "lengths")
    if by is not None and by.node is not None:
        held = as_tensor(lengths) if isinstance(lengths, Opaque) else lengths
        told = args.arg(3, "enforce_sorted")
        where = None if told is None or told.node is None else machine.place(told.node)
        stray = sorting.stray(machine, tensor, by.node)
        counts = machine.place(by.node)
        machine.note(PackedUp(place, shown, held, counts, ordered, where, stray))
    if first is UNKNOWN:
        return Packed(Tensor((Axis(), Axis(), tensor.axis(-1))), place, first, ordered, lengths)
    if first:
        moved = transpose(_roles(tensor, Role.BATCH, Role.TIME), 0, 1)
    else:
        moved = _roles(tensor, Role.TIME, Role.BATCH)
    return Packed(moved.padded(None), place, first, ordered, lengths)


def pad_packed(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    packed = args.get(0, "sequence")
    placed = Placed(Spot.CPU, machine.place(node), RETURNED)
    lengths = Tensor((Axis(Role.BATCH),), marks=frozenset({placed}))
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
    if tensor.axes and tensor.axes[0].size is UNKNOWN:  # as many steps as the longest has
        steps = replace(tensor.axes[0], size=length(machine))
        tensor = tensor.with_axes((steps, *tensor.axes[1:]))
    if not equal(packed.lengths):
        padding = Padding("pad_packed_sequence", machine.place(node), True, value)
        tensor = tensor.padded(padding)
    if first is UNKNOWN and tensor.axes is not None:
        tensor = tensor.with_axes((Axis(), Axis(), *tensor.axes[2:]))
    elif first:
        tensor = transpose(tensor, 0, 1)
    if first is not UNKNOWN:
        tensor = _told(tensor, _says(machine, "pad_packed_sequence", first, args, node))
    total = args.open or args.get(3, "total_length") not in (..., None)
    even, written = equal(packed.lengths), _steps(packed, args)
    machine.note(FilledUp(machine.place(node), packed, tensor, total, even, written))
    return Tuple((tensor, lengths))


def _steps(packed: Packed, args: Args) -> str | None:
    """How the number of steps of what was packed is written where it is filled up again."""
    arg, source = args.arg(0, "sequence"), packed.tensor.source
    given = packed if source is None else source.call.input
    if arg is None or arg.frame is None or not isinstance(given, Packed) or given.place is None:
        return None
    call = getattr(given.place, "node", None)
    if not isinstance(call, cst.Call) or not call.args or not given.tensor.axes:
        return None
    base, steps = call.args[0].value, given.tensor.axes[0].size
    if not isinstance(base, cst.Name) or not isinstance(given.batch_first, bool):
        return None
    tensor, dim = as_tensor(unwrap(arg.frame.lookup(base.value)[0])), int(given.batch_first)
    if not isinstance(tensor, Tensor) or not same(tensor.axis(dim).size, steps):
        return None
    return f"{base.value}.size({dim})"


def _flagged(machine: Machine, value: Any, arg: Arg | None, node: cst.CSTNode) -> Setting:
    """A function's batch_first, and where it was set."""
    place = machine.place(node)
    written = machine.place(arg.node) if arg is not None and arg.node is not None else None
    return Setting(value, "written" if written else "torch", written or place, written)


def _says(
    machine: Machine, name: str, first: Any, args: Args, node: cst.CSTNode
) -> Callable[[Role], Known]:
    """How the layout of what a function returns is known: its batch_first says it."""
    place, flag = machine.place(node), _flagged(machine, first, args.arg(1, "batch_first"), node)
    axes = "(batch, time, ...)" if first is True else "(time, batch, ...)"
    text = f"{name} returns {axes}, for its batch_first is {first}"
    return lambda role: Known(role, text, place, True, flag, name)


def _told(tensor: Tensor, known: Callable[[Role], Known]) -> Tensor:
    """The tensor with this for what says how its first two axes are laid out."""
    if tensor.axes is None:
        return tensor
    lead = (
        replace(axis, known=known(axis.role)) if axis.role is not Role.UNKNOWN else axis
        for axis in tensor.axes[:2]
    )
    return tensor.with_axes((*lead, *tensor.axes[2:]))


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
    if first is UNKNOWN:
        return Tensor(marks=marks)
    machine.serial += 1
    known = _says(machine, "pad_sequence", first, args, node)
    pair = enumerate((Role.BATCH, Role.TIME))
    lead = [Axis(role, known=known(role), ident=f"{machine.serial}:{i}") for i, role in pair]
    lead = lead if first else lead[::-1]
    if inner is None or not inner.axes:
        return Tensor(key=machine.fresh("padded").identity, front=tuple(lead), marks=marks)
    return Tensor((*lead, *inner.axes[1:]), marks=marks)


def pack(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    return Packed(Tensor((Axis(Role.TIME), Axis(Role.BATCH), Axis())), machine.place(node))


def packed_again(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    """``PackedSequence(data, batch_sizes, ...)``: of values that were computed from another's."""
    data = as_tensor(args.get(0, "data")) or Tensor()
    axes = (Axis(Role.TIME), Axis(Role.BATCH), data.axis(-1))
    tensor = Tensor(axes, source=inexact(data.source), marks=traces(data))
    return Packed(tensor, machine.place(node))


FUNCTIONS: dict[str, Callable[[Machine, Args, cst.CSTNode], Any]] = {
    "pack_padded_sequence": pack_padded,
    "pad_packed_sequence": pad_packed,
    "pad_sequence": pad,
    "pack_sequence": pack,
    "PackedSequence": packed_again,
}
