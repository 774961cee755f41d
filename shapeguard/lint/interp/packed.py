"""A PackedSequence where a tensor is needed: what happens, noted as a fact."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import libcst as cst

from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.facts import PackedMisused
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.slicing import Slice
from shapeguard.axes.value import Packed, Tensor, Tuple
from shapeguard.lint.interp import iteration
from shapeguard.lint.interp.machine import PACKED, Machine
from shapeguard.lint.interp.names import TENSOR_METHODS, words
from shapeguard.lint.interp.objects import Frame, Opaque

OWN = words(
    "to cuda cpu float double half long int bool data pin_memory is_pinned is_cuda count index"
)
"""Methods and attributes that a PackedSequence has, too."""

FIELDS = 4
"""data, batch_sizes, sorted_indices, unsorted_indices."""


def misused(
    machine: Machine, value: Any, how: str, kind: str, node: cst.CSTNode, base: cst.CSTNode
) -> bool:
    """Whether a PackedSequence stands where a tensor is needed; noted if so."""
    if not isinstance(value, Packed):
        return False
    machine.note(PackedMisused(machine.place(node), value, how, kind, machine.place(base)))
    return True


def read(machine: Machine, value: Packed, name: str, node: cst.CSTNode, base: cst.CSTNode) -> None:
    """``packed.name``, for a name that only tensors have."""
    if name in ("shape", "ndim", "mT") or (name in TENSOR_METHODS and name not in OWN):
        misused(machine, value, f"used as a tensor by .{name}", "attribute", node, base)


def item(
    machine: Machine, value: Packed, keys: list[Any], node: cst.CSTNode, base: cst.CSTNode
) -> Any:
    """``packed[...]``: one of its four parts by number, and nothing else."""
    if keys == [0]:
        return iteration.plain(value)
    if len(keys) > 1 or keys[0] is Ellipsis or keys[0] is None:
        misused(machine, value, "indexed like a tensor", "raises", node, base)
    elif isinstance(keys[0], Slice) and keys[0].start in (None, 0) and keys[0].stop in (2, 3, 4):
        return Tuple((iteration.plain(value), *(UNKNOWN,) * (keys[0].stop - 1)))
    elif isinstance(keys[0], Slice) and not value.asked:
        misused(machine, value, "sliced like a tensor", "slice", node, base)
    elif type(keys[0]) is int and keys[0] < 0:
        misused(machine, value, "indexed like a tensor", "index", node, base)
    return UNKNOWN


@contextmanager
def told(machine: Machine, test: cst.BaseExpression, frame: Frame) -> Iterator[None]:
    """While the branch is run that ``isinstance(x, PackedSequence)`` opens: x is one there."""
    name = _asked(test, frame)
    before = None if name is None else frame.vars.get(name)
    if name is None or not isinstance(before, Opaque):
        yield
        return
    axes = (Axis(Role.TIME), Axis(Role.BATCH), Axis())
    value = Packed(Tensor(axes), machine.place(test), asked=True)
    frame.vars[name] = value
    yield
    if frame.vars.get(name) is value:
        frame.vars[name] = before


def _asked(test: cst.BaseExpression, frame: Frame) -> str | None:
    """The name that a test asks of whether it is a PackedSequence, itself or by a name for it."""
    if isinstance(test, cst.Name) and test.value in frame.origins:
        node = frame.origins[test.value].node
        test = node if isinstance(node, cst.Call) else test
    if not isinstance(test, cst.Call) or not isinstance(test.func, cst.Name):
        return None
    if test.func.value != "isinstance" or len(test.args) != 2:
        return None
    value, kind = (arg.value for arg in test.args)
    written = kind.attr if isinstance(kind, cst.Attribute) else kind
    packed = isinstance(written, cst.Name) and written.value == PACKED
    return value.value if packed and isinstance(value, cst.Name) else None


def parts(machine: Machine, value: Packed, target: cst.Tuple | cst.List) -> list[Any] | None:
    """A PackedSequence unpacked into names: it has four parts."""
    count = len(target.elements)
    if any(isinstance(element, cst.StarredElement) for element in target.elements):
        return None
    if count != FIELDS:
        misused(machine, value, f"unpacked into {count} names", "unpack", target, target)
        return None
    return [iteration.plain(value), UNKNOWN, UNKNOWN, UNKNOWN]
