"""Where tensors come from that a program makes itself: what fills them, what moves them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes.building import ModuleMoved
from shapeguard.axes.layer import Rnn
from shapeguard.axes.making import Fill, Made, Spot
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp.arguments import Arg, Args
from shapeguard.lint.interp.containers import Each, Mapping
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.names import words
from shapeguard.lint.interp.objects import Frame, Instance, Layer, Maybe, Ref
from shapeguard.lint.place import NodePlace

_RANDOM = words("randn rand normal randn_like rand_like")
_ZEROS = words("zeros zeros_like new_zeros")
_OTHER = words("ones ones_like new_ones empty empty_like new_empty full full_like new_full new")
_TYPES = words("Tensor FloatTensor DoubleTensor HalfTensor")

METHODS = words("new_zeros new_ones new_empty new_full new to cuda cpu type type_as")
"""Methods that make a tensor beside another one, or put it elsewhere."""

FILLS = {
    **dict.fromkeys(("zero_", "zeros_"), Fill.ZEROS),
    **dict.fromkeys(("normal_", "uniform_", "random_", "bernoulli_"), Fill.RANDOM),
    **dict.fromkeys(("trunc_normal_", "orthogonal_", "sparse_"), Fill.RANDOM),
    **dict.fromkeys(("xavier_normal_", "xavier_uniform_"), Fill.RANDOM),
    **dict.fromkeys(("xavier_normal", "xavier_uniform", "normal", "uniform"), Fill.RANDOM),
    **dict.fromkeys(("kaiming_normal_", "kaiming_uniform_", "kaiming_normal"), Fill.RANDOM),
    **dict.fromkeys(("fill_", "ones_", "constant_", "eye_", "dirac_"), Fill.OTHER),
}
"""What fills a tensor in place, as a method or as a function of torch.nn.init."""

_DEVICE = re.compile(r"(torch\.)?device\((.*)\)|(.*)", re.S)

_CHOICE = re.compile(
    r"cuda\.is_available\(|cuda\.current_device\(|\bcuda.* if |\bif .*\bcuda", re.S
)
"""What chooses the default GPU, where there is one."""

_ELSEWHERE = re.compile(r"\.device\b(?!\()|get_device\(|is_cuda")
"""What asks another tensor for its device."""


def fill_of(name: str) -> Fill | None:
    """What a function of this name fills a new tensor with; None if it makes none."""
    if name in _ZEROS:
        return Fill.ZEROS
    if name in _RANDOM:
        return Fill.RANDOM
    return Fill.OTHER if name in _OTHER or name in _TYPES else None


def created(machine: Machine, dotted: str, args: Args, node: cst.CSTNode, value: Any) -> Any:
    """What a function or method has made, with how it was made."""
    name = dotted.rpartition(".")[2]
    fill = fill_of(name)
    if fill is None or not isinstance(value, Tensor):
        return value
    place = machine.place(node)
    spot = Spot.FOLLOWS if name.startswith("new") or name.endswith("_like") else Spot.DEFAULT
    if ".cuda." in dotted:
        spot = Spot.CUDA
    given = args.keywords.get("device")
    if given is not None:
        spot = spot_of(machine, given)
    typed = "dtype" in args.keywords or name in _TYPES
    made = Made(
        how=name,
        place=place,
        fill=fill,
        filled=place,
        spot=spot,
        moved=place if given is not None else None,
        typed=typed,
        within=machine.within,
        mover=machine.within,
        under=tuple(machine.guards),
    )
    return replace(value, made=(made,))


def spot_of(machine: Machine, arg: Arg) -> Spot:
    """The device that an argument names, where it does so itself and not by a variable."""
    if arg.node is None:
        return Spot.NAMED
    text = machine.place(arg.node).text.strip()
    match = _DEVICE.fullmatch(text)
    inner = (match[2] or match[3] or "") if match is not None else text
    if isinstance(arg.value, Tensor) or re.search(r"(?<!^self)\.device$|get_device\(", inner):
        return Spot.FOLLOWS
    if inner.startswith(("'", '"')) and not isinstance(arg.node, cst.IfExp):
        return _spelled(inner)
    return Spot.CHOSEN if _chosen(machine, arg, text) else Spot.NAMED


def _spelled(text: str) -> Spot:
    """The device that a string names, or a choice of strings that begins with one."""
    if " if " in text:
        return Spot.CHOSEN if _CHOICE.search(text) else Spot.NAMED
    return Spot.CUDA if "cuda" in text else Spot.CPU if "cpu" in text else Spot.NAMED


def _chosen(machine: Machine, arg: Arg, text: str) -> bool:
    """Whether a device is the GPU where there is one, by the argument itself or by a variable that
    the same method of a module has set to that."""
    if isinstance(arg.node, cst.Name) and arg.frame is not None and arg.frame is _method(machine):
        origin = arg.frame.origins.get(arg.node.value) if arg.node.value in arg.frame.vars else None
        if origin is None or origin.frame is not arg.frame:
            return False
        text = NodePlace(origin.node, origin.unit).text
    return _CHOICE.search(text) is not None and not _ELSEWHERE.search(text)


def _method(machine: Machine) -> Frame | None:
    """The scope of the module's method at work, if it is one."""
    active = machine.stack[-1]
    return active.frame if active.within is not None else None


