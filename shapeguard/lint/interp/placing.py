"""Tensors that are put on a device, wherever they come from."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes.making import Spot
from shapeguard.axes.packing import Apart
from shapeguard.axes.placing import Placed
from shapeguard.axes.value import Tensor
from shapeguard.lint.interp import origins
from shapeguard.lint.interp.arguments import Arg, Args
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.making import spot_of
from shapeguard.lint.interp.names import words
from shapeguard.lint.interp.objects import Frame, Opaque, Ref

RETURNED = "returned"
"""How pad_packed_sequence gives the lengths: on the CPU, wherever the batch is."""

METHODS = words("to cuda cpu numpy tolist type type_as")
"""Methods that may put a tensor on another device."""

_GPU = re.compile(r"cuda|mps|xpu|gpu")
_CPU = re.compile(r"""\s*(torch\.device\()?\s*["']cpu["']\s*\)?\s*""")


def moved(machine: Machine, name: str, args: Args, node: cst.CSTNode, value: Any) -> Any:
    """The value of a method in ``METHODS``, with the device that it is on now."""
    if not isinstance(value, (Tensor, Opaque)):
        return value
    kept, placed = _target(machine, name, args, node)
    if kept:
        return value
    if isinstance(value, Opaque):
        return value if placed is value.placed else replace(value, placed=placed)
    return value.put(placed)


def created(machine: Machine, dotted: str, args: Args, node: cst.CSTNode, value: Any) -> Any:
    """What a function has made, with the device that it was told to make it on."""
    if not isinstance(value, (Tensor, Opaque)):
        return value
    given = args.keywords.get("device")
    if given is not None:
        placed = on(machine, given, node, "made on this device")
    elif ".cuda." in dotted:
        placed = Placed(Spot.CUDA, machine.place(node), "made on the GPU", True)
    else:
        return value
    return value.put(placed) if isinstance(value, Tensor) else replace(value, placed=placed)


def compared(machine: Machine, node: cst.CSTNode, frame: Frame) -> Placed | None:
    """Where the outcome of a comparison is, if it is one of tensors: where these are.

    An input of a module of which no more is known is where the module is.
    """
    if not isinstance(node, cst.Comparison):
        return None
    for side in (node.left, node.comparisons[0].comparator):
        value = unwrap(frame.lookup(side.value)[0]) if isinstance(side, cst.Name) else None
        if isinstance(value, (Opaque, Tensor)) and value.placed is not None:
            return value.placed
        if isinstance(value, Opaque) and _input(machine, value):
            return Placed(Spot.FOLLOWS, machine.place(node), "computed", beside=value.name)
    return None


def counted(machine: Machine, mask: Opaque, node: cst.CSTNode, value: Any) -> Any:
    """``mask.sum(1)`` of an input of a module: the counts are where that is."""
    if not isinstance(value, Tensor) or value.placed is not None or not _input(machine, mask):
        return value
    return value.put(Placed(Spot.FOLLOWS, machine.place(node), "computed", beside=mask.name))


def _input(machine: Machine, value: Opaque) -> bool:
    """Whether a value is a parameter, which nobody in view passes, of the module's method at work
    or of one that called it."""
    _, _, scope = value.identity.partition("@")
    return any(one.name == scope for one in machine.within)


def apart(machine: Machine, left: Any, right: Any, how: str, node: cst.CSTNode) -> None:
    """Note tensors that are brought together and may be on two devices.

    A number on the CPU may go with any tensor, so the one there has to have an axis.
    """
    for one, other in ((left, right), (right, left)):
        if not isinstance(one, Tensor) or not isinstance(other, Tensor) or not one.axes:
            continue
        placed, there = one.placed, other.placed
        if placed is None or placed.away or placed.how != RETURNED:
            continue
        if other.source is not None if there is None else there.away:
            machine.note(Apart(machine.place(node), one, other, how))


def _target(
    machine: Machine, name: str, args: Args, node: cst.CSTNode
) -> tuple[bool, Placed | None]:
    """Whether a tensor stays where it is, and else where it is put."""
    place = machine.place(node)
    if name in ("cpu", "numpy", "tolist"):
        return False, Placed(Spot.CPU, place, "moved")
    first = args.arg(0, "device", "other", "dtype")
    if name == "cuda":
        return False, Placed(Spot.CUDA, place, "moved to the GPU", True)
    if name in ("type", "type_as"):
        return False, None
    dtype = first is not None and isinstance(first.value, Ref) and "device" not in args.keywords
    if first is None or (dtype and first.value.dotted.startswith("torch.")):
        return True, None
    return False, on(machine, args.keywords.get("device", first), node, "moved")


def on(machine: Machine, arg: Arg, node: cst.CSTNode, how: str) -> Placed:
    """On the device that an argument names, itself or by where a variable of it was set."""
    spot, place = spot_of(machine, arg), machine.place(node)
    if spot is not Spot.NAMED or arg.node is None or arg.frame is None:
        return Placed(spot, place, how, spot not in (Spot.CPU, Spot.FOLLOWS))
    _, origin = origins.trace(arg.node, arg.frame, arg.unit)
    text = origin.text
    if _CPU.fullmatch(text) or arg.value == "cpu":
        return Placed(Spot.CPU, place, how)
    gpu = _GPU.search(text) is not None and origin.node is not arg.node
    return Placed(spot, place, how, gpu, origin if gpu else None)