def after(machine: Machine, name: str, args: Args, node: cst.CSTNode, value: Any) -> Any:
    """The value of a method in ``METHODS``, with where the tensor is now."""
    if name.startswith("new"):
        return created(machine, name, args, node, value)
    if not isinstance(value, Tensor) or not value.made:
        return value
    spot, typed = _target(machine, name, args)
    place = machine.place(node)
    changed = []
    for one in value.made:
        moved = one
        if spot is not None:
            under = tuple(dict.fromkeys([*one.under, *machine.guards]))
            moved = replace(one, spot=spot, moved=place, mover=machine.within, under=under)
        changed.append(replace(moved, typed=True) if typed else moved)
    return replace(value, made=tuple(changed))


def _target(machine: Machine, name: str, args: Args) -> tuple[Spot | None, bool]:
    """The device that a tensor is moved to, if it is moved, and whether its dtype is set."""
    if name == "cpu":
        return Spot.CPU, False
    first = args.arg(0, "device", "dtype", "other")
    if name == "cuda":
        number = first is None or first.node is None or isinstance(first.value, (int, str))
        number = number or first is args.keywords.get("non_blocking")
        return Spot.CUDA if number else Spot.NAMED, False
    if name == "type_as":
        return Spot.FOLLOWS, True
    if first is None or ("device" not in args.keywords and _is_type(first)):
        cuda = first is not None and isinstance(first.value, Ref) and ".cuda." in first.value.dotted
        return Spot.CUDA if cuda else None, True
    if name == "type":
        return Spot.NAMED, True
    return spot_of(machine, first), isinstance(first.value, Tensor)


def _is_type(arg: Arg) -> bool:
    """Whether an argument is a dtype."""
    return isinstance(arg.value, Ref) and arg.value.dotted.startswith("torch.")


def refilled(machine: Machine, name: str, args: Args, node: cst.CSTNode, value: Tensor) -> Tensor:
    """A tensor whose values were replaced in place."""
    fill = FILLS[name]
    number = args.get(0 if name == "fill_" else 1, "value", "val")
    if name in ("fill_", "constant_") and type(number) in (int, float) and number == 0:
        fill = Fill.ZEROS
    place = machine.place(node)
    made = tuple(
        replace(one, fill=fill, filled=place, computed=False, under=_under(machine, one))
        for one in value.made
    )
    return replace(value, made=made)


def _under(machine: Machine, one: Made) -> tuple[Any, ...]:
    return tuple(dict.fromkeys([*one.under, *machine.guards]))


def owned(value: Any) -> Any:
    """A tensor that belongs to a module, as a parameter or buffer: it moves along with it."""
    if not isinstance(value, Tensor) or not value.made:
        return value
    return replace(value, made=tuple(replace(one, spot=Spot.FOLLOWS) for one in value.made))


def relocated(machine: Machine, module: Any, name: str, args: Args, node: cst.CSTNode) -> None:
    """A module was moved to a device: its layers remember."""
    first = args.arg(0, "device")
    if name == "to" and (first is None or _is_type(first)):
        return
    if first is not None and name == "to" and _cpu(machine, first):
        return
    place = machine.place(node)
    machine.note(ModuleMoved(place, tuple(machine.guards)))
    for rnn in layers_in(module):
        rnn.moved = rnn.moved or place


def _cpu(machine: Machine, arg: Arg) -> bool:
    """Whether an argument means the CPU and nothing else, here or where it was set."""
    if spot_of(machine, arg) is Spot.CPU or arg.value == "cpu":
        return True
    if arg.frame is None or not isinstance(arg.node, cst.Name):
        return False
    owner = arg.frame.lookup(arg.node.value)[1]
    origin = None if owner is None else owner.origins.get(arg.node.value)
    text = "" if origin is None else NodePlace(origin.node, origin.unit).text
    return "cpu" in text and re.search("cuda|mps|xpu|if", text) is None


def layers_in(value: Any, depth: int = 5) -> Iterator[Rnn]:
    """The recurrent layers that a module holds."""
    parts: tuple[Any, ...] = ()
    if isinstance(value, Rnn):
        yield value
    elif isinstance(value, Instance):
        parts = (value.rnn, *value.attrs.values())
    elif isinstance(value, (Layer, Tuple)):
        parts = value.items
    elif isinstance(value, Mapping):
        parts = tuple(item for _, item in value.items)
    elif isinstance(value, Each):
        parts = (value.item,)
    elif isinstance(value, Maybe):
        parts = (value.value,)
    if depth:
        for part in parts:
            yield from layers_in(part, depth - 1)
